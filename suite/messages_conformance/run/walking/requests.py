"""Make the request of a step: placeholders, model, address, headers, key."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import quote

from messages_conformance import __version__
from messages_conformance.catalog.model import Provider, Step
from messages_conformance.errors import UserError
from messages_conformance.run.planning.plan import model_for
from messages_conformance.wire.exchange import Headers, Request

WRONG_KEY = "wrong-key-sent-on-purpose"
"""The key that a step with `auth: wrong` sends. It resembles no vendor's key, so no secret scanner reports it."""

_PLACEHOLDER = re.compile(r"\$\{([a-z][a-z0-9_]*)\}")


def build(provider: Provider, step: Step, captured: Mapping[str, Any], key: str | None) -> Request:
    """The request of one step.

    `captured` holds values from earlier answers. `model` is filled in from the provider's role unless the body names
    it; a body value of None at the top level leaves the key out.
    """
    names = placeholders(provider, step, captured)
    content = _content(step, names)
    return Request(
        method=step.method,
        url=provider.base_url.rstrip("/") + _address(_path(provider, step.route), names),
        headers=_headers(provider, step, key, has_body=content is not None),
        body=content if step.padded_to is None or content is None else content.ljust(step.padded_to),
        hang_up_after=step.hang_up_after,
    )


def placeholders(provider: Provider, step: Step, captured: Mapping[str, Any]) -> Mapping[str, Any]:
    """The value of each `${name}` in a step."""
    model = model_for(provider, step.role)
    return {"model": model.id if model else "", **captured}


def _content(step: Step, names: Mapping[str, Any]) -> bytes | None:
    if step.body is None:
        return None
    if isinstance(step.body, str):
        return step.body.encode()
    body = fill(step.body, names)
    if step.route.partition("?")[0] in ("messages", "count_tokens"):
        body = {name: value for name, value in {"model": names["model"], **body}.items() if value is not None}
    # A captured value may hold a lone surrogate, which JSON can only escape; this error handler does so.
    return json.dumps(body, ensure_ascii=step.escaped).encode(errors="backslashreplace")


def fill(value: Any, names: Mapping[str, Any]) -> Any:
    """Replace `${name}`: inside a string by its text; a string that is exactly `${name}` becomes the value itself."""
    if isinstance(value, str):
        whole = _PLACEHOLDER.fullmatch(value)
        if whole:
            return names[whole[1]]
        return _PLACEHOLDER.sub(lambda match: str(names[match[1]]), value)
    if isinstance(value, list):
        return [fill(item, names) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {key: fill(item, names) for key, item in cast("dict[str, Any]", value).items()}
    return value


def _address(path: str, names: Mapping[str, Any]) -> str:
    """Replace `${name}` as part of one path segment: a `/` in a model's id must not begin another. A colon is allowed
    in a segment, and official SDKs keep it. A lone surrogate from a peer has no bytes to send."""
    return _PLACEHOLDER.sub(lambda match: quote(str(names[match[1]]), safe=":", errors="replace"), path)


def _path(provider: Provider, route: str) -> str:
    """Routes are siblings of the provider's messages path: beside `/v1/messages`, the models are at `/v1/models`."""
    if route.startswith("/"):
        return route
    name, mark, query = route.partition("?")
    parent = provider.path.rsplit("/", 1)[0]
    paths = {"messages": provider.path, "count_tokens": f"{provider.path}/count_tokens"}
    return paths.get(name, f"{parent}/{name}") + mark + query


def _headers(provider: Provider, step: Step, key: str | None, *, has_body: bool) -> Headers:
    headers: dict[str, str | None] = {
        "user-agent": f"messages-conformance/{__version__}",
        "accept": "application/json",  # official SDKs ask for JSON even when they stream
        "accept-encoding": "gzip, deflate",
        "anthropic-version": provider.version,
    }
    if has_body:
        headers["content-type"] = "application/json"
    headers |= dict(provider.headers)
    headers |= _credentials(provider, step, key)
    headers |= {name.lower(): value for name, value in step.headers.items()}
    return tuple((name, value) for name, value in headers.items() if value is not None)


def _credentials(provider: Provider, step: Step, key: str | None) -> dict[str, str]:
    secret = {"own": key, "none": None, "wrong": WRONG_KEY}[step.auth]
    if secret is None:
        return {}
    match step.auth_style or provider.auth.style:
        case "x-api-key":
            return {"x-api-key": secret}
        case "bearer":
            return {"authorization": f"Bearer {secret}"}
        case "header":
            if provider.auth.header is None:
                raise UserError(f"{provider.where}: auth style `header` needs the name of the header")
            return {provider.auth.header.lower(): secret}
        case "none":
            return {}
