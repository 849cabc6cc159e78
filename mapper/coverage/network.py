"""Who is linked to whom in an area: communities, islands, who would be missed, and which two groups should meet.

For the coach, and shown to the groups themselves before anyone else: a map of brokers is also a map of power.
"""

from collections.abc import Iterable
from itertools import combinations
from typing import NamedTuple

import networkx as nx

from mapper.catalogue import Catalogue, languages_of, needs_of
from mapper.coverage.supply import THERE, is_formal
from mapper.coverage.thresholds import thresholds
from mapper.geography import distance_m
from mapper.model import Point, Reason, Resource

#: The same picture and the same communities every time.
_SEED = 7
#: Everybody's languages here: sharing one of them makes nobody one circle.
_EVERYDAY_LANGUAGES = ("nl", "fr", "en", "de")
#: Links within one organisation, or what came out of it.
_ONE_ORGANISATION = ("member_of", "grew_out_of")
#: A picture with more than this is a haze; those with most links are drawn.
MOST_DRAWN = 60
#: So many groups at most are compared with each other, those who have something to ask or offer first.
_MOST_COMPARED = 300
_COMPLEMENT, _SHARED, _SAME_NEED, _NEAR = 1.0, 0.6, 0.3, 0.4


class Member(NamedTuple):
    """One record in the network."""

    resource: Resource
    links: int
    community: int
    #: Without it others could no longer reach each other.
    is_cut: bool
    #: The share of shortest ways between others in its linked part that go through it, 0 to 1.
    betweenness: float
    #: Burt: how many separate circles it touches, and how much these know each other already; None without links.
    effective_size: float | None
    constraint: float | None


class Tie(NamedTuple):
    """A link between two records, seen without direction."""

    one: str
    other: str
    #: The kinds of link between them.
    types: tuple[str, ...]
    #: Between people with something in common; else it leads out of the own circle.
    is_bonding: bool


class Meet(NamedTuple):
    """Two groups that no path joins yet and that have a reason to meet."""

    one: Resource
    other: Resource
    distance_m: float | None
    reasons: tuple[Reason, ...]

    @property
    def weight(self) -> float:
        """How much speaks for it."""
        return sum(reason.weight for reason in self.reasons)


class Network(NamedTuple):
    """The links of an area and what they tell."""

    members: tuple[Member, ...]
    ties: tuple[Tie, ...]
    #: Groups of records that are linked more with each other than with others; those of one record left out.
    communities: tuple[tuple[str, ...], ...]
    #: What no path joins to the largest part.
    islands: tuple[tuple[str, ...], ...]
    should_meet: tuple[Meet, ...]
    #: Where each linked record stands in a picture, x and y between 0 and 1; the same every time.
    places: dict[str, tuple[float, float]]

    @property
    def bonding(self) -> int:
        """How many ties are among people with something in common."""
        return sum(tie.is_bonding for tie in self.ties)

    @property
    def bridging(self) -> int:
        """How many ties lead out of the own circle."""
        return len(self.ties) - self.bonding

    @property
    def missed(self) -> tuple[Member, ...]:
        """Who would be missed most, most first: without them others could no longer reach each other."""
        found = [member for member in self.members if member.is_cut or member.betweenness > 0]
        return tuple(sorted(found, key=lambda one: (not one.is_cut, -one.betweenness, one.resource.id)))


def network(catalogue: Catalogue, resources: Iterable[Resource]) -> Network:
    """The network of these records and of whoever they are linked to directly."""
    own = {resource.id: resource for resource in resources if resource.status in THERE}
    graph = _graph(catalogue, own)
    records = {one: found for one in graph if (found := catalogue.get(one)) is not None}
    communities = _communities(graph)
    number_of = {one: number for number, members in enumerate(communities) for one in members}
    cuts, between = set(nx.articulation_points(graph)), _betweenness(graph)
    linked = [one for one in graph if graph.degree(one)]
    triangles, constraint = nx.triangles(graph), nx.constraint(graph, linked)
    # Burt's measure in its short form for ties that all weigh the same (Borgatti 1997): networkx' own copies the graph.
    size = {one: graph.degree(one) - 2 * triangles[one] / graph.degree(one) for one in linked}
    members = tuple(
        Member(
            resource=records[one],
            links=graph.degree(one),
            community=number_of[one],
            is_cut=one in cuts,
            betweenness=round(between[one], 4),
            effective_size=round(size[one], 2) if one in size else None,
            constraint=round(constraint[one], 3) if one in constraint else None,
        )
        for one in sorted(graph)
    )
    ties = tuple(
        Tie(min(one, other), max(one, other), tuple(sorted(types)), _is_bonding(records[one], records[other], types))
        for one, other, types in graph.edges(data="types")
    )
    parts = _largest_first(nx.connected_components(graph))
    islands = tuple(parts[1:]) if parts and len(parts[0]) > 1 else tuple(parts)
    together = {one: number for number, part in enumerate(parts) for one in part}
    return Network(
        members=members,
        places=_drawing(graph),
        ties=tuple(sorted(ties)),
        communities=tuple(part for part in communities if len(part) > 1),
        islands=islands,
        should_meet=_should_meet(catalogue, [records[one] for one in sorted(own)], together),
    )


def _graph(catalogue: Catalogue, own: dict[str, Resource]) -> "nx.Graph":
    graph: nx.Graph = nx.Graph()
    graph.add_nodes_from(sorted(own))
    for record in own.values():
        both_ways = [(link.to, link.type) for link in record.links]
        both_ways += [(source.id, link.type) for source, link in catalogue.links_to(record.id)]
        for other, type_ in sorted(both_ways):
            there = catalogue.get(other)
            if there is not None and there.status in THERE and other != record.id:
                if not graph.has_edge(record.id, other):
                    graph.add_edge(record.id, other, types=set())
                graph.edges[record.id, other]["types"].add(type_)
    return graph


def _communities(graph: "nx.Graph") -> tuple[tuple[str, ...], ...]:
    if not graph.number_of_edges():
        return tuple((one,) for one in sorted(graph))
    found = nx.community.louvain_communities(graph, seed=_SEED)
    return tuple(_largest_first(found))


def _betweenness(graph: "nx.Graph") -> dict[str, float]:
    """Within each linked part: beside many islands nobody would seem to matter."""
    found: dict[str, float] = dict.fromkeys(graph, 0.0)
    for part in nx.connected_components(graph):
        if len(part) > 2:
            found.update(nx.betweenness_centrality(graph.subgraph(part)))
    return found


def _largest_first(parts: Iterable[set[str]]) -> list[tuple[str, ...]]:
    return sorted((tuple(sorted(part)) for part in parts), key=lambda part: (-len(part), part))


def _own_languages(resource: Resource) -> set[str]:
    return set(languages_of(resource)) - set(_EVERYDAY_LANGUAGES)


def _is_bonding(one: Resource, other: Resource, types: set[str]) -> bool:
    """Whether both are of one circle: one organisation, a community they share, or a language not everybody speaks."""
    if not types.isdisjoint(_ONE_ORGANISATION):
        return True
    shared = set(one.audience.communities) & set(other.audience.communities)
    return bool(shared or _own_languages(one) & _own_languages(other))


class _Seen(NamedTuple):
    """What counts of a group when it is laid beside others, worked out once."""

    resource: Resource
    is_formal: bool
    point: Point | None
    asks: frozenset[str]
    gives: frozenset[str]
    communities: frozenset[str]
    languages: frozenset[str]
    needs: frozenset[str]


def _see(catalogue: Catalogue, resource: Resource) -> _Seen:
    return _Seen(
        resource=resource,
        is_formal=is_formal(resource, catalogue.taxonomy),
        point=catalogue.point_of(resource),
        asks=frozenset(support.type for support in resource.support_needed),
        gives=frozenset(support.type for support in resource.support_offered),
        communities=frozenset(resource.audience.communities),
        languages=frozenset(_own_languages(resource)),
        needs=frozenset(needs_of(resource)),
    )


def _should_meet(catalogue: Catalogue, own: list[Resource], together: dict[str, int]) -> tuple[Meet, ...]:
    willing = [one for one in own if one.approach != "not_through_services"]
    willing.sort(key=lambda one: (not (one.support_needed or one.support_offered), one.id))
    seen = [_see(catalogue, one) for one in willing[:_MOST_COMPARED]]
    found = []
    for one, other in combinations(seen, 2):
        if together[one.resource.id] != together[other.resource.id]:
            met = _meet(one, other)
            if met is not None:
                found.append(met)
    found.sort(key=lambda met: (-met.weight, met.one.id, met.other.id))
    return tuple(found[: thresholds().network.meet_most])


def _meet(one: _Seen, other: _Seen) -> Meet | None:
    """Two groups with a reason to meet; two services are left to find each other."""
    if one.is_formal and other.is_formal:
        return None
    reasons = _reasons(one, other)
    if not reasons:
        return None
    near_m = thresholds().network.near_m
    metres = distance_m(one.point, other.point) if one.point and other.point else None
    if metres is not None:
        if metres > near_m:
            return None
        reasons.append(Reason("near", round(_NEAR * (1 - metres / near_m), 3), {"distance_m": round(metres)}))
    return Meet(one.resource, other.resource, metres, tuple(reasons))


def _reasons(one: _Seen, other: _Seen) -> list[Reason]:
    """Why these two should meet, as data."""
    reasons = []
    for asks, gives in ((one, other), (other, one)):
        fits = asks.asks & gives.gives
        if fits:
            ends = {"asks": asks.resource.id, "offers": gives.resource.id, "supports": tuple(sorted(fits))}
            reasons.append(Reason("complements", _COMPLEMENT, ends))
    if shared := one.communities & other.communities:
        reasons.append(Reason("shared_public", _SHARED, {"communities": tuple(sorted(shared))}))
    if shared := one.languages & other.languages:
        reasons.append(Reason("shared_language", _SHARED, {"languages": tuple(sorted(shared))}))
    # The same work alone makes no reason: else every two groups of a quarter would stand in the list.
    if reasons and (same := one.needs & other.needs):
        reasons.append(Reason("same_need", _SAME_NEED, {"needs": tuple(sorted(same))}))
    return reasons


def _drawing(whole: "nx.Graph") -> dict[str, tuple[float, float]]:
    """Places for the linked records, at most `MOST_DRAWN` with most links. Those without links are told as islands."""
    linked = sorted((one for one in whole if whole.degree(one)), key=lambda one: (-whole.degree(one), one))
    # Built anew in the order of ids: the layout depends on the order in which records and links come.
    kept = sorted(linked[:MOST_DRAWN])
    graph: nx.Graph = nx.Graph()
    graph.add_nodes_from(kept)
    graph.add_edges_from(sorted((min(pair), max(pair)) for pair in whole.subgraph(kept).edges()))
    if not graph:
        return {}
    places: dict[str, tuple[float, float]] = {}
    parts = _largest_first(nx.connected_components(graph))
    for part, (left, top, width, height) in zip(parts, _shelves([len(part) for part in parts]), strict=True):
        at = nx.kamada_kawai_layout(graph.subgraph(part)) if len(part) > 2 else {
            one: (float(number), 0.0) for number, one in enumerate(part)
        }  # fmt: skip
        xs, ys = [float(spot[0]) for spot in at.values()], [float(spot[1]) for spot in at.values()]
        for one, spot in at.items():
            x = (float(spot[0]) - min(xs)) / (max(xs) - min(xs)) if max(xs) - min(xs) > 1e-9 else 0.5
            y = (float(spot[1]) - min(ys)) / (max(ys) - min(ys)) if max(ys) - min(ys) > 1e-9 else 0.5
            places[one] = (left + width * (0.1 + 0.8 * x), top + height * (0.1 + 0.8 * y))
    return places


def _shelves(sizes: list[int]) -> list[tuple[float, float, float, float]]:
    """Boxes for parts of these sizes, largest first, in rows: left, top, width, height."""
    total, rows, row = sum(sizes), [], []
    for size in sizes:
        row.append(size)
        if sum(row) >= max(4, total / 3):
            rows.append(row)
            row = []
    if row:
        rows.append(row)
    boxes, top = [], 0.0
    for row in rows:
        height, left = sum(row) / total, 0.0
        for size in row:
            boxes.append((left, top, size / sum(row), height))
            left += size / sum(row)
        top += height
    return boxes
