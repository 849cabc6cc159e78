"""Who may do what: one table. `core` asks it for every verb; nothing else decides. What is not in it is refused.

A professional works for a team; a coach looks after neighbourhoods; a steward speaks for the records of a group.
"""

from typing import Literal, get_args

from mapper.model import Record, Visibility

Role = Literal["resident", "steward", "worker", "coach", "admin"]
Verb = Literal[
    # reading
    "read", "read_professional", "read_hidden", "read_patchwork", "read_gaps", "read_network", "read_numbers",
    # the inventory
    "write", "add_record", "edit_record", "widen", "propose_widening", "merge_records", "tell_wrong", "curate",
    # a person in front of a worker
    "match", "report_call", "note_place", "save_case", "read_case", "break_glass", "refer", "answer_referral",
    "follow_referral",
    # the instance
    "sign_in", "own_account", "invite", "manage_accounts", "read_audit",
]  # fmt: skip
#: "all" of them, or only their "own": a steward's records, a worker's team, a coach's neighbourhoods.
Scope = Literal["all", "own"]

ROLES: tuple[Role, ...] = get_args(Role)
VERBS: tuple[Verb, ...] = get_args(Verb)


class Actor(Record, frozen=True):
    """Somebody who asks for something. A resident has no account and no id."""

    role: Role = "resident"
    #: Account id: random, never a name.
    id: str = ""
    team: str = ""
    #: Ids of the records a steward speaks for.
    records: tuple[str, ...] = ()
    #: Ids of the neighbourhoods a coach looks after.
    areas: tuple[str, ...] = ()


class Subject(Record, frozen=True):
    """What a verb is done to, as far as the table needs to know: a record, or a case of a team."""

    visibility: Visibility = "public"
    record_id: str = ""
    #: Ids of the areas where it lies or which it serves.
    areas: tuple[str, ...] = ()
    team: str = ""


RESIDENT = Actor()
#: The person at the machine's own terminal, shown by being able to read the key file of the instance.
TERMINAL_ADMIN = Actor(role="admin", id="terminal")

_EVERYBODY: dict[Verb, Scope] = {
    "read": "all", "match": "all", "tell_wrong": "all", "read_patchwork": "all", "sign_in": "all",
    # Whoever holds the link of a referral; the link itself is the proof.
    "follow_referral": "all",
}  # fmt: skip
_PROFESSIONAL: dict[Verb, Scope] = {
    **_EVERYBODY, "own_account": "all", "read_professional": "all", "read_gaps": "all", "read_numbers": "all",
    "report_call": "all", "note_place": "own",
}  # fmt: skip

TABLE: dict[Role, dict[Verb, Scope]] = {
    "resident": _EVERYBODY,
    "steward": {
        **_EVERYBODY, "own_account": "all", "read_professional": "own", "read_hidden": "own", "edit_record": "own",
        "widen": "own", "answer_referral": "own",
    },
    "worker": {
        **_PROFESSIONAL, "save_case": "own", "read_case": "own", "refer": "own", "break_glass": "all",
    },
    "coach": {
        **_PROFESSIONAL, "add_record": "own", "edit_record": "own", "propose_widening": "own", "merge_records": "own",
        "curate": "own", "read_network": "own", "invite": "own",
    },
    # Cases belong to teams: an admin reads one as anybody else outside the team does, by breaking the glass.
    "admin": {
        **_PROFESSIONAL, "read_hidden": "all", "read_network": "all", "write": "all", "add_record": "all",
        "edit_record": "all", "propose_widening": "all", "merge_records": "all", "curate": "all", "invite": "all",
        "manage_accounts": "all", "read_audit": "all", "break_glass": "all",
    },
}  # fmt: skip
_NEEDED: dict[Visibility, Verb] = {"public": "read", "professional": "read_professional", "hidden": "read_hidden"}


def may(actor: Actor, verb: Verb, subject: Subject | None = None) -> bool:
    """Whether this actor may do this, to this subject when one is given.

    Without a subject a verb that is theirs for their own only is answered with yes: there can be something of theirs.

    >>> may(RESIDENT, "write")
    False
    >>> coach = Actor(role="coach", areas=("22",))
    >>> may(coach, "edit_record", Subject(areas=("22",))), may(coach, "edit_record", Subject(areas=("21",)))
    (True, False)
    """
    if verb == "read" and subject is not None:
        verb = _NEEDED[subject.visibility]
    elif subject is not None and subject.record_id and verb not in _NEEDED.values() and not may(actor, "read", subject):
        # What somebody may not see they can do nothing to: a group that went off the map is off for its coach too.
        return False
    scope = TABLE[actor.role].get(verb)
    if scope is None or subject is None or scope == "all":
        return scope is not None
    return is_own(actor, subject)


def may_all(actor: Actor, verb: Verb) -> bool:
    """Whether this actor may do this to everything of its sort: what a whole snapshot or export asks.

    >>> may_all(Actor(role="steward", records=("circle",)), "read_professional")
    False
    """
    return TABLE[actor.role].get(verb) == "all"


def is_own(actor: Actor, subject: Subject) -> bool:
    """Whether something is this actor's own: a steward's record, a coach's neighbourhood, anyone else's team."""
    if actor.role == "steward":
        return subject.record_id != "" and subject.record_id in actor.records
    if actor.role == "coach" and not subject.team:
        return not set(actor.areas).isdisjoint(subject.areas)
    return subject.team != "" and subject.team == actor.team
