"""Measures the server on a large fictional inventory: starting, answering, reading everything in, one change."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
from make_fictional import make

from mapper.access import TERMINAL_ADMIN
from mapper.core import Mapper
from mapper.exchange.reading import Reading
from mapper.text import Text

_ROOT = Path(__file__).resolve().parent.parent
_ASK_S = 4.0
_CHANGES = 20


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(home: Path, *command: str) -> Iterator[tuple[str, float]]:
    """`mapper demo` or `mapper serve` in a process of its own; gives its address and the seconds to its first page."""
    port = free_port()
    code = "from mapper.cli import main; main()"
    arguments = [sys.executable, "-c", code, "--home", str(home), *command, "--port", str(port)]
    began = time.perf_counter()
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    server = subprocess.Popen(arguments, env=environment, stdout=subprocess.DEVNULL)
    try:
        while not _answers(port):
            if server.poll() is not None:
                raise SystemExit(f"mapper {' '.join(command)} stopped with {server.returncode}")
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}", time.perf_counter() - began
    finally:
        server.terminate()
        server.wait(20)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def fill(home: Path, count: int) -> float:
    """Imports so many fictional records into an instance; the seconds it took."""
    readings = [Reading(None, resource) for resource in make(count)]
    with Mapper.open(home) as mapper:
        began = time.perf_counter()
        report = mapper.import_resources(TERMINAL_ADMIN, readings)
        seconds = time.perf_counter() - began
    assert len(report.new) == count
    return seconds


def starts(home: Path) -> float:
    """The seconds from `mapper demo` to the first page."""
    with running(home, "demo") as (_address, seconds):
        return seconds


def catalogue(home: Path) -> dict[str, Any]:
    """Seconds to open the instance (read all, index all), and milliseconds until a changed record is found."""
    opened, changed = [], []
    for _ in range(3):
        began = time.perf_counter()
        Mapper.open(home).close()
        opened.append(time.perf_counter() - began)
    with Mapper.open(home) as mapper:
        # Those that no longer exist are kept but not found.
        active = [record for record in mapper.catalogue() if record.status == "active"]
        for number, record in enumerate(active[:: max(1, len(active) // _CHANGES)][:_CHANGES]):
            name = f"qwxyz{chr(97 + number)}vvk"
            renamed = msgspec.structs.replace(record, name=Text.of(name))
            began = time.perf_counter()
            mapper.put(TERMINAL_ADMIN, renamed)
            found = mapper.find(name)
            changed.append((time.perf_counter() - began) * 1000)
            assert found.hits[0].resource.id == record.id
            mapper.put(TERMINAL_ADMIN, record)
    return {"open_s": round(median(opened), 2), "change_found_ms": round(median(changed), 1)}


def answers(site: str, paths: Sequence[str]) -> dict[str, dict[str, float]]:
    """How fast one reader after another is answered on one connection: requests a second, median wait, bytes packed."""
    host = site.removeprefix("http://")
    # The server makes this one after it starts, and is slow as long as it does.
    _get(http.client.HTTPConnection(host, timeout=120), "/map.js")
    found = {}
    for path in paths:
        connection = http.client.HTTPConnection(host, timeout=60)
        _get(connection, path)
        waits: list[float] = []
        size = 0
        until = time.perf_counter() + _ASK_S
        while time.perf_counter() < until:
            began = time.perf_counter()
            size = _get(connection, path)
            waits.append(time.perf_counter() - began)
        connection.close()
        found[path] = {
            "per_s": round(len(waits) / sum(waits), 1),
            "p50_ms": round(median(waits) * 1000, 2),
            "bytes": size,
        }
    return found


def _get(connection: http.client.HTTPConnection, path: str) -> int:
    """Asks for one address as browsers do; the bytes of its packed body."""
    connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    size = len(answer.read())
    assert answer.status == 200, (path, answer.status)
    return size
