"""Measures the public page in a real browser: bytes over the wire and the wait for the first markers, beside its peers.

Every visit has an empty cache. "Slow phone" is a processor four times slower and a line of 1.6 Mbit/s with 150 ms.
Rounds of the page and its peers alternate, so that a busy moment of the machine strikes them alike.
"""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from bench_peers import Points, get_scripts, leaflet_files, make_pages, serve_packed
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

RUNS = 5
WIDE = (1280, 800)
PHONE = (360, 740)
#: (name, slow)
LINES = (("this machine", False), ("slow phone", True))
_MARKERS_MS_MOST = 300_000


@dataclass
class Visit:
    """One first view: milliseconds since navigation began, and bytes of each address as they went over the wire."""

    markers_ms: float = 0.0
    contentful_ms: float = 0.0
    bytes_of: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.bytes_of.values())


# What counts as a marker on the screen: the frame after the first one with a box has been drawn.
_WATCH = """(() => {
  const look = () => requestAnimationFrame(() => {
    if (!document.querySelector("%s")?.getClientRects().length) return look();
    requestAnimationFrame(() => { console.debug("first markers", window.firstMarkersMs = performance.now()); });
  });
  look();
})()"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """The Chromium of this system, headless."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        raise SystemExit("There is no Chromium on this machine: run `make chromium`.")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=found, args=arguments)
        yield browser
        browser.close()


@contextmanager
def _new_page(browser: Browser, size: tuple[int, int], slow: bool, mark: str, visit: Visit) -> Iterator[Page]:
    """A page with an empty cache that notes every byte; `slow` is a slow phone on a poor line."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    page.set_default_timeout(_MARKERS_MS_MOST)
    page.add_init_script(_WATCH % mark)
    session = context.new_cdp_session(page)
    _note_bytes(session, visit)
    if slow:
        session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        line = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
        session.send("Network.emulateNetworkConditions", line)
    yield page
    context.close()


def _note_bytes(session: CDPSession, visit: Visit) -> None:
    addresses: dict[str, str] = {}

    def answered(event: dict[str, Any]) -> None:
        addresses[event["requestId"]] = event["response"]["url"]

    def finished(event: dict[str, Any]) -> None:
        address = addresses.get(event["requestId"], "?")
        visit.bytes_of[address] = visit.bytes_of.get(address, 0) + int(event["encodedDataLength"])

    session.on("Network.responseReceived", answered)
    session.on("Network.loadingFinished", finished)
    session.send("Network.enable")


def _settle(page: Page, visit: Visit) -> None:
    """Waits until nothing more arrives."""
    page.wait_for_load_state("load")
    seen = -1
    while seen != len(visit.bytes_of):
        seen = len(visit.bytes_of)
        page.wait_for_timeout(900)


def look_at(browser: Browser, url: str, size: tuple[int, int], *, slow: bool, mark: str = ".mark") -> Visit:
    """Opens a page until its first markers are on the screen and everything of the first view is there."""
    visit = Visit()
    with _new_page(browser, size, slow, mark, visit) as page:
        with page.expect_console_message(lambda message: message.text.startswith("first markers")) as told:
            page.goto(url, wait_until="commit")
        visit.markers_ms = float(told.value.text.split()[-1])
        _settle(page, visit)
        visit.contentful_ms = _contentful(page)
    return visit


def _contentful(page: Page) -> float:
    return float(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"))


def tap_the_map(browser: Browser, url: str, *, slow: bool) -> tuple[Visit, Visit]:
    """On a phone the list comes first: that view, and what a tap for the map adds (`markers_ms` since the tap)."""
    first, tapped = Visit(), Visit()
    with _new_page(browser, PHONE, slow, ".mark", first) as page:
        page.goto(url)
        _settle(page, first)
        first.contentful_ms = _contentful(page)
        before = dict(first.bytes_of)
        tapped_at = page.evaluate("performance.now()")
        with page.expect_console_message(lambda message: message.text.startswith("first markers")):
            page.locator(".map-toggle").click()
        tapped.markers_ms = page.evaluate("window.firstMarkersMs") - tapped_at
        _settle(page, first)
        tapped.bytes_of = {name: size for name, size in first.bytes_of.items() if name not in before}
        first.bytes_of = before
    return first, tapped


def come_closer(browser: Browser, url: str) -> Visit:
    """What coming closer asks for, step by step until single streets: places of each view, outlines once each."""
    visit = Visit()
    with _new_page(browser, WIDE, False, ".mark", visit) as page:
        with page.expect_console_message(lambda message: message.text.startswith("first markers")):
            page.goto(url, wait_until="commit")
        _settle(page, visit)
        first = set(visit.bytes_of)
        for _ in range(6):
            page.locator(".leaflet-control-zoom-in").click()
            page.wait_for_timeout(900)
        _settle(page, visit)
    visit.bytes_of = {name: size for name, size in visit.bytes_of.items() if name not in first}
    return visit


def measure(site: str, points: Points, runs: int = RUNS, marker_runs: int = 1) -> dict[str, Any]:
    """Bytes and waits of the first view of `site` and of its peers: medians, with the single runs beside them."""
    scripts, missing = get_scripts()
    pages = make_pages(points, scripts)
    with serve_packed({**leaflet_files(), **scripts, **pages}) as peers, chromium() as browser:
        visits = _visits(browser, site, peers, pages, runs, marker_runs)
        taps = {line: [tap_the_map(browser, f"{site}/", slow=slow) for _ in range(runs)] for line, slow in LINES}
        closer = come_closer(browser, f"{site}/")
    waits = {name: _waits(found) for name, found in visits.items()}
    for line, found in taps.items():
        waits[f"phone, {line}: list first"] = {"mapper": _spread([first.contentful_ms for first, _ in found])}
        waits[f"phone, {line}: markers after the tap"] = {"mapper": _spread([tap.markers_ms for _, tap in found])}
    wide = visits[f"wide, {LINES[0][0]}"]
    first, tapped = taps[LINES[0][0]][0]
    return {
        "markers_on_the_map": len(points),
        "waits_ms": waits,
        "bytes": {
            "first view, wide": named(wide["mapper"][0]),
            "first view, phone (the list)": named(first),
            "added by the map on a phone": named(tapped),
            "coming closer, six steps": named(closer),
            **{f"peer: {name}": named(wide[name][0]) for name in pages if name in wide},
        },
        "not_measured": missing,
    }


def _visits(
    browser: Browser, site: str, peers: str, pages: dict[str, bytes], runs: int, marker_runs: int
) -> dict[str, dict[str, list[Visit]]]:
    found: dict[str, dict[str, list[Visit]]] = {}
    for line, slow in LINES:
        for screen, size in (("wide", WIDE), ("phone", PHONE)):
            case = found.setdefault(f"{screen}, {line}", {})
            for number in range(runs):
                # On a phone the map is behind a button; `#map` opens it at once.
                url = f"{site}/" if screen == "wide" else f"{site}/#map"
                case.setdefault("mapper", []).append(look_at(browser, url, size, slow=slow))
                for name in pages:
                    # Thousands of Markers take most of a minute: only few times, only where it is quickest.
                    if name != "Marker" or (number < marker_runs and screen == "wide" and not slow):
                        visit = look_at(browser, f"{peers}/{name}", size, slow=slow, mark=".leaflet-marker-icon")
                        case.setdefault(name, []).append(visit)
    return found


def _waits(visits: dict[str, list[Visit]]) -> dict[str, dict[str, Any]]:
    return {name: _spread([visit.markers_ms for visit in found]) for name, found in visits.items()}


def _spread(values: list[float]) -> dict[str, Any]:
    return {"median": round(median(values)), "runs": [round(value) for value in values]}


def named(visit: Visit) -> dict[str, int]:
    """Bytes by what they are, largest first: the address without its host, hash and view."""
    sizes: dict[str, int] = {}
    for address, size in visit.bytes_of.items():
        path = re.sub(r"^https?://[^/]+", "", address)
        path = path if "places" in path else path.partition("?")[0]
        sizes[path] = sizes.get(path, 0) + size
    return dict(sorted(sizes.items(), key=lambda pair: -pair[1]))
