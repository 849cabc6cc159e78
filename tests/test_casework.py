"""Looking together: a few words in, a slate out, and nothing about a person anywhere else."""

import html
import logging
import re
from typing import Any

import msgspec
import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import Markup

from mapper.core import Mapper
from mapper.matching import EXCLUSIONS, FEATURES, GAP_CODES, STATEMENTS, Excluded, Gap, Statement, Step
from mapper.matching.circles import USUAL
from mapper.model import LINK_TYPES, Audience, Link, Place, Point, Profile, Reason
from mapper.text import Text
from mapper.web import create_app, pictures
from mapper.web.posting import MOST_BYTES
from mapper.wording import say_excluded, say_gap, say_match_reason, say_statement, say_step, say_threshold, say_usual
from tests.conftest import add
from tests.fictional import CIRCLE, DOORS, KITCHEN, SERVICE, SHELTER
from tests.signing_in import sign_in

QUICK = {"needs": "iemand om mee te praten", "place": "Eikenwijk", "languages": "Portugees, Frans"}
#: Nobody types this by chance.
CANARY = "kanariezang"


@pytest.fixture
def app(mapper: Mapper) -> Flask:
    add(mapper, *DOORS)
    return create_app(mapper)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def post(client: FlaskClient, status: int = 200, path: str = "/match?lang=nl", **fields: Any) -> str:
    answer = client.post(path, data=QUICK | fields)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def shown(page: str) -> list[str]:
    return re.findall(r'<li class="card door"[^>]* data-id="([^"]+)"', page)


def hidden(page: str) -> dict[str, list[str]]:
    """The fields that the form of the slate carries along."""
    form = page[page.index('id="again"') : page.index("</form>", page.index('id="again"'))]
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form):
        fields.setdefault(name, []).append(html.unescape(value))
    return fields


# Three fields


def test_three_fields_give_a_slate_with_everything_one_needs_to_call(client: FlaskClient) -> None:
    page = post(client)
    assert 5 <= len(shown(page)) <= 8
    assert {"circle", "full"} & set(shown(page)) == {"circle"}
    for words in (
        "Roda da Esquina",
        "tel:025550201",
        "de gastvrouw",
        "Waarom deze plek",
        "Bel nu",
        "Is dit al bekeken?",
    ):
        assert words in page
    for understood in ("Een luisterend oor", "Eikenwijk", "Portugees", "Frans"):
        assert f'<span class="chip">{understood}</span>' in page


@pytest.mark.parametrize(
    "needs", ["iemand om mee te praten", "ik zoek iemand om mee te praten", "being_heard", "quelqu'un à qui parler"]
)
def test_needs_are_said_in_ones_own_words(client: FlaskClient, needs: str) -> None:
    assert "Een luisterend oor" in post(client, needs=needs)


def test_a_ticked_need_is_enough(client: FlaskClient) -> None:
    assert "circle" in shown(post(client, needs="", need="being_heard"))


def test_only_what_is_asked_has_to_be_told(client: FlaskClient) -> None:
    assert shown(post(client, place="", languages=""))


# Mistakes


def test_every_mistake_is_told_at_once_beside_its_field_and_what_was_typed_stays(client: FlaskClient) -> None:
    typed = {
        "needs": "xqzzyw",
        "place": "Timboektoe",
        "languages": "klingonees",
        "strong_sides": "geduldig",
        "friends_size": "veel",
    }
    page = post(client, 400, **typed)
    summary = page[page.index('class="error-summary"') : page.index("</div>", page.index('class="error-summary"'))]
    assert re.findall(r'href="#([^"]+)"', summary) == ["needs", "place", "languages", "friends_size"]
    assert "autofocus" in summary
    for name, words in typed.items():
        assert re.search(rf'id="{name}" name="{name}" value="{words}"', page), name
    assert page.count('aria-invalid="true"') == 4


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"needs": ""}, "needs"),
        ({"groups": "Nergensplek Xqzzy"}, "groups"),
        ({"communities": "brazilian", "avoid_communities": "brazilian"}, "communities"),
        ({"friends_size": "0", "friends_calls": "often"}, "friends_size"),
        ({"neighbours_known_by_first_name": "-3"}, "neighbours_known_by_first_name"),
        ({"household_size": "9" * 400}, "household_size"),
        ({"place": "\x00\ud800"}, "place"),
    ],
    ids=str,
)
def test_a_mistake_leads_to_its_field(client: FlaskClient, fields: dict[str, str], field: str) -> None:
    page = post(client, 400, **{name: words.encode("utf-8", "replace").decode() for name, words in fields.items()})
    assert f'href="#{field}"' in page


def test_a_mistake_names_the_nearest_word(client: FlaskClient) -> None:
    assert "Bedoelde je" in post(client, 400, languages="Portugeesch taal")


def test_anything_can_be_posted(client: FlaskClient) -> None:
    """No field, however strange, breaks the page."""
    from mapper.web.conversation import NAMES

    for value in ("<b>", "-1", "1e9", "x" * 500, "،,;\n", "{{7*7}}"):
        fields = QUICK | dict.fromkeys(sorted(NAMES - QUICK.keys()), value)
        assert client.post("/match", data=fields).status_code in (200, 400), value
        assert client.post("/match", data=dict.fromkeys(QUICK, value)).status_code in (200, 400), value
    for name in ("do", "swap", "remove", "add", "shown", "drop", "on_sheet", "sheet_language", "look"):
        assert client.post("/match", data=QUICK | {name: "<b>nothing"}).status_code == 200, name


def test_a_form_that_is_too_large_is_refused(client: FlaskClient) -> None:
    assert client.post("/match", data=QUICK | {"strong_sides": "x" * (MOST_BYTES + 1)}).status_code == 413


# The conversation


def test_the_conversation_is_kept_from_step_to_step(client: FlaskClient) -> None:
    told = {
        "strong_sides": "geduldig",
        "give": "cooking",
        "groups": "Lange Tafel",
        "friends_size": "2",
        "phone_unsafe": "1",
    }
    page = post(client, **told)
    carried = hidden(page)
    assert {name: carried[name] for name in told} == {name: [value] for name, value in told.items()}
    again = client.post("/match?lang=fr", data={**carried, "do": "edit"}).get_data(as_text=True)
    assert 'name="strong_sides" value="geduldig"' in again and '<html lang="fr"' in again
    assert "kitchen" not in shown(page)


def test_strengths_come_first_and_no_verdict_is_given(client: FlaskClient) -> None:
    page = post(
        client,
        strong_sides="geduldig luisteren",
        friends_size="1",
        neighbours_known_by_first_name="0",
        asks_easily="no",
    )
    statements = page[page.index('<ul class="statements">') :]
    assert statements.index("geduldig luisteren") < statements.index("Vragen is niet makkelijk")
    for word in ("zwak", "tekort", "score", "capaciteit", "doelgroep"):
        assert word not in re.sub(r"<[^>]+>", " ", page).lower()


def test_what_is_usual_stands_beside_each_number(client: FlaskClient) -> None:
    page = client.get("/match?lang=nl").get_data(as_text=True)
    for words in ("40 tot 60 op 100 mensen kennen hoogstens twee buren", "hoogstens vijf vrienden", "50 tot 85 op 100"):
        assert words in page


def test_a_team_can_leave_the_circles_out(app: Flask) -> None:
    app.config["WITHOUT_CIRCLES"] = True
    client = app.test_client()
    assert "friends_size" not in client.get("/match").get_data(as_text=True)
    # What is posted all the same is not read, not even its mistakes.
    assert shown(post(client, friends_size="veel"))


def test_the_picture_shows_who_is_there_and_says_the_same_in_a_table(client: FlaskClient) -> None:
    page = post(client, friends_size="2", groups="Lange Tafel", strong_sides="geduldig", do="picture")
    assert 'class="picture picture-ecomap"' in page and 'class="picture picture-pie"' in page
    for words in ("Vrienden", "De Lange Tafel", "geduldig"):
        assert page.count(words) >= 1
    assert '<th scope="row"><bdi>De Lange Tafel</bdi></th>' in page


# The slate by hand


def test_something_else_comes_in_the_same_place_and_what_went_stays_away(client: FlaskClient) -> None:
    first = post(client)
    before = shown(first)
    second = client.post("/match?lang=nl", data={**hidden(first), "swap": before[1]}).get_data(as_text=True)
    after = shown(second)
    assert before[1] not in after and len(after) >= 5
    assert [one for one in after if one in before] == [one for one in before if one != before[1]]
    assert after[1] not in before
    third = client.post("/match?lang=nl", data={**hidden(second), "swap": after[0]}).get_data(as_text=True)
    assert {before[1], after[0]}.isdisjoint(shown(third))


def test_what_is_taken_away_leaves_the_others_and_never_groups_alone(client: FlaskClient) -> None:
    page = post(client)
    for _ in range(6):
        before = shown(page)
        page = client.post("/match?lang=nl", data={**hidden(page), "remove": before[0]}).get_data(as_text=True)
        assert before[0] not in shown(page)
        assert [one for one in shown(page) if one in before] == before[1:]


def test_a_place_can_be_added_by_name_and_one_that_cannot_says_why(client: FlaskClient) -> None:
    page = post(client)
    looked = client.post("/match?lang=nl", data={**hidden(page), "do": "look", "look": "Volle Club"}).get_data(
        as_text=True
    )
    assert "het is nu volzet" in looked and 'name="add" value="full"' not in looked
    looked = client.post("/match?lang=nl", data={**hidden(page), "do": "look", "look": "Wijkpraktijk"}).get_data(
        as_text=True
    )
    if "doctor" not in shown(page):
        assert 'name="add" value="doctor"' in looked
        assert "doctor" in shown(client.post("/match", data={**hidden(page), "add": "doctor"}).get_data(as_text=True))


# Nothing of a person anywhere else


def test_no_answer_is_kept_and_no_address_header_or_log_tells_anything(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    fields = QUICK | {"strong_sides": CANARY}
    for extra in (
        {},
        {"do": "edit"},
        {"do": "picture"},
        {"do": "sheet"},
        {"do": "look", "look": CANARY},
        {"place": CANARY},
    ):
        answer = client.post("/match", data=fields | extra)
        assert answer.headers["Cache-Control"] == "no-store"
        assert {"Location", "Set-Cookie", "ETag", "Last-Modified"}.isdisjoint(answer.headers.keys())
        assert CANARY not in str(answer.headers)
        page = answer.get_data(as_text=True)
        links = re.findall(r'(?:href|src|action|formaction|data-[a-z]+)="([^"]*)"', page)
        assert [link for link in links if CANARY in link or "Eikenwijk" in link or "being_heard" in link] == []
    assert CANARY not in caplog.text and "Eikenwijk" not in caplog.text
    assert client.get("/match").headers["Cache-Control"] == "no-store"


def test_no_link_of_a_slate_tells_which_places_stand_in_it_together(client: FlaskClient) -> None:
    page = post(client)
    for link in re.findall(r'(?:href|src|action|formaction|data-[a-z]+)="([^"]*)"', page):
        assert sum(f"/{one}" in link or f"={one}" in link for one in shown(page)) <= 1, link
        assert "bbox" not in link


def test_a_failure_inside_tells_its_place_and_not_a_word_that_was_typed(
    app: Flask, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise KeyError(CANARY)

    monkeypatch.setattr(Mapper, "match", fail)
    answer = app.test_client().post("/match", data=QUICK | {"strong_sides": CANARY})
    assert answer.status_code == 500
    assert "KeyError in test_casework.py" in caplog.text
    assert CANARY not in caplog.text and CANARY not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200),
        ({"Origin": "http://localhost"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, 403),
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "http://localhost.elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
    ids=str,
)
def test_a_form_of_another_site_is_refused(client: FlaskClient, headers: dict[str, str], status: int) -> None:
    answer = client.post("/match", data=QUICK, headers=headers)
    assert answer.status_code == status
    assert ("Roda da Esquina" in answer.get_data(as_text=True)) == (status == 200)
    assert answer.headers["Cache-Control"] == "no-store"


# What goes along


def test_the_sheet_is_in_the_language_of_the_person(client: FlaskClient) -> None:
    page = post(client)
    assert '<option value="fr" lang="fr" selected>' in page
    sheet = client.post(
        "/match?lang=nl", data={**hidden(page), "do": "sheet", "sheet_language": "fr", "on_sheet": "circle"}
    )
    words = sheet.get_data(as_text=True)
    assert '<html lang="fr"' in words and "On y parle en cercle." in words
    assert "chaque mardi 18:30" in words and "02 555 02 01" in words
    assert "Lange Tafel" not in words and "mapper" not in re.sub(r"<(link|script)[^>]*>", "", words)
    # The address itself stays in Dutch: nothing about the sheet is remembered.
    assert '<html lang="nl"' in client.get("/match?lang=nl").get_data(as_text=True)


def test_where_the_phone_is_not_safe_no_name_goes_along(client: FlaskClient) -> None:
    fields: dict[str, Any] = {"needs": "iemand om mee te praten, veiligheid", "phone_unsafe": "1"}
    page = post(client, **fields)
    assert SHELTER.id in shown(page)
    sheet = client.post("/match?lang=nl", data={**hidden(page), "do": "sheet", "sheet_language": "nl"}).get_data(
        as_text=True
    )
    text = re.search(r'<textarea id="as-text"[^>]*>(.*?)</textarea>', page, re.S)
    assert text
    for along in (sheet, html.unescape(text[1])):
        assert "02 555 02 05" in along
        for telling in ("Zwaluw", "geweld", "Roda", "gastvrouw", 'class="qr"', "luisterend", "Eik</"):
            assert telling not in along, telling


def test_the_text_for_the_file_holds_whom_to_call(client: FlaskClient) -> None:
    text = re.search(r'<textarea id="as-text"[^>]*>(.*?)</textarea>', post(client), re.S)
    assert text and "Roda da Esquina" in text[1] and "02 555 02 01 · naar wie je vraagt" not in text[1]
    assert re.search(r"02 555 02 01 · .*de gastvrouw", text[1])


def text_along(page: str) -> str:
    found = re.search(r'<textarea id="as-text"[^>]*>(.*?)</textarea>', page, re.S)
    assert found
    return html.unescape(found[1])


def test_where_no_number_is_known_whom_to_ask_goes_along(client: FlaskClient, mapper: Mapper) -> None:
    guest = msgspec.structs.replace(
        CIRCLE, id="guest", name=Text.of("Gastkring"), contacts=(), place=Place(lon=4.3441, lat=50.8449)
    )
    host = msgspec.structs.replace(SERVICE, links=(*SERVICE.links, Link(type="hosts", to="guest")))
    add(mapper, guest, host)
    page = post(client)
    assert "guest" in shown(page)
    door = page[page.index('data-id="guest"') :].partition("</article>")[0]
    for along in (door, text_along(page), sheet_of(client, page)):
        assert "Vraag naar hen bij" in along and "Huis van Welzijn" in along and "02 555 02 03" in along
    unsafe = post(client, phone_unsafe="1")
    assert "Huis van Welzijn" not in text_along(unsafe) + sheet_of(client, unsafe)


def sheet_of(client: FlaskClient, page: str) -> str:
    asked = {**hidden(page), "do": "sheet", "sheet_language": "nl"}
    return client.post("/match?lang=nl", data=asked).get_data(as_text=True)


def test_a_rent_problem_names_a_service_or_says_who_can_always_be_asked(client: FlaskClient, mapper: Mapper) -> None:
    named = post(client, needs="huur", place="1000")
    asked = named[named.index('class="asked"') :].partition("</li></ul>")[0]
    assert SERVICE.id in asked and "02 555 02 03" in asked
    add(mapper, msgspec.structs.replace(SERVICE, status="closed"))
    for place, towns in (("1030", "(Schaarbeek)"), ("Elsene", "(Elsene)"), ("", "van de gemeente kan")):
        page = post(client, needs="huur", place=place)
        rights = page[page.index('class="rights"') :].partition("</section>")[0]
        assert "hier is nog geen dienst bekend" in rights
        assert f"OCMW van de gemeente {towns}" in rights or towns in rights
        assert 'href="https://social.brussels"' in rights
        assert 'class="gaps"' in page


def test_what_speaks_against_a_place_is_said_and_not_asked_twice(client: FlaskClient, mapper: Mapper) -> None:
    for_others = msgspec.structs.replace(
        KITCHEN, id="others", name=Text.of("Andere Kring"), links=(), needs=("being_heard",),
        audience=Audience(communities=("homeless_people",)), place=Place(lon=4.3449, lat=50.8451),
    )  # fmt: skip
    add(mapper, for_others)
    page = post(client)
    if "others" not in shown(page):
        page = post(client, shown=shown(page)[:2], add="others")
    door = page[page.index('data-id="others"') :].partition("</article>")[0]
    assert "Goed om te weten" in door and "Is iedereen welkom?" not in door
    assert "Goed om te weten" in text_along(page)


def test_giving_comes_with_the_benefit_check_and_not_for_who_carries_a_lot(client: FlaskClient) -> None:
    page = post(client, give="cooking", needs="gezelschap")
    assert "C45B" in page and "nooit als voorwaarde" in page
    assert "C45B" not in post(client, give="cooking", needs="gezelschap", burden="heavy")


def test_hostile_text_stays_text(client: FlaskClient) -> None:
    page = post(client, needs="gezelschap", strong_sides="</textarea><script>window.__ran=1</script>")
    assert "garden" in shown(page)
    assert "<script>window" not in page and "<img src=x" not in page
    assert "style=" not in page


# Words


def _name(term_id: str, _key: str) -> str:
    return term_id


@pytest.mark.parametrize("language", ["nl", "fr", "en"])
def test_every_code_has_words_in_every_language(language: str) -> None:
    about: dict[str, dict[str, Any]] = {
        "answers_need": {"needs": ["company"]},
        "shared_language": {"languages": ["pt"], "spoken": ["fr"]},
        "mother_tongue": {"language": "pt"},
        "own_community": {"communities": ["brazilian"]},
        "for_others": {"communities": ["brazilian"]},
        "introduced": {"by": "service"},
        "place_to_give": {"gives": ["cooking"]},
        "fits_limits": {"limits": ["free"]},
    }
    for feature in FEATURES:
        data = about.get(feature.code, {})
        said = [say_match_reason(Reason(feature.code, weight, data), language, _name) for weight in (1.0, -1.0)]
        assert any(said), feature.code
        assert not any("{" in words for words in said)
    for exclusion in EXCLUSIONS:
        assert say_excluded(Excluded("x", exclusion.code), language), exclusion.code
    assert say_excluded(Excluded("x", "nothing_asked"), language)
    for code in GAP_CODES:
        assert say_gap(Gap(code, "debt"), language, _name), code
    for code in STATEMENTS:
        assert say_statement(Statement(code, {"gives": ("cooking",)}), language, _name), code
    for usual in (one for circle in USUAL.values() for one in circle):
        assert say_usual(usual, language) and "None" not in say_usual(usual, language)
    for link in (*LINK_TYPES, "start", "language", "community"):
        assert say_step(Step("x", Text.of("x"), link), language), link
    asked = "free papers_not_asked wheelchair women_only evenings language room audience service_area"
    for threshold in asked.split():
        assert say_threshold(threshold, language), threshold


# Pictures


def test_pictures_are_named_and_need_no_style_of_their_own() -> None:
    around = [pictures.Around("Vrienden <&>", True), pictures.Around("1. Plek", False, "informal", "1", 0)]
    portions = [pictures.Portion("informal", "I", "Informeel", ("x",) * 12, ("y",))]
    mark = ("1", "professional", Point(4.345, 50.845))
    outline = {"type": "Polygon", "coordinates": [[[4.34, 50.84], [4.35, 50.84], [4.35, 50.85], [4.34, 50.84]]]}
    outlines = {"features": [{"geometry": outline, "properties": {"name": {"nl": "<Wijk>"}, "at": [4.345, 50.845]}}]}
    drawn = [
        pictures.ecomap("Jij", around, "Titel", "Uitleg"),
        pictures.pie(portions, "Titel", "Uitleg"),
        pictures.area_map([mark], outlines, "nl", "Titel", "Uitleg"),
    ]
    for picture in drawn:
        assert isinstance(picture, Markup)
        assert "<title" in picture and "<desc" in picture and 'role="img"' in picture
        assert "style" not in picture and "nan" not in picture
        assert "<&>" not in picture and "<Wijk>" not in picture
    # Full lines are there, dashed ones are suggested.
    assert drawn[0].count("stroke-dasharray") == 1


def test_the_four_kinds_of_care_are_equal_parts_side_by_side() -> None:
    portions = [pictures.Portion(one, "x", "x", (), ()) for one in ("self", "informal", "professional", "specialised")]
    drawn = pictures.pie(portions, "", "")
    paths = re.findall(r'<path class="part [^"]*" d="M130 130L', drawn)
    assert len(paths) == 4


def test_a_profile_never_leaves_a_trace_in_the_instance(client: FlaskClient, mapper: Mapper) -> None:
    before = mapper.catalogue().revision
    post(client, strong_sides=CANARY)
    mapper.refresh(at_once=True)
    assert mapper.catalogue().revision == before
    assert Profile() == Profile()


# What could not be found is counted, of whom is not


def counted(mapper: Mapper) -> list[tuple[Any, ...]]:
    return mapper._store.rows("SELECT neighbourhood, need, slice, count FROM unanswered ORDER BY neighbourhood, need")


def test_gaps_of_a_first_slate_are_counted_for_who_works_with_people(app: Flask, mapper: Mapper) -> None:
    client = app.test_client()
    # Somebody without an account, and the steward of a group, count nothing.
    post(client, needs="huiswerkhulp")
    post(client, needs="huiswerkhulp", path="/match", place="Eikenwijk")
    steward = app.test_client()
    me = sign_in(steward, mapper, "steward", records=("circle",))
    post(steward, needs="huiswerkhulp", **me.form())
    assert counted(mapper) == []
    worker = app.test_client()
    me = sign_in(worker, mapper, "worker", team="t1")
    page = post(worker, needs="huiswerkhulp", groups="Lange Tafel", strong_sides=CANARY, **me.form())
    assert counted(mapper) == [("1", "homework_help", "", 1)]
    lines = len(list(mapper._store.audit()))
    for step in ({"swap": shown(page)[0]}, {"remove": shown(page)[0]}, {"do": "look", "look": "soep"}, {"do": "sheet"}):
        assert worker.post("/match?lang=nl", data={**hidden(page), **me.form(), **step}).status_code == 200
    for step in ({"do": "edit"}, {"do": "picture"}):
        post(worker, needs="huiswerkhulp", **me.form(), **step)
    post(worker, needs="huiswerkhulp", place="", **me.form())
    post(worker, needs="iemand om mee te praten", **me.form())
    assert counted(mapper) == [("1", "homework_help", "", 1)]
    assert len(list(mapper._store.audit())) == lines, "a line would tell when somebody was here"
    assert CANARY not in repr(list(mapper._store.audit()))
