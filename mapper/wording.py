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
    "matches_words": N_("has the words you typed: {words}"),
    "near": N_("close to you"),
}


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
    message = _REASONS.get(reason.code)
    if message is None or (reason.code == "matches_words" and not reason.data.get("words")):
        return ""
    return translator(language)(message).format(**reason.data)
