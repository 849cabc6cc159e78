"""The patchwork of a neighbourhood, its links, its gaps, what groups need, and when people meet."""

from mapper.coverage.calendar import Occasion, gatherings, occasions, without_a_time
from mapper.coverage.exchange import Introduction, introductions
from mapper.coverage.gaps import (
    ALL_NEEDS,
    STATES,
    Cell,
    Counted,
    Effort,
    Gaps,
    State,
    Unanswered,
    accessibility,
    gaps,
    residents,
    shares,
)
from mapper.coverage.network import Meet, Member, Network, Tie, network
from mapper.coverage.patchwork import Entry, Known, Patchwork, by_slice, patchwork
from mapper.coverage.report import Report, spoken_most, tables
from mapper.coverage.thresholds import thresholds

__all__ = [
    "ALL_NEEDS", "STATES", "Cell", "Counted", "Effort", "Entry", "Gaps", "Introduction", "Known", "Meet",
    "Member", "Network", "Occasion", "Patchwork", "Report", "State", "Tie", "Unanswered", "accessibility", "by_slice",
    "gaps", "gatherings", "introductions", "network", "occasions", "patchwork", "residents", "shares",
    "spoken_most", "tables", "thresholds", "without_a_time",
]  # fmt: skip
