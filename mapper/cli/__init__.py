"""The same verbs for the terminal. Reading shows what the public may see, unless asked `--as admin`."""

from mapper.cli import accounts, curation, inventory, match, neighbourhoods, search, serving
from mapper.cli.terminal import main

__all__ = ["accounts", "curation", "inventory", "main", "match", "neighbourhoods", "search", "serving"]
