"""Bridges have paths: from where the person stands, at most three links, the warmest way, every step named.

networkx has one other home: coverage.
"""

from collections import deque
from collections.abc import Iterable
from itertools import pairwise

import networkx as nx
import numpy as np

from mapper.matching.answer import Step
from mapper.matching.columns import has_any
from mapper.matching.person import Candidates, Person
from mapper.model import LinkType, Resource
from mapper.text import Text

MOST_LINKS = 3

#: How cold each kind of link is to go along: somebody who introduces is warmest, money is coldest.
_COLD: dict[str, float] = {
    "introduces": 1.0, "hosts": 1.5, "member_of": 1.5, "works_with": 2.0, "refers_to": 2.0, "grew_out_of": 2.5,
    "funds": 4.0, "community": 1.5, "language": 2.0,
}  # fmt: skip
#: Against the direction of a link one also gets there, less easily.
_AGAINST = 0.5

#: Everybody's languages here lead nowhere in particular.
_EVERYDAY_LANGUAGES = ("nl", "fr", "en", "de")
#: How many places of the own language or community a path may begin with.
_MOST_STARTS = 40


def paths(person: Person, targets: Iterable[Resource], nearby: Candidates) -> dict[str, tuple[Step, ...]]:
    """The warmest path to each target; those without one are left out.

    Paths begin at the person's groups and professional, else at a place of the own community or language that
    is among `nearby`. Places that are gone, avoided or want to be left in peace are never on the way.
    """
    wanted = {target.id for target in targets}
    if not wanted:
        return {}
    profile = person.profile
    starts = {one: "start" for one in (*profile.groups, profile.professional) if one and one in person.catalogue}
    found = _walk(person, starts, wanted, MOST_LINKS)
    missing = wanted - found.keys()
    if missing:
        among_own = _own_places(person, nearby)
        # What is itself among the own needs no path.
        found |= _walk(person, among_own, missing - among_own.keys(), MOST_LINKS - 1)
    return found


def _own_places(person: Person, nearby: Candidates) -> dict[str, str]:
    """Places of the person's own community, or of a language that not everybody here speaks; the nearest forty."""
    profile = person.profile
    if profile.not_own_community or profile.wishes_more_contact is False:
        return {}
    languages = [code for code in profile.languages[:1] if code not in _EVERYDAY_LANGUAGES]
    spoken = (
        has_any(nearby.columns.languages, person.inventory.words.languages.mask(languages)) & nearby.columns.welcoming
    )
    own = nearby.own_community
    at = np.flatnonzero(own | spoken)
    order = np.lexsort((nearby.columns.id_hash[at], np.nan_to_num(nearby.distance_m[at], nan=np.inf)))
    return {
        person.inventory.id_of(int(nearby.rows[place])): "community" if own[place] else "language"
        for place in at[order][:_MOST_STARTS].tolist()
    }


def _walk(person: Person, starts: dict[str, str], wanted: set[str], most_links: int) -> dict[str, tuple[Step, ...]]:
    """The warmest ways from any start to each wanted record within so many links."""
    # A node is a record and how many links it is away, so that the warmest way can also be kept short.
    graph: nx.DiGraph = nx.DiGraph()
    for start, kind in starts.items():
        graph.add_edge("", (start, 0), cold=_COLD.get(kind, 0.0), link=kind, note=Text())
    queue = deque((start, 0) for start in starts)
    seen = set(queue)
    while queue:
        here, links = queue.popleft()
        if links == most_links:
            continue
        for there, link, note, cold in _steps_from(person, here):
            after = (there, links + 1)
            known = graph.get_edge_data((here, links), after)
            if known is None or cold < known["cold"]:
                graph.add_edge((here, links), after, cold=cold, link=link, note=note)
            if after not in seen:
                seen.add(after)
                queue.append(after)
    if "" not in graph:
        return {}
    lengths, ways = nx.single_source_dijkstra(graph, "", weight="cold")
    found: dict[str, tuple[float, tuple[Step, ...]]] = {}
    for node, length in lengths.items():
        # A path of one step says nothing: the suggestion itself is where the person stands.
        if node != "" and node[0] in wanted and node[1] > 0 and (node[0] not in found or length < found[node[0]][0]):
            found[node[0]] = (length, _named(person, graph, ways[node]))
    return {record_id: steps for record_id, (_length, steps) in found.items()}


def _named(person: Person, graph: "nx.DiGraph", way: list[tuple[str, int] | str]) -> tuple[Step, ...]:
    steps = []
    for before, after in pairwise(way):
        record = person.catalogue.get(after[0])
        assert record is not None
        edge = graph.edges[before, after]
        steps.append(Step(record.id, record.name, edge["link"], edge["note"]))
    return tuple(steps)


def _steps_from(person: Person, record_id: str) -> list[tuple[str, LinkType, Text, float]]:
    record = person.catalogue.get(record_id)
    if record is None:
        return []
    found = [(link.to, link.type, link.note, _COLD[link.type]) for link in record.links]
    found += [
        (source.id, link.type, link.note, _COLD[link.type] + _AGAINST)
        for source, link in person.catalogue.links_to(record_id)
    ]
    # In the order of ids, so that equals do not depend on the order in which records came.
    return sorted((one for one in found if _may_pass(person, one[0])), key=lambda one: (one[0], one[3]))


def _may_pass(person: Person, record_id: str) -> bool:
    record = person.catalogue.get(record_id)
    profile = person.profile
    return (
        record is not None
        and record.status in ("active", "reported")
        and record.approach != "not_through_services"
        and record_id not in profile.avoid.resources
        and not set(record.audience.communities) & set(profile.avoid.communities)
        and not (profile.not_own_community and set(record.audience.communities) & set(profile.communities))
    )
