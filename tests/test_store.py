"""One contract for every store."""

import datetime as dt
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from mapper.model import Address, Figure, Place, Problem
from mapper.store import Store
from mapper.store.audit import first_broken
from mapper.store.sqlite import LATEST_SCHEMA, SqliteStore
from mapper.text import Text
from tests.conftest import TOY_CITY, make_resource
from tests.strategies import resources

ENGINES: dict[str, Callable[[Path], Store]] = {"sqlite": lambda folder: SqliteStore(folder / "mapper.sqlite")}


@pytest.fixture(params=sorted(ENGINES))
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Opens the same store as often as asked, as several processes would."""
    opened: list[Store] = []

    def open_one() -> Store:
        opened.append(ENGINES[request.param](tmp_path))
        return opened[-1]

    yield open_one
    for store in opened:
        store.close()


def put(store: Store, *records: Any, by: str = "coach") -> None:
    with store.write(by) as writing:
        writing.put(records, "edit")


def test_what_is_put_comes_back(open_store: Callable[[], Store]) -> None:
    store = open_store()
    record = make_resource(former_names=(Text(nl="Vroeger"),))
    put(store, record)
    assert store.resource("circle") == record
    assert list(store.resources()) == [record]
    assert store.resource("nobody") is None


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(record=resources())
def test_any_record_round_trips(open_store: Callable[[], Store], record: Any) -> None:
    store = open_store()
    put(store, record)
    assert store.resource(record.id) == record
    store.close()


def test_history_tells_who_when_and_what_before(open_store: Callable[[], Store]) -> None:
    store = open_store()
    first, second = make_resource(), make_resource(name=Text.of("Ring"))
    put(store, first, by="account-1")
    put(store, second, by="coach")
    latest, earliest = store.history("circle")
    assert (latest.by, latest.before, latest.verb) == ("coach", first, "edit")
    assert (earliest.by, earliest.before) == ("account-1", None)
    assert dt.datetime.now(dt.UTC) - latest.at < dt.timedelta(minutes=1)
    assert store.last_changed_by() == {"circle": "coach"}
    assert store.change(latest.revision) == latest


def test_a_failed_transaction_leaves_nothing(open_store: Callable[[], Store]) -> None:
    store = open_store()
    put(store, make_resource())
    before = store.revision()
    with pytest.raises(ZeroDivisionError), store.write("coach") as writing:
        writing.put([make_resource(id="other")], "edit")
        raise ZeroDivisionError
    assert (store.revision(), store.resource("other"), store.resource_count()) == (before, None, 1)


def test_removal_keeps_the_last_state_in_the_history(open_store: Callable[[], Store]) -> None:
    store = open_store()
    put(store, make_resource())
    with store.write("coach") as writing:
        writing.remove("circle", "undo")
    assert store.resource("circle") is None
    assert store.history("circle")[0].before == make_resource()


def test_another_process_sees_the_change(open_store: Callable[[], Store]) -> None:
    one, other = open_store(), open_store()
    seen = other.revision()
    put(one, make_resource())
    assert other.revision() > seen
    assert other.changed_since(seen) == {"circle"}
    assert other.resource("circle") == make_resource()


def test_concurrent_writers_lose_nothing(open_store: Callable[[], Store]) -> None:
    """Each of four writers adds one to a shared count 25 times; reading and writing back is one transaction."""
    put(open_store(), make_resource(enterprise_number="0"))

    def count_up() -> None:
        store = open_store()
        for _ in range(25):
            with store.write("coach") as writing:
                now = writing.get("circle")
                assert now is not None
                writing.put([make_resource(enterprise_number=str(int(now.enterprise_number) + 1))], "edit")

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    final = open_store().resource("circle")
    assert final is not None and final.enterprise_number == "100"


def test_lower_precision_purges_the_address_from_history(open_store: Callable[[], Store], tmp_path: Path) -> None:
    store = open_store()
    home = Place(address=Address(street=Text.of("Geheimstraatcanary"), house_number="7"), lon=4.345, lat=50.845)
    put(store, make_resource(place=home))
    put(store, make_resource(place=home, summary=Text.of("Nog eens")))
    put(store, make_resource(place=Place(precision="neighbourhood", neighbourhood="1")))
    assert all(change.before is None or change.before.place.address is None for change in store.history("circle"))
    store.close()
    assert not [path for path in tmp_path.iterdir() if b"Geheimstraatcanary" in path.read_bytes()]


def test_neighbourhoods_and_figures_come_back(open_store: Callable[[], Store]) -> None:
    store = open_store()
    assert store.neighbourhoods() is None
    old = Figure(neighbourhood="1", indicator="pct_65plus", year=2024, value=9.5, source="Count")
    none = Figure(neighbourhood="2", indicator="pct_65plus", year=2025, value=None, source="Count")
    with store.write("coach") as writing:
        writing.set_neighbourhoods(TOY_CITY)
        writing.set_neighbourhoods(TOY_CITY)
        writing.set_figures([old])
        writing.set_figures([none])
        writing.set_figures([none])
        writing.set_setting("word", "one")
        writing.set_setting("word", "two")
    assert store.neighbourhoods() == TOY_CITY
    assert store.figures() == [old, none]
    assert (store.setting("word"), store.setting("never")) == ("two", "")


# What only SQLite can be asked.


def test_the_database_itself_refuses_an_address_where_none_may_be(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "mapper.sqlite").close()
    connection = sqlite3.connect(tmp_path / "mapper.sqlite")
    for place in (
        '{"precision": "contact_only", "lon": 4.3, "lat": 50.8}',
        '{"precision": "neighbourhood", "address": {"postcode": "1030"}}',
    ):
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute("INSERT INTO resources (id, body) VALUES ('x', ?)", (f'{{"place": {place}}}',))


def test_tables_can_be_read_by_a_person(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "mapper.sqlite")
    put(store, make_resource())
    store.close()
    connection = sqlite3.connect(tmp_path / "mapper.sqlite")
    assert connection.execute("SELECT name, kind, visibility, precision FROM resources").fetchall() == [
        ("Kring", "self_organisation", "public", "exact")
    ]
    assert connection.execute("SELECT name, need FROM needs").fetchall() == [("Kring", "being_heard")]


def test_writes_are_durable(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "mapper.sqlite")
    pragmas = {name: store.rows(f"PRAGMA {name}")[0][0] for name in ("journal_mode", "synchronous", "foreign_keys")}
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_reading_does_not_load_what_only_writing_needs(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "mapper.sqlite").close()
    code = (
        "import sys; from pathlib import Path; from mapper.store.sqlite import SqliteStore;"
        f"SqliteStore(Path({str(tmp_path / 'mapper.sqlite')!r})).revision();"
        "print([name for name in ('sqlite_utils', 'pandas', 'geopandas', 'folium') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_the_schema_number_is_kept_in_one_step_with_the_migrations() -> None:
    from mapper.store.migrations import LATEST, migrations

    assert len(migrations._migrations) == LATEST == LATEST_SCHEMA


def test_a_file_that_is_no_store_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "mapper.sqlite").write_bytes(b"this is a letter, not a database" * 100)
    with pytest.raises(Problem, match="cannot be opened as a mapper store"):
        SqliteStore(tmp_path / "mapper.sqlite")


def test_a_store_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "mapper.sqlite").close()
    connection = sqlite3.connect(tmp_path / "mapper.sqlite")
    connection.execute(f"PRAGMA user_version={LATEST_SCHEMA + 1}")
    connection.close()
    with pytest.raises(Problem, match="newer version"):
        SqliteStore(tmp_path / "mapper.sqlite")


# The audit


def test_every_write_is_one_line_of_audit_and_the_chain_is_whole(open_store: Callable[[], Store]) -> None:
    store = open_store()
    with store.write("ann") as writing:
        writing.put([make_resource(id=f"one{number}") for number in range(3)], "import")
        writing.put([make_resource(id="two")], "edit")
    lines = list(store.audit())
    assert [(line.seq, line.by, line.verb, line.about) for line in lines] == [
        (1, "ann", "import", "3 records"), (2, "ann", "edit", "two"),
    ]  # fmt: skip
    assert first_broken(lines) is None and store.problems() == []


def test_a_changed_or_missing_line_breaks_the_chain(open_store: Callable[[], Store]) -> None:
    store = open_store()
    for number in range(4):
        with store.write("ann") as writing:
            writing.put([make_resource(id=f"one{number}")], "edit")
    lines = list(store.audit())
    assert first_broken([*lines[:2], *lines[3:]]) == 3
    assert first_broken([lines[0], msgspec.structs.replace(lines[1], by="eve"), *lines[2:]]) == 2
    assert first_broken(lines[1:]) == 1


def test_what_fails_leaves_no_line(open_store: Callable[[], Store]) -> None:
    store = open_store()
    with pytest.raises(RuntimeError), store.write("ann") as writing:
        writing.put([make_resource()], "edit")
        raise RuntimeError
    assert list(store.audit()) == []


def test_the_audit_table_refuses_to_be_changed(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "mapper.sqlite")
    with store.write("ann") as writing:
        writing.put([make_resource()], "edit")
    for statement in ("UPDATE audit SET by = 'eve'", "DELETE FROM audit"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"), store.transaction("eve") as transaction:
            transaction.execute(statement)
    store.close()
