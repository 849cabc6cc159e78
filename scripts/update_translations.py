"""Brings the translations up to date with the source, and takes over new ones from a JSON file.

.venv/bin/python scripts/update_translations.py                   # lists what is missing
.venv/bin/python scripts/update_translations.py new.json          # {"English": {"nl": "…", "fr": ["one", "many"]}}
"""

import io
import json
import sys
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None, "say": None}
METHODS = [("mapper/**.py", "python"), ("mapper/templates/**.html", "jinja2")]
OPTIONS = {"mapper/templates/**.html": {"trimmed": "true"}}


def template() -> Catalog:
    """Every message of the source, with the files it stands in."""
    found = Catalog(charset="utf-8")
    for file, _line, message, comments, context in extract_from_dir(
        str(ROOT), method_map=METHODS, options_map=OPTIONS, keywords=KEYWORDS
    ):
        found.add(message, None, [(file, 0)], auto_comments=comments, context=context)
    return found


def update(language: str, new: dict[str, dict[str, str | list[str]]]) -> list[str]:
    """Writes one language; returns the messages that have no words yet."""
    path = ROOT / "mapper/translations" / language / "LC_MESSAGES/messages.po"
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    header = catalogue.header_comment
    # A template of its own: Babel would share new messages, and so their words, between the languages.
    catalogue.update(template(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.header_comment = header
    for message in catalogue:
        first = message.id if isinstance(message.id, str) else message.id[0]
        given = new.get(first, {}).get(language)
        if given and not _has_words(message):
            message.string = given if isinstance(given, str) else tuple(given)
    written = io.BytesIO()
    write_po(written, catalogue, width=120, include_lineno=False, ignore_obsolete=True)
    path.write_bytes(written.getvalue())
    return [str(message.id) for message in catalogue if message.id and not _has_words(message)]


def _has_words(message: Message) -> bool:
    # A message that is new has None for its words.
    return bool(message.string) and (isinstance(message.string, str) or all(message.string))


def main() -> None:
    new = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")) if len(sys.argv) > 1 else {}
    for folder in sorted((ROOT / "mapper/translations").iterdir()):
        if folder.is_dir():
            missing = update(folder.name, new)
            print(f"{folder.name}: {len(missing)} missing")
            for message in missing if folder.name != "ar" else ():
                print("  ", message)


if __name__ == "__main__":
    main()
