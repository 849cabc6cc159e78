"""Build hook: compiles the interface translations, so that neither a wheel nor a checkout can lack them."""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileTranslations(BuildHookInterface):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        for po_file in Path(self.root).glob("mapper/translations/*/LC_MESSAGES/*.po"):
            with po_file.open("rb") as source, po_file.with_suffix(".mo").open("wb") as target:
                write_mo(target, read_po(source, locale=po_file.parent.parent.name))
