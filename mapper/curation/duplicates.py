"""Which records may be one and the same thing. Three verdicts, each with its reasons; nothing merges by itself.

A name alone is rarely enough, and an address, a telephone or a site is often shared: several groups meet in one house,
antennas have one site, a parish and its food aid one telephone (study: AETCIS at Pianofabriek). So two records are
surely the same only when their names agree and something else does too, and nothing keeps them apart.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from mapper.curation.likeness import ORDER, Likeness, compare_names
from mapper.curation.marks import Marks, Page, is_own
from mapper.geography import distance_m
from mapper.model import Reason

Verdict = Literal["same", "perhaps", "different"]

#: One door, as registers measure it; and the furthest that one house can seem from itself.
SAME_DOOR_M, NEARBY_M, FAR_M = 60, 150, 1500
#: More records than this with one telephone number or site: a house or a network that answers for many.
CROWD = 3
#: Kinds of which one organisation has several under one name.
_CHAINS = frozenset(("antenna", "shop", "second_hand", "launderette", "pharmacy", "childcare", "clinic", "library",
                     "care_home", "child_family_office"))  # fmt: skip
#: Kinds that are somebody's guest, so that many share one telephone.
_GUESTS = frozenset(("self_organisation", "citizen_initiative", "club", "friends_group", "carers_group", "faith_group",
                     "antenna", "training_place", "advice_service", "network_organisation"))  # fmt: skip
_LIGHT_KINDS = frozenset(("self_organisation", "citizen_initiative", "club", "friends_group", "network_organisation"))


class Twins(NamedTuple):
    """Two records that may be one, the lower id first, with what speaks for it and against it."""

    left: str
    right: str
    verdict: Verdict
    reasons: tuple[Reason, ...]

    @property
    def weight(self) -> float:
        """How much speaks for it: only to put the plainest first."""
        return sum(reason.weight for reason in self.reasons)


class Crowds(NamedTuple):
    """How many records have a telephone number, mail address or page; one that is not in it has few."""

    counts: dict[str | Page, int]

    def few(self, shared: Iterable[str] | Iterable[Page]) -> bool:
        """Whether any of these belongs to few."""
        return any(map(self.is_of_few, shared))

    def is_of_few(self, contact: str | Page) -> bool:
        """Whether few have this number, address or page."""
        return self.counts.get(contact, 2) <= CROWD


NOBODY = Crowds({})


class _Evidence(NamedTuple):
    """What two records have in common and what parts them."""

    name: Likeness
    telling: int
    phone: bool
    email: bool
    page: bool
    #: A page within a site, which is about one thing more surely than its first page.
    inner_page: bool
    site: bool
    enterprise: bool
    other_phone: bool
    other_page: bool
    other_enterprise: bool
    distance_m: float | None
    door: bool
    area: bool
    other_area: bool
    placeless: bool
    languages_apart: bool
    kinds_agree: bool
    #: Both say in their names which sort of thing they are, and it is the same sort.
    sorts_agree: bool
    #: Only one says so in its name, and they are not filed as the same kind: a theatre and its academy.
    sort_of_one: bool
    crowded: bool

    @property
    def contact(self) -> bool:
        return self.phone or self.email or self.page or self.enterprise

    @property
    def far(self) -> bool:
        return self.distance_m is not None and self.distance_m > NEARBY_M

    @property
    def near(self) -> bool:
        return self.door or (self.distance_m is not None and self.distance_m <= NEARBY_M)


def compare(left: Marks, right: Marks, crowds: Crowds = NOBODY) -> Twins:
    """Whether two records are one thing, and why. The same whichever comes first."""
    if right.id < left.id:
        left, right = right, left
    found = _evidence(left, right, crowds)
    return Twins(left.id, right.id, _verdict(found, left, right), _reasons(found))


def _evidence(left: Marks, right: Marks, crowds: Crowds) -> _Evidence:
    name, telling, sorts_agree, sort_of_one = _best_names(left, right)
    kinds_agree = left.kind == right.kind or {left.kind, right.kind} <= _LIGHT_KINDS
    phones, emails, pages = left.phones & right.phones, left.emails & right.emails, left.pages & right.pages
    hosts = {page.host for page in left.pages} & {page.host for page in right.pages}
    same_enterprise = left.enterprise != "" and left.enterprise == right.enterprise
    metres = distance_m(left.point, right.point) if left.point and right.point else None
    own_pages = frozenset(filter(is_own, pages))
    door = bool(left.doors & right.doors) and _one_street(left, right, metres)
    return _Evidence(
        name=name,
        telling=telling,
        phone=bool(phones),
        email=bool(emails),
        page=bool(own_pages),
        inner_page=any(page.path for page in own_pages),
        site=bool(hosts),
        enterprise=same_enterprise,
        other_phone=bool(left.phones and right.phones and not phones),
        other_page=bool(hosts and not pages and all(page.path for page in (*left.pages, *right.pages))),
        other_enterprise=bool(left.enterprise and right.enterprise and left.enterprise != right.enterprise),
        distance_m=metres,
        door=door or (metres is not None and metres <= SAME_DOOR_M),
        area=bool(left.areas & right.areas),
        other_area=bool(left.areas and right.areas and not left.areas & right.areas),
        placeless=not (left.areas or left.point) or not (right.areas or right.point),
        languages_apart=bool(left.languages and right.languages and not left.languages & right.languages),
        kinds_agree=kinds_agree,
        sorts_agree=sorts_agree,
        sort_of_one=sort_of_one and not kinds_agree,
        crowded=not (same_enterprise or crowds.few(phones) or crowds.few(emails) or crowds.few(own_pages)),
    )


def _best_names(left: Marks, right: Marks) -> tuple[Likeness, int, bool, bool]:
    """The two of their names that are most alike, how much those tell, whether they say the same sort, or only one."""
    best: tuple[tuple[object, ...], tuple[Likeness, int, bool, bool]] | None = None
    others = [(other, other.telling) for other in right.names]
    for one in left.names:
        told = one.telling
        for other, told_other in others:
            likeness = compare_names(one, other)
            telling = min(told, told_other)
            sorts_agree = bool(one.sorts & other.sorts)
            # A name that clashes with one says nothing when another of its names agrees.
            one_only = bool(one.sorts) != bool(other.sorts)
            # All that is told of the two stands in the rank, so that of equals it does not matter which comes first.
            rank = (ORDER[likeness.alike], likeness.clash == "", likeness.shared, telling, sorts_agree, not one_only,
                    not likeness.doubtful, likeness.clash, likeness.only_area)  # fmt: skip
            if best is None or rank > best[0]:
                best = rank, (likeness, telling, sorts_agree, one_only)
    return best[1] if best else (Likeness("unlike"), 0, False, False)


def _one_street(left: Marks, right: Marks, metres: float | None) -> bool:
    # A street has a name in each language: where those cannot be compared, the points must say so.
    return bool(left.streets & right.streets) or (metres is not None and metres <= NEARBY_M)


def _verdict(found: _Evidence, left: Marks, right: Marks) -> Verdict:
    kinds = {left.kind, right.kind}
    if found.name.clash:
        # Two names that say different things are looked at only where nothing but the names parts them.
        look = found.name.clash != "number" and found.kinds_agree and found.contact and found.near
        return "perhaps" if look else "different"
    if not found.other_enterprise and _surely(found, kinds):
        return "same"
    return "perhaps" if _worth_a_look(found, not kinds.isdisjoint(_CHAINS)) else "different"


def _surely(found: _Evidence, kinds: set[str]) -> bool:
    alike, chain = found.name.alike, not kinds.isdisjoint(_CHAINS)
    if alike in ("same", "near"):
        return _surely_by_name(found, chain, "antenna" in kinds)
    if found.other_page or not found.kinds_agree:
        return False
    if alike == "holds" and found.name.only_area and not chain:
        return found.phone or found.email or (found.enterprise and not found.far)
    # One name in French and one in Dutch, that nobody could compare by their letters.
    reached = found.phone or found.email or found.enterprise or found.inner_page
    host = kinds.isdisjoint(_GUESTS) and (found.name.shared > 0 or found.near or found.inner_page)
    told = found.sorts_agree or host
    return found.languages_apart and told and reached and not found.far and not found.crowded


def _surely_by_name(found: _Evidence, chain: bool, antenna: bool) -> bool:
    slip = found.name.alike == "near"
    if found.telling == 0:  # "Buurthuis", "Maison médicale": a name that many have
        return found.contact and not (found.far or found.crowded)
    if found.name.doubtful and not (found.kinds_agree and not found.other_phone):
        return False
    if (chain and found.far) or (antenna and not found.kinds_agree) or found.sort_of_one:
        return False
    if found.near and not found.other_page:
        return not (found.other_phone and (slip or not found.kinds_agree))
    if found.contact and not found.other_phone:
        return True
    if found.other_phone or found.other_area or not (found.kinds_agree or found.telling > 1):
        return False
    if found.area:
        return found.distance_m is None or found.distance_m < FAR_M
    return found.placeless and found.kinds_agree and found.telling > 1 and not found.site


def _worth_a_look(found: _Evidence, chain: bool) -> bool:
    alike = found.name.alike
    own_contact = found.contact and not found.crowded
    if alike in ("same", "near"):
        elsewhere = found.other_area or (chain and found.distance_m is not None and found.distance_m > FAR_M)
        return own_contact or found.near or found.area or (found.telling > 1 and not elsewhere)
    if alike == "holds":
        return own_contact or found.near
    told = alike == "part" or found.sorts_agree
    return found.languages_apart and told and (own_contact or found.door)


def _reasons(found: _Evidence) -> tuple[Reason, ...]:
    """What speaks for it, strongest first, and then what speaks against it."""
    metres = None if found.distance_m is None else round(found.distance_m)
    weighed = (
        (f"name_{found.name.alike}", {"same": 3.0, "near": 2.5, "holds": 1.0, "part": 0.3}.get(found.name.alike, 0.0)),
        ("same_phone", 2.0 * found.phone),
        ("same_email", 2.0 * found.email),
        ("same_page", 1.5 * found.page),
        ("same_site", 0.3 * (found.site and not found.page)),
        ("same_enterprise_number", 2.0 * found.enterprise),
        ("same_door", 1.5 * found.door),
        ("nearby", 0.8 * (found.near and not found.door)),
        ("same_area", 0.5 * (found.area and not found.near)),
        ("two_languages", 0.2 * found.languages_apart),
        ("other_number", -3.0 * (found.name.clash == "number")),
        ("other_area_named", -2.0 * (found.name.clash == "area")),
        ("other_sort", -2.0 * (found.name.clash == "sort")),
        ("other_kind", -0.3 * (not found.kinds_agree)),
        ("other_phone", -1.0 * found.other_phone),
        ("other_page", -1.0 * found.other_page),
        ("other_enterprise_number", -3.0 * found.other_enterprise),
        ("far_apart", -1.0 * found.far),
    )
    data = {"distance_m": metres} if metres is not None else {}
    return tuple(
        Reason(code, round(weight, 1), data if code in ("same_door", "nearby", "far_apart") else {})
        for code, weight in sorted(weighed, key=lambda pair: -pair[1])
        if weight
    )
