"""Fetching the neighbourhoods over real connections on this machine's own loopback."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mapper.exchange import fetch
from mapper.exchange.fetch import fetch_neighbourhoods
from mapper.model import Problem
from tests.test_geography import OFFICIAL, grid_features

Handler = Callable[[http.server.BaseHTTPRequestHandler], None]


@pytest.fixture
def serve() -> Iterator[Callable[[Handler], str]]:
    """Starts a server whose every answer is one function; gives its address."""
    servers: list[http.server.ThreadingHTTPServer] = []

    def start(answer: Handler) -> str:
        class Answering(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer(self)

            def log_message(self, *_args: object) -> None:
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/neighbourhoods.geojson"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def giving(body: bytes, *, sent: int | None = None, status: int = 200) -> Handler:
    """An answer with this body, cut off after `sent` bytes."""

    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body[:sent])

    return answer


def redirecting(to: str) -> Handler:
    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(302)
        request.send_header("Location", to)
        request.end_headers()

    return answer


def whole(count: int = 145) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": grid_features()[:count]}).encode()


BODIES = [whole()] + ([OFFICIAL.read_bytes()] if OFFICIAL.exists() else [])


@pytest.mark.parametrize("body", BODIES)
def test_a_whole_set_arrives_with_its_source(body: bytes, serve: Callable[[Handler], str]) -> None:
    url = serve(giving(body))
    seen: list[tuple[int, int | None]] = []
    found = fetch_neighbourhoods(url, progress=lambda done, expected: seen.append((done, expected)))
    assert len(found.neighbourhoods) == 145 and found.url == url and len(found.sha256) == 64
    assert found.retrieved_on is not None and not found.approximate
    assert seen[-1] == (len(body), len(body))


@pytest.mark.parametrize("body", BODIES)
def test_half_a_download_is_refused(body: bytes, serve: Callable[[Handler], str]) -> None:
    with pytest.raises(Problem, match="could not be fetched whole"):
        fetch_neighbourhoods(serve(giving(body, sent=len(body) // 2)))


def test_a_short_body_without_length_is_refused(serve: Callable[[Handler], str]) -> None:
    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        request.wfile.write(whole()[: len(whole()) // 2])

    with pytest.raises(Problem, match="cannot be read"):
        fetch_neighbourhoods(serve(answer))


def test_an_endless_body_is_refused(serve: Callable[[Handler], str]) -> None:
    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        try:
            while True:
                request.wfile.write(b" " * 1_000_000)
        except OSError:
            pass

    with pytest.raises(Problem, match="20 MB"):
        fetch_neighbourhoods(serve(answer))


@pytest.mark.parametrize("to", ["file:///etc/hostname", "ftp://127.0.0.1/x", "gopher://127.0.0.1/"])
def test_a_redirect_to_another_scheme_is_refused(to: str, serve: Callable[[Handler], str]) -> None:
    with pytest.raises(Problem, match="could not be fetched"):
        fetch_neighbourhoods(serve(redirecting(to)))


def test_a_redirect_to_another_page_is_followed(serve: Callable[[Handler], str]) -> None:
    assert len(fetch_neighbourhoods(serve(redirecting(serve(giving(whole()))))).neighbourhoods) == 145


@pytest.mark.parametrize("url", ["file:///etc/hostname", "neighbourhoods.geojson", "http://", "ftp://127.0.0.1/x"])
def test_only_web_addresses(url: str) -> None:
    with pytest.raises(Problem, match="http"):
        fetch_neighbourhoods(url)


def test_an_error_page_and_a_closed_door(serve: Callable[[Handler], str]) -> None:
    with pytest.raises(Problem, match="404"):
        fetch_neighbourhoods(serve(giving(b"gone", status=404)))
    with pytest.raises(Problem, match="could not be fetched"):
        fetch_neighbourhoods("http://127.0.0.1:9/neighbourhoods.geojson")


def test_another_address_may_give_another_count(serve: Callable[[Handler], str]) -> None:
    found = fetch_neighbourhoods(serve(giving(whole(12))))
    assert len(found.neighbourhoods) == 12 and found.licence == ""


def test_the_second_official_address_helps_when_the_first_gives_too_few(
    serve: Callable[[Handler], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    few, all_of_them = serve(giving(whole(144))), serve(giving(whole()))
    monkeypatch.setattr(fetch, "OFFICIAL_URLS", (few, all_of_them))
    found = fetch_neighbourhoods()
    assert found.url == all_of_them and found.licence == "CC0" and "Wijkmonitoring" in found.title
    monkeypatch.setattr(fetch, "OFFICIAL_URLS", (few, few))
    with pytest.raises(Problem, match="144 neighbourhoods instead of 145"):
        fetch_neighbourhoods()


def test_a_failed_fetch_leaves_nothing_behind(
    serve: Callable[[Handler], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(Problem):
        fetch_neighbourhoods(serve(giving(whole(), sent=100)))
    assert list(tmp_path.iterdir()) == []
