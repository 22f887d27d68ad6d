"""What the drivers in Python share: the lines of the protocol and the talk of a job (`tools/impact/README.md`).

A driver calls `serve(do)`. Only the standard library is used here, because each driver has an environment of its own.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TextIO

MESSAGE_LIMIT = 300
TURN_LIMIT = 4

_CONTEXT = ("route", "stream", "system", "turns", "picture", "picture_png", "tools", "force", "results")
KNOWN = {*_CONTEXT, "thinking", "schema", "max_tokens", "stop"}
"""What every driver knows of a job; whatever else it knows, it says where it serves."""

UNTAUGHT = "its driver was not taught to"


class UnsupportedError(Exception):
    """This client cannot do the job; the text says why."""


@dataclass(frozen=True)
class Task:
    """A job, and where and as whom it is to be done. `base_url` has no `/v1`."""

    job: Mapping[str, Any]
    base_url: str
    key: str
    model: str


@dataclass(frozen=True)
class Call:
    """A tool call as the client hands it over; `arguments` is an object if all is well."""

    id: str | None
    name: str
    arguments: object

    def told(self) -> dict[str, Any]:
        return {"name": self.name, "arguments": self.arguments, "id": bool(self.id)}


@dataclass(frozen=True)
class Turn:
    """One answer, in the client's own words and counts. None is what the client does not tell. `written` and `read` are
    tokens of the cache; `ran`, `cited` and `cleared` are as README.md has them."""

    text: str | None = None
    thinking: str | None = None
    signed: bool | None = None
    calls: Sequence[Call] | None = None
    stop: str | None = None
    input: int | None = None
    output: int | None = None
    pieces: int | None = None
    written: int | None = None
    read: int | None = None
    ran: Sequence[Mapping[str, Any]] = ()
    cited: Sequence[Mapping[str, Any]] = ()
    cleared: Sequence[Mapping[str, Any]] = ()

    def told(self) -> dict[str, Any]:
        return _without_none(
            {
                "text": self.text,
                "thinking": self.thinking,
                "signed": self.signed,
                "calls": None if self.calls is None else [call.told() for call in self.calls],
                "stop": self.stop,
                "usage": _without_none(self._counts()) or None,
                "pieces": self.pieces,
                "ran": self.ran or None,
                "cited": self.cited or None,
                "cleared": self.cleared or None,
            }
        )

    def _counts(self) -> dict[str, int | None]:
        cached = {"cache_creation_input": self.written, "cache_read_input": self.read}
        return {"input": self.input, "output": self.output, **cached}


NOTHING = Turn(text="", calls=(), pieces=0)
"""A stream that was over before it gave anything."""


@dataclass
class Seen:
    """What the client has handed over so far; it is told even if the client raises in the end."""

    turns: list[Turn] = field(default_factory=list[Turn])
    object: Any = None
    count: int | None = None
    models: list[str] | None = None

    def told(self) -> dict[str, Any]:
        turns = [turn.told() for turn in self.turns] or None
        return _without_none({"turns": turns, "object": self.object, "count": self.count, "models": self.models})


class Talk(Protocol):
    """A conversation held with one client, which keeps the history as the client's documentation says."""

    def say(self, text: str, picture: str | None) -> Turn:
        """The user speaks; `picture` is a PNG in base64."""
        ...

    def give(self, results: Sequence[tuple[Call, str]]) -> Turn:
        """The results of all calls of the last answer."""
        ...


def converse(job: Mapping[str, Any], talk: Talk, seen: Seen) -> None:
    """Says all turns of the job and answers the calls, for clients that leave the loop to their user."""
    picture = job.get("picture_png")
    for text in job["turns"]:
        turn = talk.say(text, picture)
        seen.turns.append(turn)
        picture = None
        while turn.calls and "results" in job and len(seen.turns) < TURN_LIMIT:
            turn = talk.give([(call, result(job, call.name)) for call in turn.calls])
            seen.turns.append(turn)


def result(job: Mapping[str, Any], name: str) -> str:
    """The text that a call of this tool gets. A defect may call one that nobody gave."""
    return job["results"].get(name, "There is no such tool.")


def serve(do: Callable[[Task, Seen], None], also: Collection[str] = ()) -> None:
    """Does what each line of standard input asks, until it ends. `also` is what the driver knows of jobs beside what
    every driver does, in the words of `beyond`."""
    answers = _own_stdout()
    for line in sys.stdin:
        asked = json.loads(line)
        task = Task(job=asked["job"], base_url=asked["base_url"].rstrip("/"), key=asked["key"], model=asked["model"])
        print(json.dumps({"id": asked["id"], **_answer(do, task, also)}, default=repr), file=answers, flush=True)


def beyond(job: Mapping[str, Any]) -> Iterator[str]:
    """What a job has that not every driver knows: keys, and some forms of others."""
    yield from (key for key in job if key not in KNOWN)
    if not isinstance(job.get("thinking", 0), int):
        yield "thinking of another kind"
    if any(tool.keys() - {"name", "description", "input_schema"} for tool in job.get("tools", ())):
        yield "tools of another kind"
    if "schema" in job and "stream" in job:
        yield "a streamed schema"
    if job.get("route") == "count_tokens" and job.keys() - {"route", "turns", "tools"}:
        yield "a count of more"


def _answer(do: Callable[[Task, Seen], None], task: Task, also: Collection[str]) -> dict[str, Any]:
    if any(each not in also for each in beyond(task.job)):
        return {"unsupported": UNTAUGHT}
    seen = Seen()
    try:
        do(task, seen)
    except UnsupportedError as reason:
        return {"unsupported": str(reason)}
    except Exception as error:  # noqa: BLE001  what a client raises is what we want to know
        return {"raised": _raised(error), "seen": seen.told()}
    return {"seen": seen.told()}


def _raised(error: Exception) -> dict[str, Any]:
    kind = type(error)
    message, *_ = str(error).partition("Traceback (most recent call last)")  # some add one, with paths of this machine
    return {
        "type": kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}",
        "message": message.strip()[:MESSAGE_LIMIT],
        "status": next(_statuses(error), None),
    }


def _statuses(error: Exception) -> Iterator[int]:
    """Where clients keep the status of a refusal."""
    for holder in (error, getattr(error, "response", None)):
        status = getattr(holder, "status_code", None)
        if isinstance(status, int):
            yield status


def _own_stdout() -> TextIO:
    """Standard output for our lines alone; whatever else is printed goes to standard error."""
    lines = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return lines


def _without_none(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
