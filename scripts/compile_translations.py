"""Build hook: compiles the interface translations, so that neither a wheel nor a checkout can lack them."""

import re
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileTranslations(BuildHookInterface):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        for po_file in Path(self.root).glob("mapper/translations/*/LC_MESSAGES/*.po"):
            with po_file.open("rb") as source, po_file.with_suffix(".mo").open("wb") as target:
                write_mo(target, kept_together(read_po(source, locale=po_file.parent.parent.name)))


def kept_together(catalog: Catalog) -> Catalog:
    """The catalogue; in French no line begins with a question mark: the space before it does not break."""
    for message in catalog if str(catalog.locale) == "fr" else ():
        words = message.string
        if message.id:
            message.string = _unbroken(words) if isinstance(words, str) else tuple(map(_unbroken, words))
    return catalog


def _unbroken(words: str) -> str:
    return re.sub("(?<=«) | (?=[?!:;»])", "\u00a0", words)
