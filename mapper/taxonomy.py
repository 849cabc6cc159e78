"""The words the inventory is described with: needs, kinds, slices, communities, languages.

The data is `taxonomy.toml` beside this file; CONTRIBUTING.md says how to add to it.
"""

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from mapper.model import Record, Slice
from mapper.text import Text


class Term(Record, frozen=True):
    """One entry of the taxonomy."""

    id: str
    label: Text
    description: Text = Text()
    #: Language -> what people type when they mean this.
    synonyms: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    #: The life theme of a need.
    theme: str = ""
    #: A need where a right is at stake (study: rights first): never answered by volunteers alone.
    right: bool = False
    #: The slices a kind of resource usually belongs to.
    slices: tuple[Slice, ...] = ()
    #: One character that stands beside the colour of a slice, so that colour is never the only sign.
    letter: str = ""

    def spellings(self) -> Iterator[tuple[str, str]]:
        """Every (language, words) by which people may call this: labels first, then synonyms."""
        yield from self.label.items()
        for language, words in self.synonyms.items():
            for word in words:
                yield language, word


class Taxonomy(Record, frozen=True):
    """All terms, by group and id, in the order in which people are shown them."""

    themes: dict[str, Term]
    needs: dict[str, Term]
    gives: dict[str, Term]
    communities: dict[str, Term]
    kinds: dict[str, Term]
    slices: dict[str, Term]
    supports: dict[str, Term]
    languages: dict[str, Term]

    def needs_of(self, theme: str) -> tuple[str, ...]:
        """The ids of the needs in a life theme."""
        return tuple(need.id for need in self.needs.values() if need.theme == theme)


def _decode(expected: type, value: Any) -> Any:
    return Text.of(value) if expected is Text else value


@cache
def load() -> Taxonomy:
    """The taxonomy that the package ships."""
    tables = tomllib.loads((Path(__file__).parent / "taxonomy.toml").read_text(encoding="utf-8"))
    for group in tables.values():
        for term_id, term in group.items():
            term["id"] = term_id
    return msgspec.convert(tables, Taxonomy, dec_hook=_decode)
