"""Long proofs, for `make prove`: too slow for every test run, each printed with its number and 0 or the failures.

.venv/bin/python scripts/prove.py            # all, some minutes
.venv/bin/python scripts/prove.py paths      # one of: paths, kills, syncs, full
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests import durability, paths

PATHS = 10_000
KILLS = 1_000


def prove_paths(folder: Path) -> bool:
    """Introductions and referrals through random paths, against a model written out plainly."""
    walked = paths.walk(folder, until=PATHS, seed=int(time.time()), say=_progress)
    print(f"\npaths: {walked.introductions} introductions and {walked.referrals} referrals, {walked.steps} steps, "
          f"{walked.refused} refused as they should (seed {walked.seed})")  # fmt: skip
    return _tell(walked.failures, "rules broken")


def prove_kills(folder: Path) -> bool:
    """A process that writes is killed at a random moment, again and again; what it said was saved is looked for."""
    killed = durability.kill_writers(folder, KILLS, say=_progress)
    print(f"\nkills: {killed.kills}, acknowledged writes {killed.acknowledged}, of which lost {len(killed.lost)}")
    return _tell(killed.lost + killed.broken, "lost or broken")


def prove_syncs(folder: Path) -> bool:
    """A kill alone proves nothing about a power cut: every acknowledgement must come after an fdatasync."""
    if not shutil.which("strace"):
        print("syncs: strace is not installed, so this was NOT measured")
        return True
    counted = durability.count_syncs(folder)
    if counted is None:
        print("syncs: strace may not look into processes here, so this was NOT measured")
        return True
    print(f"syncs: {counted.acknowledged} acknowledgements, {counted.syncs} calls of fdatasync or fsync, "
          f"{counted.unsynced} acknowledgements without one before it")  # fmt: skip
    return counted.unsynced == 0 and counted.acknowledged > 0


def prove_full(folder: Path) -> bool:
    """Where there is no room left, writing says so in one sentence, nothing is half-written, and reading goes on."""
    failures = durability.fill_the_disk(folder)
    print("full: the case store and the key store without room left")
    return _tell(failures, "wrong")


def _progress(done: int, of: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done} of {of}", end="", file=sys.stderr, flush=True)


def _tell(failures: list[str], what: str) -> bool:
    print(f"  0 {what}" if not failures else "\n".join(f"  {one}" for one in failures[:20]))
    return not failures


#: Random paths are about what is allowed, so memory is fast enough; the others are about a real disk.
ON: dict[str, str | None] = dict.fromkeys(("kills", "syncs", "full"))
ON["paths"] = "/dev/shm" if Path("/dev/shm").is_dir() else None
PROOFS: dict[str, Callable[[Path], bool]] = {
    "paths": prove_paths, "kills": prove_kills, "syncs": prove_syncs, "full": prove_full,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("proofs", nargs="*", metavar="PROOF", help=f"{', '.join(PROOFS)} (default: all)")
    asked = parser.parse_args().proofs
    for name in asked:
        if name not in PROOFS:
            parser.error(f"there is no proof “{name}”: {', '.join(PROOFS)}")
    good = True
    for name in asked or PROOFS:
        begun = time.monotonic()
        folder = Path(tempfile.mkdtemp(prefix="mapper-prove-", dir=ON[name]))
        try:
            good &= PROOFS[name](folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        print(f"  {time.monotonic() - begun:.0f} s")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
