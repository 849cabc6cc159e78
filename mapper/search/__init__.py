"""Finding: what somebody typed and ticked -> what was understood -> the resources that answer it, best first."""

from mapper.search import ranking, words
from mapper.search.find import Hit, Results, find
from mapper.search.limits import label as limit_label
from mapper.search.query import Part, Phrasebook, Query, without
from mapper.search.suggest import Suggester, Suggestion

__all__ = [
    "Hit",
    "Part",
    "Phrasebook",
    "Query",
    "Results",
    "Suggester",
    "Suggestion",
    "find",
    "limit_label",
    "prepare",
    "without",
]


def prepare() -> None:
    """Compiles the loops of search, or loads them where that was done before, so that nobody waits for it later."""
    words.prepare()
    ranking.prepare()
