"""What real clients made of each defect: `specs/impact.json`, which an experiment writes (`tools/impact/README.md`).

What a defect is stands in `suite/defects.json`: the catalogue may not ask the reference itself. No verdict depends on
either.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from messages_conformance.catalog.harm import Severity
from messages_conformance.errors import Problem, UserError, Where
from messages_conformance.locate import data

Outcome: TypeAlias = Literal["fine", "raises", "hangs", "wrong", "retries", "unstable"]


@dataclass(frozen=True, slots=True)
class Client:
    """A client that was tried; `jobs` are the ids of those that it can do, `left_out` says of the others why not,
    `tried` has both by the day on which they were, and `profile` is the one that describes it."""

    id: str
    title: str
    package: str
    version: str
    registry: str
    language: str
    jobs: tuple[str, ...]
    profile: str | None = None
    left_out: Mapping[str, str] = field(default_factory=dict[str, str])
    tried: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    @property
    def is_official(self) -> bool:
        """Whether it is one of Anthropic's SDKs: then its profile describes it and no other client."""
        return self.profile is not None and self.profile.startswith("anthropic-sdk-")

    @property
    def name(self) -> str:
        """`the official SDK for Python 2.14`."""
        return f"{self.title} {'.'.join(self.version.split('.')[:2])}"


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception: its qualified type, and the status that it tells."""

    type: str
    message: str
    status: int | None = None

    @property
    def name(self) -> str:
        """Its type without the module."""
        return self.type.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Difference:
    """One place in what a client handed over, with and without the defect; None where there was nothing."""

    pointer: str
    expected: Any
    came: Any

    @property
    def field(self) -> str:
        """What differs, in the words of what a driver tells: `text` for `/turns/0/text`; `turns` for a whole answer."""
        match self.pointer.split("/")[1:]:
            case ["turns", _, "calls", _, "arguments", *_]:
                return "arguments"
            case ["turns", _, named, *_] | [named, *_]:
                return named
            case _:
                return "turns"

    @property
    def is_beside(self) -> bool:
        """Whether the answer itself is right: only its token counts, the pieces that it came in or the words of an
        error differ."""
        return self.field in ("usage", "pieces") or self.pointer == "/raised/message"


@dataclass(frozen=True, slots=True)
class Trace:
    """What became of one job of one client, where it was not fine. A `mistake` is a job that no program does that is
    right."""

    job: str
    outcome: Outcome
    raised: Raised | None = None
    differs: tuple[Difference, ...] = ()
    requests: int = 1
    requests_without: int = 1
    mistake: bool = False

    @property
    def only_for_mistakes(self) -> bool:
        """Whether no program that is right meets it: a mistake is told otherwise, or not at all."""
        return self.mistake and self.outcome != "hangs"

    @property
    def severity(self) -> Severity:
        """What this job alone makes of its defect."""
        if self.only_for_mistakes:
            return Severity.UNKNOWN if self.outcome == "unstable" else Severity.DEGRADES
        if self.outcome in ("raises", "hangs"):
            return Severity.BREAKS
        if self.outcome == "wrong" and not all(each.is_beside for each in self.differs):
            return Severity.CORRUPTS
        return Severity.DEGRADES if self.outcome in ("wrong", "retries") else Severity.UNKNOWN


@dataclass(frozen=True, slots=True)
class Seen:
    """What one client made of a defect, over the jobs that it touches: those that were `fine`, and worst first the
    others."""

    client: Client
    fine: tuple[str, ...]
    noticed: tuple[Trace, ...]

    @property
    def severity(self) -> Severity:
        """The worst of any job."""
        return self.noticed[0].severity if self.noticed else Severity.UNNOTICED

    @property
    def outcome(self) -> Outcome:
        """The worst outcome, in the table's word."""
        return self.noticed[0].outcome if self.noticed else "fine"


@dataclass(frozen=True, slots=True)
class Impact:
    """What clients made of one defect. `check` is the one that tells it, `clauses` are those that it breaks, `touched`
    are the jobs in which the answers differ, `seen` has the clients that can do one of these."""

    defect: str
    statement: str
    check: str
    clauses: frozenset[str]
    touched: tuple[str, ...]
    seen: tuple[Seen, ...]

    @property
    def severity(self) -> Severity:
        """The worst that happened to any client; unknown where none was tried."""
        return min((each.severity for each in self.seen), key=lambda severity: severity.rank, default=Severity.UNKNOWN)

    @property
    def hurt(self) -> tuple[Seen, ...]:
        """The clients that notice it, worst first; of those that suffer alike, the official SDKs."""
        noticing = (seen for seen in self.seen if seen.severity.hurts)
        return tuple(sorted(noticing, key=lambda seen: (seen.severity.rank, not seen.client.is_official)))


@dataclass(frozen=True, slots=True)
class Impacts:
    """The whole table: when and with which version it was last written, the clients, the titles of the jobs by their
    ids, and for each defect that was tried its impact."""

    made: str
    suite: str
    clients: tuple[Client, ...]
    jobs: Mapping[str, str]
    defects: Mapping[str, Impact]

    @property
    def measured(self) -> str:
        """`on 2026-11-29`, or `from` the first `to` the last day on which a client was tried."""
        days = sorted({day for client in self.clients for day in client.tried} or {self.made})
        return f"on {days[0]}" if len(days) == 1 else f"from {days[0]} to {days[-1]}"


NO_IMPACTS: Final = Impacts("", "", (), {}, {})


def load_impacts(table: Path, defects: Path) -> Impacts:
    """Read the table, with what is said of each defect; without a table nothing is known. Defects that the reference no
    longer has are passed over. Raises UserError for a file that is not JSON."""
    if not table.is_file():
        return NO_IMPACTS
    told, facts = _read(table), _read(defects)
    clients = {entry["id"]: _client(entry) for entry in told["clients"]}
    mistakes = frozenset(job["id"] for job in told["jobs"] if job.get("mistake"))
    return Impacts(
        told["made"],
        told["suite"],
        tuple(clients.values()),
        {job["id"]: job["title"] for job in told["jobs"]},
        {
            name: _impact(name, facts[name], entry, clients, mistakes)
            for name, entry in told["defects"].items()
            if name in facts
        },
    )


def load_bundled_impacts() -> Impacts:
    """The table that is bundled. It is large, so the catalogue keeps in short what it says (`catalog/harm.py`)."""
    return load_impacts(data("specs") / "impact.json", data("defects.json"))


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except json.JSONDecodeError as error:
        hint = "a program writes this file (tools/impact/README.md): nothing is to be mended by hand"
        raise UserError(Problem(f"not valid JSON: {error.msg}", Where(path, error.lineno), hint)) from error


def _client(entry: Mapping[str, Any]) -> Client:
    texts = {key: value for key, value in entry.items() if key not in ("jobs", "tried")}
    tried = {day: tuple(jobs) for day, jobs in entry.get("tried", {}).items()}
    return Client(**texts, jobs=tuple(entry["jobs"]), tried=tried)


def _impact(
    name: str,
    facts: Mapping[str, Any],
    entry: Mapping[str, Any],
    clients: Mapping[str, Client],
    mistakes: Collection[str],
) -> Impact:
    seen = tuple(_seen(clients[client], told, mistakes) for client, told in entry["clients"].items())
    clauses = frozenset[str](facts["clauses"])
    return Impact(name, facts["statement"], facts["check"], clauses, tuple(entry["touched"]), seen)


def _seen(client: Client, told: Mapping[str, Any], mistakes: Collection[str]) -> Seen:
    traces = (_trace(job, trace, mistake=job in mistakes) for job, trace in told.get("noticed", {}).items())
    return Seen(client, tuple(told.get("fine", ())), tuple(sorted(traces, key=lambda trace: trace.severity.rank)))


def _trace(job: str, told: Mapping[str, Any], *, mistake: bool) -> Trace:
    raised = told.get("raised")
    return Trace(
        job,
        told["outcome"],
        Raised(raised["type"], raised["message"], raised.get("status")) if raised else None,
        tuple(Difference(d["pointer"], d.get("expected"), d.get("came")) for d in told.get("differs", ())),
        told.get("requests", 1),
        told.get("requests_without", 1),
        mistake,
    )
