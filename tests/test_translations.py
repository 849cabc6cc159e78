"""Every word of the interface is there in Dutch and French, fits its placeholders, and comes from the source."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from mapper.model import Problem, Reason
from mapper.wording import say, say_reason, translator

ROOT = Path(__file__).parent.parent
LANGUAGES = ("nl", "fr", "ar")
#: `say` marks what the terminal says; the others are gettext's own.
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None, "say": None}
METHODS = [("mapper/**.py", "python"), ("mapper/templates/**.html", "jinja2")]
OPTIONS = {"mapper/templates/**.html": {"trimmed": "true"}}
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


def key(message_id: str | tuple[str, ...] | list[str]) -> str:
    return message_id if isinstance(message_id, str) else message_id[0]


@pytest.fixture(scope="module")
def source() -> dict[str, str]:
    """Every message in the source, with the first file it stands in."""
    found: dict[str, str] = {}
    for file, _line, message, _comments, _context in extract_from_dir(
        str(ROOT), method_map=METHODS, options_map=OPTIONS, keywords=KEYWORDS
    ):
        found.setdefault(key(message), file)
    return found


def catalogue(language: str) -> Catalog:
    with (ROOT / "mapper/translations" / language / "LC_MESSAGES/messages.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def messages(language: str) -> dict[str, Message]:
    return {key(message.id): message for message in catalogue(language) if message.id}


def words(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_is_up_to_date_with_the_source(language: str, source: dict[str, str]) -> None:
    assert set(messages(language)) == set(source)


@pytest.mark.parametrize("language", ["nl", "fr"])
def test_no_message_is_missing_or_unsure(language: str) -> None:
    missing = [one for one, message in messages(language).items() if message.fuzzy or not all(words(message))]
    assert missing == []


def test_every_word_of_the_public_pages_is_there_in_arabic(source: dict[str, str]) -> None:
    public = {one for one, file in source.items() if "templates" in file or ("/web/" in file and "server" not in file)}
    arabic = messages("ar")
    assert [one for one in sorted(public) if not all(words(arabic[one]))] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_are_those_of_the_source(language: str) -> None:
    wrong = []
    for one, message in messages(language).items():
        for translated in filter(None, words(message)):
            if set(_PLACEHOLDER.findall(translated)) != set(_PLACEHOLDER.findall(one)):
                wrong.append((one, translated))
            # A stray percent sign would break the page that shows it.
            assert "%" not in _PLACEHOLDER.sub("", translated), one
    assert wrong == []


def test_a_problem_and_a_reason_are_said_in_the_readers_language() -> None:
    problem = Problem("There is no page “{page}”. Go back to the list.", page="x")
    assert say(problem, "nl") == "Er is geen pagina “x”. Ga terug naar de lijst."
    assert say(problem, "tlh") == str(problem)
    assert translator("fr")("yes") == "oui"
    assert (
        say_reason(Reason("matches_words", 1.0, {"id": "", "words": "soep"}), "nl")
        == "bevat de woorden die je typte: soep"
    )
    assert say_reason(Reason("matches_words", 1.0, {"id": "free", "words": ""}), "nl") == ""
    assert say_reason(Reason("something_new", 1.0, {}), "nl") == ""
