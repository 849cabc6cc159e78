"""Who gets to see and do what, over every route there is: role × route × visibility × ownership, and no answer tells
that there is something which its reader may not see.

Routes and their verbs are discovered in the url map, so a new route is held to all of this without being named here.
"""

import datetime as dt
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from mapper.access import RESIDENT, ROLES, TERMINAL_ADMIN, VERBS, Actor, Subject, may, may_all
from mapper.core import Mapper
from mapper.core.authority import about
from mapper.model import VISIBILITIES, Address, Contact, Link, Meeting, Offer, Place, Resource, Source, Thresholds
from mapper.text import Text
from mapper.web import create_app
from mapper.web.guard import asked_by, asks
from tests.conftest import NOON, TOY_CITY, add, make_resource
from tests.signing_in import SignedIn, make_account, sign_in_as

#: Parameters of routes that name a record.
RECORD_PARAMETERS = {"resource_id", "record_id", "place_id"}
#: What the other parameters of routes stand for here. "never22222" is the id of nothing.
VALUES = {
    "name": "page.js", "account_id": "never22222", "team_id": "never22222",
    "area": "1", "area_id": "1", "neighbourhood": "1", "neighbourhood_id": "1", "suffix": "csv", "format": "csv",
    "case_id": "never22222", "referral_id": "never22222", "introduction_id": "never22222", "consent_id": "never22222",
    "claim_id": "never22222", "note_id": "never22222", "other_id": "never22222", "proposal_id": "never22222",
    "message_id": "never22222", "sheet_id": "never22222", "left_id": "never22222", "right_id": "never22222",
    "import_id": "never22222", "token": "never22222", "code": "never22222", "seq": "1", "revision": "1",
}  # fmt: skip

CANARY = "zwaluwkanarie"
FIELDS = ("naam", "anders", "kort", "lang", "aanbod", "bron")

#: Every role, once with records, neighbourhoods and cases of its own and once with others.
WHO: dict[str, dict[str, Any]] = {
    "steward of these": {"role": "steward", "records": tuple(f"own{v[:4]}2222" for v in VISIBILITIES)},
    "steward of another": {"role": "steward", "records": ("circle",)},
    "worker": {"role": "worker", "team": "t1"},
    "worker of another team": {"role": "worker", "team": "t2"},
    "coach here": {"role": "coach", "areas": ("1",), "team": "t1"},
    "coach elsewhere": {"role": "coach", "areas": ("4",)},
    "admin": {"role": "admin"},
}


class House(NamedTuple):
    """An open instance, its site, and everybody signed in."""

    mapper: Mapper
    app: Flask
    people: dict[str, tuple[FlaskClient, SignedIn | None]]

    def actor(self, who: str) -> Actor:
        me = self.people[who][1]
        return me.actor if me else RESIDENT


def secret(resource_id: str, visibility: Any, place: tuple[float, float]) -> Resource:
    """A record with a canary in every field that could be told, the visibility in it."""
    canary = f"{CANARY}{visibility}"
    return make_resource(
        id=resource_id,
        name=Text.of(f"{canary} naam"),
        other_names=(Text.of(f"{canary} anders"),),
        summary=Text.of(f"{canary} kort"),
        description=Text.of(f"{canary} lang"),
        offers=(
            Offer(
                id="o",
                name=Text.of(f"{canary} aanbod"),
                meetings=(Meeting(rule="FREQ=WEEKLY;BYDAY=TU", start_time=dt.time(14)),),
            ),
        ),
        contacts=(Contact(type="website", value=f"https://{canary}.example"),),
        place=Place(address=Address(street=Text.of(f"{canary}straat"), postcode="1060"), lon=place[0], lat=place[1]),
        sources=(Source(facts=("*",), title=f"{canary} bron"),),
        visibility=visibility,
    )


def records() -> list[Resource]:
    """A record of each visibility in a steward's and coach's own hands, and one far from both."""
    found = [make_resource(
        links=(Link(type="hosts", to="ownhidd2222"), Link(type="refers_to", to="ownprof2222")),
        thresholds=Thresholds(papers_asked="no"),
    )]  # fmt: skip
    for visibility in VISIBILITIES:
        found.append(secret(f"own{visibility[:4]}2222", visibility, (4.3456, 50.8467)))
        found.append(secret(f"far{visibility[:4]}2222", visibility, (4.3544, 50.8544)))
    return [*found, make_resource(id="child", merged_into="ownhidd2222", status="merged")]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    home: Path = tmp_path_factory.mktemp("access") / "instance"
    with Mapper.open(home, create=True, clock=lambda: NOON) as mapper:
        mapper.load_neighbourhoods(TERMINAL_ADMIN, TOY_CITY)
        add(mapper, *records())
        app = create_app(mapper)
        people: dict[str, tuple[FlaskClient, SignedIn | None]] = {"resident": (app.test_client(), None)}
        for who, fields in WHO.items():
            client = app.test_client()
            people[who] = (client, sign_in_as(client, mapper, make_account(mapper, **fields)))
        yield House(mapper, app, people)


EVERYBODY = ("resident", *WHO)


# The url map


def address(app: Flask, rule: Rule, record_id: str = "circle") -> str:
    """The address of a route, its parameters filled in."""
    values = {}
    for name in rule.arguments:
        if name not in RECORD_PARAMETERS and name not in VALUES:
            pytest.fail(f"{rule} has a parameter “{name}”: give it a value in VALUES of tests/test_access.py")
        values[name] = record_id if name in RECORD_PARAMETERS else VALUES[name]
    with app.test_request_context():
        return app.url_for(rule.endpoint, **values)


def routes(app: Flask, method: str) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if method in (rule.methods or ())]


def names_a_record(rule: Rule) -> bool:
    return bool(RECORD_PARAMETERS & rule.arguments)


def ask(house: House, who: str, method: str, url: str, **options: Any) -> TestResponse:
    """What this person is answered; a form carries their token."""
    client, me = house.people[who]
    if method == "POST" and me is not None and "data" not in options:
        options["data"] = me.form()
    return client.open(url, method=method, headers={"Sec-Fetch-Site": "same-origin"}, **options)


def test_every_route_declares_its_verb_and_is_read_or_posted(house: House) -> None:
    for rule in house.app.url_map.iter_rules():
        assert asked_by(house.app, rule.endpoint) is not None, f"{rule.endpoint} declares no verb: give it @asks(…)"
        assert rule.methods in ({"GET", "HEAD", "OPTIONS"}, {"POST", "OPTIONS"}), rule


def test_a_route_that_declares_nothing_answers_nobody(mapper: Mapper) -> None:
    app = create_app(mapper)
    app.add_url_rule("/bare", "bare", lambda: "reached")
    app.add_url_rule("/dressed", "dressed", asks("read")(lambda: "reached"))
    client = app.test_client()
    assert (client.get("/bare").status_code, client.get("/dressed").status_code) == (500, 200)


def test_the_table_gives_no_verb_to_a_lesser_role_by_accident() -> None:
    """What a resident may, all may; `all` is never given where nothing is; an unknown subject belongs to nobody."""
    for verb in VERBS:
        for role in ROLES:
            assert not may(RESIDENT, verb) or may(Actor(role=role), verb)
            assert not may_all(Actor(role=role), verb) or may(Actor(role=role), verb, Subject())
            if not may_all(Actor(role=role), verb):
                assert not may(Actor(role=role, team="", records=(), areas=()), verb, Subject(visibility="hidden"))


# Role × route: what the guard lets through


@pytest.fixture
def doors(house: House) -> Iterator[House]:
    """The same site where every room is empty: who gets in sees one word."""
    kept = dict(house.app.view_functions)

    def empty(endpoint: str) -> Any:
        def room(**_values: Any) -> str:
            return "reached"

        room.asked = asked_by(house.app, endpoint)  # type: ignore[attr-defined]
        return room

    house.app.view_functions.update({endpoint: empty(endpoint) for endpoint in kept})
    yield house
    house.app.view_functions.update(kept)


def outcome(answer: TestResponse) -> str:
    if answer.status_code == 200 and answer.data == b"reached":
        return "in"
    if answer.status_code == 303 and answer.headers["Location"].startswith("/sign-in"):
        return "to the sign-in page"
    return f"refused with {answer.status_code}"


def test_every_role_gets_into_exactly_the_routes_of_its_verbs(doors: House) -> None:
    wrong, combinations = [], 0
    for method in ("GET", "POST"):
        for rule in routes(doors.app, method):
            asked = asked_by(doors.app, rule.endpoint)
            assert asked is not None
            for who in EVERYBODY:
                combinations += 1
                otherwise = "to the sign-in page" if who == "resident" else "refused with 403"
                expected = "in" if may(doors.actor(who), asked.verb) else otherwise
                found = outcome(ask(doors, who, method, address(doors.app, rule)))
                if found != expected:
                    wrong.append((method, str(rule), who, found, expected))
    print(f"\nroles × routes: {combinations} combinations, {len(wrong)} mismatches")
    assert combinations > 250 and wrong == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_no_other_site_can_post_anything(doors: House, headers: dict[str, str]) -> None:
    tried = 0
    for rule in routes(doors.app, "POST"):
        for who in EVERYBODY:
            client, me = doors.people[who]
            answer = client.post(address(doors.app, rule), data=me.form() if me else {}, headers=headers)
            assert answer.status_code in (303, 403) and answer.data != b"reached", (rule, who)
            tried += 1
    assert tried > 100


def test_a_form_of_somebody_signed_in_needs_their_own_token(doors: House) -> None:
    stranger = doors.people["admin"][1]
    assert stranger is not None
    for rule in routes(doors.app, "POST"):
        for who, (client, me) in doors.people.items():
            asked = asked_by(doors.app, rule.endpoint)
            if me is None or asked is None or not may(me.actor, asked.verb):
                continue
            url, here = address(doors.app, rule), {"Sec-Fetch-Site": "same-origin"}
            for token in (None, "", "x" * 64, "é", stranger.token if who != "admin" else "y"):
                data = {} if token is None else {"form_token": token}
                assert client.post(url, data=data, headers=here).status_code == 403, (rule, who, token)
            assert client.post(url, data=me.form(), headers=here).data == b"reached", (rule, who)


# Route × role × visibility × ownership: the rooms themselves


def seen_as(house: House, resource: Resource, actor: Actor, verb: Any) -> bool:
    return may(actor, verb, about(resource, house.mapper.geography))


def test_every_record_answers_exactly_those_who_may(house: House) -> None:
    wrong, combinations = [], 0
    secrets = [record for record in records() if record.id not in ("circle", "child")]
    for rule in filter(names_a_record, routes(house.app, "GET")):
        asked = asked_by(house.app, rule.endpoint)
        assert asked is not None
        for record in secrets:
            for who in EVERYBODY:
                actor = house.actor(who)
                if not may(actor, asked.verb):
                    continue
                combinations += 1
                hidden = not seen_as(house, record, actor, "read")
                # Nobody is given more to do with a record than to see it.
                allowed = seen_as(house, record, actor, asked.verb) and not hidden
                status = ask(house, who, "GET", address(house.app, rule, record.id)).status_code
                expected = (200,) if allowed else (404,) if hidden else (403, 404)
                if status not in expected:
                    wrong.append((str(rule), record.id, who, status, expected))
    print(f"\nroles × record routes × visibility × ownership: {combinations} combinations, {len(wrong)} mismatches")
    assert combinations > 150 and wrong == []


def test_what_may_not_be_seen_answers_byte_for_byte_like_what_never_was(house: House) -> None:
    compared, never = 0, "neverwas222"
    for method in ("GET", "POST"):
        for rule in filter(names_a_record, routes(house.app, method)):
            for record in (one for one in records() if one.visibility != "public"):
                assert len(record.id) == len(never)
                for who in EVERYBODY:
                    if seen_as(house, record, house.actor(who), "read"):
                        continue
                    compared += 1
                    there = ask(house, who, method, address(house.app, rule, record.id))
                    nothing = ask(house, who, method, address(house.app, rule, never))
                    assert _answer(there, record.id, never) == _answer(nothing, never, never), (rule, record.id, who)
    print(f"\nhidden ids compared with ids that never were: {compared}")
    assert compared > 60


def _answer(answer: TestResponse, resource_id: str, never: str) -> tuple[Any, ...]:
    headers = [pair for pair in answer.headers if pair[0] not in ("Date", "ETag", "Content-Length")]
    said = [(name, value.replace(resource_id, never)) for name, value in headers]
    return answer.status_code, said, answer.data.replace(resource_id.encode(), never.encode())


# Canaries

QUESTIONS = (
    "", f"?q={CANARY}", f"?q={CANARY[:6]}", "?q=1060", "?need=being_heard", "?near=4.346,50.847", "?area=1", "?open=1",
    "?bbox=4.345,50.846,4.346,50.847&zoom=19", "?bbox=4.2,50.7,4.5,50.95&zoom=11", "?lang=fr&q=naam",
)  # fmt: skip


def test_canaries_reach_nobody_who_may_not_read_them_and_reading_changes_nothing(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    before = _tables(house.mapper)
    leaks, asked = [], 0
    for who in EVERYBODY:
        actor = house.actor(who)
        secrets = [record for record in records() if not seen_as(house, record, actor, "read")]
        # One of a kind may be read and another not, as a steward's own: then only the ids and visibility tell.
        readable = {one.visibility for one in records() if seen_as(house, one, actor, "read")}
        words = [record.id for record in secrets]
        for visibility in {record.visibility for record in secrets} - readable:
            words += [f"{CANARY}{visibility}"]
        if not may(actor, "read_professional"):
            words += ["papers_asked"]
        for url in _urls(house.app):
            asked += 1
            answer = ask(house, who, "GET", url)
            assert answer.status_code < 500, (url, who)
            said = (answer.data + str(answer.headers).encode()).decode("utf-8", "replace")
            leaks += [(who, url, word) for word in words if word in said.replace(url, "")]
    assert _tables(house.mapper) == before, "a GET changed something"
    assert CANARY not in caplog.text.replace("q=", "")
    print(f"\ncanaries looked for in {asked} answers: {len(leaks)} found")
    assert asked > 500 and leaks == []


def _urls(app: Flask) -> list[str]:
    """Every address that can be read; those of lists with questions that would find a secret."""
    found = []
    for rule in routes(app, "GET"):
        if names_a_record(rule):
            found += [address(app, rule, one) for one in ("circle", "child")]
        elif not rule.arguments and rule.endpoint in ("resident.home", "data.places_geojson", "data.suggest_json",
                                                      "data.resources_json", "data.resources_geojson"):  # fmt: skip
            found += [address(app, rule) + question for question in QUESTIONS]
        else:
            found.append(address(app, rule))
    return found


def _tables(mapper: Mapper) -> list[str]:
    """Everything in the store but the audit, which notes some reads too."""
    lines = mapper._store._connection.iterdump()
    return [line for line in lines if not line.startswith('INSERT INTO "audit"')]


def test_exports_and_matches_hold_no_canary_for_a_lesser_role(house: House) -> None:
    for who in EVERYBODY:
        actor = house.actor(who)
        secrets = {record.id for record in records() if not seen_as(house, record, actor, "read")}
        assert secrets.isdisjoint(record.id for record in house.mapper.resources(actor)), who
        profile = house.mapper.read_profile({"needs": ["being_heard"]}, actor)
        assert secrets.isdisjoint(one.resource.id for one in house.mapper.match(actor, profile).slate), who
        client, me = house.people[who]
        form = {"needs": CANARY, "need": "being_heard", "do": "", **(me.form() if me else {})}
        for do in ("", "sheet"):
            page = client.post(
                "/match", data=form | {"do": do, "shown": list(secrets), "add": min(secrets, default="")}
            )
            assert not [one for one in secrets if one in page.get_data(as_text=True)], (who, do)


def test_a_hidden_record_moves_no_count_and_no_etag(mapper: Mapper) -> None:
    add(mapper, *records())
    client = create_app(mapper).test_client()
    urls = [url for url in _urls(client.application) if "/invitation" not in url]
    before = {url: (client.get(url).data, client.get(url).headers.get("ETag")) for url in urls}
    add(mapper, secret("another222", "hidden", (4.3456, 50.8467)))
    add(mapper, secret("more222222", "professional", (4.3456, 50.8467)))
    after = {url: (client.get(url).data, client.get(url).headers.get("ETag")) for url in urls}
    assert [url for url in before if before[url] != after[url]] == []
    mapper.put(TERMINAL_ADMIN, make_resource(id="open222222", name=Text.of("Open kring")))
    assert client.get("/").data != before["/"][0], "the control: a public record does change the page"


def test_papers_are_told_to_professionals_alone_and_say_so(house: House) -> None:
    for who in EVERYBODY:
        page = ask(house, who, "GET", "/r/circle?lang=en").get_data(as_text=True)
        told = may_all(house.actor(who), "read_professional") or who == "steward of another"
        assert ("Asks for identity papers" in page) == ("for professionals only" in page) == told, who


# Sessions that end when the account changes


@pytest.mark.parametrize(
    "change",
    [
        lambda accounts, me: accounts.change(TERMINAL_ADMIN, me.id, "worker", "t9", (), ()),
        lambda accounts, me: accounts.disable(TERMINAL_ADMIN, me.id),
        lambda accounts, me: accounts.reset(TERMINAL_ADMIN, me.id),
        lambda accounts, me: accounts.sign_out(TERMINAL_ADMIN, me.id),
    ],
    ids=["another role", "disabled", "password reset", "signed out everywhere"],
)
def test_a_session_cannot_be_replayed_after_the_account_changed(mapper: Mapper, change: Any) -> None:
    client = create_app(mapper).test_client()
    me = sign_in_as(client, mapper, make_account(mapper, "worker", team="t1"))
    assert client.get("/account").status_code == 200
    change(mapper.accounts, me.account)
    assert client.get("/account").status_code == 303
    assert client.post("/account/language", data=me.form(language="fr")).status_code in (303, 403)
    assert mapper.accounts.accounts(TERMINAL_ADMIN)[0].language == ""


# A group at somebody's home


def move_in(mapper: Mapper, lon: float, lat: float, street: str, neighbourhood: str) -> None:
    """The group is written down at a house, and then asks to give its neighbourhood only."""
    group = make_resource(id="homegroup2", name=Text.of("Kring aan huis"))
    house = Place(address=Address(street=Text.of(street), house_number="7", postcode="1060"), lon=lon, lat=lat)
    for place in (house, Place(precision="neighbourhood", neighbourhood=neighbourhood)):
        mapper.put(TERMINAL_ADMIN, msgspec.structs.replace(group, place=place))


def everything_public(client: FlaskClient) -> dict[str, bytes]:
    """Every public answer: lists, sorts, boxes, the map, the record itself, and a match."""
    corners = [(lon, lat) for lon in (4.341, 4.345, 4.348) for lat in (50.841, 50.845, 50.848)]
    urls = _urls(client.application) + [f"/r/homegroup2{suffix}" for suffix in ("", ".json", ".svg")]
    urls += [f"/resources.json?near={lon},{lat}" for lon, lat in corners]
    urls += [f"/places.geojson?bbox={lon},{lat},{lon + 0.002},{lat + 0.002}&zoom=19" for lon, lat in corners]
    answers = {url: client.get(url) for url in urls}
    answers["match"] = client.post("/match", data={"needs": "", "need": "being_heard", "place": "Eikenwijk"})
    headers = {url: sorted(pair for pair in answer.headers if pair[0] != "Date") for url, answer in answers.items()}
    return {url: answer.data + str(headers[url]).encode() for url, answer in answers.items()}


def test_a_group_at_a_home_that_moves_in_its_neighbourhood_changes_not_one_byte(mapper: Mapper) -> None:
    client = create_app(mapper).test_client()
    add(mapper, make_resource())
    move_in(mapper, 4.3412, 50.8412, "Eikstraat", "1")
    before = everything_public(client)
    move_in(mapper, 4.3488, 50.8488, "Beukstraat", "1")
    after = everything_public(client)
    assert len(before) > 60 and [url for url in before if before[url] != after[url]] == []
    files = b"".join(path.read_bytes() for path in mapper.home.iterdir() if path.is_file())
    assert b"Eikstraat" not in files and b"Beukstraat" not in files
    move_in(mapper, 4.3512, 50.8512, "Wilgstraat", "4")
    moved = everything_public(client)
    assert {"/r/homegroup2", "match"} <= {url for url in before if before[url] != moved[url]}, "the control"
