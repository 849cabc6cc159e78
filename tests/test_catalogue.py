"""A snapshot holds what its reader may see, and changes by deltas exactly as by a rebuild."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mapper.catalogue import Catalogue, public_view
from mapper.geography import Geography
from mapper.model import Link, Resource, Thresholds
from mapper.search import Query, find
from mapper.search.query import Phrasebook
from mapper.taxonomy import load
from mapper.text import Text
from tests.conftest import NOON, TOY_CITY, make_resource

GEOGRAPHY = Geography.from_set(TOY_CITY)
PHRASEBOOK = Phrasebook(load(), GEOGRAPHY)


def catalogue(*resources: Resource) -> Catalogue:
    return Catalogue(resources, GEOGRAPHY, load())


def everything(of: Catalogue) -> dict[str, Any]:
    hits = find(Query(text="kring", limit=1000), of, PHRASEBOOK, NOON).hits
    return {
        "records": {record.id: record for record in of},
        "count": len(of),
        "hits": [(hit.resource.id, round(hit.score, 4)) for hit in hits],
        "links": {record.id: {source.id for source, _link in of.links_to(record.id)} for record in of},
    }


def test_a_link_to_what_is_not_here_is_not_told() -> None:
    host = make_resource(id="host", links=(Link(type="hosts", to="circle"), Link(type="hosts", to="hidden")))
    of = catalogue(host, make_resource())
    shown = of.get("host")
    assert shown is not None and [link.to for link in shown.links] == ["circle"]
    assert [(source.id, link.type) for source, link in of.links_to("circle")] == [("host", "hosts")]
    assert of.links_to("hidden") == ()


def test_a_link_comes_and_goes_with_its_other_end() -> None:
    host = make_resource(id="host", links=(Link(type="hosts", to="circle"),))
    alone = catalogue(host)
    both = alone.with_changes({"circle": make_resource()}, 1)
    gone = both.with_changes({"circle": None}, 2)
    assert [len(of.get("host").links) for of in (alone, both, gone)] == [0, 1, 0]  # type: ignore[union-attr]


def test_the_public_view_leaves_out_whether_papers_are_asked() -> None:
    for papers_asked in ("yes", "no"):
        record = make_resource(thresholds=Thresholds(papers_asked=papers_asked, free="yes"))
        assert public_view(record) == make_resource(thresholds=Thresholds(free="yes"))
    said = make_resource(thresholds=Thresholds(papers_asked="no", papers_public=True))
    assert public_view(said) == said


ids = st.sampled_from(["a", "b", "c", "d", "e"])
records = st.builds(
    lambda record_id, name, to: make_resource(
        id=record_id, name=Text.of(name), links=(Link(type="works_with", to=to),) if to else ()
    ),
    ids,
    st.sampled_from(["Kring", "Kring twee", "Kringen", "Huis"]),
    st.one_of(st.none(), ids),
)
changes = st.lists(st.dictionaries(ids, st.one_of(st.none(), records), min_size=1), max_size=6)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(ids, records), changes)
def test_deltas_give_what_a_rebuild_gives(start: dict[str, Resource], steps: list[dict[str, Resource | None]]) -> None:
    def with_id(record_id: str, record: Resource | None) -> Resource | None:
        return None if record is None else make_resource(id=record_id, name=record.name, links=record.links)

    state = {record_id: with_id(record_id, record) for record_id, record in start.items()}
    of = catalogue(*[record for record in state.values() if record])
    for revision, step in enumerate(steps, start=1):
        fixed = {record_id: with_id(record_id, record) for record_id, record in step.items()}
        state |= fixed
        of = of.with_changes(fixed, revision)
    assert everything(of) == everything(catalogue(*[record for record in state.values() if record]))
