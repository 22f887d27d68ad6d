"""The header of a results stream, and all that it lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from messages_conformance.catalog.causes import Within
from messages_conformance.catalog.harm import Severity
from messages_conformance.catalog.model import Level
from messages_conformance.results.vocabulary import Question


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
