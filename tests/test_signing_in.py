"""Signing in and out: what works, what does not, and what can be told from the outside."""

import datetime as dt
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mapper.access import TERMINAL_ADMIN
from mapper.core import Mapper, passwords
from mapper.model import Problem
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
    assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
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
