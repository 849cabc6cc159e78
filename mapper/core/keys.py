"""The keys of the instance's cases: where they are kept, the first key file, and a new one."""

import os
from pathlib import Path

from mapper.access import Actor
from mapper.core.authority import demand
from mapper.model import Problem
from mapper.store.keys import KeyFile, KeyStore
from mapper.text import N_


class Keys:
    """Key file and key store. `MAPPER_KEYS` and `MAPPER_KEY_FILE` name other places than the instance's own folder."""

    def __init__(self, home: Path) -> None:
        self.file = KeyFile(Path(os.environ.get("MAPPER_KEY_FILE") or home / "case.key"))
        self.store = KeyStore(Path(os.environ.get("MAPPER_KEYS") or home / "keys"), self.file)

    def make(self, actor: Actor) -> Path:
        """Makes the key file. Raises `Refused`, and `Problem` when there is one: it is never overwritten."""
        demand(actor, "manage_accounts")
        if not self.file.make():
            raise Problem(
                N_("There is a key file {path} already. For a new one: mapper keys rotate"), path=self.file.path
            )
        return self.file.path

    def make_first(self) -> None:
        """Makes the key file where there is none yet: for an instance that is made in the same breath."""
        self.file.make()

    def rotate(self, actor: Actor) -> int:
        """A new key file for the same cases; returns how many keys were wrapped anew. Raises `Refused`, `Problem`."""
        demand(actor, "manage_accounts")
        return self.store.rotate()
