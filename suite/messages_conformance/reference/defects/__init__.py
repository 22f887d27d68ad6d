"""Ways to be wrong, each a play of its own. They prove that a check can fail.

A defect breaks the clauses that it names and nothing else. `suite/kills/`, and not this code, says which checks must
see it: judge and judged share only the contract.
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
