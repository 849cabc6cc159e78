"""What leaves the house about a neighbourhood: places everyone may know, counted gaps, figures, sources and method."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from mapper import taxonomy
from mapper.catalogue import Catalogue, languages_of, needs_of
from mapper.coverage.calendar import gatherings
from mapper.coverage.gaps import Cell, Gaps
from mapper.coverage.patchwork import Patchwork
from mapper.exchange.calendar import Recurring
from mapper.model import SLICES, Resource, Source
from mapper.text import Text

#: So many languages of the neighbourhood are told apart, those spoken in most places first.
_MOST_LANGUAGES = 8


class Report(NamedTuple):
    """A neighbourhood as policy makers get to read it."""

    area: str
    name: Text
    made_on: dt.date
    patchwork: Patchwork
    gaps: Gaps
    #: How many links there are between these places, among people with something in common or out of their circle.
    bonding: int
    bridging: int

    @property
    def gatherings(self) -> tuple[Recurring, ...]:
        """When people meet there."""
        return gatherings(entry.resource for entry in self.patchwork.entries)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that are told apart."""
        return spoken_most(entry.resource for entry in self.patchwork.entries)

    @property
    def sources(self) -> tuple[tuple[Source, int], ...]:
        """Every source once, with how many places it stands behind; those of most places first."""
        counts: Counter[Source] = Counter()
        for entry in self.patchwork.entries:
            counts.update({Source(facts=(), title=one.title, url=one.url, on=one.on) for one in entry.resource.sources})
        return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0].title, str(pair[0].on))))

    def cell(self, need: str, slice_id: str = "", language: str = "") -> Cell:
        """The state of a need here."""
        return self.gaps.cell(self.gaps.neighbourhoods[0], need, slice_id, language)


def spoken_most(resources: Iterable[Resource]) -> tuple[str, ...]:
    """The languages spoken in most of these places, of those the taxonomy knows: a gap is measured in no other."""
    known = taxonomy.load().languages
    counts = Counter(code for resource in resources for code in languages_of(resource) if code in known)
    return tuple(sorted(counts, key=lambda code: (-counts[code], code))[:_MOST_LANGUAGES])


def tables(report: Report, catalogue: Catalogue, language: str) -> dict[str, list[dict[str, Any]]]:
    """Everything a report shows as tables of plain values, names in this language where they are known in it."""
    terms = catalogue.taxonomy

    def words(text: Text) -> str:
        return text.best(language)[1]

    places = []
    for entry in report.patchwork.entries:
        one, point = entry.resource, catalogue.point_of(entry.resource)
        kind = terms.kinds.get(one.kind)
        places.append(
            {
                "id": one.id,
                "name": words(one.name),
                "kind": words(kind.label) if kind else one.kind,
                "slices": "; ".join(entry.slices),
                "needs": "; ".join(needs_of(one)),
                "languages": "; ".join(languages_of(one)),
                "service": entry.is_formal,
                "lies_here": entry.lies_here,
                "status": one.status,
                "checked_on": one.checked_on,
                "precision": one.place.precision,
                "lon": point.lon if point else None,
                "lat": point.lat if point else None,
            }
        )
    kept = [("", ""), *((slice_id, "") for slice_id in SLICES), *(("", code) for code in report.languages)]
    cells = [report.gaps.cell(area, need, *one) for area in report.gaps.neighbourhoods
             for need in report.gaps.needs for one in kept]  # fmt: skip
    return {
        "places": places,
        "figures": [
            {
                "indicator": known.figure.indicator,
                "year": known.figure.year,
                "value": known.figure.value,
                "middle_of_neighbourhoods": known.middle,
                "source": known.figure.source,
            }
            for known in report.patchwork.figures
        ],
        "gaps": [{name: getattr(cell, name) for name in Cell.__struct_fields__} for cell in cells],
        "meetings": [
            {
                "place": words(one.resource.name),
                "offer": words(one.offer.name),
                "rule": one.meeting.rule,
                "start_time": one.meeting.start_time.isoformat("minutes") if one.meeting.start_time else "",
                "language": one.meeting.language,
                "note": words(one.meeting.note),
            }
            for one in report.gatherings
        ],
        "stories": [
            {"place": words(resource.name), "story": words(story.text)} for resource, story in report.patchwork.stories
        ],
        "sources": [
            {"title": source.title, "url": source.url, "on": source.on, "places": count}
            for source, count in report.sources
        ],
    }
