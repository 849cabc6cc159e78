"""A live site and a Chromium that writes down everything a page should not do."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from mapper.core import Mapper
from mapper.web import create_app
from tests.signing_in import SignedIn

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: Written by hostile records when anything of theirs runs.
CANARY = "window.__ran"
_WATCH = """
window.__violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.__violations.push(event.violatedDirective + " " + event.blockedURI);
});
"""


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        pass


@contextmanager
def live(mapper: Mapper) -> Iterator[str]:
    """The site over this instance on a free port of the loopback; gives its address."""
    server = make_server("127.0.0.1", 0, create_app(mapper), threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


def laid_out(page: Page) -> Page:
    """The page with the cards far below laid out too: axe takes the places they have before that for theirs."""
    page.evaluate("document.querySelectorAll('.card').forEach((card) => { card.style.contentVisibility = 'visible' })")
    return page


@dataclass
class Seen:
    """What a page did that it must not do."""

    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)


@dataclass
class Visit:
    """One reader's browser. Leaving the `with` block fails the test when a page misbehaved."""

    site: str
    context: BrowserContext
    page: Page
    seen: Seen
    javascript: bool = True

    def go(self, path: str) -> Page:
        """Opens a page of the site and waits until all of it is there, the map included where it shows at once."""
        self.page.goto(self.site + path)
        size = self.page.viewport_size
        if self.javascript and size and size["width"] >= 992 and self.page.locator("#map_mapper").count():
            self.page.wait_for_selector(".map-status:not(:empty)")
        return self.page

    def violations(self) -> list[str]:
        return list(self.page.evaluate("window.__violations"))


Visiting = Callable[..., Any]


def chromium_path() -> str:
    """The system's Chromium. Its absence is a failure, never a silent skip."""
    for name in (os.environ.get("MAPPER_CHROMIUM", ""), *_NAMES):
        found = shutil.which(name) if name else None
        if found:
            return found
    pytest.fail("The browser tests need Chromium: install your system's package “chromium”, or run make test.")


@pytest.fixture(scope="session")
def driver() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(driver: Playwright) -> Iterator[Browser]:
    browser = driver.chromium.launch(
        executable_path=chromium_path(), args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    )
    yield browser
    browser.close()


@contextmanager
def visit(
    chromium: Browser, site: str, me: SignedIn | None = None, cookies: tuple[str, ...] = (), **options: Any
) -> Iterator[Visit]:
    """A fresh reader: a wide window unless told otherwise, signed in as `me`. Checks on leaving that no page asked a
    foreign host, broke the content policy, threw an error or set a cookie but those that are expected."""
    context = chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, "locale": "nl-BE"} | options)
    if me is not None:
        context.add_cookies([{**me.cookie, "url": site, "httpOnly": True, "sameSite": "Strict"}])
        cookies = ("mapper",)
    page = context.new_page()
    seen = Seen()
    host = urlsplit(site).netloc
    violations: list[str] = []
    page.add_init_script(_WATCH)
    page.on("request", lambda request: seen.foreign.append(request.url) if _is_foreign(request.url, host) else None)
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.on(
        "console",
        lambda message: violations.append(message.text) if "Content Security Policy" in message.text else None,
    )
    try:
        yield Visit(site, context, page, seen, options.get("java_script_enabled", True))
        seen.cookies += [cookie["name"] for cookie in context.cookies()]  # type: ignore[typeddict-item]
        assert (seen.foreign, seen.errors, seen.cookies, violations) == ([], [], list(cookies), [])
    finally:
        context.close()


def _is_foreign(url: str, host: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != host
