"""Moods of deeds: when the model calls tools, which, with what arguments, and how long it thinks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from messages_conformance.reference.model.conversation import Conversation
from messages_conformance.reference.model.mind import Call, Intent, Mind, Tool
from messages_conformance.reference.moods.base import Mood
from messages_conformance.reference.tools.hints import Hints

_ODD_STRINGS = ('Ωμέγα "quoted" \\ 100% 🦜', "line\nbreak\tand tab", "O'Neill & Söhne <b>", "null", " ")
_ODD_NUMBERS = (0, -1, 0.5, 1e3, 7)
_THOUGHT = (
    "Let me turn this over once more. There is what was asked, there is what was said before, and there is what may be "
    "meant by both; each of them may change the others. "
)


@dataclass(slots=True)
class _Odd(Hints):
    """Values that match nothing in the request: the last member of every enum, false for every flag."""

    def member(self, name: str, members: Sequence[Any]) -> Any:  # noqa: ARG002
        return members[-1]

    def flag(self, name: str) -> bool:  # noqa: ARG002
        return False


def _odd(_: Hints, __: Conversation) -> Hints:
    return _Odd("", _ODD_STRINGS, (), _ODD_NUMBERS)


def _sparing(_: Hints, __: Conversation) -> Hints:
    return Hints("", (), (), (), generous=False)


def _eager(intent: Intent, heard: Conversation) -> Intent:
    """Calls the first tool where it would have called none."""
    first = tuple(Call(tool, Hints.of(heard.last.text)) for tool in intent.seen[:1])
    return intent.but(calls=intent.calls or first, searches=True)


def _idle(intent: Intent, _: Conversation) -> Intent:
    return intent.but(calls=(), searches=False, remote=False)


def _mistaken(intent: Intent, _: Conversation) -> Intent:
    """Calls the next of the tools that it sees in place of each that it meant."""

    def other(tool: Tool) -> Tool:
        names = [seen.name for seen in intent.seen]
        if tool.name not in names:
            return tool
        return intent.seen[(names.index(tool.name) + 1) % len(names)]

    return intent.but(calls=tuple(replace(call, tool=other(call.tool)) for call in intent.calls))


def _unannounced(intent: Intent, _: Conversation) -> Intent:
    return intent.but(announces=False)


def _thinks_long(thought: str | None, _: Conversation) -> str:
    return f"{thought} {_THOUGHT * 8}"


def _broods(thought: str | None, _: Conversation) -> str:
    return f"{thought} {_THOUGHT * 100}"


def _thinks_not(_: str | None, __: Conversation) -> None:
    return None


MOODS = (
    Mood("calls-always", "Calls a tool whenever it may, asked or not", Mind(intent=_eager)),
    Mood("calls-never", "Calls no tool and searches nothing unless it is forced to", Mind(intent=_idle)),
    Mood(
        "calls-wrong",
        "Calls another tool than the one that is meant, where there are several",
        Mind(intent=_mistaken),
    ),
    Mood("calls-unannounced", "Calls tools without any text before", Mind(intent=_unannounced)),
    Mood(
        "minimal-arguments",
        "Fills in nothing but what a schema requires",
        Mind(hints=_sparing),
    ),
    Mood("odd-arguments", "Fills in what satisfies the schema and was never asked for", Mind(hints=_odd)),
    Mood("thinks-long", "Thinks several times as long as needed, within its budget", Mind(thought=_thinks_long)),
    Mood(
        "broods",
        "Thinks until its budget is spent; where thinking is adaptive, until nothing is left of max_tokens",
        Mind(thought=_broods),
    ),
    Mood(
        "thinks-not",
        "Does not think if thinking is adaptive; if a budget is given, the API makes it think all the same",
        Mind(thought=_thinks_not),
    ),
)
