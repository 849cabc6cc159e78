"""A toy city of four square neighbourhoods in Brussels, and records made in one line."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from mapper import taxonomy
from mapper.access import TERMINAL_ADMIN
from mapper.core import Mapper
from mapper.geography import NeighbourhoodSet, Outline
from mapper.model import Place, Resource
from mapper.opening import BRUSSELS
from mapper.text import Text

#: A Wednesday at noon.
NOON = dt.datetime(2026, 11, 18, 12, 0, tzinfo=BRUSSELS)


def square(west: float, south: float) -> str:
    east, north = west + 0.01, south + 0.01
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return json.dumps({"type": "Polygon", "coordinates": [ring]})


TOY_CITY = NeighbourhoodSet(
    neighbourhoods=(
        Outline(id="1", name=Text(nl="Eikenwijk", fr="Quartier des Chênes"), geometry_geojson=square(4.34, 50.84)),
        Outline(id="2", name=Text(nl="Lindewijk", fr="Quartier du Tilleul"), geometry_geojson=square(4.35, 50.84)),
        Outline(id="3", name=Text(nl="Beukenwijk", fr="Quartier des Hêtres"), geometry_geojson=square(4.34, 50.85)),
        Outline(id="4", name=Text(nl="Wilgenwijk", fr="Quartier du Saule"), geometry_geojson=square(4.35, 50.85)),
    ),
    title="Toy city",
    url="",
    retrieved_on=dt.date(2026, 1, 1),
    sha256="",
    licence="CC0",
    approximate=True,
)


def make_resource(**changes: Any) -> Resource:
    """A public circle in the Eikenwijk, with these changes."""
    given: dict[str, Any] = {
        "id": "circle",
        "kind": "self_organisation",
        "name": Text.of("Kring"),
        "needs": ("being_heard",),
        "place": Place(precision="exact", lon=4.345, lat=50.845),
    }
    return Resource(**(given | changes))


@pytest.fixture
def toy_taxonomy() -> taxonomy.Taxonomy:
    return taxonomy.load()


@pytest.fixture
def mapper(tmp_path: Path) -> Any:
    """An open instance with the toy city and nothing in it, at noon on a Wednesday."""
    with Mapper.open(tmp_path / "instance", create=True, clock=lambda: NOON) as opened:
        opened.load_neighbourhoods(TERMINAL_ADMIN, TOY_CITY)
        yield opened


def add(mapper: Mapper, *resources: Resource) -> None:
    """Puts records into an instance."""
    for resource in resources:
        mapper.put(TERMINAL_ADMIN, resource)
