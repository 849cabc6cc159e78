"""The numbers that tell served from thin, with their reasons: `thresholds.toml` is the only place where they stand."""

import tomllib
from functools import cache
from pathlib import Path

import msgspec

from mapper.model import Record, RoomState


class Catchment(Record, frozen=True):
    everyday_m: float
    why_everyday: str
    far_m: float
    why_far: str
    #: Needs for which people travel further.
    far_needs: tuple[str, ...]

    def metres_for(self, need: str) -> float:
        """How far somebody walks or rides for a need, in metres of walking."""
        return self.far_m if need in self.far_needs else self.everyday_m


class Detour(Record, frozen=True):
    factor: float
    why: str


class Enough(Record, frozen=True):
    reachable: float
    why_reachable: str
    per_10000: float
    why_per_10000: str


class RoomWeights(Record, frozen=True):
    open: float
    unknown: float
    waiting_list: float
    full: float
    why: str

    def of(self, state: RoomState) -> float:
        """How much an offer counts in this state, 0 to 1."""
        return float(getattr(self, state))


class Looked(Record, frozen=True):
    valid_months: int
    why: str


class Reported(Record, frozen=True):
    months: int
    at_least: int
    rounded_to: int
    why: str


class Network(Record, frozen=True):
    near_m: float
    meet_most: int
    exchange_m: float
    why: str


class FindingPlaces(Record, frozen=True):
    kinds: tuple[str, ...]
    why: str


class Thresholds(Record, frozen=True):
    """Everything that is a judgement and not a measurement."""

    catchment: Catchment
    detour: Detour
    enough: Enough
    room: RoomWeights
    looked: Looked
    reported: Reported
    network: Network
    finding_places: FindingPlaces


@cache
def thresholds() -> Thresholds:
    """The thresholds that come with mapper."""
    text = (Path(__file__).parent / "thresholds.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Thresholds)
