"""The inner loops of search, compiled by numba when they are first needed and kept for the next start.

Imported by who needs them at that moment only: numba takes a quarter of a second to load, and most commands never
search. Nothing here knows of records; it is letters, places and weights in flat arrays.
"""

from mapper.loops.answering import BEGIN, Asked, Scratch, Spot, Terms, answer, hear, weigh
from mapper.loops.ordering import foremost, nearer
from mapper.loops.postings import Columns, Texts, index
from mapper.loops.spelling import PAIR, Files, Ways, meant
from mapper.loops.tokens import numbered

__all__ = [
    "BEGIN",
    "PAIR",
    "Asked",
    "Columns",
    "Files",
    "Scratch",
    "Spot",
    "Terms",
    "Texts",
    "Ways",
    "answer",
    "foremost",
    "hear",
    "index",
    "meant",
    "nearer",
    "numbered",
    "weigh",
]
