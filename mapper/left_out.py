"""Groups that asked to be left out, remembered so that no import brings them back.

Only fingerprints are kept: of the id, of the numbers in other registers, and of each name with the part of town it lies
in. No address, no point and no readable name, so that the memory is no list of who wanted to be left alone.
"""

import hashlib
from collections.abc import Collection

from mapper.geography import Geography
from mapper.model import Resource
from mapper.text import fold

_EVERYWHERE = "everywhere"
_SOMEWHERE = "somewhere"


def fingerprints(resource: Resource, geography: Geography) -> frozenset[str]:
    """What is remembered of a record whose group asked to be left out."""
    areas = _areas(resource, geography) or (_EVERYWHERE,)
    return _numbers(resource) | {
        _hash("name", name, area) for name in _names(resource) for area in (*areas, _SOMEWHERE)
    }


def is_left_out(resource: Resource, geography: Geography, remembered: Collection[str]) -> bool:
    """Whether a record is one of those: the same id or number, or the same name in the same part of town.

    Where one of the two gives no place at all, the name alone decides: better one too many left out than a group
    dragged back.
    """
    if not remembered:
        return False
    areas = _areas(resource, geography)
    looks = (*areas, _EVERYWHERE) if areas else (_EVERYWHERE, _SOMEWHERE)
    marks = _numbers(resource) | {_hash("name", name, area) for name in _names(resource) for area in looks}
    return not marks.isdisjoint(remembered)


def _numbers(resource: Resource) -> frozenset[str]:
    numbers = {_hash("origin", origin.source, origin.external_id) for origin in resource.origins}
    return frozenset(numbers | {_hash("id", resource.id)})


def _names(resource: Resource) -> set[str]:
    names = (resource.name, *resource.other_names, *resource.former_names)
    return {folded for name in names for words in name.values() if (folded := fold(words))}


def _areas(resource: Resource, geography: Geography) -> tuple[str, ...]:
    return geography.areas_of_all([resource.place])[0]


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
