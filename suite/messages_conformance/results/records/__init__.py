"""The records of a results stream: what each line of `results.jsonl` says.

`header.py` has the first record, and here are the others. `docs/results.md` tells readers what they may rely on; the
JSON Schema of a line (`results/schemas/`) is made from these classes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from messages_conformance.checks.base import Cause, Outcome
from messages_conformance.results.codec import from_json, to_json
from messages_conformance.results.records.header import (
    Check,
    Clause,
    Contract,
    Criterion,
    Dependence,
    Deviation,
    Expectation,
    Gathered,
    Header,
    Impact,
    Profile,
    Provider,
    Relation,
    Scenario,
    Shard,
    Suite,
)
from messages_conformance.wire import exchange
from messages_conformance.wire.curl import curl

__all__ = [
    "FORMAT",
    "KINDS",
    "Check",
    "Clause",
    "Contract",
    "Criterion",
    "Cut",
    "Dependence",
    "Deviation",
    "Diagnosed",
    "Exchange",
    "Expectation",
    "Footer",
    "Gathered",
    "Header",
    "Impact",
    "Judged",
    "Planned",
    "PlannedStep",
    "Probed",
    "Profile",
    "Provider",
    "Record",
    "Relation",
    "Scenario",
    "Shard",
    "Skipped",
    "Spent",
    "Suite",
    "Tokens",
    "Tried",
    "Verdict",
    "from_parsed",
    "to_line",
]

FORMAT: Final = 2
"""Grows when a reader that keeps the rules of `docs/results.md` would misread a stream."""

# --- what was planned, sent and judged --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Skipped:
    """A provider that could not be asked at all."""

    provider: str
    reason: str


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """What the first requests showed of a provider, where that ended its run. `sentence` follows its title."""

    provider: str
    diagnosis: str
    """What was found, such as `nothing-listens`; a later version may have more of these words."""
    sentence: str
    exit: Literal[1, 2, 3]
    """1: does not conform; 2: only the user can mend it; 3: time or payment mends it."""


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """Criteria that one step will be judged by, and the place (file:line of the YAML) that demands them."""

    step: str
    where: str
    criteria: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Planned:
    """One scenario at one provider, before anything is sent."""

    provider: str
    scenario: str
    not_applicable: str | None = None
    """Why the scenario is not asked of this provider; then there are no steps."""
    steps: tuple[PlannedStep, ...] = ()
    """In the order of judging; a step comes more than once where more than one place demands something of it."""
    lacks: tuple[str, ...] = ()
    """Features and traits that the scenario needs and the provider does not claim."""


@dataclass(frozen=True, slots=True)
class Cut:
    """What the body of a response was, secrets redacted, of which a record holds only the beginning."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Exchange(exchange.Exchange):
    """One attempt: the request as it was sent, secrets redacted, and what came back."""

    id: str
    """provider/scenario/step/trial.attempt"""
    provider: str
    scenario: str
    step: str
    trial: int
    """Grows when a model's choice was asked for again."""
    attempt: int
    """Grows when a request was sent again after an outage."""
    key_env: str | None = None
    """The environment variable that holds what `[redacted]` stands for in the request, where that is known."""
    cut: Cut | None = None
    """Set where there was no room for the whole body of the response, which was judged."""

    @property
    def beginning_only(self) -> str | None:
        """What is told of an answer of which only the beginning is kept: `the record holds the first 9 of 99 bytes`."""
        if self.cut is None or self.response is None:
            return None
        return f"the record holds the first {len(self.response.body):,} of {self.cut.bytes:,} bytes of the answer"

    @property
    def curl(self) -> str:
        """A shell command that sends the request again."""
        return curl(self.request, key_env=self.key_env)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found, and all the criteria of one step that it answers."""

    step: str
    criteria: tuple[int, ...]
    outcome: Outcome
    cause: Cause | None = None
    """Why nothing could be decided; with the outcome `inconclusive` only."""
    expected: str | None = None
    actual: str | None = None
    pointer: str | None = None
    """JSON pointer into the judged body or event."""
    event: int | None = None
    """Number of the stream event, from 1."""
    note: str | None = None
    exchanges: tuple[str, ...] = ()
    """Ids of the exchanges judged, the decisive one last."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One scenario at one provider, judged whole."""

    provider: str
    scenario: str
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Probed:
    """What one request showed of a feature that the provider does not claim. It counts for no verdict."""

    provider: str
    feature: str
    outcome: Outcome
    """`pass`: it seems to work; `fail`: it does not; anything else: it was not seen."""
    exchanges: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a job that the official SDK was made to do. It counts for no verdict."""

    provider: str
    job: str
    title: str
    client: str
    """The SDK and its version."""
    outcome: Outcome
    """`pass`: it was done; `fail`: the SDK raised, or handed over what no model can cause; `inconclusive`: an outage,
    or the model's own choice."""
    cause: Cause | None = None
    """Why nothing could be decided; with the outcome `inconclusive` only."""
    told: str | None = None
    """What the SDK did; it follows "the SDK"."""
    raised: str | None = None
    """The qualified name of the exception."""
    status: int | None = None
    """The HTTP status that the exception tells."""
    key_as: str | None = None
    """How the SDK was given the key, where `api_key` was refused: as `auth_token`, or in a header of this name."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """As the answers count them."""

    input: int
    output: int


@dataclass(frozen=True, slots=True)
class Spent:
    """What was used at one provider."""

    provider: str
    requests: int
    seconds: float
    """In which at least one request was under way; of parallel jobs, added up."""
    tokens: Tokens
    cost: Mapping[str, float]
    """Currency to amount, as far as prices are known."""


@dataclass(frozen=True, slots=True)
class Footer:
    """The last record: everything that was planned was judged."""

    finished: str
    results: Mapping[str, int]
    """Outcome to number of criteria."""
    exchanges: int
    tokens: Tokens
    cost: Mapping[str, float]
    """Currency to amount, as far as prices are known."""
    spent: tuple[Spent, ...] = ()
    """The same by provider, of those that were sent anything."""


# --- lines ------------------------------------------------------------------------------------------------------------

Record: TypeAlias = Header | Skipped | Diagnosed | Planned | Exchange | Judged | Probed | Tried | Footer

KINDS: Final[Mapping[str, type[Record]]] = {
    kind.__name__.lower(): kind
    for kind in (Header, Skipped, Diagnosed, Planned, Exchange, Judged, Probed, Tried, Footer)
}

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=to_json).encode


def to_line(record: Record) -> str:
    """A record as one line of a stream. A lone surrogate that a peer sent stays one."""
    return _encode({"kind": type(record).__name__.lower(), **to_json(record)}) + "\n"


def from_parsed(value: Any) -> Record | None:
    """The record that a parsed line is; None where it is of a kind that this version does not know. Raises LookupError,
    TypeError or ValueError where it is none."""
    kind = value["kind"]
    return from_json(KINDS[kind], value) if kind in KINDS else None
