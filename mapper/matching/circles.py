"""The four circles as a person tells them, beside what is usual in Brussels. No score, no verdict.

Unknown is never read as zero or no: what was not told stays None.
"""

from mapper.catalogue import Catalogue
from mapper.matching.answer import CircleSummary, Statement, Summary, Usual
from mapper.model import CIRCLES, CircleName, CircleTies, Profile

#: What 189 people answered in 2018, at eight organisations in postcode 1000 (study: Conclusies). The text gives
#: ranges between the sites, and for friends no number but "most".
USUAL: dict[CircleName, tuple[Usual, ...]] = {
    "household": (Usual("called_on_first", None, None),),
    "family": (Usual("sometimes_call_on_family", 40, 70), Usual("no_family_in_brussels", 50, 85)),
    "friends": (Usual("at_most_five_friends", None, None), Usual("rarely_call_on_friends", None, None)),
    "neighbours": (Usual("know_at_most_two_neighbours", 40, 60), Usual("never_or_rarely_call_on_a_neighbour", 80, 90)),
}


def told(profile: Profile) -> dict[CircleName, CircleTies]:
    """The circles that were told about, those the person would rather leave out not among them."""
    circles = {} if profile.circles is None else {name: getattr(profile.circles, name) for name in CIRCLES}
    return {name: ties for name, ties in circles.items() if ties is not None and name not in profile.avoid.circles}


def can_be_called_on(ties: CircleTies) -> bool | None:
    """Whether the person finds help in this circle; None when that was not told."""
    if ties.size == 0 or ties.known_by_first_name == 0:
        return False
    if ties.practical or ties.emotional or ties.calls in ("sometimes", "often"):
        return True
    if ties.calls in ("never", "rarely") or (ties.practical is False and ties.emotional is False):
        return False
    return None


def has_few_to_call_on(profile: Profile) -> bool | None:
    """Whether at most one circle can be called on; None when too little was told to say so."""
    answers = [can_be_called_on(ties) for ties in told(profile).values()]
    if answers.count(True) >= 2:
        return False
    known = [answer for answer in answers if answer is not None]
    # Circles that are left out on purpose are not there to be called on.
    left_out = len(set(profile.avoid.circles)) if profile.circles is not None else 0
    return True if len(known) == len(answers) and len(known) + left_out >= 3 else None


def has_bonding(profile: Profile, catalogue: Catalogue) -> bool | None:
    """Whether there are ties within the own circle: somebody near, or a group among people of one's own."""
    if any(_ties_of(group, catalogue) in ("bonding", "both") for group in profile.groups):
        return True
    circles = told(profile)
    near = [can_be_called_on(circles[name]) for name in ("household", "family", "friends") if name in circles]
    if True in near:
        return True
    return False if len(near) == 3 and None not in near else None


def has_bridging(profile: Profile, catalogue: Catalogue) -> bool | None:
    """Whether there are ties beyond the own circle: a group that opens doors, or neighbours one calls on."""
    if any(_ties_of(group, catalogue) in ("bridging", "both") for group in profile.groups):
        return True
    neighbours = told(profile).get("neighbours")
    return None if neighbours is None else can_be_called_on(neighbours)


def _ties_of(resource_id: str, catalogue: Catalogue) -> str:
    record = catalogue.get(resource_id)
    return record.ties if record else "unknown"


def summarise(profile: Profile, catalogue: Catalogue) -> Summary:
    """What the profile says, strengths first (study: Spreek mensen aan op hun kracht), circles beside what is usual."""
    circles = told(profile)
    practical = tuple(name for name, ties in circles.items() if ties.practical)
    emotional = tuple(name for name, ties in circles.items() if ties.emotional)
    reciprocity = tuple(name for name, ties in circles.items() if ties.gives)
    return Summary(
        statements=tuple(_statements(profile, practical, emotional, reciprocity)),
        circles=tuple(_circle(name, profile) for name in CIRCLES if profile.circles and getattr(profile.circles, name)),
        bonding=has_bonding(profile, catalogue),
        bridging=has_bridging(profile, catalogue),
        practical=practical,
        emotional=emotional,
        reciprocity=reciprocity,
    )


def _circle(name: CircleName, profile: Profile) -> CircleSummary:
    ties: CircleTies = getattr(profile.circles, name)
    size = ties.size if ties.size is not None else ties.known_by_first_name
    left_out = name in profile.avoid.circles
    return CircleSummary(
        circle=name, size=size, calls=ties.calls, in_brussels=ties.in_brussels, practical=ties.practical,
        emotional=ties.emotional, gives=ties.gives, usual=() if left_out else USUAL[name], left_out=left_out,
    )  # fmt: skip


#: Every code of a statement, in the order in which they are said: first what the person has, can and gives.
STATEMENTS = {
    "strong_sides": "What the person is good at.",
    "speaks": "The languages the person speaks.",
    "likes_to_give": "What the person likes to give.",
    "gives_to": "The circles to which the person gives: who gives can ask.",
    "goes_to": "How many places the person already goes to.",
    "emotional_help": "The circles in which the person is listened to.",
    "practical_help": "The circles in which the person finds a hand.",
    "already_helped": "A service already helps.",
    "wishes_more_contact": "The person would like to know more people.",
    "wishes_no_more_contact": "The person wants no wider network, and that is respected.",
    "would_rather_not_ask": "Asking is not easy, so what comes to people comes first.",
    "carries_much": "The person carries much already and is not asked to give.",
    "wishes_only": "The kinds of care the person wants, and no others.",
}


def _statements(
    profile: Profile, practical: tuple[str, ...], emotional: tuple[str, ...], reciprocity: tuple[str, ...]
) -> list[Statement]:
    said: list[tuple[str, dict[str, object], object]] = [
        ("strong_sides", {"words": profile.strong_sides}, profile.strong_sides),
        ("speaks", {"languages": profile.languages}, profile.languages),
        ("likes_to_give", {"gives": profile.gives}, profile.gives),
        ("gives_to", {"circles": reciprocity}, reciprocity),
        ("goes_to", {"count": len(profile.groups)}, profile.groups),
        ("emotional_help", {"circles": emotional}, emotional),
        ("practical_help", {"circles": practical}, practical),
        ("already_helped", {}, profile.professional),
        ("wishes_more_contact", {}, profile.wishes_more_contact is True),
        ("wishes_no_more_contact", {}, profile.wishes_more_contact is False),
        ("would_rather_not_ask", {}, profile.asks_easily is False),
        ("carries_much", {}, profile.burden == "heavy"),
        ("wishes_only", {"slices": profile.only_slices}, profile.only_slices),
    ]
    return [Statement(code, data) for code, data, holds in said if holds]
