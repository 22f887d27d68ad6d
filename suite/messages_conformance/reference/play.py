"""The stages of an answer, and the one way to make a reference differ: a play.

    receive → [request] → validate → [validate] → [prompt] → [mind] → model → [turn] → message → [message]
            → events → [events] → frames → [frames] → http → [response]

A play holds at most one hook per stage. The correct reference is the play without hooks, so its code knows nothing of
defects or dialects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from messages_conformance.reference.http.errors import Refusal

if TYPE_CHECKING:
    from messages_conformance.reference.model.mind import Mind

T = TypeVar("T")

Route: TypeAlias = Literal["messages", "count_tokens", "models", "model", "root", "nowhere"]
"""`root` is what agents probe before they start (HEAD of the base URL); `nowhere` is every path that names no route."""
Json: TypeAlias = dict[str, Any]
"""A JSON object: a body, a block, an event."""


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came in. Header names are in lower case; `query` keeps the last value of each name. `repeat` is
    how often this very body came to the same play before, `earlier` how many messages requests did."""

    route: Route
    headers: Mapping[str, str]
    body: bytes = b""
    query: Mapping[str, str] | None = None
    model_id: str | None = None
    repeat: int = 0
    earlier: int = 0


@dataclass(frozen=True, slots=True)
class Context:
    """What every hook may read: the request before any hook changed it. `body` is empty when there is no object;
    `repeat` and `earlier` are those of what was received."""

    route: Route
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    repeat: int = 0
    earlier: int = 0

    @property
    def stream(self) -> bool:
        """Whether the client asked for a stream."""
        return self.body.get("stream") is True


@dataclass(frozen=True, slots=True)
class Turn:
    """What the model produced. `thinking_tokens` counts all thinking, shown or not; `cut_tokens` what was written of a
    call that did not fit."""

    blocks: tuple[Json, ...]
    stop_reason: str
    stop_sequence: str | None = None
    thinking_tokens: int = 0
    cut_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Frame:
    """Bytes that leave together, `delay_ms` after the frame before."""

    delay_ms: float
    data: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer. A stream's body is its frames."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes | tuple[Frame, ...]


Hook: TypeAlias = Callable[[T, Context], T]


@dataclass(frozen=True, slots=True)
class Play:
    """One optional hook per stage.

    `request` sees the body before validation, `prompt` after it (what the model hears); `mind` is where a mood sets in;
    `events` and `frames` run for streams only, `response` for every answer, refusals included.
    """

    request: Hook[Json] | None = None
    validate: Hook[tuple[Refusal, ...]] | None = None
    prompt: Hook[Json] | None = None
    mind: Hook[Mind] | None = None
    turn: Hook[Turn] | None = None
    message: Hook[Json] | None = None
    events: Hook[tuple[Json, ...]] | None = None
    frames: Hook[tuple[Frame, ...]] | None = None
    response: Hook[Reply] | None = None


CORRECT = Play()


def through(hook: Hook[T] | None, value: T, context: Context) -> T:
    """`value` after `hook`, or unchanged where there is none."""
    return value if hook is None else hook(value, context)


def compose(first: Play, second: Play) -> Play:
    """A play with both plays' hooks; at a stage that both change, `second` sees what `first` made of it."""

    def both(before: Hook[Any] | None, after: Hook[Any] | None) -> Hook[Any] | None:
        if before is None or after is None:
            return before or after
        return lambda value, context: after(before(value, context), context)

    return Play(**{f.name: both(getattr(first, f.name), getattr(second, f.name)) for f in fields(Play)})
