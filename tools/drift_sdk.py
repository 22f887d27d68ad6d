"""The facts that the types of the official SDK state, by the names of our contract's schemas."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final, Literal

import anthropic
from anthropic import types
from anthropic.pagination import SyncPage
from anthropic.types import beta, shared
from drift_facts import Fact, Place, facts_of, of_betas
from messages_conformance.catalog.contracts.schema import root
from pydantic import BaseModel, TypeAdapter
from referencing import Registry

VERSION: Final = anthropic.__version__


class _NamedError(BaseModel):
    type: shared.ErrorType
    message: str


class _ErrorResponse(BaseModel):
    """ErrorType knows names that no member of ErrorResponse has; they come in the same shape."""

    type: Literal["error"]
    error: _NamedError


TYPES: Final[Mapping[str, Any]] = {
    "message": types.Message,
    "event": types.RawMessageStreamEvent,
    "error": shared.ErrorResponse | _ErrorResponse,
    "tokens": types.MessageTokensCount,
    "model": types.ModelInfo,
    "models": SyncPage[types.ModelInfo],
    "request": types.MessageCreateParams,
    "tokens-request": types.MessageCountTokensParams,
}

BETA_TYPES: Final[Mapping[str, Any]] = {
    "message": beta.BetaMessage,
    "event": beta.BetaRawMessageStreamEvent,
    "error": types.BetaErrorResponse,
    "tokens": beta.BetaMessageTokensCount,
    "model": beta.BetaModelInfo,
    "request": beta.MessageCreateParams,
    "tokens-request": beta.MessageCountTokensParams,
}


def sdk_facts() -> frozenset[Fact]:
    """What the SDK says, and below `beta.` what its beta types add to that."""
    stable = facts_of_types(TYPES)
    return stable | of_betas(facts_of_types(BETA_TYPES) - stable) | {Fact("version", "value", _version())}


def facts_of_types(named: Mapping[str, Any]) -> frozenset[Fact]:
    """The facts of types that pydantic can describe, by the name that their paths begin with."""
    return frozenset[Fact]().union(*(facts_of(name, _place(type_)) for name, type_ in named.items()))


def _place(type_: Any) -> Place:
    schema = TypeAdapter[Any](type_).json_schema()
    return Place(root(schema, Registry()))


@cache
def _version() -> str:
    with anthropic.Anthropic(api_key="unused") as client:
        return str(client.default_headers["anthropic-version"])
