"""Downloads the official neighbourhoods of Brussels. Nothing is returned until the whole set has been checked."""

import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import requests

from mapper.geography import NeighbourhoodSet, read_neighbourhoods
from mapper.geography.sets import MAX_BYTES
from mapper.model import Problem
from mapper.text import N_

#: Open data of the City of Brussels, then the region's own service with the same layer.
OFFICIAL_URLS = (
    "https://opendata.brussels.be/api/explore/v2.1/catalog/datasets/"
    "quartiers-du-monitoring-des-quartiers-ibsa-perspective-rbc/exports/geojson",
    "https://geoservices-urbis.irisnet.be/geoserver/urbisvector/wfs?service=WFS&version=2.0.0&request=GetFeature"
    "&typeNames=urbisvector:MonitoringDistricts&outputFormat=application/json&srsName=EPSG:4326",
)
OFFICIAL_TITLE = "Wijkmonitoring / Monitoring des Quartiers (IBSA/BISA, perspective.brussels, UrbIS)"
OFFICIAL_LICENCE = "CC0"
OFFICIAL_COUNT = 145

CONNECT_TIMEOUT_S = 10
READ_TIMEOUT_S = 30
WHOLE_TIMEOUT_S = 300
_CHUNK_BYTES = 65_536

#: Called with bytes received and bytes expected (None when the server does not say).
Progress = Callable[[int, int | None], None]


def fetch_neighbourhoods(url: str | None = None, progress: Progress | None = None) -> NeighbourhoodSet:
    """The official set, from the first official address that gives all 145; or the set at `url`, of any count.

    The set carries its address, date, SHA-256 and licence (CC0 for the official addresses, unknown for others).
    Raises `Problem` with one sentence when nothing usable arrives; the caller's old set is untouched.
    """
    if url is not None:
        return _fetch(url, urlsplit(url).hostname or url, "", progress)
    problem: Problem | None = None
    for address in OFFICIAL_URLS:
        try:
            found = _fetch(address, OFFICIAL_TITLE, OFFICIAL_LICENCE, progress)
            if len(found.neighbourhoods) != OFFICIAL_COUNT:
                raise Problem(
                    N_("{host} gave {count} neighbourhoods instead of 145. Try again later."),
                    host=urlsplit(address).hostname,
                    count=len(found.neighbourhoods),
                )
            return found
        except Problem as why:
            problem = problem or why
    assert problem is not None
    raise problem


def _fetch(url: str, title: str, licence: str, progress: Progress | None) -> NeighbourhoodSet:
    with tempfile.TemporaryDirectory(prefix="mapper-") as folder:
        path = Path(folder) / _name_of(url)
        _download(url, path, progress)
        return read_neighbourhoods(path, title=title, url=url, licence=licence)


def _name_of(url: str) -> str:
    """What to call the file when it cannot be used: its own name, else that of the host."""
    parts = urlsplit(url)
    name = parts.path.rpartition("/")[2]
    return name if re.fullmatch(r"[\w-]{1,60}\.\w{1,10}", name) else parts.hostname or "neighbourhoods"


def _download(url: str, path: Path, progress: Progress | None) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Problem(N_("{url} is not an http or https address. Give the address of a file."), url=url)
    host = parts.hostname
    try:
        with requests.Session() as session:
            if host in ("127.0.0.1", "localhost", "::1"):
                session.trust_env = False  # a proxy cannot reach this machine's own loopback
            with session.get(url, stream=True, timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S)) as response:
                _check_answer(parts.scheme, host, response)
                _save(response, path, host, progress)
    except (requests.RequestException, OSError) as error:
        raise Problem(
            N_("The neighbourhoods could not be fetched whole from {host} ({reason}). Try again later, or download the "
               "file yourself and use: mapper neighbourhoods load FILE."), host=host, reason=type(error).__name__
        ) from None  # fmt: skip


def _check_answer(scheme: str, host: str, response: requests.Response) -> None:
    # requests follows a redirect only to http or https; from https it may not fall back to http either.
    if scheme == "https" and urlsplit(response.url).scheme != "https":
        raise Problem(N_("{host} sends us to an address that is not secure. Nothing was fetched."), host=host)
    if response.status_code != requests.codes.ok:
        raise Problem(
            N_("{host} answered {status} instead of the neighbourhoods. Try again later."),
            host=host,
            status=response.status_code,
        )


def _save(response: requests.Response, path: Path, host: str, progress: Progress | None) -> None:
    length = response.headers.get("Content-Length", "")
    # The length counts the bytes as sent, so it says nothing about a body that arrives compressed.
    expected = int(length) if length.isdigit() and "Content-Encoding" not in response.headers else None
    received = 0
    give_up_at = time.monotonic() + WHOLE_TIMEOUT_S
    with path.open("wb") as target:
        for chunk in response.iter_content(_CHUNK_BYTES):
            received += len(chunk)
            if received > MAX_BYTES:
                raise Problem(N_("{host} sends more than 20 MB, too much for this. Check the address."), host=host)
            if time.monotonic() > give_up_at:
                raise requests.Timeout
            target.write(chunk)
            if progress is not None:
                progress(received, expected)
    if expected is not None and received != expected:
        raise requests.ConnectionError
