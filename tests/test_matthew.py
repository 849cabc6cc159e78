"""The Matthew audit: whoever has fewest to call on gets as much, and self-organisations are not crowded out."""

import random
from dataclasses import replace
from xml.etree import ElementTree

import msgspec
import pytest

from mapper import taxonomy
from mapper.catalogue import Catalogue
from mapper.matching import match
from mapper.matching.audit import VERDICTS, _verdict, audit, invented, with_circles
from mapper.matching.audit_report import audit_chart, audit_lines, verdict_lines
from mapper.matching.circles import can_be_called_on, told
from tests.conftest import NOON, make_resource
from tests.people import catalogue_of, make_inventory


@pytest.fixture(scope="module")
def city() -> Catalogue:
    return catalogue_of(make_inventory(random.Random(5), 150))


def test_the_same_people_are_asked_for_with_none_to_four_circles(city: Catalogue) -> None:
    found = audit(city, NOON, people=100)
    assert found == audit(city, NOON, people=100)
    assert found.people == 100 and [one.people for one in found.fifths] == [20] * 5
    for level in range(5):
        person = with_circles(next(invented(city, 1, 1)), level)
        assert sum(can_be_called_on(ties) is True for ties in told(person).values()) == level


def test_whoever_has_fewest_to_call_on_gets_at_least_as_many(city: Catalogue) -> None:
    found = audit(city, NOON, people=400)
    first, *others = found.fifths
    assert all(first.within_reach >= one.within_reach for one in others)
    assert found.verdict[0].code == "fewest_get_as_many" and found.verdict[0].data["fewer"] == 0


def test_no_person_gets_less_for_having_fewer_to_call_on(city: Catalogue) -> None:
    for person in invented(city, 60, seed=9):
        counts = [len(match(with_circles(person, level), city, NOON).slate) for level in range(5)]
        assert counts[0] >= min(5, max(counts))


def test_self_organisations_are_not_crowded_out_by_better_records() -> None:
    """As many groups as services, all near and fitting; the services have every detail, the groups nearly none."""
    needs = tuple(need.id for need in taxonomy.load().needs.values() if not need.right)
    groups = [make_resource(id=f"g{number}", needs=needs, volunteer_run="yes") for number in range(40)]
    services = [
        make_resource(
            id=f"s{number}", kind="local_service_centre", slices=("professional",), needs=needs, status="active",
            checked_on=NOON.date(), opening_hours="Mo-Fr 09:00-17:00",
        )
        for number in range(40)
    ]  # fmt: skip
    apart = [
        msgspec.structs.replace(one, place=msgspec.structs.replace(one.place, lat=50.842 + 0.0001 * number))
        for number, one in enumerate(x for pair in zip(groups, services, strict=True) for x in pair)
    ]
    found = audit(catalogue_of(apart), NOON, people=400)
    own = found.exposure[0]
    assert own.sort == "self_organised" and own.organisations == 40
    assert own.share_of_shown >= 0.8 * own.share_of_fitting
    assert "self_organised_are_shown" in {one.code for one in found.verdict}


def test_the_verdict_tells_when_it_is_not_so(city: Catalogue) -> None:
    found = audit(city, NOON, people=100)
    poorer = (replace(found.fifths[0], within_reach=1.0), *(replace(one, within_reach=2.0) for one in found.fifths[1:]))
    crowded = (replace(found.exposure[0], share_of_fitting=0.5, share_of_shown=0.1), *found.exposure[1:])
    codes = [one.code for one in _verdict(poorer, crowded, fewer=3, pairs=20)]
    assert codes[:2] == ["fewest_get_fewer", "self_organised_crowded_out"]
    assert set(codes) <= set(VERDICTS)


def test_the_report_says_the_same_as_the_figures(city: Catalogue) -> None:
    found = audit(city, NOON, people=100)
    terms = taxonomy.load()

    def name_of(term_id: str) -> str:
        return (terms.slices if term_id in terms.slices else terms.kinds)[term_id].label["en"]

    lines = list(audit_lines(found, str, name_of))
    for fifth in found.fifths:
        (row,) = [line for line in lines if line.split()[:1] == [str(fifth.circles_to_call_on)]]
        assert f"{fifth.within_reach:.2f}" in row and f"{100 * fifth.slices['informal']:.0f}" in row
    for kind in found.kinds:
        assert any(line.startswith(name_of(kind.sort)[:20]) for line in lines)
    assert lines[-len(found.verdict) :] == list(verdict_lines(found, str))
    chart = ElementTree.fromstring(audit_chart(found, str, name_of))
    texts = " ".join(node.text or "" for node in chart.iter("{http://www.w3.org/2000/svg}text"))
    assert all(f"{fifth.suggestions:.2f}" in texts for fifth in found.fifths)
    assert all(line in texts for line in verdict_lines(found, str))
    widths = [float(node.get("width", 0)) for node in chart.iter() if node.get("class") == "shown"]
    shares = [one.share_of_shown for one in (*found.exposure, *found.kinds)]
    assert [round(width / 420, 2) for width in widths] == [round(max(share, 0.5 / 420), 2) for share in shares]


def test_every_share_is_of_the_same_whole(city: Catalogue) -> None:
    found = audit(city, NOON, people=100)
    for rows in (found.exposure, found.kinds):
        assert sum(one.share_of_shown for one in rows) == pytest.approx(1)
        assert sum(one.share_of_fitting for one in rows) == pytest.approx(1)


def test_an_empty_inventory_is_told_and_not_divided_by() -> None:
    found = audit(catalogue_of([]), NOON, people=10)
    assert found.verdict[-1].code == "some_get_nothing" and found.verdict[-1].data == {"people": 10, "of": 10}
