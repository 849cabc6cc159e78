"""`mapper gaps`, `network`, `support`, `report` and `looked`: for whom, in which words, and bad input."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mapper.access import TERMINAL_ADMIN
from mapper.cli import main
from mapper.core import Mapper
from mapper.model import Audience, Link, Support
from tests.conftest import TOY_CITY, add, make_resource


@pytest.fixture
def run(tmp_path: Path) -> Any:
    """A function that runs mapper on a small instance and gives (exit code, output, errors)."""
    with Mapper.open(tmp_path / "instance", create=True) as mapper:
        mapper.load_neighbourhoods(TERMINAL_ADMIN, TOY_CITY)
        older = Audience(communities=("older_people",))
        add(
            mapper,
            make_resource(id="asks222222", support_needed=(Support(type="room"),), audience=older),
            make_resource(id="gives22222", support_offered=(Support(type="room"),), audience=older),
            make_resource(id="one2222222", links=(Link(type="works_with", to="two2222222"),)),
            make_resource(id="two2222222"),
        )

    def run(*words: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(main, ["--home", str(tmp_path / "instance"), "--lang", "en", *words])
        return result.exit_code, result.stdout, result.stderr

    return run


ADMIN = ("--as", "admin")


@pytest.mark.parametrize(
    "words", [("gaps", "Eikenwijk"), ("network", "Eikenwijk"), ("support",), ("report", "1", "r.csv")]
)
def test_the_public_gets_one_sentence_that_tells_how_to_ask(run: Any, words: tuple[str, ...]) -> None:
    code, out, said = run(*words)
    assert code == 1 and out == "" and "--as admin" in said and said.count("\n") == 1


def test_gaps_by_name_need_and_language(run: Any) -> None:
    found = json.loads(run(*ADMIN, "gaps", "Eikenwijk", "--need", "being_heard", "--need", "food", "--json")[1])
    assert [(one["need"], one["state"], one["places"]) for one in found] == [
        ("being_heard", "served", 4), ("food", "not_looked", 0),
    ]  # fmt: skip
    assert found[0]["per_10000"] is None and found[0]["looked_on"] is None
    assert len(json.loads(run(*ADMIN, "gaps", "--need", "food", "--json")[1])) == 4
    words = run(*ADMIN, "gaps", "1", "--need", "being_heard", "--language", "pt")[1]
    assert "not looked yet" in words and "no population figure" in words, "nobody asked which languages are spoken"
    rows = run(*ADMIN, "gaps", "1", "--csv")[1].splitlines()
    assert rows[0].startswith("neighbourhood,need,slice,language,state") and len(rows) > 30


def test_looking_makes_the_difference(run: Any) -> None:
    told = json.loads(run("looked", "Eikenwijk", "--need", "food", "--json")[1])
    assert told["neighbourhood"] == "1" and told["need"] == "food"
    assert "nothing found" in run(*ADMIN, "gaps", "1", "--need", "food")[1]


def test_the_network_and_the_support(run: Any) -> None:
    found = json.loads(run(*ADMIN, "network", "Eikenwijk", "--json")[1])
    assert found["bridging"] == 1 and found["ties"][0]["types"] == ["works_with"]
    assert found["should_meet"][0]["reasons"][0]["code"] == "complements"
    assert "could meet: Kring and Kring (one needs what the other offers: A room" in run(*ADMIN, "network", "1")[1]
    (one,) = json.loads(run(*ADMIN, "support", "--json")[1])
    assert (one["asks"], one["offers"], one["support"]) == ("asks222222", "gives22222", "room")
    assert "A room" in run(*ADMIN, "support", "--neighbourhood", "Eikenwijk")[1]
    assert "No need of a group" in run(*ADMIN, "support", "--neighbourhood", "Lindewijk")[1]


def test_the_report_in_every_format(run: Any, tmp_path: Path) -> None:
    for suffix in ("html", "csv", "xlsx", "gpkg"):
        file = tmp_path / f"report.{suffix}"
        told = json.loads(run(*ADMIN, "report", "Eikenwijk", str(file), "--beside", "Lindewijk", "--json")[1])
        assert file.stat().st_size == told["bytes"] > 500
    assert "Het kan nooit een besparing zijn." in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_slip_in_a_name_is_read_and_told_and_nothing_is_written_for_it(run: Any) -> None:
    code, out, said = run(*ADMIN, "gaps", "Eikenwik", "--need", "being_heard", "--json")
    assert code == 0 and json.loads(out)[0]["neighbourhood"] == "1" and said == "“Eikenwik” is read as Eikenwijk.\n"
    assert run(*ADMIN, "gaps", "eikenwijk", "--need", "being_heard")[2] == "", "only a slip is told"
    code, out, said = run("looked", "Eikenwik", "--need", "food")
    assert code == 1 and out == "" and "Did you mean “Eikenwijk”?" in said
    assert "nothing found" not in run(*ADMIN, "gaps", "1", "--need", "food")[1]
    assert "Eikenwijk (1)" in run("looked", "Eikenwijk", "--need", "food")[1]
    assert "Did you mean" not in run(*ADMIN, "gaps", "Xqzzyw")[2], "nothing is like it"
    code, out, said = run("looked", "Centrum", "--need", "company")
    assert (code, said) == (0, "“Centrum” is read as Eikenwijk.\n") and "Eikenwijk (1)" in out, "known by that name too"


def test_words_and_not_ids_tell_who_needs_what_and_what_to_ask(run: Any) -> None:
    assert "A room: Kring is looking for it, Kring offers it" in run(*ADMIN, "support")[1]
    assert "(places: 4; no population figure)" in run(*ADMIN, "gaps", "1", "--need", "being_heard")[1]
    assert "where it is (never checked)" in run("stale")[1]


@pytest.mark.parametrize(
    "words",
    [
        (*ADMIN, "gaps", "Atlantis"),
        (*ADMIN, "gaps", "1030"),
        (*ADMIN, "gaps", "1", "--need", "happiness"),
        (*ADMIN, "gaps", "1", "--language", "klingon"),
        (*ADMIN, "network", "Atlantis"),
        (*ADMIN, "report", "1", "report.docx"),
        (*ADMIN, "report", "1", "/nowhere/report.csv"),
        (*ADMIN, "report", "1", "report.html", "--since", "yesterday"),
        (*ADMIN, "report", "1", "report.html", "--since", "2099-01-01"),
        (*ADMIN, "report", "1", "report.html", "--beside", "Atlantis"),
        ("looked", "1", "--on", "2099-01-01"),
        ("looked", "Atlantis"),
    ],
)
def test_bad_input_is_told_in_one_sentence(run: Any, words: tuple[str, ...], tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, said = run(*words)
    assert code == 1 and out == "" and said.count("\n") == 1 and "Traceback" not in said
    assert not list(tmp_path.glob("report*")), "nothing half-written"
