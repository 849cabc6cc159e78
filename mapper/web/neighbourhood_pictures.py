"""Pictures of a neighbourhood as SVG: its places, the links between them, and gaps over all neighbourhoods.

Colours come from the style sheet by class; every sign has a shape or a letter too, so that print and colour-blind
readers miss nothing. Each page says the same in a list or table.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from mapper.coverage import Network, State
from mapper.model import Point, Slice
from mapper.web.pictures import shape, svg, text_at

WIDTH = 640.0
_SMALLEST_STEP = 1.2
#: A sign for each state beside its colour; the table tells what it means.
SIGNS: dict[State, str] = {"served": "●", "thin": "◐", "volunteers_only": "♥", "nothing_found": "○", "not_looked": "?"}


class Mark(NamedTuple):
    """A place on the map, by the number that it has in the list."""

    number: str
    slice: Slice | None
    point: Point


class _Frame:
    """From degrees to a picture of a given width; north is up."""

    def __init__(self, box: tuple[float, float, float, float], width: float) -> None:
        self.west, self._south, self._east, self.north = box
        self._shrink = math.cos(math.radians((self._south + self.north) / 2))
        self.scale = width / max(1e-9, (self._east - self.west) * self._shrink)
        self.width, self.height = width, (self.north - self._south) * self.scale

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        return (lon - self.west) * self._shrink * self.scale, (self.north - lat) * self.scale

    def path(self, geometry: Mapping[str, Any]) -> str:
        shapes = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        rings = (ring for one in shapes for ring in one)
        return "".join(self._ring([self.at(lon, lat) for lon, lat, *_ in ring]) for ring in rings)

    @staticmethod
    def _ring(points: Sequence[tuple[float, float]]) -> str:
        kept = [points[0]]
        for point in points[1:]:
            # What is nearer than the width of a line cannot be seen, and would only make the file heavy.
            if math.dist(point, kept[-1]) >= _SMALLEST_STEP:
                kept.append(point)
        return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in kept) + "z"


def box_of(features: Sequence[Mapping[str, Any]], margin: float = 0.12) -> tuple[float, float, float, float]:
    """West, south, east, north around some outlines, with a margin as a share of their size."""
    lons, lats = [], []
    for feature in features:
        geometry = feature["geometry"]
        shapes = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        for ring in (ring for one in shapes for ring in one):
            lons += [point[0] for point in ring]
            lats += [point[1] for point in ring]
    wide, high = (max(lons) - min(lons)) * margin, (max(lats) - min(lats)) * margin
    return min(lons) - wide, min(lats) - high, max(lons) + wide, max(lats) + high


def quarter_map(
    own: Sequence[Mapping[str, Any]],
    around: Sequence[Mapping[str, Any]],
    marks: Sequence[Mark],
    language: str,
    title: str,
    description: str,
) -> Markup:
    """The outline of an area among its neighbours, with its numbered places."""
    frame = _Frame(box_of(own), WIDTH)
    body = [Markup('<rect class="ground" width="{:g}" height="{:g}"/>').format(frame.width, frame.height)]
    body += [Markup('<path class="border" d="{}"/>').format(frame.path(one["geometry"])) for one in around]
    body += [Markup('<path class="quarter" d="{}"/>').format(frame.path(one["geometry"])) for one in own]
    for one in around:
        spot = one["properties"].get("at")
        x, y = frame.at(spot[0], spot[1]) if spot else (-1.0, -1.0)
        if 70 < x < frame.width - 70 and 16 < y < frame.height - 8:
            body.append(text_at("area-words", x, y, _name(one, language)))
    for spread, mark in _spread(frame, marks):
        body += [shape(mark.slice, *spread, 13), text_at("mark-words", spread[0], spread[1] + 5, mark.number)]
    return svg("quarter", frame.width, frame.height, title, description, body)


def _spread(frame: _Frame, marks: Sequence[Mark]) -> list[tuple[tuple[float, float], Mark]]:
    """Marks at one and the same spot fan out, so that every number can be read."""
    taken: dict[tuple[int, int], int] = {}
    found = []
    for mark in marks:
        x, y = frame.at(*mark.point)
        key = (round(x / 14), round(y / 14))
        turn = taken.get(key, 0)
        taken[key] = turn + 1
        if turn:
            away = 20 * (1 + (turn - 1) // 6)
            x, y = x + away * math.cos(turn * math.pi / 3), y + away * math.sin(turn * math.pi / 3)
        if 0 <= x <= frame.width and 0 <= y <= frame.height:
            found.append(((x, y), mark))
    return found


def _name(feature: Mapping[str, Any], language: str) -> str:
    known = feature["properties"]["name"]
    return str(known.get(language) or known.get("fr") or next(iter(known.values()), ""))


def network_picture(
    found: Network,
    places: Mapping[str, tuple[float, float]],
    numbers: Mapping[str, int],
    slices: Mapping[str, Slice | None],
    title: str,
    description: str,
) -> Markup:
    """Who is linked to whom: a full line among people with something in common, a dashed one out of the circle.

    The more somebody would be missed, the larger its mark; a ring stands around those whom others need as a way.
    """
    rows = max(1, math.ceil(len(places) / 6))
    height = min(640.0, 160.0 + rows * 80.0)
    members = {member.resource.id: member for member in found.members}
    spots = {one: (24 + x * (WIDTH - 48), 24 + y * (height - 48)) for one, (x, y) in places.items()}
    body = [
        Markup('<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"{}/>').format(
            "tie-known",
            *spots[tie.one],
            *spots[tie.other],
            Markup("") if tie.is_bonding else Markup(' stroke-dasharray="6 5"'),
        )
        for tie in found.ties
        if tie.one in spots and tie.other in spots
    ]
    for one, (x, y) in spots.items():
        member = members[one]
        radius = 13 + 8 * math.sqrt(member.betweenness)
        if member.is_cut:
            body.append(Markup('<circle class="cut" cx="{:.1f}" cy="{:.1f}" r="{:.1f}"/>').format(x, y, radius + 5))
        body += [shape(slices.get(one), x, y, radius), text_at("mark-words", x, y + 5, str(numbers[one]))]
    return svg("network", WIDTH, height, title, description, body)


def gap_map(
    features: Sequence[Mapping[str, Any]], states: Mapping[str, State], own: str, title: str, description: str
) -> Markup:
    """Every neighbourhood with the state of one need: a colour and a sign."""
    frame = _Frame(box_of(features, 0.02), WIDTH)
    body = []
    for one in features:
        area = one["properties"]["id"]
        css = f"state-{states[area]}" if area in states else "border"
        body.append(Markup('<path class="area {}" d="{}"/>').format(css, frame.path(one["geometry"])))
    for one in features:
        area = one["properties"]["id"]
        if area in states:
            x, y = frame.at(*one["properties"]["at"])
            body.append(text_at("sign", x, y + 4, SIGNS[states[area]]))
        if area == own:
            body.append(Markup('<path class="quarter" d="{}"/>').format(frame.path(one["geometry"])))
    return svg("gaps", frame.width, frame.height, title, description, body)
