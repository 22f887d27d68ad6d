"""Ways to be wrong, each a play of its own: the proof that a check can fail.

A defect breaks the clauses it names and nothing else. Which checks must see it is not known here (`suite/kills/` says
it): judge and judged share only the contract.
"""

from __future__ import annotations

from collections.abc import Mapping

from messages_conformance.reference.defects import accepted, heard, messages, replies, streams
from messages_conformance.reference.defects.base import Defect

__all__ = ["DEFECTS", "Defect"]

_MODULES = (messages, heard, accepted, streams, replies)

DEFECTS: Mapping[str, Defect] = {defect.id: defect for module in _MODULES for defect in module.DEFECTS}
