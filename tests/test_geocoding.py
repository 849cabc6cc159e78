"""Geocoding over real connections on this machine's own loopback: what is asked, what is believed, what is refused."""

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from mapper.exchange import geocoding
from mapper.exchange.geocoding import Geocoder, check_host, from_environment
from mapper.model import Address, Problem
from mapper.text import Text

FORT = Address(street=Text(fr="Rue du Fort"), house_number="35", postcode="1060")
Answer = Callable[[dict[str, list[str]]], Any]


class Service:
    """A geocoding service that answers what a function says, and writes down what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, list[str]]] = []
        self.agents: list[str] = []
        self.answer: Answer = lambda _question: {"result": []}
        self.redirect = ""
        self.status = 200


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Service, str]]:
    monkeypatch.setattr(geocoding, "PAUSE_S", 0.0)
    told = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            question = parse_qs(urlsplit(self.path).query)
            told.asked.append(question)
            told.agents.append(self.headers["User-Agent"])
            body = json.dumps(told.answer(question)).encode() if not isinstance(told.answer(question), bytes) else (
                told.answer(question))  # fmt: skip
            self.send_response(302 if told.redirect else told.status)
            if told.redirect:
                self.send_header("Location", told.redirect)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield told, f"http://127.0.0.1:{server.server_port}/find"
    server.shutdown()
    server.server_close()


def urbis(language: str, name: str, number: str = "1", *, score: float = 100, x: float = 4.3423) -> dict[str, Any]:
    return {
        "language": language, "score": score, "point": {"x": x, "y": 50.8288},
        "qualificationCode": {"streetName": "1", "policeNumber": number},
        "address": {"number": "35", "street": {"name": name, "postCode": "1060", "municipality": "Saint-Gilles"}},
    }  # fmt: skip


def test_urbis_gives_one_place_with_both_names(service: tuple[Service, str]) -> None:
    told, url = service
    names = {"fr": "Rue du Fort", "nl": "Fortstraat"}
    told.answer = lambda question: {"result": [urbis(question["language"][0], names[question["language"][0]])]}
    (found,) = Geocoder("urbis", url, "coach@example.org").locate(FORT)
    assert found.address == Address(street=Text(names), house_number="35", postcode="1060")
    assert (found.point.lon, found.precision, found.confidence) == (4.3423, "exact", 1.0)
    assert told.asked[0]["address"] == ["Rue du Fort 35, 1060"]
    assert "mapper/" in told.agents[0] and "coach@example.org" in told.agents[0]


def test_a_nearest_guess_is_no_answer(service: tuple[Service, str]) -> None:
    told, url = service
    elsewhere = urbis("fr", "Rue de Danemark", score=17)
    elsewhere["qualificationCode"]["streetName"] = "2"
    other_postcode = urbis("fr", "Rue du Fort")
    other_postcode["address"]["street"]["postCode"] = "1000"
    far = urbis("fr", "Rue du Fort", x=3.2)
    told.answer = lambda _question: {"result": [elsewhere, other_postcode, far]}
    assert Geocoder("urbis", url).locate(FORT) == ()


def test_an_unknown_house_number_gives_the_street_and_less_trust(service: tuple[Service, str]) -> None:
    told, url = service
    told.answer = lambda _question: {"result": [urbis("fr", "Rue du Fort", "3")]}
    (found,) = Geocoder("urbis", url).locate(FORT)
    assert (found.precision, found.address.house_number) == ("street", "") and found.confidence < 0.9


def test_nominatim(service: tuple[Service, str]) -> None:
    told, url = service
    place = {"lon": "4.3423", "lat": "50.8288",
             "address": {"road": "Rue du Fort - Fortstraat", "house_number": "35", "postcode": "1060"}}  # fmt: skip
    told.answer = lambda _question: [place]
    (found,) = Geocoder("nominatim", url).locate(FORT)
    assert found.address.street == Text(fr="Rue du Fort", nl="Fortstraat") and found.precision == "exact"


def test_the_same_address_is_asked_once(service: tuple[Service, str]) -> None:
    told, url = service
    geocoder = Geocoder("nominatim", url)
    told.answer = lambda _question: []
    assert geocoder.locate(FORT) == geocoder.locate(FORT) == ()
    assert len(told.asked) == 1
    assert geocoder.locate(Address(postcode="1060")) == () and len(told.asked) == 1


@pytest.mark.parametrize(
    "answer", [b"<html>", b"[1]", b'{"result": [{"point": {}}]}', b"x" * 1_100_000, b'"words"', b'[{"address": 3}]']
)
@pytest.mark.parametrize("name", ["urbis", "nominatim"])
def test_nonsense_is_one_sentence(service: tuple[Service, str], answer: bytes, name: str) -> None:
    told, url = service
    told.answer = lambda _question: answer
    with pytest.raises(Problem, match="usable"):
        Geocoder(name, url).locate(FORT)


def test_a_service_that_fails_is_one_sentence(service: tuple[Service, str]) -> None:
    told, url = service
    told.status = 503
    with pytest.raises(Problem, match="usable"):
        Geocoder("urbis", url).locate(FORT)
    with pytest.raises(Problem, match="usable"):
        Geocoder("urbis", "http://127.0.0.1:9/find").locate(FORT)


@pytest.mark.parametrize(
    "to", ["http://169.254.169.254/", "http://localhost:1/", "https://evil.example/", "file:///etc/passwd", "//[::1]/"]
)
def test_a_redirect_leads_nowhere_else(service: tuple[Service, str], to: str) -> None:
    told, url = service
    told.redirect = to
    with pytest.raises(Problem, match="not allowed"):
        Geocoder("urbis", url).locate(FORT)
    assert len(told.asked) == 1


def test_a_public_name_for_an_inside_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geocoding.socket, "getaddrinfo", lambda *_: [(0, 0, 0, "", ("10.0.0.7", 0))])
    with pytest.raises(Problem, match="not allowed"):
        check_host(geocoding.URBIS_URL, "nominatim.example.org")


def test_no_service_unless_the_operator_names_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAPPER_GEOCODER", raising=False)
    assert from_environment() is None
    monkeypatch.setenv("MAPPER_GEOCODER", "urbis")
    found = from_environment()
    assert found is not None and found.service == "urbis"
    monkeypatch.setenv("MAPPER_GEOCODER", "guess")
    with pytest.raises(Problem, match="urbis"):
        from_environment()
