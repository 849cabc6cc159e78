"""What cases, introductions and referrals are called on a page."""

from flask_babel import gettext

from mapper.identifying import Found, Sort
from mapper.referrals import AnswerState, GivenHow, State, Welcome
from mapper.text import N_
from mapper.web.languages import tidy

GIVEN_HOW: dict[GivenHow, str] = {
    "spoken": N_("spoken, here together"),
    "signed": N_("signed on paper"),
    "interpreter": N_("through an interpreter"),
}
STATES: dict[State, str] = {
    "proposed": N_("talked about"),
    "contacted": N_("phoned together"),
    "welcomed": N_("was welcomed"),
    "not_now": N_("not now"),
    "not_suitable": N_("does not suit"),
    "stays_open": N_("did not come yet, stays open"),
    "going_well": N_("is going well"),
    "ended": N_("ended"),
}
WELCOMES: dict[Welcome, str] = {
    "": N_("not asked"),
    "yes": N_("yes"),
    "so_so": N_("so-so"),
    "no": N_("no"),
}
ANSWERS: dict[AnswerState, str] = {
    "can_help": N_("Yes, we can help"),
    "call_first": N_("Phone us first"),
    "cannot_now": N_("Not now"),
}
_SORTS: dict[Sort, str] = {
    "name": N_("a name"),
    "phone": N_("a telephone number"),
    "national_number": N_("a national number"),
    "address": N_("an address"),
    "email": N_("a mail address"),
}


def in_words(labels: dict, *only: str) -> list[tuple[str, str]]:
    """Value and label of every choice, or only of some, in the reader's language."""
    return [(value, gettext(label)) for value, label in labels.items() if not only or value in only]


def found_in_words(found: tuple[Found, ...]) -> list[str]:
    """What looks as if it tells who somebody is: “Karim” looks like a name."""
    return [
        gettext("“%(words)s” looks like %(sort)s", words=tidy(one.words)[:80], sort=gettext(_SORTS[one.sort]))
        for one in dict.fromkeys(found)
    ]
