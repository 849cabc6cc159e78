"""Serving: granian with one process by default, several on a larger machine."""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mapper.access import RESIDENT
from mapper.core import Mapper
from mapper.model import Problem
from mapper.text import N_

_TEND_EVERY_S = 3600.0
#: What is searched first, for no visitor: a word that means something, so that every room of search is entered.
_ANY_WORD = "praattafel"


def check_port(port: int, host: str = "127.0.0.1") -> None:
    """Raises `Problem`, naming the way out, when the port cannot be had."""
    if not 0 < port < 65536:
        raise Problem(N_("{port} is no port number. Choose one from 1024 to 65535, such as 8080."), port=port)
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Problem(
                N_("Port {port} on {host} is not free ({error}). Choose another: MAPPER_PORT={other} make demo"),
                port=port,
                host=host,
                error=error.strerror,
                other=port + 1 if port < 65535 else 8080,
            ) from None


def application() -> Any:
    """The WSGI application of one worker process, on the instance that `serve` named."""
    from mapper.web import create_app

    mapper = Mapper.open(os.environ["MAPPER_HOME"])
    app = create_app(mapper)
    client = app.test_client()
    client.get("/")  # the snapshot is made before the first visitor waits for it
    everybody = mapper.read_profile({"needs": ["company"]})

    def warm() -> None:
        # Reading the inventory into columns for matching and words for searching, drawing the map's script and packing
        # what never changes takes a second: done while the first visitor reads. What only curators ask for comes last.
        for path in ("/map.js", "/map.css"):
            client.get(path)
        mapper.find(_ANY_WORD)
        mapper.suggest(_ANY_WORD)
        mapper.match(RESIDENT, everybody)
        mapper.curation.warm()

    threading.Thread(target=warm, daemon=True).start()
    threading.Thread(target=_tend, args=(mapper,), daemon=True).start()
    return app


def _tend(mapper: Mapper) -> None:
    """Erases what is over once a day, where nobody asks for a page for days too."""
    while True:
        time.sleep(_TEND_EVERY_S)
        # What fails now is tried again at the next request, which says why.
        with contextlib.suppress(Problem):
            mapper.cases.tend()


def serve(home: Path, port: int, say: Callable[[str], str], host: str = "127.0.0.1", workers: int = 1) -> None:
    """Serves until Ctrl-C. Logs errors only: never a query."""
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.log import LogLevels

    os.environ["MAPPER_HOME"] = str(home.resolve())
    server = Granian(
        "mapper.web.server:application",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=8,
        http=HTTPModes.http1,
        websockets=False,
        log_level=LogLevels.error,
        workers_kill_timeout=3,
    )
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    server.on_startup(
        lambda: print(say(N_("mapper answers on {address} (stop it with Ctrl-C)")).format(address=address), flush=True)
    )
    server.serve()
