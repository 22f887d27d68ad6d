"""The stages of one answer, in order, with the hooks of a play between them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from messages_conformance.reference.cache import PromptCache
from messages_conformance.reference.contract import models, validate
from messages_conformance.reference.events import events
from messages_conformance.reference.http.errors import Refusal, dump, envelope, invalid, new_request_id
from messages_conformance.reference.http.frames import frames
from messages_conformance.reference.message import message
from messages_conformance.reference.model import tokens
from messages_conformance.reference.model.context import edited
from messages_conformance.reference.model.mind import GOOD
from messages_conformance.reference.model.turn import respond
from messages_conformance.reference.narrow import as_object
from messages_conformance.reference.play import CORRECT, Context, Json, Play, Received, Reply, through
from messages_conformance.reference.tools.arguments import NoValueError

JSON_TYPE = ("content-type", "application/json")
STREAM_HEADERS = (("content-type", "text/event-stream; charset=utf-8"), ("cache-control", "no-cache"))

_LIMITS = {"requests": 4_000, "input-tokens": 2_000_000, "output-tokens": 400_000, "tokens": 2_400_000}


def answer(received: Received, play: Play, cache: PromptCache) -> Reply:
    """The reply to one request, made by `play`. A probe of the root needs no key."""
    if received.route == "root":
        return through(play.response, _stamped(Reply(200, (), b"")), Context("root", received.headers, {}))
    body = validate.read_body(received.body) if received.body else None
    context = Context(received.route, received.headers, as_object(body), received.repeat, received.earlier)
    if isinstance(body, dict):
        body = through(play.request, as_object(body), context)
    found = through(play.validate, validate.refusals(received, context, body), context)
    if found:
        return refused(found[0], play, context)
    try:
        reply = _ROUTES[received.route](received, context, play, cache, as_object(body))
    except NoValueError as error:
        return refused(invalid("schema", str(error)), play, context)
    return through(play.response, _stamped(reply), context)


def refused(refusal: Refusal, play: Play = CORRECT, context: Context | None = None) -> Reply:
    """The reply that says why there is no answer. Without a context the request had the wrong method for its route."""
    request_id = new_request_id()
    headers = (JSON_TYPE, ("request-id", request_id))
    reply = Reply(refusal.status, headers, dump(envelope(refusal, request_id)))
    return through(play.response, reply, context or Context("messages", {}, {}))


def _stamped(reply: Reply) -> Reply:
    """A successful reply with the headers that every one of them carries."""
    always = (("request-id", new_request_id()), ("anthropic-organization-id", "org_reference"))
    return Reply(reply.status, (*reply.headers, *always, *_rate_limits()), reply.body)


def _rate_limits() -> Iterator[tuple[str, str]]:
    """An untouched rate limit budget: the reference limits nobody."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for kind, limit in _LIMITS.items():
        for part, value in (("limit", str(limit)), ("remaining", str(limit)), ("reset", now)):
            yield f"anthropic-ratelimit-{kind}-{part}", value


def _json(value: Any) -> Reply:
    return Reply(200, (JSON_TYPE,), dump(value))


def _messages(_: Received, context: Context, play: Play, cache: PromptCache, body: Json) -> Reply:
    prompt, edits = edited(through(play.prompt, body, context))
    turn = through(play.turn, respond(prompt, through(play.mind, GOOD, context)), context)
    model = models.resolve(body["model"]) or body["model"]
    said = through(play.message, message(turn, model, cache.split(prompt), edits), context)
    if body.get("stream") is not True:
        return _json(said)
    told = through(play.events, events(said), context)
    return Reply(200, STREAM_HEADERS, through(play.frames, frames(told), context))


def _count_tokens(_: Received, context: Context, play: Play, __: PromptCache, body: Json) -> Reply:
    return _json({"input_tokens": tokens.count_input(through(play.prompt, body, context))})


def _models(received: Received, *_: Any) -> Reply:
    return _json(models.page(received.query or {}))


def _model(received: Received, *_: Any) -> Reply:
    return _json(models.MODELS[models.resolve(received.model_id or "") or ""])


_ROUTES = {"messages": _messages, "count_tokens": _count_tokens, "models": _models, "model": _model}
