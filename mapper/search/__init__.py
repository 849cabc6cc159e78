"""Finding: what somebody typed and ticked -> what was understood -> the resources that answer it, best first."""

from mapper.search.find import Hit, Results, find
from mapper.search.query import Part, Query

__all__ = ["Hit", "Part", "Query", "Results", "find"]
