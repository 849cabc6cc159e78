"""The Matthew audit told: a table with bars for the terminal, and a chart as one SVG file."""

from collections.abc import Callable, Iterator, Sequence
from html import escape

from mapper.matching.audit import Audit, Exposure, Fifth
from mapper.model import SLICES
from mapper.text import N_

#: A message in the reader's language; the name of a kind or slice in it.
Say = Callable[[str], str]
NameOf = Callable[[str], str]

_HEADS = (N_("circles"), N_("fit"), N_("suggested"), N_("answers"), N_("services"), N_("bridging"), N_("metres"))
_SORTS = {
    "self_organised": N_("Self-organisations and other groups of people themselves"),
    "other_informal": N_("Other places where people meet"),
    "formal": N_("Services"),
}
_VERDICTS = {
    "fewest_get_as_many": N_(
        "For whoever has fewest to call on at least as much fits within reach ({fewest}; others at most {most})."
    ),
    "fewest_get_fewer": N_(
        "Whoever has fewest to call on gets less in {fewer} of {of} cases ({fewest} fit; others {most}): look at this."
    ),
    "self_organised_are_shown": N_(
        "Self-organisations are {shown} of every 100 shown and {fitting} of every 100 that fit: not crowded out."
    ),
    "self_organised_crowded_out": N_(
        "Self-organisations are {shown} of every 100 shown but {fitting} of every 100 that fit: they are crowded out."
    ),
    "some_get_nothing": N_("{people} of {of} get no suggestion at all: the inventory has nothing for them yet."),
}
_PEOPLE = N_("{people} invented people, the same ones with nobody to four circles to call on")
_SHOWN_AND_FITTING = N_("Of every 100: suggestions (█), and places that would fit (░)")
_BY_CIRCLES = N_("Suggestions for each person, by how many circles there are to call on")
_BAR, _LABEL = 30, 34
#: As many kinds are told apart as fit on a screen; the rest is in the JSON.
_MOST_KINDS = 12


def audit_lines(found: Audit, say: Say, name_of: NameOf) -> Iterator[str]:
    """The audit for a terminal: what each fifth gets, who is shown, and the verdict."""
    yield say(_PEOPLE).format(people=found.people)
    slices = [name_of(one) for one in SLICES]
    yield "  ".join(f"{say(head):>9}" for head in _HEADS) + "   " + " / ".join(slices) + " (%)"
    widest = max((one.suggestions for one in found.fifths), default=0) or 1
    for one in found.fifths:
        numbers = (one.within_reach, one.suggestions, one.answers, one.services, one.bridging)
        distance = "–" if one.distance_m is None else f"{one.distance_m:.0f}"
        cells = [f"{one.circles_to_call_on:>9}", *(f"{number:>9.2f}" for number in numbers), f"{distance:>9}"]
        parts = " / ".join(f"{100 * one.slices[part]:.0f}" for part in SLICES)
        yield "  ".join(cells) + f"   {parts:20}  " + "█" * round(20 * one.suggestions / widest)
    yield ""
    yield say(_SHOWN_AND_FITTING)
    for label, one_sort in _rows(found, say, name_of):
        yield from _bars(label, one_sort)
    yield ""
    yield from verdict_lines(found, say)


def verdict_lines(found: Audit, say: Say) -> Iterator[str]:
    """The verdict, one plain sentence each."""
    for statement in found.verdict:
        shares = {key: round(100 * statement.data[key]) for key in ("shown", "fitting") if key in statement.data}
        yield say(_VERDICTS[statement.code]).format(**(statement.data | shares))


def _rows(found: Audit, say: Say, name_of: NameOf) -> list[tuple[str, Exposure]]:
    """The three sorts, then the kinds shown most."""
    sorts = [(say(_SORTS[one.sort]), one) for one in found.exposure]
    return sorts + [(name_of(one.sort), one) for one in found.kinds[:_MOST_KINDS]]


def _bars(label: str, one: Exposure) -> Iterator[str]:
    shown, fitting = 100 * one.share_of_shown, 100 * one.share_of_fitting
    short = label if len(label) <= _LABEL else label[: _LABEL - 1] + "…"
    yield f"{short:{_LABEL}} {shown:5.1f}  " + "█" * round(shown * _BAR / 100)
    yield f"{'':{_LABEL}} {fitting:5.1f}  " + "░" * round(fitting * _BAR / 100)


# The chart: one file that opens in any browser, light and dark, and says in its description what it draws.

_STYLE = (
    "text{font:14px system-ui,sans-serif;fill:#211b16}.head{font-weight:600;font-size:16px}.back{fill:#fffdf8}"
    ".self{fill:#2f6b4f}.informal{fill:#a5402d}.professional{fill:#2b5c8a}.specialised{fill:#6d4380}"
    ".shown{fill:#211b16}.fitting{fill:none;stroke:#211b16;stroke-width:1.5}"
    "@media(prefers-color-scheme:dark){text,.shown{fill:#f4ede2}.fitting{stroke:#f4ede2}.back{fill:#211b16}"
    ".self{fill:#7cc29d}.informal{fill:#e88d77}.professional{fill:#84b7e6}.specialised{fill:#c79bdb}}"
)
_WIDTH, _ROW, _START, _LENGTH = 860, 30, 330, 420


def audit_chart(found: Audit, say: Say, name_of: NameOf) -> str:
    """The same as an SVG picture: suggestions by fifth and slice, then each sort and kind shown beside what fits."""
    body: list[str] = []
    top = _heading(body, 34, say(_BY_CIRCLES))
    top = _legend(body, top, [(one, name_of(one)) for one in SLICES])
    widest = max((one.suggestions for one in found.fifths), default=0) or 1
    for fifth in found.fifths:
        _stack(body, top, fifth, widest)
        top += _ROW
    top = _heading(body, top + 34, say(_SHOWN_AND_FITTING).replace("█", "■").replace("░", "□"))
    for label, one in _rows(found, say, name_of):
        _pair(body, top, label, one)
        top += _ROW
    verdict = list(verdict_lines(found, say))
    for number, line in enumerate(verdict):
        body.append(f'<text x="16" y="{top + 34 + number * 22}">{escape(line)}</text>')
    height = top + 34 + len(verdict) * 22 + 10
    title = escape(say(_PEOPLE).format(people=found.people))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-labelledby="title desc"><title id="title">{title}</title>'
        f'<desc id="desc">{escape(" ".join(verdict))}</desc><style>{_STYLE}</style>'
        f'<rect class="back" width="{_WIDTH}" height="{height}"/>' + "".join(body) + "</svg>\n"
    )


def _heading(body: list[str], top: int, words: str) -> int:
    body.append(f'<text class="head" x="16" y="{top}">{escape(words)}</text>')
    return top + 16


def _legend(body: list[str], top: int, entries: Sequence[tuple[str, str]]) -> int:
    for number, (css, words) in enumerate(entries):
        x = 16 + number * 205
        body.append(f'<rect class="{css}" x="{x}" y="{top}" width="14" height="14"/>')
        body.append(f'<text x="{x + 20}" y="{top + 12}">{escape(words)}</text>')
    return top + 28


def _stack(body: list[str], top: int, fifth: Fifth, widest: float) -> None:
    body.append(f'<text x="{_START - 12}" y="{top + 15}" text-anchor="end">{fifth.circles_to_call_on}</text>')
    x = float(_START)
    for one in SLICES:
        width = _LENGTH * fifth.slices[one] * fifth.suggestions / widest
        if width:
            body.append(f'<rect class="{one}" x="{x:.1f}" y="{top}" width="{width:.1f}" height="20"/>')
        x += width
    body.append(f'<text x="{x + 8:.1f}" y="{top + 15}">{fifth.suggestions:.2f}</text>')


def _pair(body: list[str], top: int, label: str, one: Exposure) -> None:
    short = label if len(label) <= _LABEL + 8 else label[: _LABEL + 7] + "…"
    body.append(f'<text x="{_START - 12}" y="{top + 15}" text-anchor="end">{escape(short)}</text>')
    for css, share, y in (("shown", one.share_of_shown, top), ("fitting", one.share_of_fitting, top + 11)):
        body.append(f'<rect class="{css}" x="{_START}" y="{y}" width="{max(0.5, _LENGTH * share):.1f}" height="9"/>')
    longest = _LENGTH * max(one.share_of_shown, one.share_of_fitting)
    shares = f"{100 * one.share_of_shown:.0f} / {100 * one.share_of_fitting:.0f}"
    body.append(f'<text x="{_START + longest + 8:.1f}" y="{top + 15}">{shares}</text>')
