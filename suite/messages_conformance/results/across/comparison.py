"""What a comparison of two sides says; `comparing` makes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from messages_conformance.catalog.model import Level
from messages_conformance.results.cells.cell import Times
from messages_conformance.results.clients import Answer
from messages_conformance.results.reading import Cell, Result, Run
from messages_conformance.results.records import Profile, Provider
from messages_conformance.results.verdict import Exit
from messages_conformance.results.vocabulary import Question

NOT_IN_THE_RUN = "not part of the run"
NEVER_JUDGED = "never judged"


@dataclass(frozen=True, slots=True)
class Side:
    """One provider of one run."""

    run: Run
    provider: Provider

    def claims_beside(self, other: Side) -> tuple[str, ...]:
        """The features that this side claims and the other does not."""
        return tuple(sorted(set(self.provider.features) - set(other.provider.features)))

    @property
    def cells(self) -> Mapping[str, Cell]:
        """By the scenario's id."""
        return {scenario: cell for (provider, scenario), cell in self.run.cells.items() if provider == self.provider.id}


class Kind(StrEnum):
    """What becomes of a client, or of a fault."""

    WORSE = "breaks"
    BETTER = "gets better"
    UNKNOWN = "unknown"
    SAME = "stays the same"


@dataclass(frozen=True, slots=True)
class Seen:
    """One place on both sides. A side without a result has nothing there that was judged."""

    scenario: str
    before: Result | None
    after: Result | None


@dataclass(frozen=True, slots=True)
class Change:
    """One fault that came, went, or is there on one side while the other is undecided. `seen` are the places that
    differ, those of the cause first; `follows` are the checks that fail as its consequences; `both` counts the places
    where the same check is broken on both sides; `flaky` says how often the cause failed, where that was not always."""

    check: str
    many: str | None
    level: Level
    questions: tuple[Question, ...]
    harm: tuple[tuple[str, str], ...]
    seen: tuple[Seen, ...]
    follows: tuple[str, ...]
    both: int
    flaky: Times | None = None

    @property
    def scenarios(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(seen.scenario for seen in self.seen))


@dataclass(frozen=True, slots=True)
class Open:
    """What held before and was left undecided after, for one reason."""

    reason: str
    level: Level
    scenarios: tuple[str, ...]
    checks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unasked:
    """Scenarios that were asked of one side alone, with the reason why not of the other."""

    reason: str
    scenarios: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """Something that was not the same when the two sides were asked; None where a side has nothing of the kind."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class ClientChange:
    """What becomes of one kind of client. `notices` is what its user newly notices, `spared` what no longer, `perhaps`
    what one side leaves undecided; `why` says what keeps its answer unknown on one side."""

    profile: Profile
    before: Answer
    after: Answer
    kind: Kind
    notices: tuple[str, ...]
    spared: tuple[str, ...]
    perhaps: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sides, and what moving from `before` to `after` changes. Changes come in the order of findings: what hurts
    most clients first, then by level. `perhaps_worse` is broken after and was undecided before, `perhaps_better` the
    other way round; `open` held before; `accepted` are checks that held before and whose failures after are accepted.
    `compared` counts the places that were decided on both sides."""

    before: Side
    after: Side
    questions: tuple[Question, ...]
    compared: int
    worse: tuple[Change, ...]
    better: tuple[Change, ...]
    same: tuple[Change, ...]
    perhaps_worse: tuple[Change, ...]
    perhaps_better: tuple[Change, ...]
    open: tuple[Open, ...]
    accepted: tuple[str, ...]
    clients: tuple[ClientChange, ...]
    only_before: tuple[Unasked, ...]
    only_after: tuple[Unasked, ...]
    settings: tuple[Setting, ...]

    @property
    def exit(self) -> Exit:
        """What it amounts to: something broke, or nothing got worse, or that cannot be said. A clause that is weaker
        than MUST and that no client depends on does not keep the answer back."""
        if self.worse:
            return Exit.DOES_NOT
        perhaps = any(change.level is Level.MUST or change.harm for change in self.perhaps_worse)
        left = any(entry.level is Level.MUST for entry in self.open)
        return Exit.INCOMPLETE if perhaps or left or self.only_before or not self.compared else Exit.CONFORMS

    @property
    def kind(self) -> Kind:
        """What becomes of the provider as a whole."""
        if self.exit is Exit.CONFORMS:
            return Kind.BETTER if self.better else Kind.SAME
        return Kind.WORSE if self.exit is Exit.DOES_NOT else Kind.UNKNOWN
