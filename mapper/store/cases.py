"""Cases as they stand in the tables: an id, a team, a day to erase them, and sealed bytes.

Nothing of a person can be read here or searched for: code, body and referrals are sealed with the key of the case,
which lives in another file. So whoever looks for a code, or for the referrals to a place, opens one case after another.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator

import msgspec

from mapper.model import Record, Resource, from_json
from mapper.referrals import Case, Referral
from mapper.store.audit import Transaction
from mapper.store.keys import KeyStore, padded, seal, unseal
from mapper.store.sqlite import SqliteStore


class CaseLine(Record, frozen=True):
    """A case from the outside."""

    id: str
    team: str
    code: str
    erase_after: dt.date
    #: How often somebody outside the team opened it since the team last looked.
    broken_glass: int = 0


class KeptCase(Record, frozen=True):
    """A case with where it belongs and which of its states this is."""

    id: str
    team: str
    case: Case
    revision: int
    broken_glass: int = 0


class KeptReferral(Record, frozen=True):
    """A referral with the case it came from."""

    case_id: str
    team: str
    referral: Referral


_referral = msgspec.json.Decoder(Referral)
_case = msgspec.json.Decoder(Case)
_encoder = msgspec.json.Encoder(order="deterministic")


class CaseStore:
    """The tables of this room. Everything that writes happens in the transaction that is given."""

    def __init__(self, store: SqliteStore, keys: KeyStore) -> None:
        self._store = store
        self.keys = keys
        #: Opens a transaction: see `SqliteStore.transaction`.
        self.transaction = store.transaction

    # Cases

    def lines(self, team: str | None = None) -> list[CaseLine]:
        """The cases of a team (of all teams: None), those that end first first. What has no key is left out."""
        rows = self._store.rows(
            """SELECT id, team, code, erase_after, broken_glass FROM cases
            WHERE NOT is_erasing AND (?1 IS NULL OR team = ?1) ORDER BY erase_after, id""",
            team,
        )
        found = []
        for case_id, owner, sealed, erase_after, broken in rows:
            key = self.keys.key(case_id)
            code = unseal(key, sealed, f"{case_id}/code") if key else None
            if code is not None:
                found.append(
                    CaseLine(id=case_id, team=owner, code=code.decode(), broken_glass=broken,
                             erase_after=dt.date.fromisoformat(erase_after))
                )  # fmt: skip
        return found

    def team_of(self, case_id: str) -> str | None:
        """Whose a case is; None when there is none. Opens nothing."""
        rows = self._store.rows("SELECT team FROM cases WHERE id = ? AND NOT is_erasing", case_id)
        return rows[0][0] if rows else None

    def case(self, case_id: str, transaction: Transaction | None = None) -> KeptCase | None:
        """One case, opened; None when it never was, is erased or cannot be opened any more."""
        sql = "SELECT team, body, revision, broken_glass FROM cases WHERE id = ? AND NOT is_erasing"
        rows = transaction.execute(sql, (case_id,)).fetchall() if transaction else self._store.rows(sql, case_id)
        key = self.keys.key(case_id) if rows else None
        if key is None:
            return None
        team, sealed, revision, broken = rows[0]
        body = unseal(key, sealed, case_id)
        if body is None:
            return None
        return KeptCase(id=case_id, team=team, case=_case.decode(body), revision=revision, broken_glass=broken)

    def add(self, transaction: Transaction, case_id: str, team: str, case: Case) -> None:
        """Adds a case, whose key must be there."""
        key = self._key(case_id)
        transaction.execute(
            "INSERT INTO cases (id, team, code, body, erase_after, revision) VALUES (?, ?, ?, ?, ?, 1)",
            (case_id, team, seal(key, case.code.encode(), f"{case_id}/code"), _sealed(key, case, case_id),
             case.consent.until.isoformat()),
        )  # fmt: skip

    def put(self, transaction: Transaction, kept: KeptCase, case: Case) -> None:
        """A case as it is now. What it was is overwritten: no history of a person is kept."""
        transaction.execute(
            "UPDATE cases SET body = ?, erase_after = ?, revision = ? WHERE id = ?",
            (_sealed(self._key(kept.id), case, kept.id), case.consent.until.isoformat(), kept.revision + 1, kept.id),
        )

    def _key(self, case_id: str) -> bytes:
        key = self.keys.key(case_id)
        assert key is not None, "a case that can be opened has a key"
        return key

    def break_glass(self, transaction: Transaction, case_id: str) -> None:
        """Notes for the team that somebody outside it opened a case."""
        transaction.execute("UPDATE cases SET broken_glass = broken_glass + 1 WHERE id = ?", (case_id,))

    def see_broken_glass(self, transaction: Transaction, case_id: str) -> None:
        """The team has seen it."""
        transaction.execute("UPDATE cases SET broken_glass = 0 WHERE id = ?", (case_id,))

    def times_tried(self, account: str, verb: str, within: dt.timedelta) -> int:
        """How often an account did something in this time up to now, as the audit has it."""
        since = (dt.datetime.now(dt.UTC) - within).isoformat(timespec="milliseconds")
        rows = self._store.rows("SELECT count(*) FROM audit WHERE by = ? AND verb = ? AND at > ?", account, verb, since)
        return int(rows[0][0])

    # Erasing, in three steps: marked and counted; its key destroyed; its rows taken away

    def mark_erasing(self, transaction: Transaction, case_id: str) -> bool:
        """From now on nobody opens this case. False when somebody else is erasing it, or it is gone."""
        found = transaction.execute("UPDATE cases SET is_erasing = 1 WHERE id = ? AND NOT is_erasing", (case_id,))
        return found.rowcount == 1

    def ended_by(self, today: dt.date) -> list[str]:
        """Ids of cases whose last day is over."""
        return [row[0] for row in self._store.rows(
            "SELECT id FROM cases WHERE erase_after < ? AND NOT is_erasing ORDER BY id", today.isoformat()
        )]  # fmt: skip

    def half_erased(self) -> list[str]:
        """Ids of cases whose erasing was cut short."""
        return [row[0] for row in self._store.rows("SELECT id FROM cases WHERE is_erasing ORDER BY id")]

    def remove(self, transaction: Transaction, case_id: str) -> None:
        """Takes away the rows of a case and of its referrals."""
        transaction.execute("DELETE FROM referrals WHERE case_id = ?", (case_id,))
        transaction.execute("DELETE FROM cases WHERE id = ?", (case_id,))
        transaction.purged = True

    def keys_without_case(self, made_before: dt.date) -> set[str]:
        """Ids that have had a key since before this day and no case: their saving was cut short."""
        return self.keys.made_before(made_before) - {row[0] for row in self._store.rows("SELECT id FROM cases")}

    # Referrals

    def add_referral(self, transaction: Transaction, case_id: str, referral: Referral, token: str) -> None:
        """Adds a referral; of the token of its link only a hash is kept."""
        transaction.execute(
            "INSERT INTO referrals (id, case_id, token_hash, expires_on, body) VALUES (?, ?, ?, ?, ?)",
            (referral.id, case_id, hash_of(token), referral.consent.expires_on.isoformat(),
             _sealed(self._key(case_id), referral, referral.id)),
        )  # fmt: skip

    def put_referral(self, transaction: Transaction, kept: KeptReferral) -> None:
        """A referral as it is now. Where nothing is shared any more, no link opens it."""
        one = kept.referral
        transaction.execute(
            "UPDATE referrals SET body = ?, token_hash = CASE WHEN ? THEN token_hash END WHERE id = ?",
            (_sealed(self._key(kept.case_id), one, one.id), bool(one.consent.shared), one.id),
        )

    def referrals(self, case_id: str | None = None) -> Iterator[KeptReferral]:
        """The referrals of a case, or all there are, each opened with the key of its case."""
        yield from self._referrals("?1 IS NULL OR case_id = ?1", case_id)

    def referrals_over(self, transaction: Transaction, today: dt.date) -> list[KeptReferral]:
        """Referrals whose last day is over while what they shared is still there."""
        where = "expires_on < ?1 AND token_hash IS NOT NULL"
        return list(self._referrals(where, today.isoformat(), transaction))

    def referral(self, referral_id: str, transaction: Transaction | None = None) -> KeptReferral | None:
        """One referral by its id."""
        return next(self._referrals("referrals.id = ?1", referral_id, transaction), None)

    def referral_by_token(self, token: str, transaction: Transaction | None = None) -> KeptReferral | None:
        """The referral that a link opens."""
        return next(self._referrals("token_hash = ?1", hash_of(token), transaction), None)

    def _referrals(
        self, where: str, value: str | None, transaction: Transaction | None = None
    ) -> Iterator[KeptReferral]:
        # `where` is written in this file, never given.
        sql = f"""SELECT referrals.id, case_id, team, referrals.body FROM referrals JOIN cases ON cases.id = case_id
            WHERE NOT is_erasing AND ({where}) ORDER BY expires_on, referrals.id"""  # noqa: S608
        rows = transaction.execute(sql, (value,)).fetchall() if transaction else self._store.rows(sql, value)
        for referral_id, case_id, team, sealed in rows:
            key = self.keys.key(case_id)
            body = unseal(key, sealed, referral_id) if key else None
            if body is not None:
                yield KeptReferral(case_id=case_id, team=team, referral=_referral.decode(body))

    def place(self, transaction: Transaction, place_id: str) -> Resource | None:
        """A record as this transaction sees it: a door that closes this very second is closed."""
        row = transaction.execute("SELECT body FROM resources WHERE id = ?", (place_id,)).fetchone()
        return from_json(row[0]) if row else None

    # Counts: of places without cases, of fixed tables without people

    def count_introduction(self, transaction: Transaction, place: str, day: dt.date) -> None:
        """One more introduction to a place in this ISO week. No case, no day, no hour."""
        transaction.execute(
            "INSERT INTO introductions_by_week VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1",
            (place, week_of(day)),
        )

    def introductions_since(self, day: dt.date) -> dict[str, int]:
        """Place -> introductions since the week of this day."""
        return dict(self._store.rows(
            "SELECT place, sum(count) FROM introductions_by_week WHERE week >= ? GROUP BY place", week_of(day)
        ))  # fmt: skip

    def forget_introductions_before(self, transaction: Transaction, day: dt.date) -> None:
        """Takes away the counts of earlier weeks."""
        transaction.execute("DELETE FROM introductions_by_week WHERE week < ?", (week_of(day),))

    def count(self, transaction: Transaction, month: str, table: str, row: str, column: str) -> None:
        """One more in one cell of a fixed table."""
        transaction.execute(
            "INSERT INTO numbers VALUES (?, ?, ?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1",
            (month, table, row, column),
        )

    def numbers(self) -> list[tuple[str, str, str, str, int]]:
        """Month, table, row, column and count of every cell."""
        return [tuple(row) for row in self._store.rows(
            'SELECT month, "table", "row", "column", count FROM numbers ORDER BY month, "table", "row", "column"'
        )]  # fmt: skip


def _sealed(key: bytes, record: Record, about: str) -> bytes:
    return seal(key, padded(_encoder.encode(record)), about)


def hash_of(token: str) -> str:
    """What is kept of the token of a link: it is random enough that a plain hash cannot be turned back."""
    return hashlib.sha256(token.encode()).hexdigest()


def week_of(day: dt.date) -> str:
    """The ISO week of a day, as a word that sorts: "2026-W47"."""
    year, week, _weekday = day.isocalendar()
    return f"{year}-W{week:02}"
