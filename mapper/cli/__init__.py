"""The same verbs for the terminal. Reading shows what the public may see, unless asked `--as admin`."""

from mapper.cli import accounts, cases, inventory, match, neighbourhoods, search, serving
from mapper.cli.terminal import main

__all__ = ["accounts", "cases", "inventory", "main", "match", "neighbourhoods", "search", "serving"]
