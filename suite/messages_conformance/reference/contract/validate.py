"""Whether a request is answered at all: key, version, betas, JSON, schema, rules, model — in this order."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from messages_conformance.reference.contract import betas, models, rules, schemas
from messages_conformance.reference.http.errors import Refusal, invalid, not_found, unauthenticated
from messages_conformance.reference.play import Context, Received

KEY = "reference-key"
LARGEST_BODY = 32 * 1024 * 1024
_REQUEST_SCHEMAS = {"messages": "request", "count_tokens": "tokens-request"}


def read_body(raw: bytes) -> Any:
    """The body as JSON; None if it is not JSON. Half of a surrogate pair makes it none, as at Anthropic
    (https://github.com/anthropics/claude-code/issues/2108): such a text cannot be sent back."""
    try:
        body = json.loads(raw, parse_float=_number)
        json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return body


def _number(text: str) -> int | float:
    """A number with a point or an exponent. One that is whole is an integer, as it is to JSON Schema."""
    number = float(text)
    return int(number) if number.is_integer() else number


def refusals(received: Received, context: Context, body: Any) -> tuple[Refusal, ...]:
    """Every reason to refuse; the first one is what the client hears. `body` is None where it is not JSON."""
    found = [*header_refusals(context.headers)]
    if received.route in _REQUEST_SCHEMAS:
        found += body_refusals(received, context, body)
    elif received.route == "models":
        found += models.page_refusals(received.query or {})
    elif models.resolve(received.model_id or "") is None:
        found.append(not_found(f"model: {received.model_id}", "model"))
    return tuple(found)


def header_refusals(headers: Mapping[str, str]) -> Iterator[Refusal]:
    """The key is looked at before the version, unless it came as x-api-key (canonical contract, section 1)."""
    checks = [_version(headers), _key(headers)] if "x-api-key" in headers else [_key(headers), _version(headers)]
    yield from (refusal for refusal in checks if refusal)
    if unknown := betas_of(headers) - betas.BETAS:
        yield invalid("beta", f"Unexpected value(s) in the anthropic-beta header: {', '.join(sorted(unknown))}")


def body_refusals(received: Received, context: Context, body: Any) -> list[Refusal]:
    """What is wrong with the body of a POST."""
    if len(received.body) > LARGEST_BODY:
        return [Refusal(413, "request_too_large", f"The body is larger than {LARGEST_BODY} bytes", "size")]
    if body is None:
        return [invalid("json", "The request body is not valid JSON")]
    asked = betas_of(context.headers)
    body = betas.plain(body, asked)
    edition = schemas.Edition(version_of(context.headers), asked)
    checked = schemas.validator("anthropic", _REQUEST_SCHEMAS[received.route], edition)
    found = [
        invalid("schema", breach.message, *breach.path, keyword=breach.keyword)
        for breach in schemas.breaches(checked, body)
    ]
    return found or rule_refusals(context.headers, body)


def rule_refusals(headers: Mapping[str, str], body: Mapping[str, Any]) -> list[Refusal]:
    """The rules that a schema cannot express, for a body that the schema accepts; an unknown model comes last."""
    found = list(rules.breaches(rules.Question(body, version_of(headers), betas_of(headers))))
    if models.resolve(body["model"]) is None:
        found.append(not_found(f"model: {body['model']}", "model"))
    return found


def version_of(headers: Mapping[str, str]) -> str:
    """The requested version; the old one if a play does not need the header."""
    version = headers.get("anthropic-version", schemas.OLD_VERSION)
    return version if version in schemas.VERSIONS else schemas.OLD_VERSION


def betas_of(headers: Mapping[str, str]) -> frozenset[str]:
    """The betas asked for."""
    return frozenset(betas.named(headers.get("anthropic-beta", "")))


def _key(headers: Mapping[str, str]) -> Refusal | None:
    key = headers.get("x-api-key")
    if key is None:
        scheme, _, key = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return unauthenticated("Neither x-api-key nor Authorization: Bearer was given")
    return None if key.strip() == KEY else unauthenticated("The key is not valid")


def _version(headers: Mapping[str, str]) -> Refusal | None:
    version = headers.get("anthropic-version")
    if version is None:
        return invalid("version", "Header required", "anthropic-version")
    return (
        None
        if version in schemas.VERSIONS
        else invalid("version", f"{version!r} is no valid version", "anthropic-version")
    )
