"""When doors are open and people meet, on Brussels' clock."""

import datetime as dt

import pytest

from mapper.model import Meeting
from mapper.opening import BRUSSELS, is_open, is_readable, next_change, next_meeting


def at(month: int, day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, month, day, hour, minute, tzinfo=BRUSSELS)


@pytest.mark.parametrize(
    ("hours", "now", "expected"),
    [
        ("Mo-Fr 14:00-17:00", at(11, 18, 15), True),
        ("Mo-Fr 14:00-17:00", at(11, 18, 12), False),
        ("Mo-Fr 09:00-17:00; PH off", at(11, 11, 12), False),  # Armistice is a Belgian holiday
        ("24/7", at(11, 18, 3), True),
        ("", at(11, 18, 12), None),
        ("whenever we feel like it", at(11, 18, 12), None),
    ],
)
def test_open_now(hours: str, now: dt.datetime, expected: bool | None) -> None:
    assert is_open(hours, now) is expected


def test_the_same_moment_seen_from_another_zone() -> None:
    assert is_open("Mo-Fr 14:00-17:00", at(11, 18, 15).astimezone(dt.UTC)) is True


def test_next_change() -> None:
    assert next_change("Mo-Fr 14:00-17:00", at(11, 18, 15)) == at(11, 18, 17)
    assert next_change("Mo-Fr 14:00-17:00", at(11, 20, 18)) == at(11, 23, 14)
    assert next_change("24/7", at(11, 18, 15)) is None
    assert next_change("?!", at(11, 18, 15)) is None


def test_readable() -> None:
    assert is_readable("Mo-Fr 14:00-17:00") and not is_readable("Mo-Fr 99:00")


def test_next_meeting_keeps_its_hour_across_summer_time() -> None:
    weekly = Meeting(rule="FREQ=WEEKLY;BYDAY=MO", starts_on=dt.date(2026, 1, 5), start_time=dt.time(14, 0))
    before, after = next_meeting(weekly, at(3, 24, 9)), next_meeting(weekly, at(3, 31, 9))
    assert (before, after) == (at(3, 30, 14), at(4, 6, 14))
    assert before is not None and before.utcoffset() == dt.timedelta(hours=2)
    assert next_meeting(weekly, at(3, 30, 14)) == at(3, 30, 14), "one that begins now counts"


def test_a_meeting_that_is_over_or_only_told_in_words_has_no_next() -> None:
    over = Meeting(rule="FREQ=WEEKLY;UNTIL=20260201T000000", starts_on=dt.date(2026, 1, 5), start_time=dt.time(14, 0))
    assert next_meeting(over, at(3, 24, 9)) is None
    assert next_meeting(Meeting(rule="every other moon", starts_on=dt.date(2026, 1, 5)), at(3, 24, 9)) is None
    assert next_meeting(Meeting(), at(3, 24, 9)) is None
