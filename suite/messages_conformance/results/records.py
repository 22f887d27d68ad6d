"""The records of a results stream: what each line of `results.jsonl` says.

`docs/results.md` tells readers what they may rely on; the JSON Schema beside this module is made from these classes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from messages_conformance.catalog.causes import Within
from messages_conformance.catalog.harm import Severity
from messages_conformance.catalog.model import Level
from messages_conformance.checks.base import Cause, Outcome
from messages_conformance.results.codec import from_json, to_json
from messages_conformance.results.vocabulary import Question
from messages_conformance.wire import exchange
from messages_conformance.wire.curl import curl

FORMAT: Final = 2
"""Grows when a reader that keeps the rules of `docs/results.md` would misread a stream."""

# --- the header -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Suite:
    """The program that wrote the stream."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Provider:
    """Who was to be asked."""

    id: str
    title: str
    kind: Literal["live", "reference", "played"]
    """`played`: a document played to the letter by the reference, not a vendor's service."""
    contract: str
    base_url: str
    path: str
    version: str
    auth: Literal["x-api-key", "bearer", "header", "none"]
    """How its key travels."""
    features: tuple[str, ...]
    """What it claims."""
    models: Mapping[str, str]
    """Role to model id."""
    note: str | None = None
    key_env: str | None = None
    """The environment variable that holds its key."""
    is_adhoc: bool = False
    """Whether it was described on the command line, and stands in no file."""


@dataclass(frozen=True, slots=True)
class Contract:
    """A document that providers are judged by."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Clause:
    """One sentence of a contract that a planned check cites, or that contradicts one that is cited."""

    id: str
    level: Level
    text: str
    source: str
    """Title of the document."""
    url: str
    conflicts: tuple[str, ...] = ()
    """Clauses of the same contract that say otherwise."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What was to be asked."""

    id: str
    area: str
    title: str
    why: str
    where: str
    """file:line of its YAML."""
    tags: tuple[str, ...] = ()
    twin: str | None = None
    """The scenario without the defect, which must be accepted before a refusal of this one counts."""
    repeats: str | None = None
    """The scenario of which this is a further repetition."""


@dataclass(frozen=True, slots=True)
class Check:
    """What is looked at in an answer."""

    id: str
    title: str
    why: str


@dataclass(frozen=True, slots=True)
class Criterion:
    """What an answer is judged by: a check, for a question, on the clauses of the contract that is asked about.
    Planned steps and verdicts name it by its place in the header's list, from 0."""

    check: str
    question: Question
    level: Level
    clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Expectation:
    """A deviation that its owner has accepted. Checks and scenarios are ids or globs; in `pointer` and `actual` only
    `*` is special: it stands for any text."""

    provider: str
    check: str
    scenarios: tuple[str, ...]
    reason: str
    expires: str
    """The first day on which it counts again."""
    where: str
    question: Question | None = None
    """None: both."""
    issue: str | None = None
    pointer: str | None = None
    """Where it fails; None: anywhere."""
    actual: str | None = None
    """What comes; None: anything."""
    at_most: int | None = None
    """In how many places (a check in a scenario) it may fail; in more, none of them is accepted."""
    owner: str | None = None
    """Who accepted it."""
    added: str | None = None
    """The day on which it was accepted."""
    flaky: float | None = None
    """How often it may fail in a run that repeats its scenarios, from 0 to 1; None: it fails every time."""
    in_part: bool = False
    """Whether the run leaves out some of the scenarios that it names: then nothing says that it is stale."""


@dataclass(frozen=True, slots=True)
class Dependence:
    """What a client relies on."""

    clauses: tuple[str, ...]
    breaks: str
    """What its user notices without them."""
    evidence: tuple[str, ...]
    unless: tuple[str, ...] = ()
    """Clauses that disprove the sentence, where one of them was seen to hold."""
    needs: tuple[tuple[str, ...], ...] = ()
    """What a provider must claim before anything can decide it: all words of one of these sets."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A kind of client, and what it depends on."""

    id: str
    title: str
    why: str
    scenarios: tuple[str, ...] = ()
    """What has to be asked before anything can be said to work."""
    depends: tuple[Dependence, ...] = ()
    short: str | None = None
    """The title for a narrow column."""


@dataclass(frozen=True, slots=True)
class Relation:
    """Which failures say nothing new beside which: patterns of check, or of scenario/step/check."""

    cause: str
    explains: tuple[str, ...]
    within: Within
    """`scenario`: in the same or a later step."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """A check whose failures are told together, and what follows their number."""

    check: str
    many: str


@dataclass(frozen=True, slots=True)
class Deviation:
    """What was seen in the field, and the planned checks (check, or scenario/check) that would show it."""

    id: str
    states: str
    breaks: str
    seen: tuple[str, ...]
    checks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Impact:
    """What real clients made of a server that is wrong in one way, as far as they were tried."""

    id: str
    """The name of this way to be wrong."""
    statement: str
    """The same in words."""
    check: str
    """The planned check that tells it."""
    clauses: tuple[str, ...]
    """What it breaks. A failure of the check is of this kind only where it names one of these."""
    severity: Severity
    """The worst that it did: `breaks` (a client raises or hangs), `corrupts` (one is silently wrong), `degrades`,
    `unnoticed`; `unknown` where nobody could try it."""
    hurt: int
    """How many clients notice it."""
    clients: str
    """Who they are, and what became of them; a part of a sentence."""


@dataclass(frozen=True, slots=True)
class Shard:
    """Which part of a run the stream is: the `number`th of `of`, from 1. `scenarios` are the ids of what all ask."""

    number: int
    of: int
    scenarios: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Header:
    """The first record: who was asked what, by which clauses; for which `profile`, and as which `shard` of a run."""

    format: int
    suite: Suite
    started: str
    providers: tuple[Provider, ...]
    contracts: tuple[Contract, ...] = ()
    clauses: tuple[Clause, ...] = ()
    scenarios: tuple[Scenario, ...] = ()
    checks: tuple[Check, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    profile: str | None = None
    profiles: tuple[Profile, ...] = ()
    causes: tuple[Relation, ...] = ()
    gathered: tuple[Gathered, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    shard: Shard | None = None
    impacts: tuple[Impact, ...] = ()


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
