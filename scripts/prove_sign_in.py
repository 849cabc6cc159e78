"""Proves that the time of a refused sign-in does not tell whether a name is known.

.venv/bin/python scripts/prove_sign_in.py           # ends with 1 when it does tell

Four sorts of names are tried in turn, each from an address of its own, and their median times compared as ratios. A
name that skipped the hash would answer some hundred times faster; the bounds are wide because machines are busy.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

from mapper.access import TERMINAL_ADMIN
from mapper.core import Mapper
from mapper.core.sessions import NotKnown

ROUNDS = 25
SLOWEST_RATIO = 1.5


def prepare(mapper: Mapper) -> dict[str, str]:
    """A name of each sort."""
    for name in ("known", "disabled", "invited"):
        account, token = mapper.accounts.invite(TERMINAL_ADMIN, "admin", sign_in_name=name)
        if name != "invited":
            mapper.accounts.accept(token, "", "seven blue bicycles")
        if name == "disabled":
            mapper.accounts.disable(TERMINAL_ADMIN, account.id)
    return {"known": "known", "unknown": "nobody", "disabled": "disabled", "invited": "invited"}


def medians_ms(mapper: Mapper, names: dict[str, str]) -> dict[str, float]:
    """Median time of a refusal for each sort, in milliseconds."""
    times: dict[str, list[float]] = {sort: [] for sort in names}
    for number in range(ROUNDS + 1):
        for sort, name in names.items():
            began = time.perf_counter()
            try:
                mapper.sessions.sign_in(name, "not the password", "", f"192.0.2.{number}/{sort}")
            except NotKnown:
                times[sort].append((time.perf_counter() - began) * 1000)
    return {sort: statistics.median(some[1:]) for sort, some in times.items()}


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, Mapper.open(Path(folder) / "instance", create=True) as mapper:
        found = medians_ms(mapper, prepare(mapper))
    base = found["known"]
    tells = [sort for sort, ms in found.items() if not 1 / SLOWEST_RATIO <= ms / base <= SLOWEST_RATIO]
    for sort, ms in found.items():
        print(f"{sort:9} {ms:7.1f} ms   {ms / base:.2f} of a known name")
    print(f"{len(tells)} of {len(found)} sorts of names can be told apart by time")
    return 1 if tells else 0


if __name__ == "__main__":
    sys.exit(main())
