"""Small versions of `make prove`: random paths beside a model, killed writers, a full disk."""

from pathlib import Path

import pytest

from mapper.core import cases as core_cases
from tests import durability, paths


@pytest.mark.parametrize("seed", [1, 2])
def test_introductions_and_referrals_through_random_paths(tmp_path: Path, seed: int) -> None:
    walked = paths.walk(tmp_path, until=60, seed=seed)
    assert walked.failures == []
    assert walked.introductions > 20 and walked.referrals > 5 and walked.refused > 20


def test_the_model_notices_a_door_that_should_stay_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with the check of the place switched off, the same walk fails."""
    monkeypatch.setattr("mapper.referrals.demand_open_door", lambda _case, place: place)
    monkeypatch.setattr(core_cases, "demand_open_door", lambda _case, place: place)
    assert paths.walk(tmp_path, until=200, seed=1).failures != []


def test_nothing_acknowledged_is_lost_when_writers_are_killed(tmp_path: Path) -> None:
    killed = durability.kill_writers(tmp_path, 8)
    assert killed.acknowledged >= killed.kills == 8
    assert (killed.lost, killed.broken) == ([], [])


def test_a_full_disk_is_told_in_one_sentence_and_reading_goes_on(tmp_path: Path) -> None:
    assert durability.fill_the_disk(tmp_path) == []
