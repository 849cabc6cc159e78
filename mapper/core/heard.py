"""How much places are used and what callers said is wrong, for the coach's list of calls: counts per place only."""

import datetime as dt
from collections import Counter
from collections.abc import Callable

from mapper.calls import FOR_THE_COACH, OUTCOMES
from mapper.store.calls import CallTables
from mapper.store.cases import CaseStore, week_of
from mapper.store.stewards import StewardTables

#: As long as introductions are counted.
_LATELY = dt.timedelta(weeks=12)


class HeardHere:
    """What the rooms of calls, cases and stewards keep, as `mapper.curation.freshness.Heard`."""

    def __init__(
        self, calls: CallTables, cases: CaseStore, told: StewardTables, clock: Callable[[], dt.datetime]
    ) -> None:
        self._calls, self._cases, self._told = calls, cases, told
        self._clock = clock

    def uses(self) -> Counter[str]:
        """Record id -> calls and introductions in the last twelve weeks."""
        since = self._clock().date() - _LATELY
        found = Counter(self._cases.introductions_since(since))
        for record_id, said, count in self._calls.counts_since(week_of(since)):
            if said in OUTCOMES:
                found[record_id] += count
        return found

    def said_wrong(self) -> Counter[str]:
        """Record id -> callers who said that something is not right, until somebody looked into it.

        What was told in words lies with the steward of a group first: it counts once it is passed to the coach.
        """
        reports = self._told.reports()
        return Counter(one.record_id for one in reports if one.kind in FOR_THE_COACH or one.passed_on)
