"""Who gets to see what, over every route: what is not public is in no answer, and no answer tells that it is there."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mapper.access import RESIDENT, TERMINAL_ADMIN, Actor, Subject, may
from mapper.core import Mapper
from mapper.model import Address, Contact, Link, Offer, Place, Resource, Source, Thresholds
from mapper.text import Text
from mapper.web import create_app
from mapper.web.guard import asked_by
from tests.conftest import add, make_resource

ROLES = ("resident", "worker", "admin")
VISIBILITIES = ("public", "professional", "hidden")
CANARY = "zwaluwkanarie"


def secret(resource_id: str, visibility: Any) -> Resource:
    """A record with a canary in every field that could be told."""
    return make_resource(
        id=resource_id,
        name=Text.of(f"{CANARY} naam"),
        other_names=(Text.of(f"{CANARY} anders"),),
        summary=Text.of(f"{CANARY} kort"),
        description=Text.of(f"{CANARY} lang"),
        offers=(Offer(id="o", name=Text.of(f"{CANARY} aanbod")),),
        contacts=(Contact(type="website", value=f"https://{CANARY}.example"),),
        place=Place(address=Address(street=Text.of(f"{CANARY}straat"), postcode="1060"), lon=4.3456, lat=50.8467),
        sources=(Source(facts=("*",), title=f"{CANARY} bron"),),
        visibility=visibility,
    )


@pytest.fixture
def app(mapper: Mapper) -> Flask:
    add(
        mapper,
        make_resource(
            links=(Link(type="hosts", to="hiddenone22"), Link(type="refers_to", to="prof222222")),
            thresholds=Thresholds(papers_asked="no"),
        ),
        make_resource(id="child", merged_into="hiddenone22", status="merged"),
        secret("hiddenone22", "hidden"),
        secret("prof222222", "professional"),
    )
    return create_app(mapper)


def urls(app: Flask, resource_id: str) -> list[str]:
    """Every address of the map of addresses, for one record, with questions that would find it."""
    found = []
    for rule in app.url_map.iter_rules():
        values = dict.fromkeys(rule.arguments, "never22222")
        if "resource_id" in rule.arguments:
            values["resource_id"] = resource_id
        if "collection" in rule.arguments:
            values |= {"collection": "static", "name": "page.js"}
        with app.test_request_context():
            found.append(app.url_for(rule.endpoint, **values))
    return found


QUESTIONS = (
    "", f"?q={CANARY}", f"?q={CANARY[:6]}", "?q=1060", "?need=being_heard", "?near=4.346,50.847", "?area=1", "?open=1",
    "?bbox=4.345,50.846,4.346,50.847&zoom=19", "?bbox=4.2,50.7,4.5,50.95&zoom=11", "?lang=fr&q=naam",
)  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("visibility", VISIBILITIES)
def test_the_table_is_what_it_says(role: Any, visibility: Any) -> None:
    reads = {"resident": ["public"], "worker": ["public", "professional"], "admin": list(VISIBILITIES)}
    actor = Actor(role=role)
    assert may(actor, "read", Subject(visibility=visibility)) == (visibility in reads[role])
    assert may(actor, "write") == (role == "admin")


def test_every_route_declares_its_verb_and_is_read_or_posted(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        assert asked_by(app, rule.endpoint) is not None, f"{rule.endpoint} declares no verb: give it @asks(…)"
        assert rule.methods in ({"GET", "HEAD", "OPTIONS"}, {"POST", "OPTIONS"}), rule


def everything_said(client: FlaskClient, url: str) -> bytes:
    response = client.get(url)
    assert response.status_code < 500, url
    return response.data + str(response.headers).encode()


def test_canaries_are_in_no_answer(app: Flask) -> None:
    client, leaks, asked = app.test_client(), [], 0
    for resource_id in ("circle", "child", "hiddenone22", "prof222222", "never22222"):
        for url in urls(app, resource_id):
            for question in QUESTIONS:
                asked += 1
                said = everything_said(client, url + question).replace(question.encode(), b"")
                # The page repeats the words that the visitor typed; nothing more of the canary may appear.
                for typed in (CANARY, CANARY[:6]):
                    if typed in question:
                        said = said.replace(f'value="{typed}"'.encode(), b"").replace(f"q={typed}".encode(), b"")
                words = [f"{CANARY} {field}" for field in ("naam", "anders", "kort", "lang", "aanbod", "bron")]
                words += [f"{CANARY}straat", f"{CANARY}.example", "papers_asked"]
                leaks += [(url + question, word) for word in words if word.encode() in said]
    assert asked > 500
    assert leaks == []


@pytest.mark.parametrize("resource_id", ["hiddenone22", "prof222222"])
def test_what_may_not_be_seen_answers_byte_for_byte_like_what_never_was(app: Flask, resource_id: str) -> None:
    client = app.test_client()
    never = "x" * len(resource_id)
    compared = 0
    for url, like in zip(urls(app, resource_id), urls(app, never), strict=True):
        if resource_id not in url:
            continue
        compared += 1
        secret_answer, empty_answer = client.get(url), client.get(like)
        assert secret_answer.status_code == empty_answer.status_code == 404
        assert secret_answer.data.replace(resource_id.encode(), never.encode()) == empty_answer.data
        kept = ("Date", "ETag", "Content-Length")
        assert [pair for pair in secret_answer.headers if pair[0] not in kept] == [
            pair for pair in empty_answer.headers if pair[0] not in kept
        ]
    assert compared >= 4


def test_a_hidden_record_moves_no_count_and_no_etag(app: Flask, mapper: Mapper) -> None:
    client = app.test_client()
    urls_without_id = [url + question for url in urls(app, "circle") for question in QUESTIONS]
    before = {url: (client.get(url).data, client.get(url).headers.get("ETag")) for url in urls_without_id}
    add(mapper, secret("another222", "hidden"), secret("more222222", "professional"))
    after = {url: (client.get(url).data, client.get(url).headers.get("ETag")) for url in urls_without_id}
    assert [url for url in before if before[url] != after[url]] == []
    mapper.put(TERMINAL_ADMIN, make_resource(id="open222222", name=Text.of("Open kring")))
    assert client.get("/").data != before["/"][0], "the control: a public record does change the page"
    assert mapper.show("another222", RESIDENT) is None
