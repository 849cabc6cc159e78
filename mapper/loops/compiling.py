"""How the loops are compiled. Loops that call each other stand in one file, as what numba keeps is by file."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

_Loop = TypeVar("_Loop", bound=Callable[..., Any])


def compiled(loop: _Loop) -> _Loop:
    """Compiled once for this machine and kept beside the source, else among the user's cached files, else nowhere."""
    try:
        return cast(_Loop, njit(cache=True, nogil=True, error_model="numpy")(loop))
    except RuntimeError:
        # No folder may be written: then it is compiled anew at each start.
        return cast(_Loop, njit(nogil=True, error_model="numpy")(loop))
