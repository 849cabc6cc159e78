"""Who may do what: one table. `core` asks it for every verb; nothing else decides."""

from typing import Literal

from mapper.model import Record, Resource

Role = Literal["resident", "professional", "admin"]
Verb = Literal["read", "read_professional", "read_hidden", "write"]


class Actor(Record, frozen=True):
    """Somebody who asks for something. A resident has no account and no id."""

    role: Role = "resident"
    id: str = ""


RESIDENT = Actor()
#: The person at the machine's own terminal, shown by being able to read the key file of the instance.
TERMINAL_ADMIN = Actor(role="admin", id="terminal")

_TABLE: dict[Role, frozenset[Verb]] = {
    "resident": frozenset({"read"}),
    "professional": frozenset({"read", "read_professional"}),
    "admin": frozenset({"read", "read_professional", "read_hidden", "write"}),
}


def may(actor: Actor, verb: Verb, record: Resource | None = None) -> bool:
    """Whether this actor may do this, to this record when one is given. What is not in the table is refused.

    >>> may(RESIDENT, "write")
    False
    """
    if verb not in _TABLE[actor.role]:
        return False
    if record is None or verb != "read":
        return True
    needed: dict[str, Verb] = {"public": "read", "professional": "read_professional", "hidden": "read_hidden"}
    return needed[record.visibility] in _TABLE[actor.role]
