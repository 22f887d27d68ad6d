"""What the model decides in an answer: its thoughts, the tools it means to use, their arguments, its words.

Everything else is the API's: limits, stop sequences, `tool_choice`, signatures, counts. A mind acts before the API
applies these, so whatever a mind does, the answer stays lawful.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, TypeAlias, TypeVar

from messages_conformance.reference.model.conversation import Conversation
from messages_conformance.reference.tools.hints import Hints

T = TypeVar("T")

Bend: TypeAlias = Callable[[T, Conversation], T]
"""A change to what the good model would do, given the conversation."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that the client runs."""

    name: str
    schema: Any


@dataclass(frozen=True, slots=True)
class Call:
    """A call that the model means to make; `hints` are what it fills the arguments from."""

    tool: Tool
    hints: Hints


@dataclass(frozen=True, slots=True)
class Intent:
    """What the model means to do in this turn. `seen` are the client's tools that it can see: one whose loading is
    deferred it would first have to search for. `searches` and `remote` say whether it uses the web search and the MCP
    tools that it has, `cites` whether it answers in passages that can be cited, `announces` whether it says that it is
    going to call."""

    seen: tuple[Tool, ...]
    calls: tuple[Call, ...]
    searches: bool
    remote: bool = True
    cites: bool = True
    announces: bool = True

    def but(self, **changed: Any) -> Intent:
        """The same intent with these changes."""
        return replace(self, **changed)


def keep(value: T, _: Conversation) -> T:
    """The good model's way."""
    return value


@dataclass(frozen=True, slots=True)
class Mind:
    """One bend for each thing that is the model's own. No thought at all (None) counts only where thinking is
    adaptive."""

    thought: Bend[str | None] = keep
    intent: Bend[Intent] = keep
    hints: Bend[Hints] = keep
    words: Bend[str] = keep


GOOD = Mind()


def blend(first: Mind, second: Mind) -> Mind:
    """A mind with both minds' bends; `second` bends what `first` made of it."""

    def both(before: Bend[Any], after: Bend[Any]) -> Bend[Any]:
        return lambda value, heard: after(before(value, heard), heard)

    return Mind(**{f.name: both(getattr(first, f.name), getattr(second, f.name)) for f in fields(Mind)})
