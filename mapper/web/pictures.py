"""Pictures drawn as SVG: who is around a person, the four kinds of care side by side, and a small map for paper.

Colours come from the style sheet by class, so the content policy allows them and dark mode and print follow.
Every picture has a title and a description; the page also says the same in a table.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from mapper.model import Point, Slice

_ESCAPED = Markup("{}")
_LONGEST_LABEL = 17


class Around(NamedTuple):
    """Somebody or something around the person."""

    label: str
    #: A tie that is there is drawn solid, one that is suggested dashed.
    known: bool
    slice: Slice | None = None
    #: What stands in the mark of a suggestion: its number on the page.
    mark: str = ""
    #: The place in the list of the one through whom it is reached; None when straight from the person.
    via: int | None = None


class Portion(NamedTuple):
    """One of the four kinds of care: what is there already, and what is suggested."""

    slice: Slice
    letter: str
    label: str
    known: tuple[str, ...]
    suggested: tuple[str, ...]


def svg(name: str, width: float, height: float, title: str, description: str, body: Sequence[Markup]) -> Markup:
    start = Markup(
        '<svg class="picture picture-{0}" viewBox="0 0 {1:g} {2:g}" width="{1:g}" height="{2:g}" role="img" '
        'aria-labelledby="{0}-title {0}-desc"><title id="{0}-title">{3}</title><desc id="{0}-desc">{4}</desc>'
    ).format(name, width, height, title, description)
    return start + Markup("").join(body) + Markup("</svg>")


def shape(slice_id: Slice | None, x: float, y: float, radius: float) -> Markup:
    """The shape that stands for a kind of care, the same as everywhere on the site."""
    r = radius
    css = f"shape-{slice_id or 'none'}"
    if slice_id == "professional":
        return Markup('<rect class="{}" x="{:g}" y="{:g}" width="{:g}" height="{:g}" rx="3"/>').format(
            css, x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8
        )
    if slice_id == "specialised":
        corners = [(0, -1), (0.95, -0.5), (0.95, 0.5), (0, 1), (-0.95, 0.5), (-0.95, -0.5)]
        points = " ".join(f"{x + dx * r:.1f},{y + dy * r:.1f}" for dx, dy in corners)
        return Markup('<polygon class="{}" points="{}"/>').format(css, points)
    if slice_id == "informal":
        path = f"M{x - r:.1f} {y + r:.1f}V{y:.1f}a{r:g} {r:g} 0 1 1 {r:g} {r:g}z"
        return Markup('<path class="{}" d="{}"/>').format(css, path)
    return Markup('<circle class="{}" cx="{:g}" cy="{:g}" r="{:g}"/>').format(css, x, y, r)


def _line(known: bool, x1: float, y1: float, x2: float, y2: float) -> Markup:
    dashes = Markup("") if known else Markup(' stroke-dasharray="5 6"')
    css = "tie-known" if known else "tie-open"
    return Markup('<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"{}/>').format(
        css, x1, y1, x2, y2, dashes
    )


def text_at(css: str, x: float, y: float, words: str) -> Markup:
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>').format(css, x, y, words)


def _short(words: str) -> str:
    return words if len(words) <= _LONGEST_LABEL else words[: _LONGEST_LABEL - 1].rstrip() + "…"


def ecomap(person: str, around: Sequence[Around], title: str, description: str) -> Markup:
    """The person in the middle, what is there on both sides above, what is suggested below."""
    known = [(at, one) for at, one in enumerate(around) if one.known]
    open_ones = [(at, one) for at, one in enumerate(around) if not one.known]
    rows = max(1, math.ceil(len(known) / 2))
    middle_x, middle_y = 210.0, max(46.0, 12 + rows * 23)
    spots: dict[int, tuple[float, float]] = {}
    for order, (at, _one) in enumerate(known):
        side, row = order % 2, order // 2
        in_this_column = (len(known) + 1 - side) // 2
        top = middle_y - (in_this_column - 1) * 23
        spots[at] = (82.0 if side == 0 else 338.0, top + row * 46)
    below = middle_y + rows * 23 + 62
    step = 400 / max(1, len(open_ones))
    for order, (at, _one) in enumerate(open_ones):
        x = 10 + step * (order + 0.5)
        spots[at] = (x, below + 34 * math.cos((x - middle_x) / 200 * math.pi / 2))
    lines, marks = [], []
    for at, one in enumerate(around):
        x, y = spots[at]
        from_x, from_y = spots[one.via] if one.via is not None and one.via in spots else (middle_x, middle_y)
        lines.append(_line(one.known, from_x, from_y, x, y))
        if one.known:
            marks.append(
                Markup('<rect class="pill" x="{:g}" y="{:g}" width="144" height="34" rx="17"/>').format(x - 72, y - 17)
            )
            marks.append(text_at("pill-words", x, y + 5, _short(one.label)))
        else:
            marks.append(shape(one.slice, x, y, 19))
            marks.append(text_at("mark-words", x, y + 6, one.mark))
    centre = [
        Markup('<circle class="person" cx="{:g}" cy="{:g}" r="34"/>').format(middle_x, middle_y),
        text_at("person-words", middle_x, middle_y + 5, person),
    ]
    height = (below + 60) if open_ones else middle_y + rows * 23 + 24
    return svg("ecomap", 420, height, title, description, [*lines, *marks, *centre])


def pie(portions: Sequence[Portion], title: str, description: str) -> Markup:
    """Four equal parts side by side: none of them comes first, none stands in for another (study: and-and).

    A full dot is something that is there, an open dot something suggested.
    """
    centre, radius = 130.0, 124.0
    body = []
    for number, portion in enumerate(portions):
        begin = math.radians(-90 + 360 / len(portions) * number)
        end = math.radians(-90 + 360 / len(portions) * (number + 1))
        corners = [(centre + radius * math.cos(angle), centre + radius * math.sin(angle)) for angle in (begin, end)]
        path = (
            f"M{centre:g} {centre:g}L{corners[0][0]:.1f} {corners[0][1]:.1f}"
            f"A{radius:g} {radius:g} 0 0 1 {corners[1][0]:.1f} {corners[1][1]:.1f}z"
        )
        body.append(Markup('<path class="part part-{}" d="{}"/>').format(portion.slice, path))
        half = (begin + end) / 2
        x, y = centre + radius * 0.5 * math.cos(half), centre + radius * 0.5 * math.sin(half)
        body.append(shape(portion.slice, x, y - 16, 18))
        body.append(text_at("mark-words", x, y - 10, portion.letter))
        body += _dots(portion, x, y + 18)
    return svg("pie", 2 * centre, 2 * centre, title, description, body)


def _dots(portion: Portion, x: float, y: float) -> list[Markup]:
    dots = ["dot-known"] * len(portion.known) + ["dot-open"] * len(portion.suggested)
    drawn = []
    for at, css in enumerate(dots[:10]):
        row, column = divmod(at, 5)
        across = min(5, len(dots) - row * 5)
        dot_x = x + (column - (across - 1) / 2) * 15
        drawn.append(Markup('<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="5"/>').format(css, dot_x, y + row * 16))
    return drawn


def area_map(
    marks: Sequence[tuple[str, Slice | None, Point]],
    outlines: dict[str, Any],
    language: str,
    title: str,
    description: str,
) -> Markup:
    """A small map for paper: numbered places among the outlines of the neighbourhoods; north is up."""
    lons, lats = [point.lon for _, _, point in marks], [point.lat for _, _, point in marks]
    shrink = math.cos(math.radians(sum(lats) / len(lats)))
    middle_lon, middle_lat = (min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2
    # Degrees of latitude for the full width, at least about 1.5 km.
    span = max((max(lons) - min(lons)) * shrink * 1.3, (max(lats) - min(lats)) * 1.9, 0.0135)
    width, height = 400.0, 260.0

    def at(lon: float, lat: float) -> tuple[float, float]:
        return width / 2 + (lon - middle_lon) * shrink / span * width, height / 2 - (lat - middle_lat) / span * width

    body = [Markup('<rect class="ground" width="{:g}" height="{:g}"/>').format(width, height)]
    names = []
    for feature in outlines["features"]:
        for ring in _rings(feature["geometry"]):
            drawn = [at(lon, lat) for lon, lat, *_ in ring]
            if any(-width < x < 2 * width and -height < y < 2 * height for x, y in drawn):
                path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in drawn) + "z"
                body.append(Markup('<path class="border" d="{}"/>').format(path))
        spot = feature["properties"].get("at")
        if spot:
            x, y = at(spot[0], spot[1])
            if 50 < x < width - 50 and 15 < y < height - 8:
                known = feature["properties"]["name"]
                name = known.get(language) or known.get("fr") or next(iter(known.values()), "")
                names.append(text_at("area-words", x, y, name))
    body += names
    for number, slice_id, point in marks:
        x, y = at(point.lon, point.lat)
        body += [shape(slice_id, x, y, 13), text_at("mark-words", x, y + 5, number)]
    return svg("map", width, height, title, description, body)


def _rings(geometry: dict[str, Any]) -> list[Any]:
    shapes = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [ring for shape in shapes for ring in shape]


def qr(address: str, words: str) -> Markup:
    """The address as a QR code."""
    import segno

    made = segno.make(address, error="m")
    size = made.symbol_size(border=2)[0]
    dark = "".join(
        f"M{x + 2} {y + 2}h1v1h-1z" for y, row in enumerate(made.matrix) for x, cell in enumerate(row) if cell
    )
    return Markup(
        '<svg class="qr" viewBox="0 0 {0} {0}" width="{0}" height="{0}" role="img" aria-label="{1}">'
        '<rect width="{0}" height="{0}" fill="#fff"/><path d="{2}" fill="#000"/></svg>'
    ).format(size, words, dark)
