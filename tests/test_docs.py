"""What the documents say can be typed can be typed."""

import re
import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from mapper.access import TERMINAL_ADMIN
from mapper.cli import main
from mapper.core import Mapper
from tests.conftest import make_resource

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    line.partition(".venv/bin/mapper ")[2].partition("   ")[0]
    for line in README.splitlines()
    if line.startswith(".venv/bin/mapper ")
]
#: They serve until stopped, ask the network or write outside this folder: their words are checked here, what they do
#: elsewhere.
NOT_RUN = ("serve", "demo", "fetch", "/srv/mapper")


def find_command(words: list[str]) -> tuple[click.Command, list[str]]:
    command: click.Command = main
    options = list(main.params)
    while isinstance(command, click.Group):
        name = next(word for word in words if word in command.commands)
        words = words[words.index(name) + 1 :]
        command = command.commands[name]
        options += command.params
    return command, [name for option in options for name in option.opts]


def test_the_readme_shows_commands() -> None:
    assert len(COMMANDS) >= 10


@pytest.mark.parametrize("line", COMMANDS)
def test_every_option_in_the_readme_exists(line: str) -> None:
    words = shlex.split(line)
    _command, options = find_command(words)
    assert [word for word in words if word.startswith("--") and word not in options] == []


@pytest.mark.parametrize("line", [line for line in COMMANDS if not set(shlex.split(line)) & set(NOT_RUN)])
def test_every_command_in_the_readme_runs(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Mapper.open(tmp_path / "instance", create=True) as mapper:
        mapper.put(TERMINAL_ADMIN, make_resource(id="ID"))
    (tmp_path / "places.csv").write_text("name_nl,kind,source\nHuis,club,Own visit\n", encoding="utf-8")
    (tmp_path / "figures.csv").write_text("md_id,pct_65plus_2025\n1,9.21\n", encoding="utf-8")
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    words = shlex.split(line)
    if "districts.gpkg" in words:
        import geopandas

        shape = geopandas.GeoSeries.from_wkt(["POLYGON((4.34 50.84,4.35 50.84,4.35 50.85,4.34 50.84))"], crs=4326)
        names = {"mdzone": [22], "namefre": ["Brabant"], "namedut": ["Brabantwijk"]}
        geopandas.GeoDataFrame(names, geometry=shape).to_crs(31370).to_file(tmp_path / "districts.gpkg")
    result = CliRunner().invoke(main, words, env={"MAPPER_HOME": "instance"})
    assert result.exit_code == 0, result.output


def test_every_setting_in_the_readme_is_read_somewhere() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "mapper").rglob("*.py"))
    for setting in set(re.findall(r"MAPPER_[A-Z_]+", README)):
        assert f'"{setting}"' in code, setting


def test_every_link_to_a_file_leads_somewhere() -> None:
    for name in ("README.md", "CONTRIBUTING.md"):
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", (ROOT / name).read_text(encoding="utf-8")):
            assert (ROOT / target).exists(), f"{name}: {target}"


def test_the_map_of_the_code_names_every_room() -> None:
    rooms = {
        path.stem for path in (ROOT / "mapper").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    told = README.partition("## The map of the code")[2].partition("## Running")[0]
    assert {room for room in rooms - {"__init__", "shipped"} if room not in told} == set()


def test_every_make_target_in_the_documents_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for name in ("README.md", "CONTRIBUTING.md"):
        for target in re.findall(r"`?make ([a-z]+)", (ROOT / name).read_text(encoding="utf-8")):
            if target in ("it", "somebody"):
                continue
            assert re.search(rf"^{target}:", makefile, re.M), target
