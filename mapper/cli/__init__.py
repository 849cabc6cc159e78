"""The same verbs for the terminal. Reading shows what the public may see, unless asked `--as admin`."""

from mapper.cli import accounts, cases, inventory, match, neighbourhoods, search, serving
from mapper.cli.terminal import main

__all__ = ["accounts", "cases", "inventory", "main", "match", "neighbourhoods", "search", "serving"]
from mapper.cli import coverage

__all__ = ["coverage", "inventory", "main", "match", "neighbourhoods", "search", "serving"]

__all__ = ["accounts", "inventory", "main", "match", "neighbourhoods", "search", "serving"]
from mapper.cli import curation

__all__ = ["accounts", "curation", "inventory", "main", "match", "neighbourhoods", "search", "serving"]
