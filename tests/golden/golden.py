"""Golden recordings: answers as the real API gives them, written by hand, and what the judge makes of them.

Each recording is a file of bytes in `corpus/`; `manifest.yaml` says what was asked, which fact the recording
stands for, and which checks have to pass on it. See README.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias, cast

import yaml
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.model import CheckUse, Expect, Level, Scenario, Step
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.base import Check, Outcome, Verdict
from messages_conformance.errors import Where
from messages_conformance.run.judging.verdicts import judge_walk
from messages_conformance.run.planning.plan import make_plan
from messages_conformance.run.walking.unit import Sent, Walk
from messages_conformance.wire.exchange import Chunk, Exchange, Headers, Request, Response

CORPUS = Path(__file__).with_name("corpus")
MANIFEST = Path(__file__).with_name("manifest.yaml")

_Json: TypeAlias = dict[str, Any]

_ASK: _Json = {"model": "claude-sonnet-4-5", "max_tokens": 1024, "messages": [{"role": "user", "content": "Hello"}]}
_JSON_HEADERS = {"content-type": "application/json", "request-id": "req_011CTgolden"}
_SSE_HEADERS = {"content-type": "text/event-stream; charset=utf-8", "request-id": "req_011CTgolden"}
_ROUTES: Mapping[Expect, str] = {"tokens": "/count_tokens", "models": "", "model": "/claude-sonnet-4-5"}
_EVENT_EVERY_MS = 40.0


@dataclass(frozen=True)
class Recording:
    """One answer, what it answers, and what it stands for. `passes` are checks that have to pass; `informational` are
    checks of a MAY that fail on it, with the reason why that is no fault; `undecided` is the cause for which the rest
    cannot be decided, if it cannot."""

    file: str
    expect: Expect
    fact: str
    source: str
    request: Mapping[str, Any] = field(default_factory=dict[str, Any])
    request_headers: Mapping[str, str] = field(default_factory=dict[str, str])
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    passes: Sequence[str] = ()
    informational: Mapping[str, str] = field(default_factory=dict[str, str])
    undecided: str | None = None

    @property
    def body(self) -> bytes:
        return (CORPUS / self.file).read_bytes()

    @property
    def is_stream(self) -> bool:
        return self.file.endswith(".sse")

    @property
    def pieces(self) -> list[tuple[float, bytes]]:
        """The body as it comes, each event by itself, with the times."""
        events = self.body.split(b"\n\n") if self.is_stream else [self.body]
        ended = [event + b"\n\n" for event in events[:-1]] + [events[-1]]
        return [(_EVENT_EVERY_MS * number, piece) for number, piece in enumerate(ended, 1) if piece]

    @property
    def exchange(self) -> Exchange:
        return self.arriving(self.pieces)

    def arriving(self, pieces: Sequence[tuple[float, bytes]], headers: Headers = ()) -> Exchange:
        """The exchange with other bytes, each piece with the time at which it came."""
        common = _SSE_HEADERS if self.is_stream else _JSON_HEADERS
        chunks = tuple(Chunk(at, data) for at, data in pieces)
        response = Response(self.status, (*(common | dict(self.headers)).items(), *headers), chunks)
        last = pieces[-1][0] if pieces else 1.0
        return Exchange(self._request(), response, None, "2026-11-20T10:00:00.000Z", 1.0, last)

    def _request(self) -> Request:
        headers = tuple({"accept-encoding": "gzip, deflate", **self.request_headers}.items())
        route = _ROUTES.get(self.expect, "")
        if self.expect in ("models", "model"):
            return Request("GET", f"https://api.example/v1/models{route}", headers)
        asked = _ASK | dict(self.request) | ({"stream": True} if self.expect == "stream" else {})
        return Request("POST", f"https://api.example/v1/messages{route}", headers, json.dumps(asked).encode())


@dataclass(frozen=True)
class Pair:
    """Two recordings, the second judged by a check that compares it with the first (which is step `first`)."""

    name: str
    first: str
    second: str
    fact: str
    checks: Mapping[str, Mapping[str, Any]]


@cache
def manifest() -> tuple[tuple[Recording, ...], tuple[Pair, ...]]:
    """Every recording and every pair, in the order of the manifest."""
    read = cast("_Json", yaml.safe_load(MANIFEST.read_text("utf-8")))
    groups: Mapping[str, list[str]] = read["groups"]
    recordings = [Recording(**entry) for entry in read["recordings"]]
    named = (replace(r, passes=[c for name in r.passes for c in groups.get(name, [name])]) for r in recordings)
    return tuple(named), tuple(Pair(**entry) for entry in read["pairs"])


@dataclass(frozen=True)
class Judge:
    """Plans and judges recordings as a run against Anthropic's contract does."""

    catalog: Catalog
    checks: Mapping[str, Check]

    def verdicts(self, recording: Recording, exchange: Exchange | None = None) -> dict[str, Verdict]:
        """By check id, what every wire check says that is planned for such an answer."""
        step = _step("only", recording)
        return self._judged((step,), {"only": exchange or recording.exchange})["only"]

    def compared(self, pair: Pair, first: Recording, second: Recording) -> dict[str, Verdict]:
        """By check id, what the checks say of the second answer beside the first."""
        uses = tuple(CheckUse(check, params, _HERE) for check, params in pair.checks.items())
        steps = _step("first", first), replace(_step("second", second), checks=uses)
        return self._judged(steps, {"first": first.exchange, "second": second.exchange})["second"]

    def level(self, check: str) -> Level:
        """How binding the clauses are that a check judges, the strongest of them."""
        clauses = self.catalog.contracts["anthropic"].clauses
        return min((clauses[clause].level for clause in self.checks[check].clauses), key=lambda level: level.rank)

    def _judged(self, steps: tuple[Step, ...], exchanges: Mapping[str, Exchange]) -> dict[str, dict[str, Verdict]]:
        scenario = Scenario("golden", "golden", "Golden", "Golden", (), frozenset(), steps, _HERE)
        unit = make_plan([(self.catalog.providers["reference"], scenario)], self.catalog, self.checks).units[0]
        walk = Walk({name: Sent(((name, Answer(exchange)),)) for name, exchange in exchanges.items()})
        found: dict[str, dict[str, Verdict]] = {step.id: {} for step in steps}
        for (step, check, _), (verdict, _) in judge_walk(walk, unit.checks).items():
            found[step][check] = verdict
        return found


def of_outcome(verdicts: Mapping[str, Verdict], *outcomes: Outcome) -> dict[str, Verdict]:
    return {check: verdict for check, verdict in verdicts.items() if verdict.outcome in outcomes}


_HERE = Where(MANIFEST, 1)


def _step(name: str, recording: Recording) -> Step:
    return Step(name, "POST", "messages", None, {}, recording.expect, {}, (), _HERE)
