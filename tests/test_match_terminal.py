"""`mapper match` and `mapper matthew`, as typed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mapper.cli import main
from mapper.core import Mapper
from mapper.model import Language
from tests.conftest import make_resource
from tests.people import at


@pytest.fixture
def told_in_terminal(tmp_path: Path, mapper: Mapper) -> Callable[..., Any]:
    """Runs `mapper …` on an instance with a circle and a far centre; gives the result."""
    from mapper.access import TERMINAL_ADMIN

    mapper.put(TERMINAL_ADMIN, make_resource(languages=(Language(code="pt"),)))
    mapper.put(TERMINAL_ADMIN, make_resource(id="far", place=at(9000)))

    def run(
        *words: str, profile: str = 'needs = ["being_heard"]\nneighbourhood = "Eikenwijk"\nlanguages = ["pt"]'
    ) -> Any:
        (tmp_path / "p.toml").write_text(profile, encoding="utf-8")
        given = [str(tmp_path / "p.toml") if word == "PROFILE" else word for word in words]
        return CliRunner().invoke(main, ["--home", str(tmp_path / "instance"), "--lang", "en", *given])

    return run


def test_the_terminal_matches_and_says_the_same_as_json(told_in_terminal: Callable[..., Any]) -> None:
    plain = told_in_terminal("match", "PROFILE", "--explain")
    assert plain.exit_code == 0 and "circle" in plain.output and "=" in plain.output
    found = json.loads(told_in_terminal("match", "PROFILE", "--json").output)
    assert set(found) == {"summary", "slate", "rights", "gaps", "excluded"}
    (one,) = found["slate"]
    assert one["resource"] == {"id": "circle", "name": "Kring"} and found["excluded"] == 1
    assert {"slice", "tie", "score", "distance_m", "reasons", "path", "give", "ask_first"} <= set(one)
    assert sum(reason["weight"] for reason in one["reasons"]) == pytest.approx(one["score"], abs=0.01)


def test_the_terminal_tells_why_and_why_not(told_in_terminal: Callable[..., Any]) -> None:
    far, circle = (
        json.loads(told_in_terminal("match", "PROFILE", "--json", "--why", one).output) for one in ("far", "circle")
    )
    assert [one["code"] for one in far["excluded"]] == ["out_of_reach"] and far["reasons"] == []
    assert circle["excluded"] == [] and circle["reasons"]
    assert told_in_terminal("match", "PROFILE", "--why", "far").output.strip()
    nobody = told_in_terminal("match", "PROFILE", "--why", "nobody")
    assert nobody.exit_code == 1 and "nobody" in nobody.output and "Traceback" not in nobody.output


def test_a_bad_profile_is_one_sentence_in_the_terminal(told_in_terminal: Callable[..., Any]) -> None:
    wrong = told_in_terminal("match", "PROFILE", profile="neds = []")
    assert wrong.exit_code == 1 and wrong.output.count("\n") == 1 and "needs" in wrong.output
    assert told_in_terminal("match", "PROFILE", profile="needs = [").exit_code == 1


def test_the_terminal_audits(told_in_terminal: Callable[..., Any]) -> None:
    found = json.loads(told_in_terminal("matthew", "--people", "50", "--json").output)
    assert found["people"] == 50 and len(found["fifths"]) == 5 and found["verdict"]
    plain = told_in_terminal("matthew", "--people", "50")
    assert plain.exit_code == 0 and "fewest" in plain.output
