"""From a few words about a person to a balanced set of open doors, with the reasons."""

from mapper.matching.answer import (
    GAP_CODES,
    CircleSummary,
    Excluded,
    Gap,
    GiveHere,
    Match,
    RightsLine,
    Statement,
    Step,
    Suggestion,
    Summary,
    Usual,
)
from mapper.matching.circles import STATEMENTS, USUAL
from mapper.matching.features import FEATURES, Feature
from mapper.matching.limits import EXCLUSIONS
from mapper.matching.weigh import match, rebalance, why

__all__ = [
    "EXCLUSIONS", "FEATURES", "GAP_CODES", "STATEMENTS", "USUAL", "CircleSummary", "Excluded", "Feature", "Gap",
    "GiveHere", "Match", "RightsLine", "Statement", "Step", "Suggestion", "Summary", "Usual", "match", "rebalance",
    "why",
]  # fmt: skip
