"""The writer of the results stream: the only place where what came over the wire reaches a file, and so the one that
redacts. Every record is flushed, so that a killed run keeps what was judged."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from messages_conformance.catalog.model import Step
from messages_conformance.checks.base import Verdict
from messages_conformance.run.header import now, place_of
from messages_conformance.run.planning.plan import Planned, Unit
from messages_conformance.wire.curl import curl
from messages_conformance.wire.exchange import Chunk, Exchange
from messages_conformance.wire.redact import Redactor

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(slots=True)
class Recorder:
    """Appends records to `sink`, a callable that takes one JSON line. Counts what the footer reports."""

    sink: Callable[[str], None]
    redactors: Mapping[str, Redactor]
    key_envs: Mapping[str, str | None]
    outcomes: Counter[str] = field(default_factory=Counter[str])
    exchanges: int = 0

    def header(self, header: Mapping[str, Any]) -> None:
        """Write the header, the first record; see `run.header`."""
        self._write(kind="header", **header)

    def planned(self, unit: Unit) -> None:
        self._write(
            kind="planned",
            provider=unit.provider.id,
            scenario=unit.scenario.id,
            not_applicable=unit.not_applicable,
            checks=[list(planned.key) for planned in unit.checks],
        )

    def skipped(self, provider: str, reason: str) -> None:
        self._write(kind="skipped", provider=provider, reason=reason)

    def exchange(self, unit_key: tuple[str, str], name: str, place: tuple[Step, int, int], exchange: Exchange) -> None:
        """Write one attempt. `place` is (step, trial, attempt); `name` the id by which results refer to it."""
        provider, scenario = unit_key
        step, trial, attempt = place
        safe = self.redactors[provider].redact_exchange(exchange)
        response = safe.response
        self.exchanges += 1
        self._write(
            kind="exchange",
            id=name,
            provider=provider,
            scenario=scenario,
            step=step.id,
            trial=trial,
            attempt=attempt,
            started=safe.started,
            request={
                "method": safe.request.method,
                "url": safe.request.url,
                "headers": [list(pair) for pair in safe.request.headers],
                "body": None if safe.request.body is None else safe.request.body.decode("utf-8", "replace"),
            },
            curl=curl(safe.request, key_env=self.key_envs[provider] if step.auth == "own" else None),
            response=None
            if response is None
            else {
                "status": response.status,
                "headers": [list(pair) for pair in response.headers],
                "chunks": [_chunk(chunk) for chunk in response.chunks],
            },
            failure=None if safe.failure is None else {"kind": safe.failure.kind, "detail": safe.failure.detail},
            first_byte_ms=_rounded(safe.first_byte_ms),
            total_ms=_rounded(safe.total_ms),
        )

    def again(self, record: Mapping[str, Any]) -> None:
        """Write a record of another stream as it is."""
        self._write(**record)

    def result(self, unit_key: tuple[str, str], planned: Planned, verdict: Verdict, exchanges: Iterable[str]) -> None:
        provider, scenario = unit_key
        self.outcomes[str(verdict.outcome)] += 1
        redact = self.redactors[provider].redact_text
        optional: dict[str, Any] = {
            "cause": verdict.cause and str(verdict.cause),
            "expected": verdict.expected and redact(verdict.expected),
            "actual": verdict.actual and redact(verdict.actual),
            "pointer": verdict.pointer and redact(verdict.pointer),
            "event": verdict.event,
            "note": verdict.note and redact(verdict.note),
            "where": place_of(planned.use.where if planned.use else planned.step.where),
        }
        self._write(
            kind="result",
            provider=provider,
            scenario=scenario,
            step=planned.step.id,
            check=planned.check.id,
            question=planned.question,
            outcome=str(verdict.outcome),
            level=str(planned.level),
            clauses=list(planned.clauses),
            **{key: value for key, value in optional.items() if value is not None},
            exchanges=list(exchanges),
        )

    def footer(self, tokens: Counter[str], cost: Mapping[str, float]) -> None:
        self._write(
            kind="footer",
            finished=now(),
            results=dict(sorted(self.outcomes.items())),
            exchanges=self.exchanges,
            tokens={"input": tokens["input"], "output": tokens["output"]},
            cost={currency: round(amount, 6) for currency, amount in cost.items()},
        )

    def _write(self, **record: Any) -> None:
        self.sink(_encode(record) + "\n")


def _chunk(chunk: Chunk) -> dict[str, Any]:
    at = _rounded(chunk.at_ms)
    try:
        return {"at_ms": at, "text": chunk.data.decode()}
    except UnicodeDecodeError:
        return {"at_ms": at, "base64": base64.b64encode(chunk.data).decode()}


def _rounded(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else round(milliseconds, 2)
