"""A catalogue in columns, with the links between its records and what these lead to.

Built once for each segment and kept as long as that lives; a changed record costs only the small segment.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from mapper.catalogue import Catalogue, Segment
from mapper.matching.columns import STATUSES, Bits, Bools, Columns, Rows, Vocabulary, build, mixed
from mapper.model import LINK_TYPES, Resource
from mapper.taxonomy import Taxonomy

_MEMBER_OF = LINK_TYPES.index("member_of")


@dataclass(frozen=True)
class Edges:
    """Links as rows of both ends and the number of their type (`LINK_TYPES`)."""

    sources: Rows
    targets: Rows
    types: NDArray[np.int8]


@dataclass(frozen=True)
class _SegmentColumns:
    """What is kept for a segment. `outside` are links to records that are not in it: row, id, number of the type."""

    day: dt.date
    columns: Columns
    edges: Edges
    outside: tuple[tuple[int, str, int], ...]
    served: dict[str, Rows]


_of_segments: "WeakKeyDictionary[Segment, _SegmentColumns]" = WeakKeyDictionary()
_of_catalogues: "WeakKeyDictionary[Catalogue, Inventory]" = WeakKeyDictionary()
_vocabularies: dict[int, tuple[Taxonomy, Vocabulary]] = {}


def vocabulary(taxonomy: Taxonomy) -> Vocabulary:
    """The terms of a taxonomy as bits; made once."""
    known = _vocabularies.get(id(taxonomy))
    if known is None:
        # The taxonomy is kept beside it, so that its id cannot come to mean another.
        known = _vocabularies[id(taxonomy)] = (taxonomy, Vocabulary(taxonomy))
    return known[1]


def _segment_columns(segment: Segment, words: Vocabulary, today: dt.date) -> _SegmentColumns:
    kept = _of_segments.get(segment)
    if kept is None or kept.day != today:
        inside, outside = [], []
        for source_id, links in segment.links.items():
            source = segment.row_of[source_id]
            for link in links:
                number = LINK_TYPES.index(link.type)
                target = segment.row_of.get(link.to)
                if target is None:
                    outside.append((source, link.to, number))
                else:
                    inside.append((source, target, number))
        served: dict[str, list[int]] = defaultdict(list)
        for row, record in enumerate(segment.resources):
            for area in record.service_area:
                served[area].append(row)
        kept = _SegmentColumns(
            today,
            build(segment, words, today),
            _edges(inside),
            tuple(outside),
            {area: np.array(rows, dtype=np.int64) for area, rows in served.items()},
        )
        _of_segments[segment] = kept
    return kept


def _edges(triples: Sequence[tuple[int, int, int]]) -> Edges:
    table = np.array(triples, dtype=np.int64).reshape(len(triples), 3)
    return Edges(table[:, 0], table[:, 1], table[:, 2].astype(np.int8))


class Inventory:
    """A catalogue in columns: its segments one behind the other, with the links between all of them."""

    def __init__(self, catalogue: Catalogue, today: dt.date) -> None:
        self.day = today
        self.words = vocabulary(catalogue.taxonomy)
        self._segments = [segment for segment, _gone in catalogue.segments]
        parts = [_segment_columns(segment, self.words, today) for segment in self._segments]
        self._served = [part.served for part in parts]
        self.columns = parts[0].columns if len(parts) == 1 else parts[0].columns.and_then(parts[1].columns)
        self._starts = np.cumsum([0, *(len(segment) for segment in self._segments)])
        self.alive = np.ones(len(self.columns), dtype=np.bool_)
        for segment, gone in catalogue.segments:
            self.alive[[segment.row_of[record_id] for record_id in gone]] = False
        self.edges = self._all_edges(catalogue, parts)
        self.reach = self._reach()
        self.network = self._networks()

    def row_of(self, resource_id: str) -> int | None:
        """The row of a record of this catalogue; None when it is not here."""
        for start, segment in zip(reversed(self._starts[:-1].tolist()), reversed(self._segments), strict=True):
            row = segment.row_of.get(resource_id)
            if row is not None and self.alive[start + row]:
                return int(start + row)
        return None

    def record_at(self, row: int) -> Resource:
        """The record in this row, without its links."""
        at = int(np.searchsorted(self._starts, row, side="right")) - 1
        return self._segments[at].resources[row - int(self._starts[at])]

    def id_of(self, row: int) -> str:
        """The id of the record in this row."""
        return self.record_at(row).id

    def _marked(self, areas: Iterable[str], indexes: Sequence[dict[str, Any]]) -> Bools:
        found = np.zeros(len(self.columns), dtype=np.bool_)
        for area in areas:
            for start, index in zip(self._starts.tolist(), indexes, strict=False):
                rows = index.get(area)
                if rows is not None:
                    found[rows + start] = True
        return found

    def serving(self, areas: Iterable[str]) -> Bools:
        """Where one of these areas is named as served."""
        return self._marked(areas, self._served)

    def within(self, areas: Iterable[str]) -> Bools:
        """What lies in one of these areas, or names it as served."""
        return self._marked(areas, [segment.by_area for segment in self._segments])

    def _all_edges(self, catalogue: Catalogue, parts: Sequence[_SegmentColumns]) -> Edges:
        """Links between records of this catalogue only: an end that may not be seen leaves no trace."""
        tables = []
        for start, part in zip(self._starts.tolist(), parts, strict=False):
            edges = part.edges
            tables.append(np.column_stack((edges.sources + start, edges.targets + start, edges.types)))
            outside = [(start + row, self.row_of(to), number) for row, to, number in part.outside]
            tables.append(np.array([one for one in outside if one[1] is not None], dtype=np.int64).reshape(-1, 3))
        table = np.concatenate(tables)
        # A record that changed stands in the small segment: links to its old row go to the new one.
        moved = np.arange(len(self.columns))
        for start, (segment, gone) in zip(self._starts.tolist(), catalogue.segments, strict=False):
            for record_id in segment.merged_into.keys() - gone:
                # A link to a merged record leads to the one that stayed.
                stayed = self.row_of(catalogue.standing_for(record_id) or record_id)
                moved[start + segment.row_of[record_id]] = -1 if stayed is None else stayed
        for row in np.flatnonzero(~self.alive).tolist():
            now = self.row_of(self.id_of(row))
            moved[row] = -1 if now is None else moved[now]
        table = table[self.alive[table[:, 0]]]
        targets = moved[table[:, 1]]
        leads_on = (targets >= 0) & (targets != table[:, 0])
        table, targets = table[leads_on], targets[leads_on]
        # In the order of ids, so that nothing depends on the order in which records came.
        order = np.lexsort((self.columns.id_hash[targets], self.columns.id_hash[table[:, 0]]))
        return Edges(table[order, 0], targets[order], table[order, 2].astype(np.int8))

    def _networks(self) -> NDArray[np.uint64]:
        """The same number for the antennas of one network and the network itself; 0 for everything else."""
        found = np.zeros(len(self.columns), dtype=np.uint64)
        edges = self.edges
        own = (edges.types == _MEMBER_OF) & (self.columns.kind[edges.sources] == mixed("antenna"))
        number = self.columns.id_hash[edges.targets[own]]
        found[edges.sources[own]] = number
        found[edges.targets[own]] = number
        return found

    def _reach(self) -> Bits:
        """What each record leads to within two links, through places that are there and let people in."""
        one = self.columns
        open_now = self.alive & (one.status <= STATUSES.index("reported")) & (one.welcoming | one.service)
        contents = np.where(open_now[:, None], one.leads_to, np.uint64(0))
        found = one.leads_to
        step = contents
        for _link in range(2):
            gathered = np.zeros_like(contents)
            np.bitwise_or.at(gathered, self.edges.sources, step[self.edges.targets])
            np.bitwise_or.at(gathered, self.edges.targets, step[self.edges.sources])
            found = found | gathered
            step = np.where(open_now[:, None], contents | gathered, np.uint64(0))
        return found


def inventory(catalogue: Catalogue, today: dt.date) -> Inventory:
    """The columns of a catalogue: made once, kept as long as it lives, made anew each day (room has dates)."""
    kept = _of_catalogues.get(catalogue)
    if kept is None or kept.day != today:
        kept = _of_catalogues[catalogue] = Inventory(catalogue, today)
    return kept
