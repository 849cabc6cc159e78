"""Signing in through an identity provider: a small one on the loopback, spoken to over real HTTP."""

import base64
import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from mapper.access import TERMINAL_ADMIN
from mapper.core import Mapper
from mapper.web import create_app
from tests.signing_in import make_account, with_password

EMAIL = "onthaal@example.org"


class SmallProvider(ThreadingHTTPServer):
    """Vouches for one person; `says` is what a test makes it say otherwise than it should."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.issuer = f"http://127.0.0.1:{self.server_port}"
        self.key = RSAKey.generate_key(2048, {"kid": "one"})
        self.codes: dict[str, dict[str, str]] = {}
        self.says: dict[str, Any] = {}
        self.signs_with = self.key

    def authorize(self, address: str) -> str:
        """What a browser does at the provider: the person agrees, and is sent back with a code."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256"
        code = f"code{len(self.codes)}"
        self.codes[code] = asked
        return asked["redirect_uri"] + "?" + urlencode({"code": code, "state": asked["state"]})

    def token(self, form: dict[str, str]) -> dict[str, Any] | None:
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None or asked["redirect_uri"] != form.get("redirect_uri"):
            return None
        verifier = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        if verifier.decode() != asked["code_challenge"]:
            return None
        claims = {
            "iss": self.issuer, "sub": "42", "aud": "mapper-here", "exp": int(time.time()) + 60,
            "iat": int(time.time()), "nonce": asked["nonce"], "email": EMAIL, "email_verified": True,
        } | self.says  # fmt: skip
        given = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.signs_with)
        return {"access_token": "x", "token_type": "Bearer", "id_token": given}


class _Answers(BaseHTTPRequestHandler):
    server: SmallProvider

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _answer(self, body: Any, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def do_GET(self) -> None:
        issuer = self.server.issuer
        if self.path == "/.well-known/openid-configuration":
            self._answer({
                "issuer": issuer, "authorization_endpoint": f"{issuer}/authorize", "token_endpoint": f"{issuer}/token",
                "jwks_uri": f"{issuer}/keys",
            })  # fmt: skip
        else:
            self._answer({"keys": [self.server.key.as_dict(private=False)]})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        token = self.server.token({name: values[0] for name, values in parse_qs(body).items()})
        self._answer(token or {"error": "invalid_grant"}, 200 if token else 400)


@pytest.fixture
def provider() -> Iterator[SmallProvider]:
    server = SmallProvider()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join(5)
    server.server_close()


@pytest.fixture
def client(mapper: Mapper, provider: SmallProvider, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setenv("MAPPER_OIDC_ISSUER", provider.issuer)
    monkeypatch.setenv("MAPPER_OIDC_CLIENT_ID", "mapper-here")
    monkeypatch.setenv("MAPPER_OIDC_CLIENT_SECRET", "only-for-tests")
    return create_app(mapper).test_client()


def invite(mapper: Mapper) -> None:
    mapper.accounts.invite(TERMINAL_ADMIN, "worker", team="Onthaal", sign_in_name=EMAIL)


def sign_in(client: FlaskClient, provider: SmallProvider) -> TestResponse:
    """As a browser goes: our link, the provider, back, and on."""
    back = provider.authorize(client.get("/sign-in/elsewhere").headers["Location"])
    parts = urlsplit(back)
    page = client.get(f"{parts.path}?{parts.query}")
    fields = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.get_data(as_text=True))
    return client.post("/sign-in/answer", data={name: unescape(value) for name, value in fields})


def test_somebody_who_was_invited_comes_in_and_is_known_again(
    client: FlaskClient, mapper: Mapper, provider: SmallProvider
) -> None:
    assert b"/sign-in/elsewhere" in client.get("/sign-in").data
    invite(mapper)
    assert sign_in(client, provider).status_code == 303
    assert b"sign-out" in client.get("/").data
    # From now on by subject: the address may change.
    provider.says = {"email": "nieuw@example.org"}
    other = client.application.test_client()
    assert sign_in(other, provider).status_code == 303 and b"sign-out" in other.get("/").data
    assert len(mapper.accounts.accounts(TERMINAL_ADMIN)) == 1


@pytest.mark.parametrize(
    "says",
    [
        {"email": "vreemd@example.org"},
        {"email_verified": False},
        {"email_verified": "true"},
        {"iss": "https://evil.example"},
        {"aud": "another"},
        {"azp": "another"},
        {"nonce": "replayed"},
        {"exp": 1},
    ],
    ids=lambda says: str(says),
)
def test_whoever_was_not_invited_or_is_not_vouched_for_stays_out(
    client: FlaskClient, mapper: Mapper, provider: SmallProvider, says: dict[str, Any]
) -> None:
    invite(mapper)
    provider.says = says
    answer = sign_in(client, provider)
    assert answer.status_code == 403 and answer.headers.getlist("Set-Cookie")[0].startswith("mapper-asked=;")
    assert b"sign-out" not in client.get("/").data


def test_a_signature_of_another_key_is_refused(client: FlaskClient, mapper: Mapper, provider: SmallProvider) -> None:
    invite(mapper)
    provider.signs_with = RSAKey.generate_key(2048, {"kid": "one"})
    assert sign_in(client, provider).status_code == 403


def test_an_answer_that_was_meant_for_another_browser_is_refused(
    client: FlaskClient, mapper: Mapper, provider: SmallProvider
) -> None:
    invite(mapper)
    back = provider.authorize(client.get("/sign-in/elsewhere").headers["Location"])
    code, state = (parse_qs(urlsplit(back).query)[name][0] for name in ("code", "state"))
    victim = client.application.test_client()
    assert victim.post("/sign-in/answer", data={"code": code, "state": state}).status_code == 403
    victim.get("/sign-in/elsewhere")
    assert victim.post("/sign-in/answer", data={"code": code, "state": state}).status_code == 403


def test_an_account_with_a_password_or_disabled_is_not_taken_over(
    client: FlaskClient, mapper: Mapper, provider: SmallProvider
) -> None:
    account = with_password(
        mapper, make_account(mapper, "worker", team="t1", sign_in_name=EMAIL), "zeven blauwe fietsen"
    )
    assert sign_in(client, provider).status_code == 403
    mapper.accounts.reset(TERMINAL_ADMIN, account.id)
    mapper.accounts.disable(TERMINAL_ADMIN, account.id)
    assert sign_in(client, provider).status_code == 403


def test_without_a_provider_there_is_no_such_door(mapper: Mapper) -> None:
    client = create_app(mapper).test_client()
    assert b"elsewhere" not in client.get("/sign-in").data
    assert client.get("/sign-in/elsewhere").status_code == client.post("/sign-in/answer").status_code == 404


def test_a_provider_that_is_away_is_told_in_one_sentence(
    mapper: Mapper, provider: SmallProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAPPER_OIDC_ISSUER", f"{provider.issuer}/nowhere")
    assert create_app(mapper).test_client().get("/sign-in/elsewhere").status_code == 400
    monkeypatch.setenv("MAPPER_OIDC_ISSUER", "http://127.0.0.1:1")
    assert create_app(mapper).test_client().get("/sign-in/elsewhere").status_code == 400
