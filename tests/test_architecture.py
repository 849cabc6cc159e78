"""Imports point down, a few libraries have one home, and nothing names a package index."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "mapper"

#: The steps of the house, lowest first. A room imports only rooms on lower steps, or its own.
STEPS = [
    {"text", "shipped", "loops"},
    {"model", "spelling"},
    {"taxonomy", "access", "geography", "opening", "words", "identifying", "codes"},
    {"catalogue"},
    {"search", "exchange", "checks", "calls", "left_out"},
    {"matching", "coverage", "curation", "referrals"},
    {"numbers"},
    {"store"},
    {"core"},
    {"maps", "wording"},
    {"web"},
    {"cli"},
]
STEP_OF = {room: step for step, rooms in enumerate(STEPS) for room in rooms}

ONE_HOME = {
    "rapidfuzz": {"text"},
    "shapely": {"geography"},
    "geopandas": {"geography"},
    "folium": {"maps"},
    "sqlite_utils": {"store"},
    "flask": {"web"},
    "click": {"cli"},
    "requests": {"exchange"},
    "networkx": {"matching", "coverage"},
    "scipy": {"coverage"},
    "numba": {"loops"},
}


def imports() -> list[tuple[str, str, str]]:
    """(file, its room, imported module) for every import in the package."""
    found = []
    for path in PACKAGE.rglob("*.py"):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found += [(str(path), room, alias.name) for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = (
                    [f"{node.module}.{alias.name}" for alias in node.names]
                    if node.module == "mapper"
                    else [node.module]
                )
                found += [(str(path), room, name) for name in names]
    return found


def test_imports_point_down() -> None:
    wrong = []
    for path, room, module in imports():
        parts = module.split(".")
        if parts[0] != "mapper" or room == "__init__" or len(parts) < 2 or parts[1] not in STEP_OF:
            continue
        if parts[1] != room and STEP_OF[parts[1]] >= STEP_OF[room]:
            wrong.append(f"{path} imports {module}")
    assert wrong == []


def test_every_room_has_a_step() -> None:
    rooms = {path.stem for path in PACKAGE.iterdir() if (path.suffix == ".py" or (path / "__init__.py").exists())}
    assert rooms - {"__init__"} == set(STEP_OF)


def test_web_and_terminal_never_touch_the_store() -> None:
    assert [
        path for path, room, module in imports() if room in ("web", "cli") and module.startswith("mapper.store")
    ] == []


def test_a_library_has_one_home() -> None:
    wrong = [
        (path, module)
        for path, room, module in imports()
        if module.split(".")[0] in ONE_HOME and room not in ONE_HOME[module.split(".")[0]]
    ]
    assert wrong == []


def test_no_page_names_a_foreign_host_for_what_it_loads() -> None:
    wrong = []
    for folder in ("templates", "static"):
        for path in (PACKAGE / folder).iterdir():
            text = path.read_text(encoding="utf-8") if path.suffix in (".html", ".js", ".css") else ""
            wrong += [
                f"{path.name}: {line.strip()}"
                for line in text.splitlines()
                if ("src=" in line or "@import" in line or "url(" in line) and "//" in line.split("url(")[-1]
            ]
    assert wrong == []


def test_the_locks_carry_hashes_and_name_no_index() -> None:
    for name in ("requirements.txt", "requirements-test.txt", "requirements-bench.txt"):
        text = (PACKAGE.parent / name).read_text(encoding="utf-8")
        pins = [line for line in text.splitlines() if "==" in line and not line.lstrip().startswith("#")]
        assert pins and "--hash=sha256:" in text
        assert "://" not in text and "index" not in text
