"""Messages in the reader's language outside a web request: for the terminal, and for what `Problem` says."""

import gettext
from collections.abc import Callable
from functools import cache
from pathlib import Path

from mapper.model import Problem, Reason
from mapper.text import N_

#: The languages of the interface that are written with care; the web shows Arabic too, to prove right-to-left.
LANGUAGES = ("nl", "fr", "en")

_FOLDER = Path(__file__).parent / "translations"

_REASONS = {
    "matches_need": N_("answers what you asked for"),
    "matches_kind": N_("is the kind of place you asked for"),
    "matches_area": N_("in the area you asked for"),
    "matches_language": N_("your language is spoken there"),
    "matches_community": N_("for the people you named"),
    "matches_street": N_("in the street you asked for"),
    "matches_theme": N_("answers something near to what you asked for"),
    "matches_words": N_("has the words you typed: {words}"),
    "near": N_("close to you: {metres} m"),
}
_LIMITS = {
    "free": N_("free"),
    "wheelchair": N_("a wheelchair can get in"),
    "outreach": N_("comes to your home"),
    "walk_in": N_("you can walk in without an appointment"),
    "open_now": N_("open now"),
    "open_today": N_("open today"),
    "open_evening": N_("open in the evening"),
    "open_weekend": N_("open at the weekend"),
    "open_saturday": N_("open on Saturday"),
    "open_sunday": N_("open on Sunday"),
    "papers": N_("asks for no papers"),
}
#: A limit that is kept only as far as nobody said otherwise.
_NOT_KNOWN = N_("not known: {limit}")
#: Less than this share of what a limit weighs says that it is not known.
_KNOWN_WEIGHT = 0.05


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("messages", _FOLDER, [language], fallback=True)


def translator(language: str) -> Callable[[str], str]:
    """A function that says a message in this language ("nl", "fr", "ar"; else English)."""
    return _catalogue(language).gettext


def say(problem: Problem, language: str) -> str:
    """What went wrong, in this language."""
    return translator(language)(problem.message).format(**problem.data)


def say_reason(reason: Reason, language: str) -> str:
    """Why something is in a list, in this language; "" for a reason that has no words."""
    say_it = translator(language)
    if reason.code == "matches_limit":
        limit = say_it(_LIMITS[reason.data["id"]]) if reason.data.get("id") in _LIMITS else ""
        known = not limit or reason.weight >= _KNOWN_WEIGHT
        return limit if known else say_it(_NOT_KNOWN).format(limit=limit)
    message = _REASONS.get(reason.code)
    if message is None or (reason.code == "matches_words" and not reason.data.get("words")):
        return ""
    return say_it(message).format(**reason.data)
