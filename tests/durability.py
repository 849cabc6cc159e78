"""Writers that are killed, synced and left without room: what was said to be saved must be there afterwards."""

import contextlib
import os
import random
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from mapper.access import TERMINAL_ADMIN, Actor
from mapper.core import Mapper
from mapper.model import Problem
from mapper.text import Text
from tests.conftest import NOON, TOY_CITY, make_resource

WORKER = Actor(role="worker", id="w1", team="t1")
_ACK = re.compile(r"^(case|note|record) (\S+) (\S+)$")


@dataclass
class Killed:
    """What came of killing writers."""

    kills: int = 0
    acknowledged: int = 0
    lost: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


@dataclass
class Synced:
    """How often the disk was told to hold on to what was written."""

    acknowledged: int
    syncs: int
    unsynced: int


def make_home(home: Path) -> None:
    with Mapper.open(home, create=True, clock=lambda: NOON) as mapper:
        mapper.load_neighbourhoods(TERMINAL_ADMIN, TOY_CITY)
        mapper.keys.make(TERMINAL_ADMIN)


def write(home: Path, tell: Callable[[str], None], name: str, most: int) -> None:
    """Saves a case, notes in it and a record over and over; tells each one only when it was acknowledged."""
    with Mapper.open(home, clock=lambda: NOON) as mapper:
        for number in range(most):
            word = f"{name}-{number}"
            if number % 20 == 0:
                case_id, _code = mapper.cases.open(WORKER, None, word, "spoken", "nl")
                tell(f"case {case_id} {word}")
            elif number % 2:
                mapper.cases.note(WORKER, case_id, word)
                tell(f"note {case_id} {word}")
            else:
                mapper.put(TERMINAL_ADMIN, make_resource(id=f"r{name}", name=Text.of(word)))
                tell(f"record r{name} {word}")


def missing(home: Path, acknowledged: list[str], *, whole: bool) -> list[str]:
    """What was acknowledged and is not there; with `whole` also what the engine and the chain find wrong."""
    with Mapper.open(home, clock=lambda: NOON) as mapper:
        lost = []
        last_record: dict[str, int] = {}
        for line in acknowledged:
            kind, about, word = _ACK.fullmatch(line).groups()  # type: ignore[union-attr]
            if kind == "record":
                last_record[about] = int(word.rpartition("-")[2])
                continue
            case = mapper.cases.case(WORKER, about).case
            if word != case.why and all(word != note.words for note in case.notes):
                lost.append(line)
        for record_id, number in last_record.items():
            record = mapper._store.resource(record_id)
            # One more may have been written than was told: the knife fell in between.
            if record is None or int(record.name.best("nl")[1].rpartition("-")[2]) < number:
                lost.append(f"record {record_id} {number}")
        return lost + (mapper._store.problems() if whole else [])


def kill_writers(
    folder: Path, kills: int, seed: int = 1, say: Callable[[int, int], None] = lambda _done, _of: None
) -> Killed:
    """Kills (SIGKILL) so many writers, each at a random moment of its work, and looks after each what is there."""
    home, chance, result, everything = folder / "killed", random.Random(seed), Killed(), list[str]()
    make_home(home)
    for number in range(kills):
        told = _killed_after(home, f"k{number}", chance.uniform(0.0, 0.03))
        result.kills += 1
        result.acknowledged += len(told)
        everything += told
        found = _in_a_child(lambda told=told, number=number: missing(home, told, whole=number % 100 == 0))  # type: ignore[misc]
        result.lost += found
        say(number + 1, kills)
    result.broken += _in_a_child(lambda: missing(home, everything, whole=True))
    return result


def _killed_after(home: Path, name: str, seconds: float) -> list[str]:
    """What a writer told before it was killed, so long after its first acknowledgement."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ours)
        with contextlib.suppress(BaseException):
            write(home, lambda line: void(os.write(theirs, f"{line}\n".encode())), name, 100_000)
        os._exit(1)
    os.close(theirs)
    told = os.read(ours, 65536)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while more := os.read(ours, 65536):
        told += more
    os.close(ours)
    return [line for line in told.decode().splitlines() if _ACK.fullmatch(line)]


def void(_value: object) -> None:
    """Nothing."""


def _in_a_child(look: Callable[[], list[str]]) -> list[str]:
    """What a look from a process of its own finds: no open file is shared with the writers."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ours)
        try:
            found = "\n".join(look())
        except BaseException as error:
            found = f"looking failed: {error!r}"
        with os.fdopen(theirs, "w") as file:
            file.write(found)
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours) as file:
        found = file.read()
    os.waitpid(child, 0)
    return found.splitlines()


def count_syncs(folder: Path, writes: int = 100) -> Synced | None:
    """Looks with strace whether every acknowledgement came after an fdatasync; None where strace may not look."""
    home, log = folder / "synced", folder / "strace.log"
    make_home(home)
    command = ["strace", "-f", "-e", "trace=fdatasync,fsync,write", "-o", str(log)]
    done = subprocess.run(
        [*command, sys.executable, "-m", "tests.durability", str(home), str(writes)],
        capture_output=True, text=True, cwd=Path(__file__).parent.parent, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        return None
    syncs = acknowledged = unsynced = since = 0
    for line in log.read_text(errors="replace").splitlines():
        if "fdatasync(" in line or "fsync(" in line:
            syncs, since = syncs + 1, since + 1
        elif re.search(r'write\(1, "(case|note|record) ', line):
            acknowledged += 1
            unsynced += since == 0
            since = 0
    return Synced(acknowledged, syncs, unsynced)


def fill_the_disk(folder: Path) -> list[str]:
    """No room: by a limit of the engine in both files, and by a limit of the system on how large a file may grow."""
    home = folder / "full"
    make_home(home)
    failures = []
    with Mapper.open(home, clock=lambda: NOON) as mapper:
        case_id, _code = mapper.cases.open(WORKER, None, "waarom", "spoken", "nl")
        for what, connection, act in (
            ("cases", mapper._store._connection, lambda: mapper.cases.note(WORKER, case_id, "x" * 4000)),
            ("keys", mapper.keys.store._connection(), lambda: mapper.cases.open(WORKER, None, "w", "spoken", "nl")),
        ):
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count = {pages}")
            failures += _until_full(mapper, case_id, what, act)
            connection.execute("PRAGMA max_page_count = 1073741823")
            act()
        failures += mapper._store.problems()
    return failures + _in_a_child(lambda: _without_room(home, case_id))


def _without_room(home: Path, case_id: str) -> list[str]:
    with Mapper.open(home, clock=lambda: NOON) as mapper:
        size = max(path.stat().st_size for path in home.rglob("*") if path.is_file())
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
        found = _until_full(mapper, case_id, "file size", lambda: mapper.put(TERMINAL_ADMIN, _large(mapper)))
        return found + mapper._store.problems()


def _large(mapper: Mapper) -> object:
    return make_resource(id=f"large{mapper.count()}", description=Text.of("woord " * 20_000))


def _until_full(mapper: Mapper, case_id: str, what: str, act: Callable[[], object]) -> list[str]:
    """Writes until it is refused: in one sentence, nothing half-written, and reading goes on."""
    for _write in range(200):
        before = _state(mapper)
        try:
            act()
        except Problem as problem:
            if "Nothing was saved" not in str(problem):
                return [f"{what}: refused with {problem}"]
            return [] if _state(mapper) == before else [f"{what}: something was half-written"]
        except Exception as error:
            return [f"{what}: {error!r}"]
    return [f"{what}: never full"]


def _state(mapper: Mapper) -> tuple[object, ...]:
    """What a reader sees."""
    return (
        [(line.id, line.code) for line in mapper.cases.cases(WORKER)],
        mapper._store.rows("SELECT id, revision FROM cases"), mapper.count(), mapper.find("kring").total,
    )  # fmt: skip


if __name__ == "__main__":
    write(Path(sys.argv[1]), lambda line: void(os.write(1, f"{line}\n".encode())), "s", int(sys.argv[2]))
