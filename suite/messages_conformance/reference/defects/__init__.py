"""Ways to be wrong, each a play of its own: the proof that a check can fail.

A defect breaks the clauses it names and nothing else. Which checks must see it is not known here (`suite/kills/` says
it): judge and judged share only the contract.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules

from messages_conformance.reference.defects.base import Defect

__all__ = ["DEFECTS", "Defect"]


def _written() -> Iterator[Defect]:
    """The `DEFECTS` of every module here, module by module in the order of their names."""
    for module in iter_modules(__path__, f"{__name__}."):
        yield from getattr(import_module(module.name), "DEFECTS", ())


DEFECTS: Mapping[str, Defect] = {defect.id: defect for defect in _written()}
