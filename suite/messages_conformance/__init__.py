"""Conformance suite and compatibility checker for endpoints that claim Anthropic's Messages API.

What a program may use is named here, and nothing else is public; see `docs/library.md`. Nothing is loaded before it is
used: pytest imports this package in every project that has it installed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from messages_conformance.errors import HarnessError, SuiteError, UserError
    from messages_conformance.library import Choice, execute, judge, load, plan, read, rejudge

__version__ = "0.1.0"

__all__ = ["Choice", "HarnessError", "SuiteError", "UserError", "execute", "judge", "load", "plan", "read", "rejudge"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.errors" if name.endswith("Error") else f"{__name__}.library"), name)
