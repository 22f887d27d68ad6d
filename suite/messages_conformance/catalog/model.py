"""What the catalogue holds: plain frozen values, no behaviour beyond look-ups.

Clause ids are written `contract:local.id` (for example `anthropic:message.stop_reason`); in a contract's own YAML files
the part before the colon may be left out, but every value below carries the full form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final, Literal, TypeAlias

from messages_conformance.errors import Where


class Level(StrEnum):
    """How binding a clause is. The order of definition is the order of strength."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"

    @property
    def rank(self) -> int:
        """0 for the strongest."""
        return _BY_STRENGTH.index(self)

    @staticmethod
    def weaker(a: Level, b: Level) -> Level:
        return max(a, b, key=lambda level: level.rank)


_BY_STRENGTH: Final = tuple(Level)

Expect: TypeAlias = Literal["message", "stream", "error", "tokens", "models", "model", "any", "run"]
"""The kind of answer that a step expects; it selects the wire checks that are planned for the step. A step that expects
`run` sends nothing: it judges all exchanges of the run with the provider."""

VARIANT = "variant"
"""The tag of scenarios that are sent on demand only: each costs a request and shows little that is new."""

DIAGNOSIS = "diagnosis"
"""The tag of scenarios that are sent even if the preflight was refused, because they may show why."""

SchemaName: TypeAlias = Literal["request", "message", "event", "error", "tokens", "tokens-request", "models", "model"]


# --- contracts ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Source:
    """A public document: `page` is the id that clauses use, `url` its address, `retrieved` an ISO date."""

    page: str
    title: str
    url: str
    retrieved: str


@dataclass(frozen=True, slots=True)
class Clause:
    """One promise. `mirrors` are patterns of another contract's clauses that this promise adopts by reference."""

    id: str
    level: Level
    text: str
    source: Source
    where: Where
    note: str | None = None
    mirrors: tuple[str, ...] = ()
    untestable: str | None = None
    conflicts_with: tuple[str, ...] = ()

    @property
    def contract(self) -> str:
        return self.id.partition(":")[0]

    @property
    def local(self) -> str:
        return self.id.partition(":")[2]


@dataclass(frozen=True, slots=True)
class Contract:
    """What one set of docs promises. `schemas` maps a schema's name to its JSON Schema document (see
    docs/architecture.md); `parts` holds the documents that the schemas share, by `parts/<name>`; `promised` has the
    clauses that a schema of answers and what it refers to name, by the schema's name."""

    id: str
    title: str
    path: str
    sources: tuple[Source, ...]
    clauses: Mapping[str, Clause]
    schemas: Mapping[str, Mapping[str, Any]]
    dialects: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    model_classes: Mapping[str, ModelClass] = field(default_factory=dict[str, "ModelClass"])
    parts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    promised: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


@dataclass(frozen=True, slots=True)
class ModelClass:
    """What a class of models accepts in a request. `traits` are what a scenario may need of a model, such as
    `thinking.enabled`, `thinking.adaptive`, `thinking.disabled`, `sampling`, `prefill`, `forced-tools`, `vision`."""

    id: str
    title: str
    traits: frozenset[str]


# --- providers ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Auth:
    """How the key travels. `env` names the environment variable; the key itself is never in a file."""

    style: Literal["x-api-key", "bearer", "header", "none"]
    env: str | None = None
    header: str | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """Money per million tokens, in `currency`. `read` is the ISO date or month in which its source was read, None for a
    price of a user's own."""

    input: float
    output: float
    currency: str = "USD"
    read: str | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """One model of a provider in one role (`cheap`, `thinking`, `vision`). `retires` is the ISO date from which it is
    announced to refuse requests."""

    role: str
    id: str
    traits: frozenset[str]
    price: Price | None = None
    class_id: str | None = None
    retires: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A public page that shows part of a provider's entry: `read` is an ISO date or month, `shows` what it is about."""

    url: str
    read: str
    shows: tuple[str, ...]


LONGEST_WAIT: Final = 86_400
"""Seconds that an answer may take at most, whatever a user wishes: a day. Clocks overflow at some larger number, and
whoever writes one has made a mistake."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may ask of a provider, and how long it waits for an answer. Times in seconds: to connect; for the
    answer to begin, and between two parts of its content (`read_timeout`); for the whole. `longest_wait` is how long it
    waits while everything is refused for a rate limit. `spend` is for one run, in each currency of the prices."""

    concurrency: int = 8
    requests_per_minute: int | None = None
    connect_timeout: float = 10.0
    read_timeout: float = 120.0
    total_timeout: float = 300.0
    longest_wait: float = 120.0
    spend: float | None = None

    def within(self, seconds: float) -> Limits:
        """The same, but an answer may take so long and no longer, be it less or more than before."""
        connect = min(self.connect_timeout, seconds)
        return replace(self, connect_timeout=connect, read_timeout=seconds, total_timeout=seconds)


@dataclass(frozen=True, slots=True)
class Provider:
    """One endpoint to test. `embedded` names the play of the reference that serves it (`reference`, or a dialect as
    `contract/dialect`); such a provider has no address until a run starts the reference. `page` is the one page of its
    contract that it plays: it cannot know what the other pages say. `is_adhoc` says that the command line described it,
    and no file. `sources` are the pages that the entry is known from."""

    id: str
    title: str
    kind: Literal["live", "reference", "played"]
    contract: str
    base_url: str
    path: str
    auth: Auth
    version: str
    headers: tuple[tuple[str, str], ...]
    models: Mapping[str, Model]
    features: frozenset[str]
    limits: Limits
    where: Where
    embedded: str | None = None
    page: str | None = None
    note: str | None = None
    is_adhoc: bool = False
    sources: tuple[Page, ...] = ()


# --- scenarios ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CheckUse:
    """A check that a step demands, with its parameters. `clauses` replaces the check's own clauses if they depend on
    the scenario (such as which field was left out). `contract` limits the use to one contract. `at_most` caps the level
    where the clause binds the client more than the provider: a range says what may be sent, and only implies that
    anything else is refused."""

    check: str
    params: Mapping[str, Any]
    where: Where
    clauses: tuple[str, ...] = ()
    contract: str | None = None
    at_most: Level | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One request. `body` may hold `${name}` placeholders; `capture` maps a name to a JMESPath expression over the
    answer (for a stream: over the message folded from it). `headers` maps a name to a value, or to None to leave out
    one that would be sent by itself. `auth_style` overrides how the provider's key is sent; `escaped` writes every
    character beyond ASCII as a JSON escape. After `hang_up_after` events of a stream the client disconnects. Blanks
    after the body bring it to `padded_to` bytes. `parts` names the parts that the request was put together from,
    `changes` the changes made to the whole. `accepts` are the clauses that a refusal of this valid request breaks; for
    a plain request, the check's own."""

    id: str
    method: str
    route: str
    body: Any
    headers: Mapping[str, str | None]
    expect: Expect
    capture: Mapping[str, str]
    checks: tuple[CheckUse, ...]
    where: Where
    auth: Literal["own", "none", "wrong"] = "own"
    auth_style: Literal["x-api-key", "bearer"] | None = None
    role: str = "cheap"
    hang_up_after: int | None = None
    padded_to: int | None = None
    escaped: bool = False
    parts: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    accepts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One way in which a request departs from its plainest form: what it adds to the body, at the top level (`body`) or
    at a place that the base keeps for it (`at`), and the named changes that it makes to the whole. The part is left out
    if the provider lacks one of `needs` (features or traits). `checks` judge every answer to a request with this
    part."""

    name: str
    needs: tuple[str, ...] = ()
    body: Mapping[str, Any] = field(default_factory=dict[str, Any])
    at: Mapping[str, tuple[Any, ...]] = field(default_factory=dict[str, tuple[Any, ...]])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    changes: tuple[str, ...] = ()
    role: str | None = None
    checks: tuple[CheckUse, ...] = ()


Rule: TypeAlias = tuple[frozenset[str], frozenset[str]]
"""Parts that the contract does not allow together: none of the first with any of the second. `parameter.plain` means
that the parameter is left out."""


@dataclass(frozen=True, slots=True)
class Assembly:
    """How the requests of a scenario are put together: a valid base, in which parts fill the `${place}` items; parts by
    name; changes to every request; and what is not allowed together. With `for_pairs` the steps exist only to show
    pairs of parts, so a step that shows no pair of its own is left out."""

    base: Mapping[str, Any]
    parts: Mapping[str, Part]
    changes: tuple[str, ...] = ()
    never: tuple[Rule, ...] = ()
    for_pairs: bool = False


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is sent, and which checks must hold. `needs` are features or model traits. `twin` is the id of the scenario
    that must be accepted for a refusal here to mean anything. `trials` limits how often the scenario may be repeated if
    the model's choice decides. `together` sends all steps at once. `assembly` says how the requests were put together,
    if they were: a refused one is then taken apart again. `repeats` is the id of the scenario of which it is a further
    repetition. One that is `alone` is sent when everything else has been answered."""

    id: str
    area: str
    title: str
    why: str
    needs: tuple[str, ...]
    tags: frozenset[str]
    steps: tuple[Step, ...]
    where: Where
    twin: str | None = None
    trials: int = 1
    together: bool = False
    assembly: Assembly | None = None
    repeats: str | None = None
    alone: bool = False

    @property
    def looks_back(self) -> bool:
        """Whether it sends nothing, and is judged last, over all exchanges of the run with the provider."""
        return any(step.expect == "run" for step in self.steps)

    @property
    def is_variant(self) -> bool:
        """Whether it only repeats another scenario of its family in one more place; then it is sent on demand only."""
        return VARIANT in self.tags
