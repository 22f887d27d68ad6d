"""Defects that only several answers together show."""

from __future__ import annotations

import json
from dataclasses import replace

from messages_conformance.reference.defects.base import defect
from messages_conformance.reference.http.errors import Refusal, dump, envelope
from messages_conformance.reference.play import Context, Hook, Json, Play, Reply


class _ResponseCache:
    """Keeps the body of every message, and returns it for the same request."""

    def __init__(self) -> None:
        self._kept: dict[str, Reply] = {}

    def __call__(self, reply: Reply, context: Context) -> Reply:
        if context.route != "messages" or reply.status != 200:
            return reply
        kept = self._kept.setdefault(json.dumps(context.body, sort_keys=True), reply)
        return replace(reply, body=kept.body)


def _meets_a_limit(told: Reply) -> Hook[Reply]:
    """Refuses the first attempt of every request with a service_tier, and accepts the next."""
    return lambda reply, context: told if "service_tier" in context.body and not context.repeat else reply


_LIMITED = Refusal(429, "rate_limit_error", "This request would exceed your rate limit", "rule")
_IN_SHAPE = Reply(429, (("content-type", "application/json"),), dump(envelope(_LIMITED, "req_limited")))
_FOREIGN = Reply(
    429,
    (("content-type", "application/json"), ("retry-after", "0")),
    dump({"error": {"message": "Rate limit reached", "type": "requests", "code": "rate_limit_exceeded"}}),
)


def _without_request_id(reply: Reply, context: Context) -> Reply:
    """Drops the header of answers to requests with tools."""
    if context.route != "messages" or not context.body.get("tools") or reply.status != 200:
        return reply
    return replace(reply, headers=tuple(header for header in reply.headers if header[0] != "request-id"))


def _one_request_id(reply: Reply, _: Context) -> Reply:
    """Gives all good answers one id; errors keep theirs, since their bodies have it too."""
    if reply.status != 200:
        return reply
    headers = tuple((name, "req_1" if name == "request-id" else value) for name, value in reply.headers)
    return replace(reply, headers=headers)


def _route_as_model(message: Json, context: Context) -> Json:
    return {**message, "model": f"backend/{message['model']}"} if context.stream else message


def _key_told(reply: Reply, context: Context) -> Reply:
    """Shows in every error which key it got."""
    if reply.status < 400 or not isinstance(reply.body, bytes):
        return reply
    body = json.loads(reply.body)
    told = f"{body['error']['message']} (key: {context.headers.get('x-api-key', '')})"
    return replace(reply, body=dump({**body, "error": {**body["error"], "message": told}}))


DEFECTS = (
    defect("key-in-errors", "Errors quote the key", Play(response=_key_told), "http.key-not-told"),
    defect(
        "limit-without-retry-after",
        "A rate limit does not say how long to wait",
        Play(response=_meets_a_limit(_IN_SHAPE)),
        "http.retry-after",
    ),
    defect(
        "limit-in-foreign-shape",
        "A rate limit is reported in another API's shape",
        Play(response=_meets_a_limit(_FOREIGN)),
        "error.rate-limit",
    ),
    defect(
        "answers-replayed-from-cache",
        "The same request gets the same answer again, including id and usage",
        Play(response=_ResponseCache()),
        "message.ids-unique",
    ),
    defect(
        "request-id-constant",
        "All good answers have one request-id",
        Play(response=_one_request_id),
        "http.request-id-header",
    ),
    defect(
        "request-id-lost-with-tools",
        "Answers to requests with tools have no request-id",
        Play(response=_without_request_id),
        "http.request-id-header",
    ),
    defect(
        "streamed-model-renamed",
        "Streams use the model name of the server behind",
        Play(message=_route_as_model),
        "message.same-in-stream",
    ),
)
