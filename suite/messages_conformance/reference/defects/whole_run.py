"""What is wrong only when several answers are seen together."""

from __future__ import annotations

import json
from dataclasses import replace

from messages_conformance.reference.defects.base import defect
from messages_conformance.reference.play import Context, Json, Play, Reply


class _ResponseCache:
    """Keeps the body of every message, and gives it again to the same request."""

    def __init__(self) -> None:
        self._kept: dict[str, Reply] = {}

    def __call__(self, reply: Reply, context: Context) -> Reply:
        if context.route != "messages" or reply.status != 200:
            return reply
        kept = self._kept.setdefault(json.dumps(context.body, sort_keys=True), reply)
        return replace(reply, body=kept.body)


def _without_request_id(reply: Reply, context: Context) -> Reply:
    """Loses the header of messages that were asked for with tools."""
    if context.route != "messages" or not context.body.get("tools") or reply.status != 200:
        return reply
    return replace(reply, headers=tuple(header for header in reply.headers if header[0] != "request-id"))


def _one_request_id(reply: Reply, _: Context) -> Reply:
    """Errors keep theirs, since their bodies tell it too."""
    if reply.status != 200:
        return reply
    headers = tuple((name, "req_1" if name == "request-id" else value) for name, value in reply.headers)
    return replace(reply, headers=headers)


def _route_as_model(message: Json, context: Context) -> Json:
    return {**message, "model": f"backend/{message['model']}"} if context.stream else message


DEFECTS = (
    defect(
        "answers-replayed-from-cache",
        "The same request gets the same answer again, its id and its usage included",
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
        "Messages that were asked for with tools have no request-id",
        Play(response=_without_request_id),
        "http.request-id-header",
    ),
    defect(
        "streamed-model-renamed",
        "Streams name the model as the server behind does",
        Play(message=_route_as_model),
        "message.same-in-stream",
    ),
)
