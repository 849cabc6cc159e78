"""Pictures of a neighbourhood as SVG: its places, the links between them, and gaps over all neighbourhoods.

Colours come from the style sheet by class; every sign has a shape or a letter too, so that print and colour-blind
readers miss nothing. Each page says the same in a list or table.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

from markupsafe import Markup

from mapper.coverage import Network, State
from mapper.model import Point, Slice
from mapper.web.pictures import shape, svg, text_at

WIDTH = 640.0
#: The map of a quarter stands in a narrow column: drawn small, its words stay readable.
_QUARTER_WIDTH = 440.0
#: Room for a mark with its name in the picture of links: wide, high.
_NAME_BOX = (112.0, 64.0)
_LONGEST_NAME = 18
#: So often marks push each other aside at most.
_MOST_TURNS = 120
_SMALLEST_STEP = 1.2
#: Half the width of a mark with a number.
_MARK = 12.0
#: So many steps of that width a mark steps aside at most.
_RINGS = 24
#: A sign for each state beside its colour; the table tells what it means.
SIGNS: dict[State, str] = {"served": "●", "thin": "◐", "volunteers_only": "♥", "nothing_found": "○", "not_looked": "?"}


#: West, south, east, north in degrees.
Box = tuple[float, float, float, float]


class Mark(NamedTuple):
    """A place on the map, by the number that it has in the list."""

    number: str
    slice: Slice | None
    point: Point


class _Frame:
    """From degrees to a picture of a given width; north is up."""

    def __init__(self, box: Box, width: float) -> None:
        self.west, self._south, self._east, self.north = box
        self._shrink = math.cos(math.radians((self._south + self.north) / 2))
        self.scale = width / max(1e-9, (self._east - self.west) * self._shrink)
        self.width, self.height = width, (self.north - self._south) * self.scale

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        return (lon - self.west) * self._shrink * self.scale, (self.north - lat) * self.scale

    def holds(self, x: float, y: float) -> bool:
        """Whether a mark at a spot stands whole in the picture."""
        return _MARK <= x <= self.width - _MARK and _MARK <= y <= self.height - _MARK

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


def box_of(features: Sequence[Mapping[str, Any]], margin: float = 0.12) -> Box:
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


def _not_narrow(box: Box) -> Box:
    """The same box made wider until it is no higher than a page can hold: what lies beside comes into the picture."""
    west, south, east, north = box
    shrink = math.cos(math.radians((south + north) / 2))
    more = max(0.0, (north - south) / 1.2 / shrink - (east - west)) / 2
    return west - more, south, east + more, north


def quarter_map(
    own: Sequence[Mapping[str, Any]],
    around: Sequence[Mapping[str, Any]],
    marks: Sequence[Mark],
    language: str,
    title: str,
    description: str,
) -> Markup:
    """The outline of an area among its neighbours, with its numbered places."""
    frame = _Frame(_not_narrow(box_of(own)), _QUARTER_WIDTH)
    body = [Markup('<rect class="ground" width="{:g}" height="{:g}"/>').format(frame.width, frame.height)]
    body += [Markup('<path class="border" d="{}"/>').format(frame.path(one["geometry"])) for one in around]
    body += [Markup('<path class="quarter" d="{}"/>').format(frame.path(one["geometry"])) for one in own]
    # Around a whole town the names of all neighbourhoods would cover it.
    for one in around if len(own) == 1 else ():
        spot = one["properties"].get("at")
        x, y = frame.at(spot[0], spot[1]) if spot else (-1.0, -1.0)
        if 70 < x < frame.width - 70 and 16 < y < frame.height - 8:
            body.append(text_at("area-words", x, y, _name(one, language)))
    for spread, mark in _spread(frame, marks):
        body += [shape(mark.slice, *spread, _MARK), text_at("mark-words", spread[0], spread[1] + 5, mark.number)]
    return svg("quarter", frame.width, frame.height, title, description, body)


def _spread(frame: _Frame, marks: Sequence[Mark]) -> list[tuple[tuple[float, float], Mark]]:
    """Marks that would cover each other step aside, no further than they must, so that every number can be read."""
    found: list[tuple[tuple[float, float], Mark]] = []
    for mark in marks:
        x, y = frame.at(*mark.point)
        if 0 <= x <= frame.width and 0 <= y <= frame.height:
            free = (
                spot
                for spot in _around(x, y)
                if (spot == (x, y) or frame.holds(*spot))
                and all(math.dist(spot, other) >= 2 * _MARK for other, _mark in found)
            )
            found.append((next(free, (x, y)), mark))
    return found


def _around(x: float, y: float) -> Iterator[tuple[float, float]]:
    """The point itself, then spots on rings that grow around it."""
    yield x, y
    for ring in range(1, _RINGS):
        for step in range(6 * ring):
            turn = math.tau * step / (6 * ring)
            yield x + ring * _MARK * math.cos(turn), y + ring * _MARK * math.sin(turn)


def _name(feature: Mapping[str, Any], language: str) -> str:
    known = feature["properties"]["name"]
    return str(known.get(language) or known.get("fr") or next(iter(known.values()), ""))


def network_picture(
    found: Network,
    places: Mapping[str, tuple[float, float]],
    numbers: Mapping[str, int],
    names: Mapping[str, str],
    slices: Mapping[str, Slice | None],
    title: str,
    description: str,
) -> Markup:
    """Who is linked to whom: a full line among people with something in common, a dashed one out of the circle.

    The more somebody would be missed, the larger its mark; a ring stands around those whom others need as a way.
    """
    height = min(900.0, 140.0 + len(places) * 26.0)
    members = {member.resource.id: member for member in found.members}
    spots = _apart(places, height)
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
    for one, (x, y) in spots.items():
        below = 13 + 8 * math.sqrt(members[one].betweenness) + (20 if members[one].is_cut else 15)
        body.append(text_at("name-words", x, y + below, _short(names[one])))
    return svg("network", WIDTH, height, title, description, body)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1].rstrip()}…"


def _apart(places: Mapping[str, tuple[float, float]], height: float) -> dict[str, tuple[float, float]]:
    """From places between 0 and 1 to spots in the picture, pushed apart until no mark or name covers another,
    as far as there is room: of a hundred some still do."""
    wide, high = _NAME_BOX
    spots = {one: [wide / 2 + x * (WIDTH - wide), 32 + y * (height - 80)] for one, (x, y) in places.items()}
    for turn in range(_MOST_TURNS):
        moved = False
        for one, other in combinations(spots.values(), 2):
            gaps = (wide - abs(one[0] - other[0]), high - abs(one[1] - other[1]))
            if min(gaps) > 0.5:
                # Along the axis that asks the smaller step; sideways now and then: a long row has no room downwards.
                axis = 0 if gaps[0] < gaps[1] or turn % 4 == 3 else 1
                step = gaps[axis] / 2 if one[axis] > other[axis] else -gaps[axis] / 2
                one[axis], other[axis], moved = one[axis] + step, other[axis] - step, True
        for spot in spots.values():
            spot[0] = min(max(spot[0], wide / 2), WIDTH - wide / 2)
            spot[1] = min(max(spot[1], 32.0), height - 48)
        if not moved:
            break
    return {one: (x, y) for one, (x, y) in spots.items()}


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
