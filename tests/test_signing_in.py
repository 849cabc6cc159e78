"""Signing in and out: what works, what does not, and what can be told from the outside."""

import base64
import datetime as dt
import json
import re
import socketserver
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pyotp
import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mapper.access import RESIDENT, TERMINAL_ADMIN, Actor
from mapper.cli import main
from mapper.cli.demo_accounts import demo_accounts
from mapper.core import Mapper, letter, passwords
from mapper.core.authority import Refused
from mapper.core.sessions import actor_of
from mapper.model import Place, Problem
from mapper.store.accounts import Team
from mapper.text import Text
from mapper.web import create_app
from mapper.web.guard import token_of
from tests.conftest import NOON, TOY_CITY, add, make_resource
from tests.signing_in import make_account, sign_in, sign_in_as, with_password

PASSWORD = "zeven blauwe fietsen"


@pytest.fixture(autouse=True)
def quick_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """argon2id with hardly any work, so that a hundred tries cost no minute."""
    monkeypatch.setattr(passwords, "_hasher", cache(lambda: PasswordHasher(time_cost=1, memory_cost=64)))
    passwords._nobodys_hash.cache_clear()


class Clock:
    """Noon on a Wednesday, until somebody waits."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> dt.datetime:
        return self.now

    def wait(self, **time: float) -> None:
        self.now += dt.timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timed(tmp_path: Path, clock: Clock) -> Iterator[Mapper]:
    """An instance whose clock the test can move."""
    with Mapper.open(tmp_path / "timed", create=True, clock=clock) as opened:
        opened.load_neighbourhoods(TERMINAL_ADMIN, TOY_CITY)
        add(opened, make_resource())
        yield opened


@pytest.fixture
def client(timed: Mapper) -> FlaskClient:
    return create_app(timed).test_client()


def post(client: FlaskClient, **fields: Any) -> TestResponse:
    return client.post("/sign-in", data={"name": "onthaal", "password": PASSWORD, "code": "", **fields})


def cookie_of(answer: TestResponse) -> str:
    return answer.headers["Set-Cookie"].partition("=")[2].partition(";")[0]


def test_the_public_gets_no_cookie_and_pages_that_can_be_kept(client: FlaskClient) -> None:
    for path in ("/", "/match", "/sign-in", "/r/circle", "/account", "/r/never"):
        answer = client.get(path)
        assert "Set-Cookie" not in answer.headers and "Set-Cookie" not in client.get(path).headers
    page = client.get("/")
    assert page.headers["Cache-Control"] == "no-cache"
    assert client.get("/", headers={"If-None-Match": page.headers["ETag"]}).status_code == 304


def test_signing_in_gives_a_cookie_that_scripts_and_other_sites_cannot_use(client: FlaskClient, timed: Mapper) -> None:
    with_password(timed, make_account(timed, "worker", sign_in_name="onthaal", team="t1"), PASSWORD)
    answer = post(client, name=" ONTHAAL ")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("mapper=") and "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert "Secure" not in cookie and "Domain" not in cookie and "Path=/" in cookie
    page = client.get("/")
    assert page.headers["Cache-Control"] == "no-store" and b"sign-out" in page.data


def test_over_https_the_cookie_is_bound_to_the_host(client: FlaskClient, timed: Mapper) -> None:
    with_password(timed, make_account(timed, "worker", sign_in_name="onthaal", team="t1"), PASSWORD)
    answer = client.post("/sign-in", data={"name": "onthaal", "password": PASSWORD}, base_url="https://kaart.example")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-mapper=") and "Secure" in cookie and "Domain" not in cookie
    assert b"sign-out" in client.get("/", base_url="https://kaart.example").data


def test_over_an_open_line_nobody_can_sign_in(client: FlaskClient, timed: Mapper) -> None:
    with_password(timed, make_account(timed, "worker", sign_in_name="onthaal", team="t1"), PASSWORD)
    answer = client.post("/sign-in", data={"name": "onthaal", "password": PASSWORD}, base_url="http://kaart.example")
    assert answer.status_code == 400 and "Set-Cookie" not in answer.headers


def test_a_page_asked_for_before_comes_after_signing_in(client: FlaskClient, timed: Mapper) -> None:
    with_password(timed, make_account(timed, "worker", sign_in_name="onthaal", team="t1"), PASSWORD)
    answer = client.get("/account?secret=1")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in?next=/account")
    assert post(client, next="/account").headers["Location"] == "/account"


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example", "/nowhere", "/r/../", "javascript:x", ""]
)
def test_signing_in_leads_to_no_other_site(client: FlaskClient, timed: Mapper, elsewhere: str) -> None:
    with_password(timed, make_account(timed, "worker", sign_in_name="onthaal", team="t1"), PASSWORD)
    assert post(client, next=elsewhere).headers["Location"] == "/"


def test_the_session_id_changes_at_sign_in_and_one_that_was_planted_is_worth_nothing(
    client: FlaskClient, timed: Mapper
) -> None:
    account = with_password(timed, make_account(timed, "worker", sign_in_name="onthaal", team="t1"), PASSWORD)
    client.set_cookie("mapper", "planted-by-somebody")
    first = cookie_of(post(client))
    assert first != "planted-by-somebody"
    other = client.application.test_client()
    other.set_cookie("mapper", "planted-by-somebody")
    assert other.get("/account").status_code == 303
    second = cookie_of(post(client, form_token=token_of(first)))
    assert second != first and timed.sessions.resume(first) is None
    assert timed.sessions.resume(second) == account


def test_what_was_signed_out_can_not_be_replayed(client: FlaskClient, timed: Mapper) -> None:
    me = sign_in(client, timed, "worker", team="t1")
    assert client.post("/sign-out").status_code == 403, "without the token"
    answer = client.post("/sign-out", data=me.form())
    assert answer.headers["Clear-Site-Data"] == '"cache", "cookies"'
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    client.set_cookie("mapper", me.session_id)
    assert client.get("/account").status_code == 303


def test_a_session_ends_after_half_an_hour_idle_and_after_eight_hours_in_all(
    client: FlaskClient, timed: Mapper, clock: Clock
) -> None:
    account = make_account(timed, "worker", team="t1")
    idle = sign_in_as(client, timed, account).session_id
    clock.wait(minutes=29)
    assert timed.sessions.resume(idle) is not None
    clock.wait(minutes=29)
    assert timed.sessions.resume(idle) is not None
    clock.wait(minutes=30)
    assert timed.sessions.resume(idle) is None
    busy = sign_in_as(client, timed, account).session_id
    for _ in range(23):
        clock.wait(minutes=20)
        assert timed.sessions.resume(busy) is not None
    clock.wait(minutes=20)
    assert timed.sessions.resume(busy) is None


def test_wrong_name_wrong_password_and_disabled_get_the_same_answer(client: FlaskClient, timed: Mapper) -> None:
    with_password(timed, make_account(timed, "worker", sign_in_name="onthaal", team="t1"), PASSWORD)
    gone = with_password(timed, make_account(timed, "worker", sign_in_name="ander", team="t1"), PASSWORD)
    timed.accounts.disable(TERMINAL_ADMIN, gone.id)
    make_account(timed, "worker", sign_in_name="derde", team="t1")  # invited, has no password yet
    answers = [
        post(client, password="iets heel anders"), post(client, name="niemand"), post(client, name="ander"),
        post(client, name="derde", password=""),
    ]  # fmt: skip
    said = {(answer.status_code, answer.data.replace(b"niemand", b"onthaal").replace(b"ander", b"onthaal")
             .replace(b"derde", b"onthaal")) for answer in answers}  # fmt: skip
    assert [status for status, _page in said] == [403] and len(said) == 1
    assert all("Set-Cookie" not in answer.headers for answer in answers)


def test_guessing_gets_slower_and_nobody_is_locked_out_for_good(
    client: FlaskClient, timed: Mapper, clock: Clock
) -> None:
    with_password(timed, make_account(timed, "worker", sign_in_name="onthaal", team="t1"), PASSWORD)
    waits = []
    for _round in range(6):
        for _ in range(6):
            with pytest.raises(Problem, match="do not belong together"):
                timed.sessions.sign_in("onthaal", "geraden geraden", "", "192.0.2.1")
        # Not even the right password, and what is refused counts no further.
        for password in (PASSWORD, "x", "y"):
            with pytest.raises(Problem, match="too often") as refused:
                timed.sessions.sign_in("onthaal", password, "", "192.0.2.1")
        waits.append(round(int(refused.value.data["seconds"]) / 60))  # type: ignore[call-overload]
        assert timed.sessions.resume(timed.sessions.sign_in("onthaal", PASSWORD, "", f"198.51.100.{_round}"))
        clock.wait(seconds=int(refused.value.data["seconds"]))  # type: ignore[call-overload]
    assert waits == [1, 2, 4, 8, 15, 15]
    assert timed.sessions.sign_in("onthaal", PASSWORD, "", "192.0.2.1")


def test_somebody_who_guesses_many_names_is_slowed_too(timed: Mapper) -> None:
    for number in range(30):
        with pytest.raises(Problem, match="do not belong together"):
            timed.sessions.sign_in(f"naam{number}", "geraden geraden", "", "192.0.2.1")
    with pytest.raises(Problem, match="too often"):
        timed.sessions.sign_in("naam99", "geraden geraden", "", "192.0.2.1")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
    ],
)
def test_no_other_site_can_sign_somebody_in(
    client: FlaskClient, timed: Mapper, headers: dict[str, str], status: int
) -> None:
    with_password(timed, make_account(timed, "worker", sign_in_name="onthaal", team="t1"), PASSWORD)
    answer = client.post("/sign-in", data={"name": "onthaal", "password": PASSWORD}, headers=headers)
    assert answer.status_code == status
    assert ("Set-Cookie" in answer.headers) == (status == 303)


# Invitations


def link_of(mapper: Mapper, **fields: Any) -> str:
    _account, token = mapper.accounts.invite(TERMINAL_ADMIN, "worker", team="Onthaal", **fields)
    return token


def take_up(client: FlaskClient, token: str, **fields: Any) -> TestResponse:
    given = {"link": token, "name": "onthaal", "password": PASSWORD, "again": PASSWORD} | fields
    return client.post("/invitation", data=given)


def test_an_invitation_is_taken_up_once(client: FlaskClient, timed: Mapper) -> None:
    token = link_of(timed)
    assert token.encode() not in b"".join(path.read_bytes() for path in timed.home.iterdir() if path.is_file())
    for _ in range(3):  # a preview of the link uses nothing up
        page = client.get("/invitation", query_string={"link": token})
        assert page.status_code == 200 and page.headers["Cache-Control"] == "no-store"
    assert take_up(client, token).status_code == 303
    assert b"sign-out" in client.get("/").data
    other = client.application.test_client()
    assert take_up(other, token, name="ander").status_code == 400
    assert other.get("/invitation", query_string={"link": token}).status_code == 400
    assert post(other).status_code == 303


def test_an_invitation_expires_and_a_new_one_replaces_it(client: FlaskClient, timed: Mapper, clock: Clock) -> None:
    account, first = timed.accounts.invite(TERMINAL_ADMIN, "worker", team="Onthaal", sign_in_name="onthaal")
    _account, second = timed.accounts.reset(TERMINAL_ADMIN, account.id)
    assert take_up(client, first).status_code == 400
    clock.wait(days=6.9)
    assert client.get("/invitation", query_string={"link": second}).status_code == 200
    clock.wait(days=0.2)
    assert take_up(client, second).status_code == 400


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"password": "kort", "again": "kort"}, b"at least 12"),
        ({"again": "iets heel anders"}, b"differ"),
        ({"password": "onthaalonthaal", "again": "onthaalonthaal"}, b"easy to guess"),
        ({"password": "abababababababab", "again": "abababababababab"}, b"easy to guess"),
        ({"name": " "}, b"Choose a sign-in name"),
        ({"name": "bezet"}, b"already"),
    ],
)
def test_what_does_not_do_is_said_beside_its_field_and_the_link_still_works(
    client: FlaskClient, timed: Mapper, fields: dict[str, str], words: bytes
) -> None:
    make_account(timed, "worker", sign_in_name="bezet", team="t1")
    token = link_of(timed)
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    answer = take_up(client, token, **fields)
    assert answer.status_code == 400 and words in answer.data and b"error-summary" in answer.data
    assert b'value="zeven' not in answer.data
    assert take_up(client, token).status_code == 303


def test_what_a_proxy_says_is_believed_only_where_one_stands(timed: Mapper, monkeypatch: pytest.MonkeyPatch) -> None:
    with_password(timed, make_account(timed, "worker", sign_in_name="onthaal", team="t1"), PASSWORD)
    said = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "kaart.example", "X-Forwarded-For": "192.0.2.7"}
    given = {"name": "onthaal", "password": PASSWORD}
    alone = create_app(timed).test_client().post("/sign-in", data=given, headers=said)
    assert alone.headers["Set-Cookie"].startswith("mapper=")
    monkeypatch.setenv("MAPPER_PROXIES", "1")
    behind = create_app(timed).test_client().post("/sign-in", data=given, headers=said)
    assert behind.headers["Set-Cookie"].startswith("__Host-mapper=")


# The second step


def test_with_a_second_step_the_password_alone_opens_nothing(client: FlaskClient, timed: Mapper, clock: Clock) -> None:
    account = with_password(timed, make_account(timed, "worker", sign_in_name="onthaal", team="t1"), PASSWORD)
    me = sign_in_as(client, timed, account)
    page = client.get("/account/second-step").get_data(as_text=True)
    found = re.search(r'name="secret" value="(\w+)"', page)
    assert found and "<svg" in page
    secret = found[1]
    right = {"secret": secret, "password": PASSWORD, "code": pyotp.TOTP(secret).at(clock())}
    for wrong in ({"code": "000000"}, {"password": "iets heel anders"}):
        assert client.post("/account/second-step", data=me.form(**right | wrong)).status_code == 400
    assert client.post("/account/second-step", data=me.form(**right)).status_code == 303
    assert timed.sessions.resume(me.session_id) is None, "every other browser is signed out"
    files = b"".join(path.read_bytes() for path in timed.home.iterdir() if path.is_file())
    assert secret.encode() not in files and base64.b32decode(secret) not in files

    clock.wait(minutes=1)
    other, code = client.application.test_client(), pyotp.TOTP(secret).at(clock())
    for wrong_code in ("", "000000", right["code"]):
        assert post(other, code=wrong_code).status_code == 403
    assert post(other, code=f"{code[:3]} {code[3:]}").status_code == 303
    assert post(client.application.test_client(), code=code).status_code == 403, "each code works once"


def test_the_second_step_goes_with_the_password_and_with_a_new_link(client: FlaskClient, timed: Mapper) -> None:
    account = with_password(timed, make_account(timed, "worker", sign_in_name="onthaal", team="t1"), PASSWORD)
    sign_in_as(client, timed, account)
    secret = passwords.new_totp_secret()
    timed.accounts.set_totp(actor_of(account), PASSWORD, secret, pyotp.TOTP(secret).at(NOON))
    with pytest.raises(Problem, match="not your password"):
        timed.accounts.clear_totp(actor_of(account), "iets heel anders")
    timed.accounts.clear_totp(actor_of(account), PASSWORD)
    assert post(client.application.test_client()).status_code == 303
    timed.accounts.set_totp(actor_of(account), PASSWORD, secret, pyotp.TOTP(secret).at(NOON))
    _account, token = timed.accounts.reset(TERMINAL_ADMIN, account.id)
    assert post(client.application.test_client()).status_code == 403
    assert take_up(client, token).status_code == 303
    assert post(client.application.test_client()).status_code == 303


def test_a_new_password_signs_out_everywhere_else(client: FlaskClient, timed: Mapper) -> None:
    account = with_password(timed, make_account(timed, "worker", sign_in_name="onthaal", team="t1"), PASSWORD)
    elsewhere = sign_in_as(client.application.test_client(), timed, account)
    me = sign_in_as(client, timed, account)
    new = {"new_password": "acht gele fietsen", "again": "acht gele fietsen"}
    assert client.post("/account/password", data=me.form(password="mis mis mis mis", **new)).status_code == 400
    assert client.post("/account/password", data=me.form(password=PASSWORD, **new)).status_code == 303
    assert client.get("/account").status_code == 200
    assert timed.sessions.resume(elsewhere.session_id) is None
    assert post(client.application.test_client()).status_code == 403


def test_signed_out_everywhere_is_everywhere(client: FlaskClient, timed: Mapper) -> None:
    account = make_account(timed, "worker", team="t1")
    elsewhere = sign_in_as(client.application.test_client(), timed, account)
    me = sign_in_as(client, timed, account)
    answer = client.post("/account/sign-out-everywhere", data=me.form())
    assert "Clear-Site-Data" in answer.headers
    assert timed.sessions.resume(me.session_id) is timed.sessions.resume(elsewhere.session_id) is None


def test_the_pages_speak_the_language_that_was_chosen(client: FlaskClient, timed: Mapper) -> None:
    me = sign_in(client, timed, "worker", team="t1")
    client.post("/account/language", data=me.form(language="fr"))
    assert b'<html lang="fr"' in client.get("/", headers={"Accept-Language": "nl"}).data
    assert b'<html lang="nl"' in client.get("/?lang=nl").data


# Who may invite whom


def test_a_coach_invites_stewards_of_records_in_their_neighbourhoods_and_nobody_else(timed: Mapper) -> None:
    add(timed, make_resource(id="far", place=Place(lon=4.3544, lat=50.8544)))
    add(timed, make_resource(id="hidden", visibility="hidden", place=Place(lon=4.3544, lat=50.8544)))
    coach = Actor(role="coach", id="coach", areas=("1",))
    steward, _token = timed.accounts.invite(coach, "steward", records=["circle"])
    assert steward.records == ("circle",)
    said = set()
    for records in (["far"], ["circle", "far"], ["hidden"], ["never"]):
        with pytest.raises(Refused) as refused:
            timed.accounts.invite(coach, "steward", records=records)
        said.add((str(refused.value), refused.value.is_secret or "far" in records))
    assert len(said) == 1, "what is hidden is refused like what never was"
    for role, fields in (("worker", {"team": "x"}), ("coach", {"areas": ["1"]}), ("admin", {})):
        with pytest.raises(Refused):
            timed.accounts.invite(coach, role, **fields)
    with pytest.raises(Problem, match="at least one record"):
        timed.accounts.invite(coach, "steward")
    for actor in (
        RESIDENT,
        Actor(role="worker", id="w", team="t1"),
        Actor(role="steward", id="s", records=("circle",)),
    ):
        with pytest.raises(Refused):
            timed.accounts.invite(actor, "steward", records=["circle"])
    assert timed.accounts.teams() == []


@pytest.mark.parametrize(
    ("role", "fields", "words"),
    [
        ("worker", {}, "needs a team"),
        ("coach", {}, "at least one neighbourhood"),
        ("steward", {}, "at least one record"),
        ("steward", {"records": ["never"]}, "no record never"),
        ("warden", {}, "no role “warden”"),
        ("worker", {"team": "x", "sign_in_name": "bezet"}, "already"),
    ],
)
def test_an_invitation_that_fits_nobody_says_what_is_missing_and_writes_nothing(
    timed: Mapper, role: str, fields: dict[str, Any], words: str
) -> None:
    make_account(timed, "worker", sign_in_name="bezet", team="t1")
    before = (timed.accounts.accounts(TERMINAL_ADMIN), timed.accounts.teams())
    with pytest.raises(Problem, match=words):
        timed.accounts.invite(TERMINAL_ADMIN, role, **fields)
    assert (timed.accounts.accounts(TERMINAL_ADMIN), timed.accounts.teams()) == before


def test_an_admin_invites_changes_and_resets_on_the_page(client: FlaskClient, timed: Mapper) -> None:
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    me = sign_in(client, timed, "admin")
    form = {
        "role": "coach",
        "sign_in_name": "Coach Noord",
        "team": "",
        "areas": "Eikenwijk, Nergenswijk",
        "records": "",
    }
    refused = client.post("/accounts/invite", data=me.form(**form))
    assert refused.status_code == 400 and "Nergenswijk" in refused.get_data(as_text=True)
    page = client.post("/accounts/invite", data=me.form(**form | {"areas": "Eikenwijk"})).get_data(as_text=True)
    link = re.search(r"http://localhost/invitation\?link=([\w-]+)", page)
    assert link
    coach = next(one for one in timed.accounts.accounts(TERMINAL_ADMIN) if one.role == "coach")
    assert (coach.sign_in_name, coach.areas) == ("coach noord", ("1",))
    theirs = client.application.test_client()
    assert take_up(theirs, link[1]).status_code == 303
    changed = {"role": "worker", "team": "Onthaal", "areas": "", "records": ""}
    assert client.post(f"/accounts/{coach.id}", data=me.form(**changed)).status_code == 303
    assert theirs.get("/account").status_code == 303
    assert "invitation?link=" in client.post(f"/accounts/{coach.id}/reset", data=me.form()).get_data(as_text=True)
    assert client.post(f"/accounts/{coach.id}/disable", data=me.form()).status_code == 303
    assert "may not sign in" in client.get("/accounts").get_data(as_text=True)
    verbs = [line.verb for line in timed.audit_lines(TERMINAL_ADMIN)]
    assert verbs[-5:] == ["invite", "accept_invitation", "change_account", "reset_account", "disable_account"]
    assert timed.verify_audit(TERMINAL_ADMIN).first_broken is None


def test_a_team_that_leaves_the_circles_out_is_asked_no_circles(client: FlaskClient, timed: Mapper) -> None:
    sign_in(client, timed, "worker", team="t1")
    assert b'id="household_size"' in client.get("/match").data
    timed.accounts.set_team(TERMINAL_ADMIN, Team(id="t1", name="OCMW", without_circles=True))
    assert b'id="household_size"' not in client.get("/match").data
    assert b'id="household_size"' in client.application.test_client().get("/match").data


def test_a_professional_finds_what_the_public_does_not_get(client: FlaskClient, timed: Mapper) -> None:
    add(timed, make_resource(id="prof", name=Text.of("Kring achter de schermen"), visibility="professional"))
    public = client.application.test_client()
    sign_in(client, timed, "worker", team="t1")
    for path in ("/?q=schermen", "/resources.json?q=schermen", "/suggest.json?q=schermen", "/r/prof"):
        assert b"achter de schermen" in client.get(path).data, path
        assert b"achter de schermen" not in public.get(path).data, path
    assert b'class="only"' in client.get("/?q=schermen").data


# A letter


class _Post(socketserver.StreamRequestHandler):
    """As much of a mail server as one letter needs."""

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        reading = False
        for line in self.rfile:
            if reading and line == b".\r\n":
                reading = False
                self.wfile.write(b"250 kept\r\n")
            elif reading:
                self.server.letters.append(line)  # type: ignore[attr-defined]
            elif line.upper().startswith(b"DATA"):
                reading = True
                self.wfile.write(b"354 go on\r\n")
            elif line.upper().startswith(b"QUIT"):
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 yes\r\n")


def test_a_letter_holds_the_link_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    with socketserver.TCPServer(("127.0.0.1", 0), _Post) as server:
        server.letters = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        monkeypatch.setenv("MAPPER_SMTP_URL", f"smtp://127.0.0.1:{server.server_address[1]}?from=mapper@example.org")
        letter.send_link("onthaal@example.org", "https://kaart.example/invitation?link=t")
        thread.join(5)
        head, _blank, body = b"".join(server.letters).decode().partition("\r\n\r\n")  # type: ignore[attr-defined]
    assert body.strip() == "https://kaart.example/invitation?link=t"
    assert "Subject: mapper" in head and "From: mapper@example.org" in head


def test_a_mail_server_that_is_away_is_one_sentence_without_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAPPER_SMTP_URL", "smtp://127.0.0.1:1")
    with pytest.raises(Problem, match="could not be sent") as told:
        letter.send_link("onthaal@example.org", "https://kaart.example/invitation?link=t")
    assert "onthaal" not in str(told.value) and "link=" not in str(told.value)


# From the terminal


def test_accounts_from_the_terminal(timed: Mapper) -> None:
    def run(*words: str, status: int = 0) -> str:
        result = CliRunner().invoke(main, ["--home", str(timed.home), "--lang", "en", *words])
        assert result.exit_code == status, result.output
        return result.output

    link = json.loads(run("account", "invite", "--role", "worker", "--team", "Onthaal", "--name", "onthaal", "--json"))
    assert timed.accounts.invited(link["link"].partition("link=")[2]).id == link["account"]
    assert "needs at least one neighbourhood" in run("account", "invite", "--role", "coach", status=1)
    assert "MAPPER_SMTP_URL" in run("account", "invite", "--role", "admin", "--mail", status=1)
    assert json.loads(run("account", "list", "--json"))[0]["may_sign_in"] is False
    assert "invited" in run("account", "list")
    for verb in ("sign-out", "reset", "disable"):
        run("account", verb, "onthaal")
        assert "no account" in run("account", verb, "nobody", status=1)
    found = json.loads(run("audit", "verify", "--json"))
    assert found["first_broken"] is None and found["last_hash"] in run("audit", "verify")
    assert "disable_account" in run("audit", "list", "--about", link["account"])
    connection = timed._store._connection
    connection.execute("DROP TRIGGER audit_keeps_update")
    connection.execute("UPDATE audit SET verb = 'invite' WHERE seq = 2")
    assert "line 2" in run("audit", "verify", status=1)


def test_the_demo_has_one_account_a_role_and_prints_the_same_again(timed: Mapper) -> None:
    accounts = demo_accounts(timed)
    assert {one.role for one in accounts} == {"steward", "worker", "coach", "admin"}
    assert demo_accounts(timed) == accounts
    for one in accounts:
        account = timed.sessions.resume(timed.sessions.sign_in(one.name, one.password, "", "192.0.2.9"))
        assert account is not None and account.role == one.role
    assert oct((timed.home / "demo-accounts.json").stat().st_mode & 0o777) == "0o600"


def test_no_demo_account_comes_where_somebody_has_one_already(timed: Mapper) -> None:
    make_account(timed, "admin", sign_in_name="beheer")
    assert demo_accounts(timed) == [] and not (timed.home / "demo-accounts.json").exists()
    assert len(timed.accounts.accounts(TERMINAL_ADMIN)) == 1


def test_passwords_are_kept_as_argon2id_with_the_work_that_is_recommended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert passwords.hash_password("x").startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_what_was_typed_outlives_its_session_and_is_sent_when_its_writer_says_so(
    client: FlaskClient, timed: Mapper, clock: Clock
) -> None:
    account = make_account(timed, "worker", team="t1")
    before = sign_in_as(client, timed, account)
    clock.wait(minutes=31)
    typed = {"language": "fr", "note": "<b>lang getypt</b>", "password": "geheim geheim"}
    url, here = "/account/language", {"Sec-Fetch-Site": "same-origin"}
    signed_out = client.post(url, data=before.form(**typed), headers=here)
    assert signed_out.status_code == 403 and signed_out.headers["Cache-Control"] == "no-store"
    assert b"&lt;b&gt;lang getypt" in signed_out.data and b"geheim" not in signed_out.data
    sign_in_as(client, timed, account)
    again = client.post(url, data=typed, headers=here)
    token = re.search(r'name="form_token" value="(\w+)"', again.get_data(as_text=True).partition("<main")[2])
    assert again.status_code == 403 and token
    assert timed.accounts.accounts(TERMINAL_ADMIN)[0].language == "", "nothing is done before it is sent again"
    assert client.post(url, data=typed | {"form_token": token[1]}, headers=here).status_code == 303
    assert timed.accounts.accounts(TERMINAL_ADMIN)[0].language == "fr"
    foreign = client.post(url, data=typed, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403 and b"lang getypt" not in foreign.data


def test_a_coach_invites_the_voice_of_a_group_from_its_page(client: FlaskClient, timed: Mapper) -> None:
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    add(timed, make_resource(id="far", place=Place(lon=4.3544, lat=50.8544)))
    me = sign_in(client, timed, "coach", areas=("1",))
    assert b"/accounts/invite?record=circle" in client.get("/r/circle").data
    assert b"/accounts/invite" not in client.get("/r/far").data
    assert b"/accounts/invite" not in client.application.test_client().get("/r/circle").data
    form = client.get("/accounts/invite?record=circle").get_data(as_text=True)
    assert 'value="circle"' in form and 'name="role"' not in form
    page = client.post("/accounts/invite", data=me.form(records="circle")).get_data(as_text=True)
    assert "/invitation?link=" in page
    assert [one.role for one in timed.accounts.accounts(TERMINAL_ADMIN)] == ["coach", "steward"]
