"""Compare `specs/anthropic/` with the types of the installed official SDK, fact by fact.

A new stop reason, block, event, error or parameter ships in the SDK before anybody writes about it. Every difference
between the two must be expected by `drift-allowed.yaml`, with a reason; every expectation there must be met. Exit code
0 if that is so, 1 if either side moved, 2 if the comparison cannot be made.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import click
import yaml
from drift_facts import Fact, Kind, Place, facts_of, of_betas, topmost
from jsonschema import Draft202012Validator
from messages_conformance.catalog.contracts.loading import CANONICAL, load_contracts
from messages_conformance.catalog.contracts.schema import Edition, iter_subschemas, root
from messages_conformance.catalog.contracts.schema_documents import as_of, registry
from messages_conformance.catalog.model import Contract
from messages_conformance.catalog.yaml import nodes, strict
from messages_conformance.errors import Problem, UserError, Where

SPECS: Final = Path(__file__).parents[1] / "specs"
ALLOWED: Final = Path(__file__).with_name("drift-allowed.yaml")

Side: TypeAlias = Literal["sdk-only", "contract-only"]

_HAS: Final[dict[Side, str]] = {"sdk-only": "only the SDK", "contract-only": "only the contract"}
_SAYS: Final[dict[Kind, str]] = {
    "property": "{path} has the property {value}",
    "required": "{path} always has {value}",
    "nullable": "{value} of {path} may be null",
    "value": "{path} may be {value}",
    "variant": "{path} has the variant {value}",
    "type": "{path} may be of type {value}",
    "item": "an element of {path} may be of type {value}",
}
_LIST_OF_ENTRIES: Final[Any] = Draft202012Validator(
    {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["facts", "side", "reason"],
            "properties": {
                "facts": {"type": "array", "minItems": 1, "items": {"type": "string"}},
                "side": {"enum": ["sdk-only", "contract-only"]},
                "reason": {"type": "string", "pattern": "^[A-Z].* .*\\.$"},
            },
            "additionalProperties": False,
        },
    }
)


@dataclass(frozen=True, slots=True, order=True)
class Difference:
    """A fact that only one side states."""

    fact: Fact
    side: Side

    def __str__(self) -> str:
        says = _SAYS[self.fact.kind].format(path=self.fact.path, value=self.fact.value)
        return f"{_HAS[self.side]}: {says}  [{self.fact}]"

    @property
    def area(self) -> str:
        return self.fact.path.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Allowed:
    """Differences that are expected: those on `side` whose fact, as text, matches `pattern`. What is said of the stable
    API is not said of its betas: only a pattern that begins with `beta.` expects those."""

    pattern: str
    side: Side
    reason: str
    where: Where

    def covers(self, difference: Difference) -> bool:
        fact = str(difference.fact)
        alike = fact.startswith("beta.") == self.pattern.startswith("beta.")
        return difference.side == self.side and alike and fnmatchcase(fact, self.pattern)


@dataclass(frozen=True, slots=True)
class Drift:
    """The outcome: differences that nothing allows, those that something does, and what allows nothing any more."""

    unexpected: Sequence[Difference]
    expected: Sequence[tuple[Difference, Allowed]]
    stale: Sequence[Allowed]

    @property
    def moved(self) -> bool:
        return bool(self.unexpected or self.stale)


# --- comparing ------------------------------------------------------------------------------------------------------


def compare(sdk: Set[Fact], contract: Set[Fact], allowed: Sequence[Allowed]) -> Drift:
    """Hold two sets of facts against each other. A difference that follows from another is not counted again."""
    sides: tuple[tuple[Side, Set[Fact]], ...] = (("sdk-only", sdk - contract), ("contract-only", contract - sdk))
    differences = sorted(Difference(fact, side) for side, facts in sides for fact in topmost(facts))
    matches = [(difference, [entry for entry in allowed if entry.covers(difference)]) for difference in differences]
    used = {entry for _, entries in matches for entry in entries}
    return Drift(
        [difference for difference, entries in matches if not entries],
        [(difference, entries[0]) for difference, entries in matches if entries],
        [entry for entry in allowed if entry not in used],
    )


def read_allowed(path: Path) -> list[Allowed]:
    """The allow-list, one value per pattern. Raises UserError if the file is not what it should be."""
    document = nodes.read(path)
    mistakes = strict.mistakes(document.value, _LIST_OF_ENTRIES)
    strict.refuse(Problem(found.message, document.where(*found.pointer), found.hint) for found in mistakes)
    return [
        Allowed(pattern, entry["side"], entry["reason"], document.where(index, "facts", number))
        for index, entry in enumerate(document.value)
        for number, pattern in enumerate(entry["facts"])
    ]


def read_contract(specs: Path) -> frozenset[Fact]:
    """What the canonical contract says in its newest version. Raises UserError if a contract cannot be read."""
    contract = load_contracts(specs)[CANONICAL]
    versions: list[str] = yaml.safe_load((specs / CANONICAL / "contract.yaml").read_text("utf-8"))["versions"]
    return contract_facts(contract, max(versions))


def contract_facts(contract: Contract, version: str) -> frozenset[Fact]:
    """The facts of a contract's schemas as of one `anthropic-version`, on paths that begin with the schema's name; and
    below `beta.` what its betas add to that."""
    documents = (*contract.schemas.values(), *contract.parts.values())
    subschemas = (subschema for document in documents for _, subschema in iter_subschemas(document))
    betas = frozenset(beta for subschema in subschemas for beta in subschema.get("x-betas", ()))
    stable, every = _facts_in(contract, Edition(version)), _facts_in(contract, Edition(version, betas))
    return frozenset({*stable, *of_betas(every - stable), Fact("version", "value", version)})


def _facts_in(contract: Contract, edition: Edition) -> frozenset[Fact]:
    seen = as_of(contract, edition)
    documents = registry({contract.id: seen})
    facts = (facts_of(name, Place(root(schema, documents))) for name, schema in seen.schemas.items())
    return frozenset[Fact]().union(*facts)


# --- telling --------------------------------------------------------------------------------------------------------


def as_text(drift: Drift, sdk: str) -> Iterator[str]:
    """What differs, by area, then what was expected, by reason."""
    yield _headline(drift, sdk)
    for area, differences in groupby(drift.unexpected, lambda difference: difference.area):
        yield f"\n{area}"
        yield from (f"  {difference}" for difference in differences)
    if drift.stale:
        yield "\nallowed, but no longer so"
        yield from (f"  {entry.where}: {_HAS[entry.side]}: {entry.pattern}" for entry in drift.stale)
    yield "\nexpected"
    entries = sorted((entry for _, entry in drift.expected), key=lambda entry: entry.where.line)
    counts = Counter((_HAS[entry.side], entry.reason) for entry in entries)
    yield from (f"{count:5} {side}: {reason}" for (side, reason), count in counts.items())


def as_summary(drift: Drift, sdk: str) -> Iterator[str]:
    """How much differs in each area."""
    yield _headline(drift, sdk)
    unexpected = Counter(difference.area for difference in drift.unexpected)
    expected = Counter(difference.area for difference, _ in drift.expected)
    for area in sorted(unexpected | expected):
        yield f"  {area:15}{expected[area]:5} expected{unexpected[area]:5} unexpected"


def as_json(drift: Drift, sdk: str) -> str:
    """Everything, for a program."""
    document = {
        "sdk": sdk,
        "moved": drift.moved,
        "unexpected": [_plain(difference) for difference in drift.unexpected],
        "stale": [{"fact": e.pattern, "side": e.side, "where": str(e.where)} for e in drift.stale],
        "expected": [_plain(difference) | {"reason": entry.reason} for difference, entry in drift.expected],
    }
    return json.dumps(document, indent=2)


def _headline(drift: Drift, sdk: str) -> str:
    counts = f"{len(drift.expected)} expected differences, {len(drift.unexpected)} unexpected, {len(drift.stale)} gone"
    return f"anthropic {sdk} and specs/{CANONICAL}: {counts}"


def _plain(difference: Difference) -> dict[str, str]:
    fact = difference.fact
    return {"side": difference.side, "path": fact.path, "kind": fact.kind, "value": fact.value}


@click.command()
@click.option("--json", "form", flag_value="json", help="Print everything as JSON.")
@click.option("--summary", "form", flag_value="summary", help="Print only how much differs in each area.")
def main(form: str | None) -> None:
    """Compare specs/anthropic with the types of the installed official SDK."""
    if find_spec("anthropic") is None:
        click.echo("the official SDK is not installed: run `make setup`, or install `anthropic`", err=True)
        sys.exit(2)
    import drift_sdk  # noqa: PLC0415 it imports the SDK, whose absence has just been explained

    try:
        drift = compare(drift_sdk.sdk_facts(), read_contract(SPECS), read_allowed(ALLOWED))
    except UserError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    if form == "json":
        click.echo(as_json(drift, drift_sdk.VERSION))
    else:
        click.echo("\n".join((as_summary if form == "summary" else as_text)(drift, drift_sdk.VERSION)))
    sys.exit(1 if drift.moved else 0)


if __name__ == "__main__":
    main()
