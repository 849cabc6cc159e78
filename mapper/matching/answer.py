"""What a match answers with: data only, worded by the interface in the reader's language."""

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from mapper.model import Calls, CircleName, LinkType, Reason, Resource, Slice, Ties
from mapper.text import Text


class Statement(NamedTuple):
    """One sentence of a summary, as data."""

    code: str
    data: dict[str, Any]


class Usual(NamedTuple):
    """What was usual in the study of 2018, in percent of people asked; None where the text gives no number."""

    code: str
    percent_from: int | None
    percent_to: int | None


@dataclass(frozen=True)
class CircleSummary:
    """One circle as told, beside what is usual. No score."""

    circle: CircleName
    size: int | None
    calls: Calls | None
    in_brussels: bool | None
    practical: bool | None
    emotional: bool | None
    gives: bool | None
    usual: tuple[Usual, ...]
    #: The person would rather leave this circle out; nothing is suggested through it.
    left_out: bool = False


@dataclass(frozen=True)
class Summary:
    """What the profile says, strengths first. `bonding`, `bridging`: whether such ties are there; None is not told."""

    statements: tuple[Statement, ...]
    circles: tuple[CircleSummary, ...]
    bonding: bool | None
    bridging: bool | None
    #: Circles in which practical and emotional help are found, and those the person gives to.
    practical: tuple[CircleName, ...]
    emotional: tuple[CircleName, ...]
    reciprocity: tuple[CircleName, ...]


@dataclass(frozen=True)
class Step:
    """One step of a path to a suggestion: the place, and how one gets there from the step before."""

    resource_id: str
    name: Text
    link: LinkType | Literal["start", "language", "community"]
    note: Text = field(default_factory=Text)


@dataclass(frozen=True)
class GiveHere:
    """What the person likes to give and can give here; `benefit_check` is set wherever it may count as unpaid work."""

    gives: tuple[str, ...]
    benefit_check: bool = True


@dataclass(frozen=True)
class Suggestion:
    """One open door of a slate."""

    resource: Resource
    offer_id: str | None
    slice: Slice
    tie: Ties
    score: float
    distance_m: float | None
    reasons: tuple[Reason, ...]
    path: tuple[Step, ...] = ()
    give: GiveHere | None = None
    #: Thresholds that the profile requires and that are not known: to be asked when phoning.
    ask_first: tuple[str, ...] = ()
    #: Id of a professional service that can walk along (warm hand-over).
    introduced_by: str | None = None


@dataclass(frozen=True)
class Gap:
    """What the inventory did not allow. Codes: see `GAP_CODES`."""

    code: str
    need: str | None = None
    data: dict[str, Any] = field(default_factory=dict)


#: Every code of a gap, with what it means in one sentence.
GAP_CODES = {
    "need_unanswered": "Nothing within reach answers this need.",
    "need_full": "What answers this need within reach is full for now.",
    "need_not_wished": "A right is at stake and the person wants no service for now; the rights line names some.",
    "only_volunteers": "A right is at stake and only volunteer groups were found: that is never the answer to it.",
    "no_professional": "Few people to call on, and no professional or specialised service within reach.",
    "no_bridge": "More contact beyond the own circle is wished, and nothing within reach opens a door to it.",
    "no_bonding": "Trust comes first, and no place among people of one's own was found.",
    "nowhere_to_give": "The person likes to give, and no place within reach looks for that.",
    "nothing_comes_to_you": "Asking is not easy, and nothing found comes to people or has somebody who walks along.",
    "few_found": "Fewer than five suggestions fit.",
    "few_near": "Fewer than five suggestions fit within a walk.",
    "few_come": "Fewer than five suggestions fit, for somebody who does not leave the home.",
}


@dataclass(frozen=True)
class RightsLine:
    """A basic right to look at together, and the professional services that answer it, nearest first."""

    need: str
    services: tuple[str, ...]
    #: Whether the person named this need; otherwise it is only asked: "has this been looked at?"
    asked: bool = False


@dataclass(frozen=True)
class Excluded:
    """Why a record cannot be suggested to this person. Codes: see `limits.EXCLUSIONS`."""

    resource_id: str
    code: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Match:
    """A slate: five to eight suggestions that together make sense, with what they lack said plainly."""

    profile_summary: Summary
    slate: tuple[Suggestion, ...]
    rights: tuple[RightsLine, ...]
    gaps: tuple[Gap, ...]
    #: How many records that this reader may see were left out, for reasons that `why` tells.
    excluded: int
