"""One key for each case, in a file apart from the database and from its backup.

Every key is wrapped by the key of the key file, which only its owner may read. To erase a case is to destroy its key:
whatever copies of the database there are, nobody reads it again. Copies of the keys must not live longer than thirty
days (docs/security.md).
"""

import contextlib
import datetime as dt
import hashlib
import os
import secrets
import sqlite3
import stat
import threading
from pathlib import Path

from mapper.model import Problem
from mapper.text import N_

_KEY_BYTES = 32
_LOCK_TIMEOUT_S = 30.0
#: What is sealed grows to a multiple of this, so that its length tells little.
_BLOCK_BYTES = 1024


class KeyProblem(Problem):
    """The keys cannot be used: the key file is not there, is another one, or others may read it."""


def seal(key: bytes, words: bytes, about: str) -> bytes:
    """Words encrypted (AES-256-GCM), bound to what they are about: moved elsewhere they cannot be opened."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(12)
    return nonce + AESGCM(key).encrypt(nonce, words, about.encode())


def unseal(key: bytes, sealed: bytes, about: str) -> bytes | None:
    """What was sealed; None when it was sealed with another key or about something else, or was changed since."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(key).decrypt(sealed[:12], sealed[12:], about.encode())
    except InvalidTag:
        return None


def padded(words: bytes) -> bytes:
    """JSON with spaces behind it, which change nothing but its length."""
    return words + b" " * (-len(words) % _BLOCK_BYTES)


class KeyFile:
    """The file with the one key that wraps all others."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def make(self) -> bool:
        """Makes the file, readable by its owner only; False when it is there already."""
        return self.path.exists() is False and self._write(self.path, secrets.token_bytes(_KEY_BYTES))

    def _write(self, path: Path, key: bytes) -> bool:
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(key.hex() + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise KeyProblem(
                N_("The key file {path} cannot be written ({error}). Name another with MAPPER_KEY_FILE."),
                path=path, error=error.strerror,
            ) from None  # fmt: skip
        return True

    def read(self, path: Path | None = None) -> bytes:
        """The key. Raises `KeyProblem` when it cannot be read, is none, or when others may read it too."""
        path = path or self.path
        try:
            mode = path.stat().st_mode
            words = path.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            raise KeyProblem(
                N_("There is no key file {path}. Put it back from where you keep it, or make a first one: "
                   "mapper keys make. Cases that were sealed with a lost key file cannot be read by anybody."),
                path=path,
            ) from None  # fmt: skip
        except (OSError, UnicodeDecodeError) as error:
            raise KeyProblem(
                N_("The key file {path} cannot be read ({error})."), path=path, error=error.__class__.__name__
            ) from None
        if stat.S_IMODE(mode) & 0o077:
            raise KeyProblem(
                N_("Others on this machine can read the key file {path}. Close it first: chmod 600 {path}"), path=path
            )
        try:
            key = bytes.fromhex(words)
        except ValueError:
            key = b""
        if len(key) != _KEY_BYTES:
            raise KeyProblem(N_("The file {path} is no key file of mapper. Put the right one back."), path=path)
        return key

    @property
    def next_path(self) -> Path:
        """Where the next key waits while keys are wrapped anew."""
        return self.path.with_name(self.path.name + ".next")

    def write_next(self, key: bytes) -> None:
        """Puts the next key beside the present one."""
        self._write(self.next_path, key)

    def take_next(self) -> None:
        """The next key becomes the present one."""
        os.replace(self.next_path, self.path)


class KeyStore:
    """The keys of cases by the id of the case. Safe to use from several threads and processes."""

    def __init__(self, folder: Path, key_file: KeyFile) -> None:
        """Opens nothing yet: an instance without cases has no keys."""
        self.path = folder / "keys.sqlite"
        self.key_file = key_file
        self._lock = threading.RLock()
        self._opened: sqlite3.Connection | None = None

    def _connection(self) -> sqlite3.Connection:
        if self._opened is None:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                if not self.path.exists():
                    self.path.touch(mode=0o600)
                connection = sqlite3.connect(
                    self.path, timeout=_LOCK_TIMEOUT_S, isolation_level=None, check_same_thread=False
                )
                for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
                    connection.execute(f"PRAGMA {pragma}")
                connection.execute("CREATE TABLE IF NOT EXISTS keys (id TEXT PRIMARY KEY, wrapped BLOB NOT NULL, "
                                   "made_on TEXT NOT NULL) WITHOUT ROWID")  # fmt: skip
                connection.execute("CREATE TABLE IF NOT EXISTS key_file (sha256 TEXT NOT NULL)")
            except (OSError, sqlite3.Error) as error:
                raise KeyProblem(
                    N_("The keys in {path} cannot be opened ({error}). Put them back, or name their folder with "
                       "MAPPER_KEYS."), path=self.path, error=error,
                ) from None  # fmt: skip
            self._opened = connection
        return self._opened

    def _write(self, sql: str, *parameters: object) -> int:
        with self._lock:
            try:
                return self._connection().execute(sql, parameters).rowcount
            except sqlite3.OperationalError as error:
                raise KeyProblem(
                    N_("Nothing was saved: the keys cannot be written ({error}). Free some disk space or try again."),
                    error=error,
                ) from None

    def _wrapping_key(self) -> bytes:
        """The key of the key file, when it is the one these keys were wrapped with. Raises `KeyProblem`."""
        with self._lock:
            connection = self._connection()
            row = connection.execute("SELECT sha256 FROM key_file").fetchone()
            if (
                row
                and self.key_file.next_path.exists()
                and _mark(self.key_file.read(self.key_file.next_path)) == row[0]
            ):
                # The keys were wrapped anew just before somebody pulled the plug.
                self.key_file.take_next()
            key = self.key_file.read()
            if row is None:
                self._write("INSERT INTO key_file SELECT ? WHERE NOT EXISTS (SELECT 1 FROM key_file)", _mark(key))
            elif row[0] != _mark(key):
                raise KeyProblem(
                    N_("The key file {path} is another one than the cases were sealed with. Put the right one back."),
                    path=self.key_file.path,
                )
            return key

    def make(self, case_id: str) -> None:
        """A new key for a case, on the disk before this returns. Raises `KeyProblem`."""
        wrapped = seal(self._wrapping_key(), secrets.token_bytes(_KEY_BYTES), case_id)
        self._write("INSERT INTO keys VALUES (?, ?, ?)", case_id, wrapped, dt.datetime.now(dt.UTC).date().isoformat())

    def key(self, case_id: str) -> bytes | None:
        """The key of a case; None when it was destroyed. Raises `KeyProblem` when the key file is not in order."""
        if not self.path.exists():
            return None
        with self._lock:
            row = self._connection().execute("SELECT wrapped FROM keys WHERE id = ?", (case_id,)).fetchone()
            return unseal(self._wrapping_key(), row[0], case_id) if row else None

    def destroy(self, case_id: str) -> None:
        """Destroys a key for good: overwritten in its file, and gone from the write-ahead log.

        Needs no key file: what may not be kept can be erased even when the key file is lost.
        """
        if not self.path.exists():
            return
        self._write("DELETE FROM keys WHERE id = ?", case_id)
        self._write("PRAGMA wal_checkpoint(TRUNCATE)")

    def made_before(self, day: dt.date) -> set[str]:
        """Ids of cases whose key was made before this day."""
        if not self.path.exists():
            return set()
        with self._lock:
            rows = self._connection().execute("SELECT id FROM keys WHERE made_on < ?", (day.isoformat(),))
            return {row[0] for row in rows}

    def rotate(self) -> int:
        """A new key file: every key is wrapped anew, and the old key file opens nothing any more. Returns how many.

        A plug pulled at any moment leaves the old key file in force, or the new one.
        """
        with self._lock:
            old, new = self._wrapping_key(), secrets.token_bytes(_KEY_BYTES)
            self.key_file.write_next(new)
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                rows = connection.execute("SELECT id, wrapped FROM keys").fetchall()
                for case_id, wrapped in rows:
                    key = unseal(old, wrapped, case_id)
                    if key is not None:
                        connection.execute(
                            "UPDATE keys SET wrapped = ? WHERE id = ?", (seal(new, key, case_id), case_id)
                        )
                connection.execute("UPDATE key_file SET sha256 = ?", (_mark(new),))
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
            self.key_file.take_next()
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return len(rows)

    def close(self) -> None:
        """Lets go of the file."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None


def _mark(key: bytes) -> str:
    """Tells key files apart without telling the key."""
    return hashlib.sha256(b"key file of mapper" + key).hexdigest()
