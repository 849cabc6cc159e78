"""The language a page is in: `?lang=`, else what the browser asks for; and words in other languages inside it."""

import re

from babel import Locale, UnknownLocaleError
from flask import Flask, g, has_request_context, request, url_for
from flask_babel import Babel, get_locale
from markupsafe import Markup

from mapper import taxonomy
from mapper.text import ANY_LANGUAGE, Text

#: The languages of the interface, by their own names.
LANGUAGES = {"nl": "Nederlands", "fr": "Français", "en": "English", "ar": "العربية"}
_RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ku-arab", "ps", "sd", "ug", "ur", "yi"})
_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
# Marks that turn the direction of everything after them: no honest text needs them, a hostile one may.
_TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x0000])


def chosen_language() -> str:
    """The language of this answer."""
    if not has_request_context():
        return "nl"
    if "language" in g:  # a sheet in the language of the person who takes it along
        return str(g.language)
    asked = request.args.get("lang", "")
    if asked in LANGUAGES:
        return asked
    if own := g.get("own_language"):  # of somebody signed in
        return str(own)
    # Asked for each of some hundred words on a page.
    found: str | None = request.environ.get("mapper.language")
    if found is None:
        best = request.accept_languages.best_match(list(LANGUAGES), default="nl") or "nl"
        found = request.environ["mapper.language"] = best
    return found


def set_up(app: Flask) -> None:
    """Choose the language of every answer; every link to a page keeps a language that was asked for."""
    Babel(app, locale_selector=chosen_language, default_locale="en", default_timezone="Europe/Brussels")

    @app.url_defaults
    def keep_language(endpoint: str, values: dict[str, object]) -> None:
        asked = request.args.get("lang") if has_request_context() else None
        if asked in LANGUAGES and not endpoint.startswith("assets."):
            values.setdefault("lang", asked)


def this_page_in(language: str) -> str:
    """The address of this very page, with everything asked for, in another language."""
    if request.endpoint is None or request.endpoint.startswith("assets."):
        return url_for("resident.home", lang=language)
    asked: dict[str, object] = {**request.args.to_dict(flat=False), **(request.view_args or {})}
    return url_for(request.endpoint, **{**asked, "lang": language})  # type: ignore[arg-type]


def direction(language: str) -> str:
    """rtl or ltr."""
    return "rtl" if language.lower() in _RIGHT_TO_LEFT or language.split("-")[0] in _RIGHT_TO_LEFT else "ltr"


def tidy(words: str) -> str:
    """Words without the invisible marks that turn what stands around them."""
    return words.translate(_TURNING)


def plain(text: Text) -> str:
    """The words of a text for this reader, for places where no mark-up can stand."""
    return tidy(text.best(chosen_language())[1])


def words(text: Text) -> Markup:
    """The words of a text for this reader, safe; where they are in another language it says so (WCAG 3.1.2)."""
    language, found = text.best(chosen_language())
    if not found:
        return Markup()
    if language == chosen_language():
        return Markup("<bdi>{}</bdi>").format(tidy(found))
    if language == ANY_LANGUAGE or not _TAG.fullmatch(language):
        return Markup('<bdi dir="auto">{}</bdi>').format(tidy(found))
    return Markup('<bdi lang="{}" dir="{}">{}</bdi>').format(language, direction(language), tidy(found))


def language_name(code: str) -> str:
    """A language in the reader's own words: "Portuguese", "portugais"; its code where nobody gave it a name."""
    term = taxonomy.load().languages.get(code)
    if term is not None and chosen_language() in term.label:
        return term.label[chosen_language()]
    try:
        return Locale.parse(code, sep="-").get_display_name(get_locale()) or code
    except (ValueError, UnknownLocaleError):
        return plain(term.label) if term is not None else code
