"""Signing in through an identity provider that the organisation has already (OpenID Connect, code flow with PKCE).

The provider only tells who somebody is. What they may do here is said by an invitation made beforehand.
"""

import base64
import hashlib
import hmac
import os
from functools import cached_property
from typing import Any

from mapper.model import Problem
from mapper.text import N_

_PATIENCE_S = 10
_SCOPE = "openid email"
#: Signed with a key pair of the provider; never "none", never a shared secret.
_ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
_CLOCK_OFF_S = 60


class Provider:
    """An identity provider, by its address."""

    def __init__(self, issuer: str, client_id: str, client_secret: str) -> None:
        self.issuer = issuer.rstrip("/")
        self._client_id, self._client_secret = client_id, client_secret

    @classmethod
    def from_environment(cls) -> "Provider | None":
        """The one that `MAPPER_OIDC_ISSUER`, `MAPPER_OIDC_CLIENT_ID` and `MAPPER_OIDC_CLIENT_SECRET` name, if any."""
        issuer = os.environ.get("MAPPER_OIDC_ISSUER", "")
        client = os.environ.get("MAPPER_OIDC_CLIENT_ID", ""), os.environ.get("MAPPER_OIDC_CLIENT_SECRET", "")
        return cls(issuer, *client) if issuer else None

    def address(self, secret: str, back: str) -> str:
        """Where to send a browser that holds this secret; it comes `back` with a code and a state.

        Raises `Problem` when the provider cannot be reached.
        """
        with self._client(back) as client:
            address, _state = client.create_authorization_url(
                self._found["authorization_endpoint"],
                state=part(secret, "state"),
                nonce=part(secret, "nonce"),
                code_verifier=part(secret, "verifier"),
            )
        return str(address)

    def who(self, code: str, state: str, secret: str, back: str) -> tuple[str, str]:
        """Subject at the provider, and the mail address that it vouches for ("" without one).

        Raises `Problem` when the answer was not meant for this browser, or the provider does not stand behind it.
        """
        if not secret or not hmac.compare_digest(state.encode(), part(secret, "state").encode()):
            raise Problem(N_("This answer was not meant for this browser. Begin again at the sign-in page."))
        try:
            claims = self._claims(code, secret, back)
        except Exception as error:  # a provider can fail in any way: the network, its words, its signature
            raise _did_not_work(error) from None
        email = str(claims.get("email", "")) if claims.get("email_verified") is True else ""
        return f"{self.issuer}|{claims['sub']}", email

    def _client(self, back: str) -> Any:
        from authlib.integrations.requests_client import OAuth2Session

        return OAuth2Session(
            self._client_id, self._client_secret, scope=_SCOPE, redirect_uri=back, code_challenge_method="S256",
            default_timeout=_PATIENCE_S,
        )  # fmt: skip

    @cached_property
    def _found(self) -> dict[str, Any]:
        with self._client("") as client:
            try:
                answer = client.get(f"{self.issuer}/.well-known/openid-configuration", withhold_token=True)
                answer.raise_for_status()
                found: dict[str, Any] = answer.json()
            except (OSError, ValueError) as error:
                raise _did_not_work(error) from None
        if found.get("issuer", "").rstrip("/") != self.issuer:
            raise Problem(N_("{issuer} calls itself something else. Look at MAPPER_OIDC_ISSUER."), issuer=self.issuer)
        return found

    def _claims(self, code: str, secret: str, back: str) -> dict[str, Any]:
        from joserfc import jwt
        from joserfc.jwk import KeySet

        with self._client(back) as client:
            token = client.fetch_token(
                self._found["token_endpoint"], grant_type="authorization_code", code=code,
                code_verifier=part(secret, "verifier"),
            )  # fmt: skip
            keys = KeySet.import_key_set(client.get(self._found["jwks_uri"], withhold_token=True).json())
        claims = jwt.decode(token["id_token"], keys, algorithms=_ALGORITHMS).claims
        registry = jwt.JWTClaimsRegistry(
            leeway=_CLOCK_OFF_S,
            iss={"essential": True, "value": self._found["issuer"]},
            aud={"essential": True, "value": self._client_id},
            nonce={"essential": True, "value": part(secret, "nonce")},
            exp={"essential": True},
            sub={"essential": True},
        )
        registry.validate(claims)
        if claims.get("azp", self._client_id) != self._client_id:
            raise ValueError("made for another client")
        return dict(claims)


def _did_not_work(error: Exception) -> Problem:
    return Problem(
        N_("The other sign-in did not work ({kind}). Try again, or sign in with a password."),
        kind=type(error).__name__,
    )


def part(secret: str, purpose: str) -> str:
    """One of the values that only the browser with this secret can give back."""
    digest = hmac.digest(secret.encode(), purpose.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
