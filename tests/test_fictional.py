"""The fictional inventory: recognisable as such, always the same, and as varied as a city."""

import itertools
import subprocess
import sys
import time
from pathlib import Path

from mapper import taxonomy
from mapper.exchange.reading import read_any
from mapper.model import Resource, from_json, to_json
from mapper.text import fold
from scripts.make_fictional import BRUSSELS, SORTS, SOURCE, make

RECORDS = list(make(3_000, seed=7))


def test_nobody_can_take_a_record_for_real() -> None:
    for record in RECORDS:
        assert record.id.startswith("f")
        assert all(mark in " ".join(record.name.values()) for mark in ("(fic",))
        assert [source.title for source in record.sources] == [SOURCE]
        for contact in record.contacts:
            assert contact.value.startswith("+32 2 000 ") or "fictional.example" in contact.value


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not() -> None:
    def lines(seed: int) -> list[bytes]:
        return [to_json(record) for record in make(200, seed)]

    assert lines(3) == lines(3)
    assert lines(3) != lines(4)


def test_records_are_valid_and_speak_the_words_of_the_taxonomy() -> None:
    terms = taxonomy.load()
    for record in RECORDS:
        assert from_json(to_json(record)) == record
        assert record.kind in terms.kinds
        assert set(record.slices) <= terms.slices.keys()
        assert set(record.gives) <= terms.gives.keys()
        assert {support.type for support in record.support_needed + record.support_offered} <= terms.supports.keys()
        assert {language.code for language in record.languages} <= terms.languages.keys()
        for needs in (record.needs, *(offer.needs for offer in record.offers)):
            assert set(needs) <= terms.needs.keys()


def test_links_lead_to_records_of_the_same_inventory_and_ids_never_meet() -> None:
    ids = {record.id for record in RECORDS}
    assert len(ids) == len(RECORDS)
    links = [link for record in RECORDS for link in record.links]
    assert len(links) > 300
    assert all(link.to in ids for link in links)


def test_they_lie_within_the_box_and_in_clusters() -> None:
    west, south, east, north = BRUSSELS
    points = [(record.place.lon, record.place.lat) for record in RECORDS if record.place.lon is not None]
    assert all(west <= lon <= east and south <= lat <= north for lon, lat in points)  # type: ignore[operator]
    cells: dict[tuple[int, int], int] = {}
    for lon, lat in points:
        cell = (int((lon - west) / (east - west) * 20), int((lat - south) / (north - south) * 20))  # type: ignore[operator]
        cells[cell] = cells.get(cell, 0) + 1
    busiest = sorted(cells.values(), reverse=True)[:40]
    assert sum(busiest) > 0.3 * len(points)  # an even spread would give a tenth


def test_every_kind_precision_and_threshold_occurs() -> None:
    def values(field: str) -> set[object]:
        return {getattr(record, field) for record in RECORDS}

    assert values("kind") == {sort.kind for sort in SORTS}
    assert {record.place.precision for record in RECORDS} == {"exact", "street", "neighbourhood", "contact_only"}
    assert {"public", "professional"} <= values("visibility")
    assert {record.thresholds.wheelchair for record in RECORDS} == {"yes", "no", "unknown"}
    assert sum(bool(record.offers) for record in RECORDS) > 300
    assert sum(bool(record.opening_hours) for record in RECORDS) > 1_000
    assert sum("ar" in record.name for record in RECORDS) > 50


def test_shelters_are_contact_only_here_too() -> None:
    shelters = [record for record in RECORDS if record.kind == "shelter"]
    assert shelters
    assert all(record.place.precision == "contact_only" and record.visibility == "professional" for record in shelters)


def test_it_is_quick_and_rich_in_words() -> None:
    started = time.perf_counter()
    records = list(itertools.islice(make(100_000, seed=1), 5_000))
    assert time.perf_counter() - started < 5  # a twentieth of 100,000: the whole stays far under a minute
    words = {word for record in records for text in (*record.name.values(), *record.summary.values())
             for word in fold(text).split()}  # fmt: skip
    assert len(words) > 5_000


def test_the_command_writes_a_file_that_reads_back(tmp_path: Path) -> None:
    out = tmp_path / "fictional.jsonl"
    script = Path(__file__).parents[1] / "scripts/make_fictional.py"
    command = [sys.executable, str(script), "50", "--seed", "7", "--out", str(out)]
    subprocess.run(command, check=True, cwd=script.parents[1], env={"PYTHONPATH": str(script.parents[1])})
    read: list[Resource | None] = [reading.resource for reading in read_any(out)]
    assert read == list(make(50, seed=7))
