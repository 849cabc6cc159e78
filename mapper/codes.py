"""Codes of cases: three easy words instead of a name. Name and code meet only on the worker's own paper."""

import secrets
import tomllib
from functools import cache
from pathlib import Path

from mapper.text import fold


@cache
def _code_words() -> dict[str, list[str]]:
    tables = tomllib.loads((Path(__file__).parent / "code_words.toml").read_text(encoding="utf-8"))
    return {language: words.split() for language, words in tables.items()}


def new_code(language: str) -> str:
    """A random code of three easy words, in a language of the interface (Dutch where there is no list).

    >>> len(new_code("fr").split())
    3
    """
    words = _code_words().get(language) or _code_words()["nl"]
    return " ".join(secrets.choice(words) for _word in range(3))


def same_code(one: str, other: str) -> bool:
    """Whether two codes are the same, however they were typed.

    >>> same_code("Appel  FIETS maan", "appel-fiets-maan")
    True
    """
    return fold(one.replace("-", " ")).split() == fold(other.replace("-", " ")).split() != []
