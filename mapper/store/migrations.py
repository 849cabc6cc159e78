"""The tables, step by step. A step that has been released is never changed; add a new one.

Records are JSON in one column; generated columns and views beside it make them readable in Datasette.
"""

from sqlite_utils import Database, Migrations

#: How many steps there are; kept in PRAGMA user_version so that a start that needs none does not load this file.
LATEST = 8

migrations = Migrations("mapper")


def _gives_no_address(column: str) -> str:
    """SQL that holds when a record keeps to its precision: no address and no point where none may exist."""
    return f"""coalesce(json_extract({column}, '$.place.precision'), 'exact') NOT IN ('neighbourhood', 'contact_only')
        OR (json_extract({column}, '$.place.lon') IS NULL AND json_extract({column}, '$.place.lat') IS NULL
            AND json_extract({column}, '$.place.address') IS NULL)"""


def _name(column: str) -> str:
    languages = ("und", "nl", "fr", "en")
    return "coalesce(" + ", ".join(f"json_extract({column}, '$.name.{code}')" for code in languages) + ")"


@migrations()
def inventory(db: Database) -> None:
    db.execute(f"""CREATE TABLE resources (
        id TEXT PRIMARY KEY,
        name TEXT GENERATED ALWAYS AS ({_name("body")}) VIRTUAL,
        kind TEXT GENERATED ALWAYS AS (json_extract(body, '$.kind')) VIRTUAL,
        visibility TEXT GENERATED ALWAYS AS (coalesce(json_extract(body, '$.visibility'), 'public')) VIRTUAL,
        status TEXT GENERATED ALWAYS AS (coalesce(json_extract(body, '$.status'), 'reported')) VIRTUAL,
        precision TEXT GENERATED ALWAYS AS (CASE WHEN json_extract(body, '$.place') IS NULL THEN 'contact_only'
            ELSE coalesce(json_extract(body, '$.place.precision'), 'exact') END) VIRTUAL,
        checked_on TEXT GENERATED ALWAYS AS (json_extract(body, '$.checked_on')) VIRTUAL,
        body TEXT NOT NULL CHECK (json_valid(body)),
        CHECK ({_gives_no_address("body")})
    ) WITHOUT ROWID""")
    db.execute(f"""CREATE TABLE changes (
        revision INTEGER PRIMARY KEY AUTOINCREMENT,
        at TEXT NOT NULL, by TEXT NOT NULL, verb TEXT NOT NULL, record_id TEXT NOT NULL,
        before TEXT CHECK (before IS NULL OR json_valid(before)),
        CHECK (before IS NULL OR {_gives_no_address("before")})
    )""")
    db.execute("CREATE INDEX changes_by_record ON changes (record_id, revision)")
    lists = {
        "needs": ("needs", "value AS need"),
        "slices": ("slices", "value AS slice"),
        "languages": ("languages", "json_extract(value, '$.code') AS language"),
        "offers": ("offers", "json_extract(value, '$.id') AS offer, value AS body"),
        "contacts": ("contacts", "json_extract(value, '$.type') AS type, json_extract(value, '$.value') AS contact"),
        "links": ("links", "json_extract(value, '$.type') AS type, json_extract(value, '$.to') AS to_resource"),
        "sources": (
            "sources",
            "json_extract(value, '$.facts') AS facts, json_extract(value, '$.title') AS title, "
            "json_extract(value, '$.url') AS url, json_extract(value, '$.on') AS \"on\"",
        ),
    }
    for key, (name, columns) in lists.items():
        db.execute(
            f"CREATE VIEW {name} AS SELECT resources.id AS resource, resources.name AS name, {columns} "
            f"FROM resources, json_each(resources.body, '$.{key}')"
        )
    db.table("settings").create({"key": str, "value": str}, pk="key", not_null={"value"})
    db.table("neighbourhood_set").create(
        {"title": str, "url": str, "retrieved_on": str, "sha256": str, "licence": str, "approximate": int}
    )
    db.table("neighbourhoods").create({"id": str, "name": str, "geometry": str}, pk="id", not_null={"name", "geometry"})
    db.table("figures").create(
        {"neighbourhood": str, "indicator": str, "year": int, "value": float, "source": str},
        pk=("neighbourhood", "indicator", "year"),
        not_null={"source"},
    )


@migrations()
def audit(db: Database) -> None:
    db.execute("""CREATE TABLE audit (
        seq INTEGER PRIMARY KEY, at TEXT NOT NULL, by TEXT NOT NULL, verb TEXT NOT NULL, about TEXT NOT NULL,
        hash TEXT NOT NULL UNIQUE
    )""")
    for verb in ("UPDATE", "DELETE"):
        db.execute(
            f"CREATE TRIGGER audit_keeps_{verb.lower()} BEFORE {verb} ON audit "
            "BEGIN SELECT raise(ABORT, 'the audit is append-only'); END"
        )


@migrations()
def gathering(db: Database) -> None:
    db.execute("""CREATE TABLE waiting_sheets (
        id TEXT PRIMARY KEY, account TEXT NOT NULL, until TEXT NOT NULL, body TEXT NOT NULL
    ) WITHOUT ROWID""")
    db.execute("""CREATE TABLE sent_drafts (
        account TEXT NOT NULL, draft TEXT NOT NULL, record_id TEXT NOT NULL, PRIMARY KEY (account, draft)
    ) WITHOUT ROWID""")
    db.execute("""CREATE TABLE imports (
        id TEXT PRIMARY KEY, account TEXT NOT NULL, at TEXT NOT NULL, name TEXT NOT NULL,
        first_revision INTEGER NOT NULL, last_revision INTEGER NOT NULL
    ) WITHOUT ROWID""")


@migrations()
def accounts(db: Database) -> None:
    db.execute("""CREATE TABLE teams (
        id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, without_circles INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID""")
    # A password is its argon2id hash; the shared secret of the second step is encrypted with the key of the instance.
    db.execute("""CREATE TABLE accounts (
        id TEXT PRIMARY KEY, sign_in_name TEXT UNIQUE, role TEXT NOT NULL, team TEXT REFERENCES teams (id),
        records TEXT NOT NULL CHECK (json_valid(records)), areas TEXT NOT NULL CHECK (json_valid(areas)),
        language TEXT NOT NULL, is_disabled INTEGER NOT NULL DEFAULT 0,
        password_hash TEXT NOT NULL DEFAULT '', totp_secret TEXT NOT NULL DEFAULT '',
        totp_last_step INTEGER NOT NULL DEFAULT 0, oidc_subject TEXT UNIQUE
    ) WITHOUT ROWID""")
    db.execute("""CREATE TABLE invitations (
        token_hash TEXT PRIMARY KEY, account TEXT NOT NULL UNIQUE REFERENCES accounts (id), expires_at TEXT NOT NULL
    ) WITHOUT ROWID""")
    db.execute("""CREATE TABLE sessions (
        id_hash TEXT PRIMARY KEY, account TEXT NOT NULL REFERENCES accounts (id),
        begun_at TEXT NOT NULL, seen_at TEXT NOT NULL
    ) WITHOUT ROWID""")
    db.execute("CREATE INDEX sessions_by_account ON sessions (account)")
    db.execute("""CREATE TABLE sign_in_tries (
        who_hash TEXT PRIMARY KEY, failures INTEGER NOT NULL, last_at TEXT NOT NULL, not_before TEXT NOT NULL
    ) WITHOUT ROWID""")


@migrations()
def coverage(db: Database) -> None:
    db.execute("""CREATE TABLE efforts (
        neighbourhood TEXT NOT NULL, need TEXT NOT NULL, looked_on TEXT NOT NULL, by TEXT NOT NULL,
        PRIMARY KEY (neighbourhood, need, looked_on)
    ) WITHOUT ROWID""")
    # Counts only: no row tells of one search, and nothing tells of a person.
    db.execute("""CREATE TABLE unanswered (
        month TEXT NOT NULL CHECK (month GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]'),
        neighbourhood TEXT NOT NULL, need TEXT NOT NULL, slice TEXT NOT NULL,
        count INTEGER NOT NULL CHECK (count > 0),
        PRIMARY KEY (month, neighbourhood, need, slice)
    ) WITHOUT ROWID""")


@migrations()
def calls_and_stewards(db: Database) -> None:
    """What calls said, what teams remember, and the say of groups over their own records."""
    for table, columns in {
        "call_counts": """record_id TEXT NOT NULL, week TEXT NOT NULL, said TEXT NOT NULL, count INTEGER NOT NULL,
            PRIMARY KEY (record_id, week, said)""",
        "last_said": """account TEXT PRIMARY KEY, record_id TEXT NOT NULL, week TEXT NOT NULL, said TEXT NOT NULL,
            revision INTEGER NOT NULL, report INTEGER NOT NULL""",
        "team_places": """team TEXT NOT NULL, record_id TEXT NOT NULL, favourite INTEGER NOT NULL, note TEXT NOT NULL,
            PRIMARY KEY (team, record_id)""",
        "told_per_day": """day TEXT NOT NULL, record_id TEXT NOT NULL, count INTEGER NOT NULL,
            PRIMARY KEY (day, record_id)""",
        "handed_over": "hash TEXT PRIMARY KEY, kind TEXT NOT NULL, record_id TEXT NOT NULL, until TEXT NOT NULL",
        "widenings": """id TEXT PRIMARY KEY, record_id TEXT NOT NULL, visibility TEXT NOT NULL, precision TEXT NOT NULL,
            proposed_by TEXT NOT NULL, proposed_on TEXT NOT NULL""",
        "agreed_precision": "record_id TEXT PRIMARY KEY, precision TEXT NOT NULL",
        "left_out": 'fingerprint TEXT PRIMARY KEY, record_id TEXT NOT NULL, "on" TEXT NOT NULL',
    }.items():
        db.execute(f"CREATE TABLE {table} ({columns}) WITHOUT ROWID")
    db.execute("""CREATE TABLE reports (
        id INTEGER PRIMARY KEY AUTOINCREMENT, record_id TEXT NOT NULL, "on" TEXT NOT NULL, kind TEXT NOT NULL,
        words TEXT NOT NULL DEFAULT '', passed_on INTEGER NOT NULL DEFAULT 0
    )""")


@migrations()
def curation(db: Database) -> None:
    db.execute("""CREATE TABLE not_same (
        "left" TEXT NOT NULL, "right" TEXT NOT NULL, by TEXT NOT NULL, at TEXT NOT NULL,
        PRIMARY KEY ("left", "right"), CHECK ("left" < "right")
    ) WITHOUT ROWID""")
    db.execute("""CREATE TABLE merges (
        id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, by TEXT NOT NULL, kept TEXT NOT NULL,
        gone TEXT NOT NULL, kept_change INTEGER NOT NULL, gone_change INTEGER NOT NULL,
        undone_at TEXT NOT NULL DEFAULT ''
    )""")
    db.execute("""CREATE TABLE contacts_made (
        id INTEGER PRIMARY KEY AUTOINCREMENT, record TEXT NOT NULL, "on" TEXT NOT NULL, by TEXT NOT NULL,
        asked TEXT NOT NULL CHECK (json_valid(asked)),
        outcome TEXT NOT NULL CHECK (outcome IN ('spoke', 'no_answer', 'call_later', 'no_more_calls'))
    )""")
    db.execute('CREATE INDEX contacts_made_by_record ON contacts_made (record, "on")')
    db.execute("""CREATE TABLE contact_rules (
        record TEXT PRIMARY KEY, months INTEGER NOT NULL CHECK (months BETWEEN 0 AND 60), by TEXT NOT NULL,
        at TEXT NOT NULL
    ) WITHOUT ROWID""")


@migrations()
def cases(db: Database) -> None:
    # Code and body are sealed with a key that lives in another file; nothing of a person can be read or searched here.
    db.execute("""CREATE TABLE cases (
        id TEXT PRIMARY KEY, team TEXT NOT NULL, code BLOB NOT NULL, body BLOB NOT NULL, erase_after TEXT NOT NULL,
        revision INTEGER NOT NULL, broken_glass INTEGER NOT NULL DEFAULT 0, is_erasing INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID""")
    # To which service stands in the sealed body: beside a case it would tell too much.
    db.execute("""CREATE TABLE referrals (
        id TEXT PRIMARY KEY, case_id TEXT NOT NULL REFERENCES cases (id), token_hash TEXT UNIQUE,
        expires_on TEXT NOT NULL, body BLOB NOT NULL
    ) WITHOUT ROWID""")
    db.execute("CREATE INDEX referrals_by_case ON referrals (case_id)")
    db.execute("""CREATE TABLE introductions_by_week (
        place TEXT NOT NULL, week TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (place, week)
    ) WITHOUT ROWID""")
    db.execute("""CREATE TABLE numbers (
        month TEXT NOT NULL, "table" TEXT NOT NULL, "row" TEXT NOT NULL, "column" TEXT NOT NULL,
        count INTEGER NOT NULL, PRIMARY KEY (month, "table", "row", "column")
    ) WITHOUT ROWID""")
