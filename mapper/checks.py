"""The doctor: what is wrong with the store and the data, in sentences somebody can act on."""

from collections.abc import Iterator
from typing import Literal

from dateutil.rrule import rrulestr

from mapper.catalogue import needs_of
from mapper.geography import Geography
from mapper.model import Record, Resource, sources_of
from mapper.opening import is_readable
from mapper.taxonomy import Taxonomy
from mapper.text import N_

#: Facts that cost somebody a tram fare when they are wrong.
_FACTS_TO_SOURCE = ("place", "contacts", "opening_hours", "offers", "needs")


class Finding(Record, frozen=True):
    """One thing that is wrong (`error`) or worth a look (`warning`)."""

    severity: Literal["error", "warning"]
    record_id: str
    message: str
    data: dict[str, str]


def _finding(severity: Literal["error", "warning"], record_id: str, message: str, **data: str) -> Finding:
    return Finding(severity=severity, record_id=record_id, message=message, data=data)


def findings(
    store_problems: list[str], resources: list[Resource], taxonomy: Taxonomy, geography: Geography
) -> list[Finding]:
    """Everything found, errors first."""
    ids = {record.id for record in resources}
    found = [
        _finding("error", "", N_("The store is damaged: {problem}. Restore a backup."), problem=problem)
        for problem in store_problems
    ]
    for record in resources:
        found += _of_words(record, taxonomy)
        found += _of_links(record, ids)
        found += _of_times(record)
        found += _of_places(record, geography)
        found += _of_sources(record)
    if geography.approximate:
        found.append(
            _finding(
                "warning",
                "",
                N_("The neighbourhoods are a hand-drawn sketch. Load the official ones: mapper neighbourhoods fetch"),
            )
        )
    return sorted(found, key=lambda finding: finding.severity)


def _of_words(record: Resource, taxonomy: Taxonomy) -> Iterator[Finding]:
    used = {
        "kind": ((record.kind,), taxonomy.kinds),
        "needs": (needs_of(record), taxonomy.needs),
        "gives": (record.gives, taxonomy.gives),
        "communities": (record.audience.communities, taxonomy.communities),
        "support": (
            tuple(support.type for support in (*record.support_needed, *record.support_offered)),
            taxonomy.supports,
        ),
    }
    for field, (ids, group) in used.items():
        for term_id in ids:
            if term_id not in group:
                yield _finding(
                    "error", record.id, N_("“{word}” in {field} is not in the taxonomy."), word=term_id, field=field
                )


def _of_links(record: Resource, ids: set[str]) -> Iterator[Finding]:
    targets = [link.to for link in record.links]
    if record.merged_into:
        targets.append(record.merged_into)
    for target in targets:
        if target not in ids:
            yield _finding("error", record.id, N_("It links to record {target}, which is not here."), target=target)


def _of_times(record: Resource) -> Iterator[Finding]:
    if record.opening_hours and not is_readable(record.opening_hours):
        yield _finding(
            "error", record.id, N_("The opening hours “{hours}” cannot be read."), hours=record.opening_hours
        )
    for offer in record.offers:
        for meeting in offer.meetings:
            try:
                if meeting.rule:
                    rrulestr(meeting.rule)
            except (ValueError, TypeError):
                yield _finding("error", record.id, N_("The meeting rule “{rule}” cannot be read."), rule=meeting.rule)


def _of_places(record: Resource, geography: Geography) -> Iterator[Finding]:
    for area in (record.place.neighbourhood, record.place.municipality, *record.service_area):
        if area and not geography.knows(area):
            yield _finding(
                "warning", record.id, N_("There is no neighbourhood, postcode or municipality {area}."), area=area
            )
    point = geography.point_of(record.place)
    if point is not None and geography.municipality_at(point) is None:
        yield _finding("warning", record.id, N_("Its point lies outside the Brussels region."))


def _of_sources(record: Resource) -> Iterator[Finding]:
    empty = Resource(id="-", kind="-", name=record.name)
    for fact in _FACTS_TO_SOURCE:
        if getattr(record, fact) != getattr(empty, fact) and not sources_of(record, fact):
            yield _finding("warning", record.id, N_("Nobody says where “{fact}” comes from."), fact=fact)
