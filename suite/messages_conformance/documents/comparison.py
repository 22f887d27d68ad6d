"""What a client written for one contract meets when it talks to an endpoint that keeps another.

Nothing here depends on a vendor: everything follows from the schemas, the clauses' ids and `mirrors`, and
contract.yaml. Direction matters: `compare(naga, anthropic)` is about a client written for Naga.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final, NamedTuple

from referencing import Registry

from messages_conformance.catalog.contracts.conflicts import Conflict, conflicts
from messages_conformance.catalog.contracts.loading import CANONICAL
from messages_conformance.catalog.model import Contract, SchemaName
from messages_conformance.documents.differences import Difference, Kind, Severity, Side
from messages_conformance.documents.phrases import one_of
from messages_conformance.documents.schema_comparison import SchemaComparison, clauses_inside, mirroring
from messages_conformance.documents.schema_facts import document

__all__ = ["Comparison", "Difference", "Kind", "Severity", "Side", "compare"]

_AUTH: Final = ("x-api-key", "bearer")
_ROUTES: Final[Mapping[str, SchemaName]] = {"count_tokens": "tokens", "models": "models", "models/{id}": "model"}
"""The schema of the answer of each route besides messages."""

_SIDES: Final[Mapping[SchemaName, Side]] = {
    "request": Side.REQUEST,
    "tokens-request": Side.REQUEST,
    "message": Side.ANSWER,
    "event": Side.ANSWER,
    "error": Side.ANSWER,
    "tokens": Side.ANSWER,
    "models": Side.ANSWER,
    "model": Side.ANSWER,
}


class _Word(NamedTuple):
    """A property that dialects give as one word of a closed list: its kind, its key in contract.yaml, the word that
    applies without dialects, what the words mean, and the local ids of the clauses behind them."""

    kind: Kind
    key: str
    default: str
    means: Mapping[str, str]
    clauses: tuple[str, ...]


_WORDS: Final = (
    _Word(
        Kind.STREAM,
        "stream",
        CANONICAL,
        {
            CANONICAL: "named events, from message_start to message_stop",
            "chat-completion-chunks": "chat completion chunks without names, up to data: [DONE]",
        },
        ("event.object", "stream.*done*"),
    ),
    _Word(
        Kind.ENVELOPE,
        "envelope",
        "none",
        {
            "none": "the message itself",
            "success-code-message-data": "an envelope of success, code, message and data",
        },
        ("message.object",),
    ),
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """`a` is the contract that the client was written for, `b` the endpoint's. Differences are in the order endpoint,
    request, answer, the worst first in each; `conflicts` holds, by contract id, where a contract contradicts itself."""

    a: Contract
    b: Contract
    differences: tuple[Difference, ...]
    conflicts: Mapping[str, tuple[Conflict, ...]]


def compare(a: Contract, b: Contract, registry: Registry[Any]) -> Comparison:
    """Every difference of `b` for a client written for `a`. `registry` holds the schema documents of both.

    Raises HarnessError for a schema that uses what `schema_facts` cannot read.
    """
    order = tuple(Side)
    found = [*_endpoint(a, b, registry), *_bodies(a, b, registry)]
    found.sort(key=lambda one: (order.index(one.side), one.severity.rank))
    return Comparison(a, b, tuple(found), {contract.id: conflicts(contract) for contract in (a, b)})


def _bodies(a: Contract, b: Contract, registry: Registry[Any]) -> Iterator[Difference]:
    listed_only = bool(b.dialects) and all(dialect.get("response") == "listed-only" for dialect in b.dialects.values())
    for name, side in _SIDES.items():
        if name not in a.schemas:
            continue
        ours = document(a, name, registry)
        if name in b.schemas:
            at = "" if name == "request" else name
            yield from SchemaComparison(side, a, b, listed_only).differences(ours, document(b, name, registry), at)
        elif name not in (*_ROUTES.values(), "tokens-request") and not mirroring(b, clauses_inside(ours)):
            said = ("described", "not described")
            yield Difference(side, Kind.UNDESCRIBED, name, Severity.MAY_BREAK, *said, ours.clauses())


# --- the endpoint ---------------------------------------------------------------------------------------------------


def _endpoint(a: Contract, b: Contract, registry: Registry[Any]) -> Iterator[Difference]:
    yield from _path(a, b)
    yield from _credentials(a, b)
    for route, schema in _ROUTES.items():
        if schema in a.schemas and schema not in b.schemas and route not in _said(b, "routes", ()):
            clauses = document(a, schema, registry).clauses()
            if not mirroring(b, clauses):
                said = ("documented", "not documented")
                yield Difference(Side.ENDPOINT, Kind.ROUTE, route, Severity.MAY_BREAK, *said, clauses)
    for word in _WORDS:
        ours, theirs = (_said(contract, word.key, (word.default,)) for contract in (a, b))
        if not set(ours) <= set(theirs):
            said = tuple(one_of(word.means.get(one, one) for one in words) for words in (ours, theirs))
            clauses = (_own(a, *word.clauses), _own(b, *word.clauses))
            yield Difference(Side.ENDPOINT, word.kind, word.key, Severity.BREAKS, said[0], said[1], *clauses, said[1])


def _said(contract: Contract, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
    """What the contract's dialects say under `key`, each word once. A contract without dialects is Anthropic's, or
    follows Anthropic's."""
    words: dict[str, None] = {}
    for dialect in contract.dialects.values():
        said = dialect.get(key, default)
        words |= dict.fromkeys([said] if isinstance(said, str) else said)
    return tuple(words) if contract.dialects else default


def _path(a: Contract, b: Contract) -> Iterator[Difference]:
    if a.path == b.path:
        return
    severity, detail = Severity.MAY_BREAK, ""
    if b.path.endswith(a.path):
        detail = f"{b.path.removesuffix(a.path)} comes before {a.path}"
    elif a.path.endswith(b.path):
        detail = f"{a.path.removesuffix(b.path)} goes, and {b.path} stays"
    else:
        severity = Severity.BREAKS
    clauses = (_own(a, "path"), _own(b, "path"))
    yield Difference(Side.ENDPOINT, Kind.PATH, "path", severity, a.path, b.path, *clauses, detail)


def _credentials(a: Contract, b: Contract) -> Iterator[Difference]:
    ours, theirs = _styles(a), _styles(b)
    lacking = [style for style in ours if style not in theirs]
    if not lacking and (ours or not theirs):
        return
    severity = Severity.HARMLESS if not theirs else Severity.MAY_BREAK if set(ours) & set(theirs) else Severity.BREAKS
    said = (one_of(ours) or "no key", one_of(theirs) or "no key")
    clauses = (_clauses_of(a, ours), _clauses_of(b, theirs))
    detail = one_of(lacking) or "no key"
    yield Difference(Side.ENDPOINT, Kind.CREDENTIALS, "credentials", severity, *said, *clauses, detail)


def _styles(contract: Contract) -> Mapping[str, tuple[str, ...]]:
    """How the key may be sent, with the clauses that say so: from the dialects, else from the clauses."""
    by_clause = {
        style: (*_own(contract, f"auth.{style}"), *mirroring(contract, [f"{CANONICAL}:auth.{style}"]))
        for style in _AUTH
    }
    documented = _said(contract, "auth", tuple(style for style, clauses in by_clause.items() if clauses))
    return {style: tuple(dict.fromkeys(by_clause[style])) for style in _AUTH if style in documented}


def _clauses_of(contract: Contract, styles: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    named = dict.fromkeys(clause for clauses in styles.values() for clause in clauses)
    return tuple(named) or _own(contract, "auth.*")


def _own(contract: Contract, *patterns: str) -> tuple[str, ...]:
    """The contract's clauses whose local ids match one of these patterns."""
    return tuple(
        clause.id
        for clause in contract.clauses.values()
        if any(fnmatchcase(clause.local, pattern) for pattern in patterns)
    )
