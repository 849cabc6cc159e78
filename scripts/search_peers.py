"""Other ways to search names, to be measured beside mapper's own. All get the same folded names and questions."""

import contextlib
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from scripts.search_queries import Named

#: Question, kind asked for ("" for any), how many -> (number of the name, score), best first.
Ask = Callable[[str, str, int], list[tuple[int, float]]]


class Names:
    """All names in a row, each with the number of its record."""

    def __init__(self, records: Sequence[Named]) -> None:
        self.records = records
        self.texts = [name for record in records for name in record.names]
        self.owners = [number for number, record in enumerate(records) for _name in record.names]
        self.kinds = [records[owner].kind for owner in self.owners]


def rapidfuzz_scorer(names: Names, scorer: Any) -> Ask:
    from rapidfuzz import process

    by_kind: dict[str, dict[int, str]] = {"": dict(enumerate(names.texts))}
    for number, kind in enumerate(names.kinds):
        by_kind.setdefault(kind, {})[number] = names.texts[number]

    def ask(text: str, kind: str, count: int) -> list[tuple[int, float]]:
        found = process.extract(text, by_kind.get(kind, {}), scorer=scorer, limit=count)
        return [(number, score) for _name, score, number in found]

    return ask


def fts5(names: Names, *, trigrams: bool) -> Ask:
    connection = sqlite3.connect(":memory:")
    tokenizer = "tokenize='trigram'" if trigrams else "prefix='2 3 4'"
    connection.execute(f"CREATE VIRTUAL TABLE names USING fts5(name, kind UNINDEXED, {tokenizer})")
    rows = ((number, name, kind) for number, (name, kind) in enumerate(zip(names.texts, names.kinds, strict=True)))
    connection.executemany("INSERT INTO names(rowid, name, kind) VALUES (?, ?, ?)", rows)
    connection.execute("INSERT INTO names(names) VALUES ('optimize')")
    sql = (
        "SELECT rowid, -bm25(names) FROM names WHERE names MATCH ? AND (? = '' OR kind = ?) "
        "ORDER BY bm25(names) LIMIT ?"
    )

    def ask(text: str, kind: str, count: int) -> list[tuple[int, float]]:
        if trigrams:
            tokens = [f'"{text[at : at + 3]}"' for at in range(len(text) - 2)]
        else:
            tokens = [f'"{word}"' for word in text.split()]
            tokens[-1] += "*"
        if not tokens:
            return []
        return connection.execute(sql, (" OR ".join(tokens), kind, kind, count)).fetchall()

    return ask


def tantivy_fuzzy(names: Names) -> Ask:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("number", stored=True)
    builder.add_text_field("kind", tokenizer_name="raw")
    builder.add_text_field("name", tokenizer_name="whitespace")
    schema = builder.build()
    index = tantivy.Index(schema)
    writer = index.writer(100_000_000, 1)
    for number, (name, kind) in enumerate(zip(names.texts, names.kinds, strict=True)):
        writer.add_document(tantivy.Document(number=number, kind=kind, name=name))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()
    query, occur = tantivy.Query, tantivy.Occur

    def ask(text: str, kind: str, count: int) -> list[tuple[int, float]]:
        words = text.split()
        parts = []
        for at, word in enumerate(words):
            last = at == len(words) - 1
            parts.append((occur.Should, query.boost_query(query.term_query(schema, "name", word), 2.0)))
            distance = 0 if len(word) < 4 else 1 if len(word) < 8 else 2
            if distance or last:
                fuzzy = query.fuzzy_term_query(
                    schema, "name", word, distance=distance, transposition_cost_one=True, prefix=last
                )
                parts.append((occur.Should, fuzzy))
        whole = query.boolean_query(parts)
        if kind:
            whole = query.boolean_query(
                [
                    (occur.Must, query.const_score_query(query.term_query(schema, "kind", kind), 0.0)),
                    (occur.Must, whole),
                ]
            )
        hits = searcher.search(whole, count).hits
        return [(searcher.doc(address)["number"][0], score) for score, address in hits]

    return ask


def bm25s_trigrams(names: Names) -> Ask:
    import bm25s
    import numpy as np

    def trigrams(text: str) -> list[str]:
        padded = f" {text} "
        return [padded[at : at + 3] for at in range(len(padded) - 2)]

    retriever = bm25s.BM25()
    retriever.index([trigrams(text) for text in names.texts], show_progress=False)
    kinds = np.array(names.kinds)
    masks = {kind: (kinds == kind).astype(np.float32) for kind in set(names.kinds)}

    def ask(text: str, kind: str, count: int) -> list[tuple[int, float]]:
        known = [gram for gram in trigrams(text) if gram in retriever.vocab_dict]
        if not known:
            return []
        scores = retriever.get_scores(known, weight_mask=masks.get(kind) if kind else None)
        best = np.argpartition(-scores, min(count, len(scores) - 1))[:count]
        best = best[np.argsort(-scores[best], kind="stable")]
        return [(int(number), float(scores[number])) for number in best if scores[number] > 0]

    return ask


@contextlib.contextmanager
def postgres() -> Iterator[Any]:
    """A PostgreSQL server of Debian's, for as long as it is measured; None when there is none to start."""
    servers = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    try:
        import psycopg
    except ImportError:
        servers = []
    if not servers or shutil.which("runuser") is None:
        yield None
        return
    programs = servers[-1].parent
    folder = Path(tempfile.mkdtemp(prefix="mapper-bench-"))
    shutil.chown(folder, "postgres")

    def run(*command: str) -> None:
        subprocess.run(["runuser", "-u", "postgres", "--", *command], check=True, capture_output=True, cwd="/")

    try:
        run(str(programs / "initdb"), "-D", str(folder / "data"), "-E", "UTF8", "--no-sync")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off -c shared_buffers=512MB -c max_parallel_workers=0"
        run(
            str(programs / "pg_ctl"),
            "-D",
            str(folder / "data"),
            "-w",
            "-o",
            options,
            "-l",
            str(folder / "log"),
            "start",
        )
        run(str(programs / "psql"), "-h", str(folder), "-c", "CREATE ROLE root SUPERUSER LOGIN", "postgres")
        with psycopg.connect(host=str(folder), dbname="postgres", user="root", autocommit=True) as connection:
            connection.execute("CREATE EXTENSION pg_trgm")
            yield connection
    except (OSError, subprocess.CalledProcessError, psycopg.Error) as error:
        print(f"PostgreSQL could not be started: {error}")
        yield None
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            run(str(programs / "pg_ctl"), "-D", str(folder / "data"), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


#: The index is used by the operator in front of the limit; the filter on kind goes with it.
_PG_SQL = {
    "gin": "SELECT number, similarity(name, %(text)s) FROM names WHERE name %% %(text)s "
    "AND (%(kind)s = '' OR kind = %(kind)s) ORDER BY similarity(name, %(text)s) DESC LIMIT %(count)s",
    "gist": "SELECT number, similarity(name, %(text)s) FROM names WHERE (%(kind)s = '' OR kind = %(kind)s) "
    "ORDER BY name <-> %(text)s LIMIT %(count)s",
}


def pg_trgm(connection: Any, names: Names, method: str) -> Ask:
    connection.execute("DROP TABLE IF EXISTS names")
    connection.execute("CREATE TABLE names(number int, kind text, name text)")
    with connection.cursor().copy("COPY names FROM STDIN") as copy:
        for number, (name, kind) in enumerate(zip(names.texts, names.kinds, strict=True)):
            copy.write_row((number, kind, name))
    connection.execute(f"CREATE INDEX ON names USING {method} (name {method}_trgm_ops)")
    connection.execute("ANALYZE names")
    connection.execute("SET pg_trgm.similarity_threshold = 0.25")
    sql = _PG_SQL[method]

    def ask(text: str, kind: str, count: int) -> list[tuple[int, float]]:
        return connection.execute(sql, {"text": text, "kind": kind, "count": count}).fetchall()

    return ask
