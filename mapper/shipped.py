"""Where the shipped inventory and outlines are: inside the wheel, or beside the package in a checkout."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def data_folder() -> Path:
    """The shipped `data` folder, with `self_organisations/` and `neighbourhoods/`."""
    inside = _PACKAGE / "data"
    return inside if inside.is_dir() else _PACKAGE.parent / "data"
