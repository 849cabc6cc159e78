"""Passwords and the second step: what is asked of them, how they are kept, how they are checked."""

import base64
import datetime as dt
import hashlib
import hmac
import secrets
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from mapper.model import Problem
from mapper.text import N_

if TYPE_CHECKING:
    from argon2 import PasswordHasher

#: NIST SP 800-63B: length protects, rules about signs do not.
SHORTEST_PASSWORD = 12
#: More than any sentence; hashing costs time that grows with it.
LONGEST_PASSWORD = 256
_STEP_S = 30
#: A clock may be half a minute off.
_STEPS_OFF = 1


class InstanceKey:
    """The key file of the instance, for what must not be readable in a copy of the database alone."""

    def __init__(self, home: Path) -> None:
        self._file = home / "admin.key"

    def _bytes(self, purpose: str) -> bytes:
        try:
            words = self._file.read_bytes()
        except OSError:
            raise Problem(
                N_("The file {path} cannot be read; without it nobody can sign in."), path=self._file
            ) from None
        return hmac.digest(words, purpose.encode(), hashlib.sha256)

    def hash_of(self, words: str) -> str:
        """A hash that nobody can try out without the key: for names and addresses, which can be guessed."""
        return hmac.new(self._bytes("tries"), words.encode(), hashlib.sha256).hexdigest()

    def lock(self, words: str) -> str:
        """Words encrypted (AES-GCM)."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = secrets.token_bytes(12)
        return base64.b64encode(nonce + AESGCM(self._bytes("totp")).encrypt(nonce, words.encode(), None)).decode()

    def unlock(self, locked: str) -> str:
        """What `lock` was given. Raises `Problem` when it was locked with another key."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        sealed = base64.b64decode(locked)
        try:
            return AESGCM(self._bytes("totp")).decrypt(sealed[:12], sealed[12:], None).decode()
        except InvalidTag:
            raise Problem(
                N_("The codes of this account were made with another key file. Ask for a new invitation.")
            ) from None


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    # argon2id with the second recommended option of RFC 9106: 64 MiB, three passes.
    return PasswordHasher()


@cache
def _nobodys_hash() -> str:
    return _hasher().hash(secrets.token_urlsafe(16))


def demand_good(password: str, sign_in_name: str) -> None:
    """Raises `Problem` for a password that is too short, too long, or the name itself."""
    if len(password) < SHORTEST_PASSWORD:
        raise Problem(
            N_("This password is too short. Use at least {count} signs: a short sentence is easy to remember."),
            count=SHORTEST_PASSWORD,
        )
    if len(password) > LONGEST_PASSWORD:
        raise Problem(N_("This password is longer than {count} signs. Choose a shorter one."), count=LONGEST_PASSWORD)
    name = sign_in_name.casefold()
    rest = password.casefold().replace(name, "") if name else password
    if len(rest) < SHORTEST_PASSWORD // 2 or len(set(password)) < SHORTEST_PASSWORD // 2:
        raise Problem(
            N_("This password is easy to guess: it repeats itself or your sign-in name. Choose another sentence.")
        )


def hash_password(password: str) -> str:
    """The argon2id hash that is kept of a password."""
    return _hasher().hash(password)


def is_password(password: str, password_hash: str) -> bool:
    """Whether this is the password behind a hash. Takes as long when there is no hash at all."""
    from argon2.exceptions import VerificationError

    kept = password_hash or _nobodys_hash()
    try:
        return _hasher().verify(kept, password[: LONGEST_PASSWORD + 1]) and password_hash != ""
    except VerificationError:
        return False


def new_totp_secret() -> str:
    """A shared secret for an app that makes codes (RFC 6238)."""
    import pyotp

    return pyotp.random_base32()


def totp_address(secret: str, sign_in_name: str) -> str:
    """What the app reads from the QR code."""
    import pyotp

    return pyotp.TOTP(secret).provisioning_uri(name=sign_in_name, issuer_name="mapper")


def is_totp_secret(words: str) -> bool:
    """Whether this can be a secret that `new_totp_secret` gave."""
    return len(words) == 32 and set(words) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


def totp_step(secret: str, code: str, now: dt.datetime) -> int | None:
    """The number of the thirty seconds whose code this is; None when it is the code of none around now."""
    import pyotp

    code = "".join(code.split())
    step = int(now.timestamp()) // _STEP_S
    generator = pyotp.TOTP(secret)
    # Every one is compared, so that the time it takes tells nothing.
    found = [
        near
        for near in range(step - _STEPS_OFF, step + _STEPS_OFF + 1)
        if hmac.compare_digest(generator.at(near * _STEP_S).encode(), code.encode())
    ]
    return found[-1] if found else None
