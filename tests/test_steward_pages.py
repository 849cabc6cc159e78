"""The pages after a call, of stewards, and of the full form: what they do, and that nothing typed is lost."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from mapper.access import RESIDENT, TERMINAL_ADMIN
from mapper.core import Mapper
from mapper.model import Contact, Offer, Place, Resource
from mapper.text import Text
from mapper.web import create_app
from mapper.web.record_form import write
from tests.conftest import add, make_resource
from tests.signing_in import SignedIn, sign_in

HOMEWORK = Offer(id="homework", name=Text.of("Huiswerkklas"), needs=("homework_help",))
COOKING = Offer(id="cooking", name=Text.of("Koken"), needs=("company",))
HOME = Place(precision="neighbourhood", neighbourhood="1")
NEARBY = Place(lon=4.348, lat=50.848)
SLATE = {"needs": "gezelschap", "place": "Eikenwijk", "languages": "Nederlands"}


@pytest.fixture
def app(mapper: Mapper) -> Flask:
    add(
        mapper,
        make_resource(
            needs=("company",), offers=(HOMEWORK, COOKING), contacts=(Contact(type="phone", value="02 111 22 33"),)
        ),
        make_resource(id="second2222", name=Text.of("Tweede kring"), needs=("company",), place=NEARBY),
    )
    return create_app(mapper)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def record_of(mapper: Mapper, resource_id: str = "circle") -> Resource:
    found = mapper.show(resource_id, TERMINAL_ADMIN)
    assert found is not None
    return found


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


# Calls


def test_two_taps_on_the_slate_give_the_same_slate_back(client: FlaskClient, mapper: Mapper) -> None:
    me = sign_in(client, mapper, "worker", team="t1")
    first = client.post("/match", data=me.form(**SLATE))
    shown = re.findall(r'name="shown" value="(\w+)"', text(first))
    assert "circle" in shown and "After the call" in text(client.post("/match?lang=en", data=me.form(**SLATE)))
    told = me.form(**SLATE, shown=list(dict.fromkeys(shown)), on="slate")
    again = client.post("/calls?lang=en", data=told | {"call": "full:circle", "offer-circle": "homework"})
    assert again.status_code == 200
    assert "Kring: full for now" in text(again)
    assert set(re.findall(r'name="shown" value="(\w+)"', text(again))) >= {"second2222"}
    assert record_of(mapper).offers[0].room.state == "full" and record_of(mapper).offers[1].room.state == "unknown"
    back = client.post("/calls?lang=en", data=told | {"call": "undo:circle"})
    assert "taken back" in text(back) and "circle" in re.findall(r'name="shown" value="(\w+)"', text(back))
    assert record_of(mapper).offers == (HOMEWORK, COOKING)


def test_a_tap_that_cannot_be_done_loses_no_slate(client: FlaskClient, mapper: Mapper) -> None:
    me = sign_in(client, mapper, "worker", team="t1")
    told = me.form(**SLATE, shown=["circle", "second2222"], on="slate")
    answer = client.post("/calls?lang=en", data=told | {"call": "undo:circle"})
    assert "There is nothing to take back." in text(answer) and "Tweede kring" in text(answer)


def test_the_person_in_front_of_the_worker_is_nowhere(client: FlaskClient, mapper: Mapper) -> None:
    me = sign_in(client, mapper, "worker", team="t1")
    told = me.form(**(SLATE | {"strong_sides": "zwaluwkanarie"}), shown=["circle"], on="slate")
    client.post("/calls", data=told | {"call": "right:circle"})
    files = b"".join(path.read_bytes() for path in mapper.home.glob("*"))
    assert b"zwaluwkanarie" not in files and b"gezelschap" not in files


def test_taps_on_the_page_of_a_place(client: FlaskClient, mapper: Mapper) -> None:
    assert "After the call" not in text(client.get("/r/circle?lang=en"))
    me = sign_in(client, mapper, "worker", team="t1")
    assert "After the call" in text(client.get("/r/circle?lang=en"))
    answer = client.post("/calls", data=me.form(call="wrong_number:circle"))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/r/circle?noted=wrong_number#after-call")
    assert "The coach of the neighbourhood looks into it" in text(client.get("/r/circle?noted=wrong_number&lang=en"))
    assert client.post("/calls", data=me.form(call="right:never22222")).status_code == 404
    assert client.post("/calls", data=me.form(call="boom:circle")).status_code == 400


def test_a_call_without_the_token_or_from_elsewhere_is_refused(client: FlaskClient, mapper: Mapper) -> None:
    me = sign_in(client, mapper, "worker", team="t1")
    before = record_of(mapper)
    assert client.post("/calls", data={"call": "closed:circle"}).status_code == 403
    elsewhere = {"Origin": "https://evil.example"}
    assert client.post("/calls", data=me.form(call="closed:circle"), headers=elsewhere).status_code == 403
    assert record_of(mapper) == before


def test_a_note_about_a_person_is_asked_about_first(client: FlaskClient, mapper: Mapper) -> None:
    me = sign_in(client, mapper, "worker", team="t1")
    asked = client.post("/team/places/circle?lang=en", data=me.form(note="Vraag naar Fatima op 0470 12 34 56"))
    assert asked.status_code == 400 and "a phone number, a name" in text(asked) and "Fatima" in text(asked)
    assert mapper.calls.team_places(me.actor) == {}
    client.post("/team/places/circle", data=me.form(note="Vraag naar de coördinator."))
    client.post("/calls", data=me.form(call="favourite:circle"))
    page = text(client.get("/team/places?lang=en"))
    assert "Vraag naar de coördinator." in page and "favourite" in page
    assert "Vraag naar de coördinator." in text(client.post("/match", data=me.form(**SLATE)))


# Stewards


def test_a_steward_says_enough_and_the_next_slate_knows(client: FlaskClient, app: Flask, mapper: Mapper) -> None:
    me = sign_in(client, mapper, "steward", records=("circle",))
    assert "Kring" in text(client.get("/my-places"))
    done = client.post("/my-places/circle", data=me.form(do="enough_for_now"), follow_redirects=True)
    assert "Take it back" in text(
        client.get(done.request.path + "?done=enough_for_now&place=circle&revision=9&lang=en")
    )
    worker = app.test_client()
    slate = worker.post("/match", data=SLATE | {"range": "8000"})
    assert 'id="t-circle"' not in text(slate) and 'id="t-second2222"' in text(slate)
    [change] = [one for one in mapper.history(me.actor, "circle") if one.verb == "enough_for_now"]
    client.post("/records/circle/undo", data=me.form(revision=change.revision))
    assert 'id="t-circle"' in text(worker.post("/match", data=SLATE | {"range": "8000"}))


def test_a_link_preview_takes_nobody_off(client: FlaskClient, app: Flask, mapper: Mapper) -> None:
    coach = sign_in(app.test_client(), mapper, "coach", team="t1", areas=("1",))
    secret = mapper.stewards.leave_link(coach.actor, "circle")
    for _turn in range(2):
        assert "Kring" in text(client.get(f"/leave?link={secret}"))
    assert client.get("/r/circle").status_code == 200
    assert client.post("/leave", data={"link": secret}).status_code == 200
    assert client.get("/r/circle").status_code == 404
    assert client.get(f"/leave?link={secret}").status_code == client.get("/leave?link=x").status_code == 404


def test_anybody_tells_what_is_wrong_without_an_account(client: FlaskClient, mapper: Mapper) -> None:
    page = client.get("/wrong/circle?lang=en")
    assert page.status_code == 200 and "Set-Cookie" not in page.headers
    empty = client.post("/wrong/circle?lang=en", data={"words": " "})
    assert empty.status_code == 400 and 'href="#words"' in text(empty)
    long = client.post("/wrong/circle?lang=en", data={"words": "De bel is stuk. " * 100})
    assert long.status_code == 400 and "De bel is stuk." in text(long), "what was typed is kept"
    assert (
        client.post("/wrong/circle", data={"words": "x"}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    )
    assert "Thank you" in text(client.post("/wrong/circle?lang=en", data={"words": "De bel is stuk."}))
    [(_record, report)] = mapper.stewards.reports(TERMINAL_ADMIN)
    assert report.words == "De bel is stuk."
    assert "De bel is stuk" not in text(client.get("/r/circle"))


@pytest.mark.parametrize("method", ["get", "post"])
def test_telling_about_a_hidden_place_answers_like_one_that_never_was(
    client: FlaskClient, mapper: Mapper, method: str
) -> None:
    add(mapper, make_resource(id="hidden2222", visibility="hidden"))
    answers = [getattr(client, method)(f"/wrong/{one}", data={"words": "x"}) for one in ("hidden2222", "nevers2222")]
    assert [one.status_code for one in answers] == [404, 404]
    assert answers[0].data.replace(b"hidden2222", b"nevers2222") == answers[1].data


def test_reports_and_proposals_wait_on_the_page_of_the_coach(client: FlaskClient, app: Flask, mapper: Mapper) -> None:
    me = sign_in(client, mapper, "coach", team="t1", areas=("1",))
    add(mapper, make_resource(id="noted22222", visibility="professional", ground="coach_notes", place=HOME))
    client.post("/wrong/circle", data=me.form(words="De bel is stuk."))
    answer = client.post("/records/noted22222/propose", data=me.form(visibility="public", precision="neighbourhood"))
    assert answer.status_code == 303
    page = text(client.get("/coach/reports?lang=en"))
    assert "De bel is stuk." in page and "You proposed it" in page
    other_client = app.test_client()
    other = sign_in(other_client, mapper, "coach", team="t1", areas=("1",))
    [(_record, one)] = mapper.stewards.proposals(other.actor)
    said = {"proposal": one.id, "do": "agree", "whom": "de coördinator", "how": "", "on": "2026-11-17"}
    refused = other_client.post("/proposals?lang=en", data=other.form(**said))
    assert refused.status_code == 400 and 'value="de coördinator"' in text(refused)
    assert client.get("/r/noted22222").status_code == 200 and app.test_client().get("/r/noted22222").status_code == 404
    other_client.post("/proposals", data=other.form(**said | {"how": "aan de telefoon"}))
    assert app.test_client().get("/r/noted22222").status_code == 200
    [(_record, report)] = mapper.stewards.reports(me.actor)
    client.post("/reports", data=me.form(report=report.id, do="settle"))
    assert mapper.stewards.reports(me.actor) == []


def test_a_code_read_out_by_the_coach_gives_the_steward_their_place(
    client: FlaskClient, app: Flask, mapper: Mapper
) -> None:
    coach_client = app.test_client()
    coach = sign_in(coach_client, mapper, "coach", team="t1", areas=("1",))
    page = text(coach_client.post("/records/circle/hand-over", data=coach.form(what="claim")))
    found = re.search(r"<code>(\w{5}-\w{5})</code>", page)
    assert found is not None
    me = sign_in(client, mapper, "steward")
    wrong = client.post("/my-places/claim?lang=en", data=me.form(code="aaaaa-bbbbb"))
    assert wrong.status_code == 400 and "aaaaa-bbbbb" in text(wrong)
    assert "Kring" in text(client.post("/my-places/claim", data=me.form(code=found[1]), follow_redirects=True))


# The full form


def filled(me: SignedIn, mapper: Mapper, resource_id: str = "circle", **changes: str) -> MultiDict[str, str]:
    form = MultiDict(write(record_of(mapper, resource_id)))
    form["revision"] = str(mapper.history(me.actor, resource_id)[0].revision)
    form["form_token"] = me.token
    for name, value in changes.items():
        form[name.replace("__", ".")] = value
    return form


def but(form: MultiDict[str, str], changes: dict[str, str]) -> MultiDict[str, str]:
    """The form with these fields filled in instead."""
    changed = form.copy()
    for name, value in changes.items():
        changed[name] = value
    return changed


def posted_by_the_page(page: str) -> MultiDict[str, str]:
    """What a browser without JavaScript would send of the form on this page."""
    from html import unescape

    form = MultiDict()
    body = page[page.index('<form class="record-form"') :]
    body = body[: body.index("</form>")]
    for tag in re.finditer(r"<input ([^>]*)>", body):
        kind, name = re.search(r'type="(\w+)"', tag[1]), re.search(r'name="([^"]*)"', tag[1])
        value = re.search(r'value="([^"]*)"', tag[1])
        if name and (kind is None or kind[1] not in ("checkbox", "radio") or " checked" in tag[1]):
            form.add(unescape(name[1]), unescape(value[1]) if value else "")
    for area in re.finditer(r'<textarea [^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', body, re.DOTALL):
        form.add(area[1], unescape(area[2]))
    for select in re.finditer(r'<select [^>]*name="([^"]*)"[^>]*>(.*?)</select>', body, re.DOTALL):
        options = re.findall(r'<option value="([^"]*)"( selected)?', select[2])
        chosen = next((value for value, selected in options if selected), options[0][0] if options else "")
        form.add(select[1], unescape(chosen))
    return form


def test_the_page_sends_back_exactly_the_record(client: FlaskClient, mapper: Mapper) -> None:
    """Through the real page: open the form of every shipped record and save it, and nothing has changed."""
    me = sign_in(client, mapper, "admin")
    mapper.load_shipped()
    checked = 0
    for record in list(mapper.resources(me.actor))[:40]:
        page = client.get(f"/records/{record.id}/edit")
        assert page.status_code == 200
        saved = client.post(f"/records/{record.id}/edit", data=but(posted_by_the_page(text(page)), {"do": "save"}))
        assert saved.status_code == 303, (record.id, re.findall(r'<li><a href="#([^"]*)">([^<]*)', text(saved)))
        assert record_of(mapper, record.id) == record
        checked += 1
    assert checked > 20


def test_saving_changes_what_was_changed_and_can_be_taken_back(client: FlaskClient, mapper: Mapper) -> None:
    me = sign_in(client, mapper, "steward", records=("circle",))
    answer = client.post("/records/circle/edit", data=filled(me, mapper, summary__nl="Samen thee drinken"))
    assert answer.status_code == 303
    assert record_of(mapper).summary["nl"] == "Samen thee drinken"
    history = text(client.get("/records/circle/history?lang=en"))
    assert "Samen thee drinken" in history and "by you" in history
    client.post("/records/circle/undo", data=me.form(revision=mapper.history(me.actor, "circle")[0].revision))
    assert record_of(mapper).summary == Text()


def test_mistakes_keep_what_was_typed_and_lead_to_their_field(client: FlaskClient, mapper: Mapper) -> None:
    me = sign_in(client, mapper, "steward", records=("circle",))
    form = filled(me, mapper, audience__age_min="zes", description__nl="Een lange tekst")
    answer = client.post("/records/circle/edit?lang=en", data=form)
    page = text(answer)
    assert answer.status_code == 400 and 'href="#audience.age_min"' in page and 'id="audience.age_min"' in page
    assert 'value="zes"' in page and "Een lange tekst" in page
    assert 'id="s-answers" open' in page
    assert record_of(mapper).description == Text()


def test_another_row_and_another_language_keep_everything_typed(client: FlaskClient, mapper: Mapper) -> None:
    me = sign_in(client, mapper, "steward", records=("circle",))
    form = filled(me, mapper, summary__nl="Getypt")
    for step in ("add:contacts", "add:offers", "add:offers.0.meetings", "add:former_names", "add:links"):
        page = text(client.post("/records/circle/edit", data=but(form, {"do": step})))
        assert "Getypt" in page
        form = posted_by_the_page(page)
    assert {"contacts.1.value", "offers.2.name.nl", "offers.0.meetings.0.rule", "links.0.find"} <= set(form)
    page = text(client.post("/records/circle/edit", data=but(form, {"do": "language", "new_column": "ar"})))
    assert 'name="summary.ar"' in page and "Getypt" in page
    assert record_of(mapper).summary == Text()
    form = posted_by_the_page(page)
    form["offers.0.meetings.0.rule"] = "FREQ=WEEKLY;BYDAY=TU"
    assert client.post("/records/circle/edit", data=but(form, {"do": "save"})).status_code == 303
    assert record_of(mapper).offers[0].meetings[0].rule == "FREQ=WEEKLY;BYDAY=TU"
    assert len(record_of(mapper).contacts) == 1 and len(record_of(mapper).offers) == 2


def test_a_place_is_looked_up_by_its_name(client: FlaskClient, mapper: Mapper) -> None:
    me = sign_in(client, mapper, "steward", records=("circle",))
    form = filled(me, mapper, links__0__type="works_with", links__0__find="Tweede kring")
    looked = text(client.post("/records/circle/edit", data=but(form, {"do": "look:links.0"})))
    assert 'type="radio" name="links.0.to" value="second2222"' in looked
    assert client.post("/records/circle/edit", data=but(form, {"links.0.to": "second2222"})).status_code == 303
    assert record_of(mapper).links[0].to == "second2222"


def test_a_clash_shows_both_and_the_second_save_keeps_mine(client: FlaskClient, mapper: Mapper) -> None:
    me = sign_in(client, mapper, "steward", records=("circle",))
    form = filled(me, mapper, summary__nl="van de groep")
    mapper.edit(TERMINAL_ADMIN, make_resource(summary=Text(nl="van de coach"), opening_hours="Mo 09:00-10:00"))
    answer = client.post("/records/circle/edit?lang=en", data=form)
    page = text(answer)
    assert answer.status_code == 409 and "van de groep" in page and "van de coach" in page
    assert record_of(mapper).summary["nl"] == "van de coach"
    again = posted_by_the_page(page)
    assert client.post("/records/circle/edit", data=but(again, {"do": "save"})).status_code == 303
    assert record_of(mapper).summary["nl"] == "van de groep"


def test_the_public_view_is_shown_before_anything_is_saved(client: FlaskClient, mapper: Mapper) -> None:
    me = sign_in(client, mapper, "steward", records=("circle",))
    form = filled(me, mapper, summary__nl="Nog niet bewaard", thresholds__papers_asked="yes")
    page = text(client.post("/records/circle/edit?lang=en", data=but(form, {"do": "preview"})))
    assert "Nog niet bewaard" in page and "Nothing is saved yet" in page
    assert "Asks for identity papers" not in page, "as the public would see it"
    assert record_of(mapper).summary == Text()


def test_a_coach_opens_nothing_wider_and_is_told_what_to_do(client: FlaskClient, mapper: Mapper) -> None:
    me = sign_in(client, mapper, "coach", team="t1", areas=("1",))
    add(mapper, make_resource(id="noted22222", visibility="professional", ground="coach_notes", place=HOME))
    form = filled(me, mapper, "noted22222", visibility="public", ground="agreed")
    answer = client.post("/records/noted22222/edit?lang=en", data=form)
    assert answer.status_code == 400 and "needs the yes of the group" in text(answer)
    assert mapper.show("noted22222", RESIDENT) is None


def test_a_coach_adds_a_group_for_professionals_only(client: FlaskClient, app: Flask, mapper: Mapper) -> None:
    me = sign_in(client, mapper, "coach", team="t1", areas=("1",))
    form = posted_by_the_page(text(client.get("/records/new")))
    assert (form["visibility"], form["ground"]) == ("professional", "coach_notes")
    form = but(form, {"form_token": me.token, "do": "save"})
    assert client.post("/records/new", data=form).status_code == 400
    form = but(form, {"name.nl": "Breigroep", "place.neighbourhood": "4"})
    outside = client.post("/records/new?lang=en", data=form)
    assert outside.status_code == 400 and "that you look after" in text(outside)
    answer = client.post("/records/new", data=but(form, {"place.neighbourhood": "1"}))
    assert answer.status_code == 303
    path = answer.headers["Location"].partition("/history")[0].replace("/records", "/r")
    assert "Breigroep" in text(client.get(path)) and app.test_client().get(path).status_code == 404


@pytest.mark.parametrize("role", ["worker", "steward", "coach"])
def test_somebody_elses_record_is_not_there(client: FlaskClient, mapper: Mapper, role: str) -> None:
    add(mapper, make_resource(id="hidden2222", visibility="hidden", place=Place(lon=4.355, lat=50.855)))
    me = sign_in(client, mapper, role, team="t1" if role != "steward" else "", records=("second2222",))
    for path in ("edit", "history", "preview"):
        hidden, never = (client.get(f"/records/{one}/{path}") for one in ("hidden2222", "nevers2222"))
        assert hidden.status_code == never.status_code and hidden.status_code in (403, 404)
        assert hidden.data.replace(b"hidden2222", b"nevers2222") == never.data
    before = record_of(mapper, "hidden2222")
    answer = client.post("/records/hidden2222/edit", data=me.form(**{"name.nl": "x"}))
    assert answer.status_code in (403, 404) and record_of(mapper, "hidden2222") == before
