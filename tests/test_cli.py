"""The terminal: every command, its JSON, its exit code, its one sentence when something is wrong."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from mapper.access import TERMINAL_ADMIN
from mapper.cli import main
from mapper.core import Mapper
from mapper.model import Origin, Place, Thresholds, to_json
from mapper.text import Text
from tests.conftest import TOY_CITY, make_resource


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "instance"
    with Mapper.open(folder, create=True) as mapper:
        mapper.load_neighbourhoods(TERMINAL_ADMIN, TOY_CITY)
        mapper.put(TERMINAL_ADMIN, make_resource(name=Text(nl="Praatkring", fr="Cercle")))
        mapper.put(TERMINAL_ADMIN, make_resource(id="secret", name=Text.of("Geheim"), visibility="hidden"))
        mapper.put(TERMINAL_ADMIN, make_resource(id="team", name=Text.of("Team"), visibility="professional"))
    return folder


def run(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--home", str(home), "--lang", "en", *arguments])


def json_of(home: Path, *arguments: str) -> Any:
    result = run(home, *arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_search(home: Path) -> None:
    answer = json_of(home, "search", "praatkring eikenwijk")
    assert [(hit["id"], hit["name"]) for hit in answer["hits"]] == [("circle", "Praatkring")]
    assert [part["kind"] for part in answer["understood"]] == ["area"]
    assert "Praatkring" in run(home, "search", "praatkring").output
    near = json_of(home, "search", "praatkring", "--near", "4.3451234,50.8451234", "--neighbourhood", "Eikenwijk")
    assert near["hits"][0]["distance_m"] < 20
    assert json_of(home, "search", "--need", "being_heard", "--limit", "1")["total"] == 1


def test_search_shows_the_public_only_unless_asked_as_admin(home: Path) -> None:
    assert {hit["id"] for hit in json_of(home, "search", "")["hits"]} == {"circle"}
    assert {hit["id"] for hit in json_of(home, "--as", "admin", "search", "")["hits"]} == {"circle", "team"}
    assert run(home, "show", "secret").exit_code == 1
    assert json_of(home, "--as", "admin", "show", "secret")["id"] == "secret"


def test_as_admin_needs_the_key_file(home: Path) -> None:
    (home / "admin.key").unlink()
    result = run(home, "--as", "admin", "search", "")
    assert result.exit_code == 1 and "admin.key" in result.stderr
    assert run(home, "import", "places.csv").exit_code == 1


def test_a_word_that_is_not_known_gets_the_nearest(home: Path) -> None:
    assert "“Eikenwijk”" in run(home, "search", "--neighbourhood", "Eikenvijck straat").stderr
    assert "parenting" in run(home, "search", "--need", "parentingg classes").stderr
    assert "mapper search" in run(home, "serch").stderr
    assert run(home, "search", "--near", "Brussels").exit_code == 2


def test_export_round_trips_through_import(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "all.jsonl"
    assert json_of(home, "--as", "admin", "export", str(file))["count"] == 3
    other = tmp_path / "other"
    Mapper.open(other, create=True).close()
    assert len(json_of(other, "import", str(file))["new"]) == 3
    assert len(json_of(other, "import", str(file))["same"]) == 3
    run(other, "--as", "admin", "export", str(tmp_path / "again.jsonl"))
    assert (tmp_path / "again.jsonl").read_bytes() == file.read_bytes()


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "geojson"])
def test_reading_back_a_public_export_takes_nothing_away(home: Path, tmp_path: Path, suffix: str) -> None:
    numbered = make_resource(
        id="numbered",
        name=Text.of("Bib"),
        origins=(Origin(source="openstreetmap", external_id="node/1"),),
        thresholds=Thresholds(papers_asked="no", wheelchair="yes"),
    )
    (tmp_path / "one.jsonl").write_bytes(to_json(numbered))
    run(home, "import", str(tmp_path / "one.jsonl"))
    public = tmp_path / f"public.{suffix}"
    run(home, "export", str(public))
    report = json_of(home, "import", str(public))
    assert (report["new"], report["changed"], report["same"]) == ([], [], ["numbered"])
    run(home, "--as", "admin", "export", str(tmp_path / "all.jsonl"))
    assert to_json(numbered).decode() in (tmp_path / "all.jsonl").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "geojson"])
def test_a_public_export_holds_nothing_else(home: Path, tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"public.{suffix}"
    assert json_of(home, "export", str(file))["count"] == 1
    text = file.read_text(encoding="utf-8")
    assert "Praatkring" in text and "Geheim" not in text and "Team" not in text and "papers" not in text


def test_import_says_what_it_refuses_and_where(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "places.csv"
    file.write_text(
        "name_nl,kind,lon,lat,source\n"
        "Koffiehuis,community_centre,4.345,50.845,Own visit\n"
        "Nergens,library,0,0,Own visit\n",
        encoding="utf-8",
    )
    dry = json_of(home, "import", str(file), "--dry-run")
    assert (len(dry["new"]), dry["refused"][0]["line"], dry["dry_run"]) == (1, 3, True)
    assert json_of(home, "search", "koffiehuis")["hits"] == []
    result = run(home, "import", str(file))
    assert result.exit_code == 0 and "places.csv:3:" in result.stderr and "1 new" in result.stdout
    assert json_of(home, "search", "koffiehuis")["total"] == 1


def test_neighbourhoods(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "set.geojson"
    feature = {
        "type": "Feature",
        "properties": {"mdzone": 22, "namefre": "Quartier Brabant", "namedut": "Brabantwijk"},
        "geometry": json.loads(TOY_CITY.neighbourhoods[0].geometry_geojson),
    }
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    assert json_of(home, "neighbourhoods", "load", str(file))["count"] == 1
    assert [row["id"] for row in json_of(home, "neighbourhoods", "list")] == ["22"]
    figures = tmp_path / "figures.csv"
    figures.write_text("md_id,pct_65plus_2025\n22,9.21\n700,\n", encoding="utf-8")
    assert json_of(home, "neighbourhoods", "figures", str(figures), "--source", "IBSA/BISA")["count"] == 2
    file.write_text("{", encoding="utf-8")
    result = run(home, "neighbourhoods", "load", str(file))
    assert result.exit_code == 1 and len(result.stderr.strip().splitlines()) == 1
    assert [row["id"] for row in json_of(home, "neighbourhoods", "list")] == ["22"], "the old set stays"


def test_check_fails_on_errors_only(home: Path) -> None:
    assert run(home, "check").exit_code == 0
    with Mapper.open(home) as mapper:
        mapper.put(TERMINAL_ADMIN, make_resource(id="odd", kind="palace", place=Place(precision="contact_only")))
    result = run(home, "check", "--json")
    assert result.exit_code == 1
    assert {row["severity"] for row in json.loads(result.stdout)} == {"error", "warning"}


def test_without_an_instance_one_sentence(tmp_path: Path) -> None:
    result = run(tmp_path / "none", "search", "x")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "mapper demo" in result.stderr
    assert not (tmp_path / "none").exists()


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Any:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        yield (*path, name), command


@pytest.mark.parametrize(("path", "command"), list(commands(main)), ids=lambda value: str(value))
def test_help_has_an_example_and_data_has_json(path: tuple[str, ...], command: click.Command) -> None:
    help_text = CliRunner().invoke(main, [*path, "--help"]).output
    assert "Example: mapper " in help_text
    if path[-1] not in ("demo", "serve") and not isinstance(command, click.Group):
        assert "--json" in help_text


# The demo, as a stranger starts it.


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_demo(home: Path, port: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "from mapper.cli import main; main()", "--home", str(home), "--lang", "en", "demo"]
    return subprocess.Popen(
        command,
        env=os.environ | {"MAPPER_PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def fetch(port: int, path: str) -> str:
    deadline = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as response:
                return str(response.read().decode())
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def test_demo_serves_the_inventory_stops_cleanly_and_starts_again(tmp_path: Path) -> None:
    port = free_port()
    counts = []
    for _ in range(2):
        process = start_demo(tmp_path / "instance", port)
        try:
            assert "AETCIS" in fetch(port, "/?q=praatronde&lang=en")
            process.send_signal(signal.SIGINT)
            output, errors = process.communicate(timeout=15)
        finally:
            process.kill()
        assert f"http://127.0.0.1:{port}" in output
        assert "Traceback" not in errors and errors.strip() == ""
        assert process.returncode in (0, 130, -signal.SIGINT)
        counts.append(re.search(r"(\d+) places", output).group(1))  # type: ignore[union-attr]
    assert counts[0] == counts[1]


def test_a_taken_port_is_one_sentence_with_the_way_out(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = start_demo(tmp_path / "instance", port)
        _output, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert len(errors.strip().splitlines()) == 1 and "MAPPER_PORT=" in errors


# ---------------------------------------------------------------- many questions at once


def batch(home: Path, lines: bytes, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    result = CliRunner().invoke(
        main, ["--home", str(home), "--lang", "en", "search", "--batch", "-", "--json", *arguments], input=lines
    )
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]


def test_a_batch_answers_line_by_line(home: Path) -> None:
    exit_code, answers = batch(
        home,
        b'{"q": "praatkring", "near": [4.345, 50.845], "limit": 1}\n\n'
        b'{"q": "", "neighbourhood": "Eikenwijk", "need": "being_heard"}\n'
        b'{"q": "praatkring gratis eikenwijk", "language": "nl"}\n',
    )
    assert exit_code == 0 and len(answers) == 3
    assert all(set(answer) == {"q", "understood", "took_us", "hits"} for answer in answers)
    hit = answers[0]["hits"][0]
    assert set(hit) == {"id", "name", "score", "distance_m", "reasons"}
    assert (hit["id"], hit["distance_m"]) == ("circle", 0)
    assert [one["id"] for one in answers[1]["hits"]] == ["circle"]
    assert {part["kind"] for part in answers[2]["understood"]} == {"area", "limit"}
    assert all(isinstance(answer["took_us"], int) and answer["took_us"] > 0 for answer in answers)


@pytest.mark.parametrize(
    "line",
    [
        b"nope",
        b"[1]",
        b'{"q": 5}',
        b'{"limit": 3}',
        b'{"q": "x", "limit": 0}',
        b'{"q": "x", "limit": true}',
        b'{"q": "x", "near": [400, 2]}',
        b'{"q": "x", "near": [NaN, 2]}',
        b'{"q": "x", "near": "here"}',
        b'{"q": "x", "need": "zzz"}',
        b'{"q": "x", "need": [1]}',
        b'{"q": "x", "neighbourhood": "nowhere at all"}',
        b'{"q": "x", "neighbourhood": []}',
        b'{"q": "x", "papers": true}',
        b"[" * 100_000,
        b'{"q": "\xff\xfe',
    ],
)
def test_a_bad_line_of_a_batch_is_told_and_the_others_are_answered(home: Path, line: bytes) -> None:
    exit_code, answers = batch(home, b'{"q": "praatkring"}\n' + line + b'\n{"q": "\\ud800"}\n')
    assert exit_code == 1
    assert answers[0]["hits"] and answers[2]["hits"]
    assert answers[1]["line"] == 2
    assert len(answers[1]["error"]) > 20
    assert "\n" not in answers[1]["error"] and "Traceback" not in answers[1]["error"]


def test_a_batch_file_that_is_not_there(home: Path) -> None:
    result = run(home, "search", "--batch", "not-here.jsonl")
    assert result.exit_code == 1 and "cannot be read" in result.output


def test_explain_says_how_words_were_understood_and_why(home: Path) -> None:
    said = run(home, "search", "praatkring gratis eikenwijk", "--explain").output
    assert "Understood: gratis = Free (sure: 100 of 100)" in said
    assert "in the area you asked for" in said and "not known: free" in said


def test_cases_are_looked_after_from_the_terminal(home: Path) -> None:
    made = json_of(home, "keys", "make")
    assert Path(made["key_file"]).stat().st_mode & 0o777 == 0o600
    again = run(home, "keys", "make")
    assert again.exit_code == 1 and "already" in again.stderr and "Traceback" not in again.output
    assert json_of(home, "keys", "rotate") == {"wrapped_anew": 0}
    assert json_of(home, "erase-expired") == {"ended": 0, "finished": 0}
    assert "0 cases erased" in run(home, "erase-expired").output
    assert json_of(home, "numbers")["cells"] == []
    assert "No whole month" in run(home, "numbers").output
    (home / "admin.key").chmod(0)
    (home / "admin.key").unlink()
    assert run(home, "erase-expired").exit_code == run(home, "numbers").exit_code == 1


def test_records_that_may_be_one(home: Path, tmp_path: Path) -> None:
    assert "No records seem to be one" in run(home, "duplicates").output
    with Mapper.open(home) as mapper:
        mapper.put(TERMINAL_ADMIN, make_resource(id="twin222222", name=Text(nl="Praatkring vzw")))
    (pair,) = json_of(home, "duplicates")
    assert pair["verdict"] == "same" and {one["id"] for one in pair["records"]} == {"circle", "twin222222"}
    assert pair["reasons"][0]["code"] == "name_same"
    assert "Surely the same: Praatkring (circle) = Praatkring vzw (twin222222)" in run(home, "duplicates").output
    file = tmp_path / "places.csv"
    file.write_text("name_nl,kind,lon,lat\nPraatkringg,self_organisation,4.345,50.845\nIets,shop,4.35,50.85\n")
    found = json_of(home, "duplicates", str(file))
    assert {one["records"][0]["name"]["nl"] for one in found} == {"Praatkringg"}


def test_whom_to_call(home: Path) -> None:
    calls = json_of(home, "stale", "--limit", "1")
    assert len(calls) == 1 and calls[0]["ask"][0] == {"fact": "place", "checked_on": None, "chance": 1.0}
    assert "never checked" in run(home, "stale").output
    with Mapper.open(home) as mapper:
        for record_id in ("circle", "team"):
            mapper.curation.contact_made(TERMINAL_ADMIN, record_id, ["place"], "spoke")
    assert "Nobody has to be called now." in run(home, "stale").output


def test_an_instance_for_real_has_the_inventory_and_nobodys_account(tmp_path: Path) -> None:
    home = tmp_path / "real"
    for _time in range(2):
        result = CliRunner().invoke(main, ["--home", str(home), "create", "--json"])
        assert result.exit_code == 0, result.output
    assert json.loads(result.output)["new"] == [] and json.loads(result.output)["count"] > 60
    listed = CliRunner().invoke(main, ["--home", str(home), "account", "list", "--json"])
    assert json.loads(listed.output) == []
    assert not (home / "demo-accounts.json").exists()
