"""mapper: a community resource map and referral tool for Brussels.

>>> from mapper import Mapper                      # doctest: +SKIP
>>> with Mapper.open("instance") as mapper:        # doctest: +SKIP
...     mapper.find("praatronde").hits[0].resource.name.best("nl")
('und', 'AETCIS')
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mapper.core import Mapper

__version__ = "0.1.0"
__all__ = ["Mapper", "__version__"]


def __getattr__(name: str) -> Any:
    # `import mapper` stays instant; the house is only entered when its front door is asked for.
    if name == "Mapper":
        from mapper.core import Mapper

        return Mapper
    raise AttributeError(name)
