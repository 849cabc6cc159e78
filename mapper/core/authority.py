"""How the front door asks the table of `access`, and what it says when the answer is no."""

from mapper.access import Actor, Subject, Verb, may
from mapper.geography import Geography
from mapper.model import Problem, Resource
from mapper.text import N_


class Refused(Problem):
    """The table says no. With `is_secret` the answer must be that of something that never was."""

    def __init__(self, message: str, *, is_secret: bool = False) -> None:
        super().__init__(message)
        self.is_secret = is_secret


class Changed(Problem):
    """Somebody else wrote meanwhile."""


class NotHere(Refused):
    """There is no such thing, or not for this actor: the two look the same."""

    def __init__(self, message: str) -> None:
        super().__init__(message, is_secret=True)


def demand(actor: Actor, verb: Verb, subject: Subject | None = None) -> None:
    """Raises `Refused` unless this actor may do this.

    That something is there is itself a secret, unless it is a record that this actor may read.
    """
    if not may(actor, verb, subject):
        is_secret = subject is not None and not (subject.record_id and may(actor, "read", subject))
        raise Refused(N_("You may not do this. Ask the person who runs this instance."), is_secret=is_secret)


def about(resource: Resource, geography: Geography) -> Subject:
    """A record as the table sees it: a coach looks after what lies in a neighbourhood and what serves it."""
    area = geography.area_of(resource.place)
    lies_in = (area.neighbourhood,) if area.neighbourhood else ()
    return Subject(visibility=resource.visibility, record_id=resource.id, areas=(*lies_in, *resource.service_area))
