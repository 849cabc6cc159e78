"""Rights first: every slate looks at income, a home and health, and no group is the answer to a rent problem."""

import numpy as np

from mapper.matching.answer import RightsLine
from mapper.matching.columns import has_any
from mapper.matching.limits import within_limits
from mapper.matching.person import Candidates, Person

#: Looked at with everybody (study: shared care works only where income, housing and health are secured).
BASIC_RIGHTS = ("income", "housing", "health_care")
#: So far somebody goes to a service that stands beside them rather than to the nearest, in metres.
_NEAR_HOME_M = 3_000.0
#: How many services a line names.
_MOST = 3


def rights_lines(person: Person) -> tuple[RightsLine, ...]:
    """For each basic right, and each right asked for, the services that answer it, the most fitting first.

    Distance does not count as a limit here: a right does not end where a walk does. Nor do wishes about slices,
    which are about the slate; what is avoided stays avoided.
    """
    needs = tuple(dict.fromkeys((*person.right_needs, *BASIC_RIGHTS)))
    held = person.inventory
    mask = held.words.needs.mask(needs)
    rows = np.flatnonzero(held.alive & held.columns.service & has_any(held.columns.needs, mask))
    but = ("out_of_reach", "already_known", "other_slice", "not_through_services")
    these = within_limits(Candidates.of_rows(person, rows), but=but)
    distance = np.nan_to_num(these.distance_m, nan=np.inf)
    # What serves the person's own area comes first: that is where the right is. Then, near home, who stands beside
    # somebody whatever the question is: a health centre of the neighbourhood before the dentist round the corner.
    own = these.serves_home & these.columns.serves_known
    beside = these.columns.support & ~these.for_others & (distance <= _NEAR_HOME_M)
    order = np.lexsort((these.columns.id_hash, distance, ~beside, ~own))
    return tuple(
        RightsLine(
            need,
            tuple(held.id_of(int(these.rows[at])) for at in order[these.answers(need)[order]][:_MOST]),
            asked=need in person.right_needs,
        )
        for need in needs
    )
