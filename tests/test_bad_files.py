"""Files that cannot be used: each gives one clear sentence, quickly, and nothing of it is read."""

import io
import json
import sqlite3
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from mapper.access import TERMINAL_ADMIN
from mapper.cli import main
from mapper.core import Mapper
from mapper.exchange.reading import Reading, has_hidden_characters, open_text, read_any
from mapper.model import Problem
from tests.conftest import TOY_CITY, make_resource

MOST_SECONDS = 2.0
ROW = "name_nl,kind,lon,lat\nVoorbeeld,library,4.35,50.85\n"


def zip_bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("table.csv", b"0" * 30_000_000)
    return packed.getvalue()


def feature_collection(**more: object) -> dict[str, object]:
    point = {"type": "Point", "coordinates": [4.35, 50.85]}
    feature = {"type": "Feature", "properties": {"name": "Bib", "kind": "library"}, "geometry": point}
    return {"type": "FeatureCollection", "features": [feature]} | more


def wrong_crs() -> bytes:
    return json.dumps(feature_collection(crs={"type": "name", "properties": {"name": "EPSG:31370"}})).encode()


WHOLE_FILES = {
    "empty.csv": (lambda: b"", "empty"),
    "blank.csv": (lambda: b"\xef\xbb\xbf \n\n", "empty"),
    "utf16.csv": (lambda: ROW.encode("utf-16"), "UTF-16"),
    "utf16-without-mark.csv": (lambda: ROW.encode("utf-16-le"), "UTF-16"),
    "utf16.geojson": (lambda: json.dumps(feature_collection()).encode("utf-16"), "UTF-16"),
    "latin1.csv": (lambda: ROW.replace("Voorbeeld", "Café").encode("latin-1"), "line 2"),
    "nul.csv": (lambda: ROW.replace("Voorbeeld", "Voor\0beeld").encode(), "NUL byte in line 2"),
    "zip.csv": (zip_bomb, "archive"),
    "gzip.json": (lambda: b"\x1f\x8b\x08" + bytes(50), "archive"),
    "open-quote.csv": (lambda: (ROW + '"never closed,library,4,50\n' + "x,y\n" * 60_000).encode(), "line 3"),
    "quote-inside.csv": (lambda: (ROW + 'a,"b"c,4,50\n').encode(), "line 3"),
    "only-separators.csv": (lambda: b",,,\n,,,\n", "not a table"),
    "prose.csv": (lambda: b"This is a letter.\nIt has no table in it.\n", "not a table"),
    "headings-only.csv": (lambda: b"name_nl,kind\n", "no rows"),
    "other-columns.csv": (lambda: b"colour,size\nred,4\n", "name_nl"),
    "column-twice.csv": (lambda: b"name_nl,kind,soort\nx,library,library\n", "two columns"),
    "million-columns.csv": (lambda: (",".join(["a"] * 1_000_000) + "\n").encode(), "columns"),
    "million-quoted-columns.csv": (lambda: (",".join(['"a"'] * 1_000_000) + "\n").encode(), "columns"),
    "too-many-rows.csv": (lambda: b"name_nl,kind\n" + b"x,library\n" * 10_001, "10000 rows"),
    "20-megabytes.csv": (lambda: b"x" * 20_000_000, "5 MB"),
    "20-megabytes.json": (lambda: b"x" * 20_000_000, "not valid JSON"),
    "20-megabytes.jsonl": (lambda: b"x\n" * 10_000_000, "not JSON Lines"),
    "20-megabytes": (lambda: b"x" * 20_000_000, "5 MB"),
    "deep.json": (lambda: b"[" * 1_000_000, "nested"),
    "deep.geojson": (lambda: b'{"a":' * 1_000_000, "nested"),
    "deep-and-closed.geojson": (lambda: b"[" * 100_000 + b"]" * 100_000, "nested"),
    "cut-off.geojson": (lambda: json.dumps(feature_collection()).encode()[:-20], "line 1"),
    "wrong-crs.geojson": (wrong_crs, "4326"),
    "long-number.json": (lambda: b'{"elements": [' + b"9" * 10_000 + b"]}", "number"),
    "list.json": (lambda: b"[1, 2]", "neither"),
    "no-features.geojson": (lambda: b'{"type": "FeatureCollection", "features": {}}', "no features"),
    "nothing-found.json": (lambda: b'{"elements": [], "remark": "timed out"}', "timed out"),
}


def read_quickly(path: Path) -> list[Reading]:
    started = time.perf_counter()
    try:
        return list(read_any(path))
    finally:
        assert time.perf_counter() - started < MOST_SECONDS


def is_one_sentence(words: str) -> bool:
    return words.rstrip().endswith(".") or words.rstrip().endswith(")") or "timed out" in words


@pytest.mark.parametrize("name", WHOLE_FILES)
def test_a_file_that_cannot_be_used_is_refused_whole_in_one_sentence(name: str, tmp_path: Path) -> None:
    make, expected = WHOLE_FILES[name]
    path = tmp_path / name
    path.write_bytes(make())
    with pytest.raises(Problem) as refused:
        read_quickly(path)
    sentence = str(refused.value)
    assert expected in sentence
    assert name in sentence
    assert "\n" not in sentence
    assert len(sentence) < 200
    assert is_one_sentence(sentence)


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"no file nowhere\.csv"):
        read_any(tmp_path / "nowhere.csv")
    with pytest.raises(Problem, match="is a folder"):
        read_any(tmp_path)


def test_a_file_that_claims_to_be_small_is_still_not_read_beyond_the_limit() -> None:
    with pytest.raises(Problem, match="larger than 5 MB"):
        open_text(Path("/dev/zero"))


def bad_rows() -> Iterator[tuple[str, bytes, str]]:
    rows = {
        "nan": ("Voorbeeld,library,NaN,50.85", "finite"),
        "infinite": ("Voorbeeld,library,4.35,1e999", "finite"),
        "zero": ("Voorbeeld,library,0,0", "0, 0"),
        "lambert": ("Voorbeeld,library,149000,170000", "4326"),
        "ragged": ("Voorbeeld,library,4.35,50.85,more", "5 cells"),
        "short": ("Voorbeeld,library", "2 cells"),
        "bidi": ("Voor\u202ebeeld,library,4.35,50.85", "invisible"),
        "control": ("Voor\x1bbeeld,library,4.35,50.85", "invisible"),
    }
    for name, (row, expected) in rows.items():
        yield f"{name}.csv", f"name_nl,kind,lon,lat\n{row}\n".encode(), expected
    for name, coordinates, expected in (
        ("nan", "[NaN, 50.85]", "finite"),
        ("infinite", "[4.35, -Infinity]", "finite"),
        ("zero", "[0, 0]", "0, 0"),
        ("words", '["east", "north"]', "not numbers"),
        ("nothing", "[]", "missing"),
        ("deep", "[" * 200 + "]" * 200, "missing"),
    ):
        body = json.dumps(feature_collection()).replace("[4.35, 50.85]", coordinates)
        yield f"{name}.geojson", body.encode(), expected
    yield "no-properties.geojson", b'{"type":"FeatureCollection","features":[7]}', "no properties"
    yield "surrogate.geojson", json.dumps(feature_collection()).replace('"Bib"', r'"\ud800"').encode(), "invisible"
    tags = '"tags": {"amenity": "library", "name": "Bib"}'
    yield "no-point.json", f'{{"elements": [{{"type": "way", "id": 1, {tags}}}]}}'.encode(), "missing"
    yield "nonsense.json", b'{"elements": ["node"]}', "no tags"
    deep = b'{"id":"abc","kind":"library","name":{"nl":' + b"[" * 5_000
    yield "deep.jsonl", deep, "nested"
    yield "unknown-key.jsonl", b'{"id":"abc","kind":"library","name":{"nl":"x"},"secret":1}', "secret"
    yield (
        "address-of-a-home.jsonl",
        (b'{"id":"abc","kind":"library","name":{"nl":"x"},"place":{"precision":"neighbourhood","lon":4.3,"lat":50.8}}'),
        "keeps no address",
    )


BAD_ROWS = list(bad_rows())


@pytest.mark.parametrize(("name", "body", "expected"), BAD_ROWS, ids=[name for name, _, _ in BAD_ROWS])
def test_a_row_that_cannot_be_used_is_refused_with_one_sentence(
    name: str, body: bytes, expected: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(body)
    (reading,) = read_quickly(tmp_path / name)
    assert reading.resource is None
    assert reading.line is not None
    assert reading.file == name
    assert expected in str(reading.problem)
    assert "\n" not in str(reading.problem)


def test_a_good_file_passes_all_of_this(tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_text(ROW)
    (tmp_path / "good.geojson").write_text(json.dumps(feature_collection()))
    for name in ("good.csv", "good.geojson"):
        (reading,) = read_quickly(tmp_path / name)
        assert reading.resource is not None


def test_arabic_and_joined_emoji_are_not_hidden_characters() -> None:
    assert not has_hidden_characters({"name": ["جمعية النساء\u200f", "👩\u200d👧", "a\tb\nc"]})
    assert has_hidden_characters({"name\u202e": 1})


# Through the terminal: one sentence in the reader's language, exit code 1, and the store as it was.


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bad") / "instance"
    with Mapper.open(folder, create=True) as mapper:
        mapper.load_neighbourhoods(TERMINAL_ADMIN, TOY_CITY)
        mapper.put(TERMINAL_ADMIN, make_resource())
    return folder


def everything_in(home: Path) -> list[str]:
    store = sqlite3.connect(home / "mapper.sqlite")
    try:
        return list(store.iterdump())
    finally:
        store.close()


def outline(*corners: tuple[float, float], number: object = 1) -> bytes:
    geometry = {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}
    properties = {"mdzone": number, "namedut": "Wijk", "namefre": "Quartier"}
    return json.dumps(feature_collection(features=[
        {"type": "Feature", "properties": properties, "geometry": geometry}
    ])).encode()  # fmt: skip


IMPORT = ("import",)
LOAD = ("neighbourhoods", "load")
FIGURES = ("neighbourhoods", "figures", "--source", "Count")
BAD_FILES = [
    *((command, "empty.csv", b"") for command in (IMPORT, LOAD, FIGURES)),
    *((command, "utf16.csv", ROW.encode("utf-16")) for command in (IMPORT, LOAD, FIGURES)),
    *((command, "20-megabytes.csv", b"x" * 20_000_001) for command in (IMPORT, LOAD, FIGURES)),
    *((command, "noise.gpkg", b"SQLite format 3\0" + bytes(range(256)) * 20) for command in (IMPORT, LOAD, FIGURES)),
    *((command, "deep.json", b"[" * 200_000) for command in (IMPORT, LOAD, FIGURES)),
    *((command, "bomb.zip", zip_bomb()) for command in (IMPORT, LOAD, FIGURES)),
    *((command, "folder", None) for command in (IMPORT, LOAD, FIGURES)),
    (IMPORT, "open-quote.csv", (ROW + '"never closed,library,4,50\n').encode()),
    (IMPORT, "wrong-crs.geojson", wrong_crs()),
    (IMPORT, "nan.csv", b"name_nl,kind,lon,lat\nVoorbeeld,library,NaN,50.85\n"),
    (IMPORT, "zero.csv", b"name_nl,kind,lon,lat\nVoorbeeld,library,0,0\n"),
    (IMPORT, "palace.csv", b"name_nl,kind,needs\nVoorbeeld,palace,company\n"),
    (IMPORT, "broken.toml", b"[[resource]\nid ="),
    (IMPORT, "half.toml", b"[[resource]]\nid = 'a'\nkind = 'club'\nname = 'A'\nphone = '1'"),
    (LOAD, "nan.geojson", outline((4.34, 50.84), (float("nan"), 50.84), (4.35, 50.85))),
    (LOAD, "zero.geojson", outline((0.0, 0.0), (0.01, 0.0), (0.01, 0.01))),
    (LOAD, "lambert.geojson", outline((149_000, 170_000), (150_000, 170_000), (150_000, 171_000))),
    (LOAD, "too-deep.geojson", outline((4.34, 50.84)).replace(b"[[[", b"[" * 300).replace(b"]]]", b"]" * 300)),
    (LOAD, "shape.shp", b"\x00\x00\x27\x0a" + bytes(500)),
    (FIGURES, "open-quote.csv", b'md_id,pct_2020\n22,"1\n'),
    (FIGURES, "nan.csv", b"md_id,pct_2020\n22,NaN\n"),
]


@pytest.mark.parametrize(
    ("command", "name", "body"), BAD_FILES, ids=[f"{command[-1]}-{name}" for command, name, _ in BAD_FILES]
)
def test_the_terminal_tells_it_in_one_sentence_of_each_language_and_changes_nothing(
    command: tuple[str, ...], name: str, body: bytes | None, home: Path, tmp_path: Path
) -> None:
    if body is None:
        (tmp_path / name).mkdir()
    else:
        (tmp_path / name).write_bytes(body)
    before = everything_in(home)
    told = set()
    for language in ("nl", "fr", "en"):
        result = CliRunner().invoke(main, ["--home", str(home), "--lang", language, *command, str(tmp_path / name)])
        (sentence,) = result.stderr.splitlines()
        assert result.exit_code == 1 and name in sentence
        told.add(sentence)
    assert len(told) == 3, "said in three languages"
    assert everything_in(home) == before
