"""Ways to be wrong, each a play of its own: the proof that a check can fail.

A defect breaks the clauses it names and nothing else. Which checks must see it is not known here (`suite/kills/` says
it): judge and judged share only the contract.
"""

from __future__ import annotations

from collections.abc import Mapping

from messages_conformance.reference.defects import (
    answers,
    beta,
    connection,
    forms,
    heard,
    http,
    lenient,
    media,
    messages,
    replies,
    requests,
    server_tools,
    streams,
    thinking,
    tool_results,
    tools,
    transport,
    usage,
    whole_run,
)
from messages_conformance.reference.defects.base import Defect

__all__ = ["DEFECTS", "Defect"]

_MODULES = (
    messages,
    answers,
    usage,
    heard,
    lenient,
    streams,
    transport,
    replies,
    requests,
    http,
    connection,
    beta,
    tools,
    tool_results,
    thinking,
    media,
    server_tools,
    whole_run,
    forms,
)

DEFECTS: Mapping[str, Defect] = {defect.id: defect for module in _MODULES for defect in module.DEFECTS}
