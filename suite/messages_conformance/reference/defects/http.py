"""Defects around messages: the form of errors, access, other routes, and simultaneous requests."""

from __future__ import annotations

import gzip
import json
import secrets
import time
from dataclasses import replace

from messages_conformance.reference import mutations as m
from messages_conformance.reference.contract import models, validate
from messages_conformance.reference.defects.base import defect
from messages_conformance.reference.http.errors import Refusal, dump, unauthenticated
from messages_conformance.reference.http.frames import frames
from messages_conformance.reference.narrow import as_list
from messages_conformance.reference.play import Context, Json, Play, Received, Reply

# --- the form of errors -----------------------------------------------------------------------------------------------

_COMPRESSED = gzip.compress(b'{"error": "bad request"}', mtime=0).decode("utf-8", "replace")


def _said(message: str) -> Play:
    """Every error has this message."""
    return Play(response=m.error_bodies(lambda body: {**body, "error": {**body["error"], "message": message}}))


def _frame_as_body(reply: Reply, _: Context) -> Reply:
    """Keeps the status of a refusal, and sends its body as an event."""
    if reply.status < 400 or not isinstance(reply.body, bytes):
        return reply
    headers = (("content-type", "text/event-stream"), *(h for h in reply.headers if h[0] != "content-type"))
    return replace(reply, headers=headers, body=b"event: error\ndata: " + reply.body + b"\n\n")


def _refused_stream_ends_turn(reply: Reply, context: Context) -> Reply:
    """Does not notice that a stream was refused, and finishes it as if the model had nothing to say."""
    return _stream_of_nothing(reply) if reply.status >= 400 and context.stream else reply


def _refused_stream_never_ends(reply: Reply, context: Context) -> Reply:
    """Does the same, and loses the end of the stream with the refusal."""
    told = _refused_stream_ends_turn(reply, context)
    return replace(told, body=told.body[:-1]) if told is not reply else reply


def _refused_by_framework(reply: Reply, context: Context) -> Reply:
    """Lets the web framework refuse an unknown field, in the framework's own words."""
    if context.route != "messages" or "service_tier" not in context.body:
        return reply
    detail = [{"type": "extra_forbidden", "loc": ["body", "service_tier"], "msg": "Extra inputs are not permitted"}]
    headers = (("content-type", "application/json"), *(h for h in reply.headers if h[0] != "content-type"))
    return Reply(422, headers, dump({"detail": detail}))


def _stream_of_nothing(reply: Reply) -> Reply:
    usage = {"input_tokens": 1, "output_tokens": 1}
    end = {"stop_reason": "end_turn", "stop_sequence": None}
    message: Json = {
        "id": f"msg_{secrets.token_hex(8)}",
        "type": "message",
        "role": "assistant",
        "model": "reference",
        "content": [],
    }
    message |= {"stop_reason": None, "stop_sequence": None, "usage": usage}
    told: tuple[Json, ...] = (
        {"type": "message_start", "message": message},
        {"type": "message_delta", "delta": end, "usage": usage},
        {"type": "message_stop"},
    )
    headers = (("content-type", "text/event-stream"), *(h for h in reply.headers if h[0] != "content-type"))
    return Reply(200, headers, frames(told))


def _overloaded_counter(refusals: tuple[Refusal, ...], context: Context) -> tuple[Refusal, ...]:
    """Passes on that the server behind it is overloaded, as if the request were at fault."""
    overloaded = Refusal(400, "overloaded_error", "Overloaded", "rule")
    return refusals or ((overloaded,) if context.route == "count_tokens" else ())


def _signature_as_overload(refusals: tuple[Refusal, ...], _: Context) -> tuple[Refusal, ...]:
    """Wraps a permanent refusal of the server behind it, as if the request could be tried again."""
    wrapped = Refusal(429, "overloaded_error", "All attempts failed", "rule")
    return tuple(wrapped if refusal.path[-1:] == ("signature",) else refusal for refusal in refusals)


def _template_fails(refusals: tuple[Refusal, ...], context: Context) -> tuple[Refusal, ...]:
    """Makes the prompt with a template that supports at most two system blocks, and fails on a third."""
    fault = Refusal(500, "api_error", "Failed to apply prompt template", "rule")
    return refusals or ((fault,) if len(as_list(context.body.get("system"))) > 2 else ())


def _foreign_type(body: Json) -> Json:
    return {**body, "error": {**body["error"], "type": "upstream_error"}}


def _without_type(body: Json) -> Json:
    return {key: value for key, value in body.items() if key != "type"}


def _model_not_found(refusals: tuple[Refusal, ...], _: Context) -> tuple[Refusal, ...]:
    return tuple(
        replace(refusal, status=400, type="model_not_found") if refusal.source == "model" else refusal
        for refusal in refusals
    )


# --- access -----------------------------------------------------------------------------------------------------------


def _agents_only(refusals: tuple[Refusal, ...], context: Context) -> tuple[Refusal, ...]:
    if context.headers.get("user-agent", "").startswith("claude-cli/"):
        return refusals
    return (Refusal(403, "permission_error", "Only requests of coding agents are accepted", "auth"),)


def _no_bearer(refusals: tuple[Refusal, ...], context: Context) -> tuple[Refusal, ...]:
    return refusals if "x-api-key" in context.headers else (unauthenticated("x-api-key is missing"), *refusals)


def _invented_beta(refusals: tuple[Refusal, ...], context: Context) -> tuple[Refusal, ...]:
    """Adds a beta to every messages request, which the server behind it does not know."""
    invented = Refusal(400, "invalid_request_error", "invalid beta flag", "beta")
    return refusals or ((invented,) if context.route == "messages" else ())


def _betas_dropped(refusals: tuple[Refusal, ...], context: Context) -> tuple[Refusal, ...]:
    """Sends a request on without its betas, but with the fields that need them."""
    if refusals or "anthropic-beta" not in context.headers or context.route not in ("messages", "count_tokens"):
        return refusals
    headers = {name: value for name, value in context.headers.items() if name != "anthropic-beta"}
    sent_on = Received(context.route, headers)
    return tuple(validate.body_refusals(sent_on, Context(context.route, headers, context.body), dict(context.body)))


def _of(source: str) -> Play:
    return m.accept(lambda refusal: refusal.source == source)


def _any_model(refusals: tuple[Refusal, ...], context: Context) -> tuple[Refusal, ...]:
    return tuple(refusal for refusal in refusals if refusal.source != "model" or context.route == "model")


# --- other routes and headers -----------------------------------------------------------------------------------------


def _no_root(reply: Reply, context: Context) -> Reply:
    return replace(reply, status=405) if context.route == "root" else reply


def _nothing_here(reply: Reply, context: Context) -> Reply:
    """Lets the web framework answer for unknown paths."""
    return replace(reply, body=b'{"detail":"Not Found"}') if context.route == "nowhere" else reply


def _epoch_resets(reply: Reply, _: Context) -> Reply:
    headers = ((name, "1790000000" if name.endswith("-reset") else value) for name, value in reply.headers)
    return replace(reply, headers=tuple(headers))


def _nothing_said(reply: Reply, context: Context) -> Reply:
    return replace(reply, body=b"") if context.route == "messages" and reply.status == 200 else reply


def _stream_only(refusals: tuple[Refusal, ...], context: Context) -> tuple[Refusal, ...]:
    refused = Refusal(400, "invalid_request_error", "Stream must be set to true", "rule")
    return refusals or ((refused,) if context.route == "messages" and not context.stream else ())


def _pages_begin_at_zero(reply: Reply, context: Context) -> Reply:
    if context.route != "models" or not isinstance(reply.body, bytes) or reply.status != 200:
        return reply
    return replace(reply, body=dump({**json.loads(reply.body), "first_id": "0", "last_id": "0"}))


def _pages_without_ends(reply: Reply, context: Context) -> Reply:
    if context.route != "models" or not isinstance(reply.body, bytes) or reply.status != 200:
        return reply
    return replace(reply, body=dump({**json.loads(reply.body), "first_id": None, "last_id": None}))


def _other_models(reply: Reply, context: Context) -> Reply:
    """Lists models under names that nothing answers to."""
    if context.route != "models" or not isinstance(reply.body, bytes) or reply.status != 200:
        return reply
    page = json.loads(reply.body)
    listed = [{**info, "id": f"vendor/{info['id']}"} for info in page["data"]]
    ends = {"first_id": listed[0]["id"], "last_id": listed[-1]["id"]} if listed else {}
    return replace(reply, body=dump({**page, "data": listed, **ends}))


def _whole_list(reply: Reply, context: Context) -> Reply:
    """Answers every request with the same page."""
    if context.route != "models" or reply.status != 200:
        return reply
    return replace(reply, body=dump(models.page({})))


def _default_looked_up(reply: Reply, context: Context) -> Reply:
    if context.route != "model" or not isinstance(reply.body, bytes) or reply.status != 200:
        return reply
    return replace(reply, body=dump({**json.loads(reply.body), "id": "default"}))


# --- simultaneous requests, and attempts ------------------------------------------------------------------------------


class _SharedTranslator:
    """One translator for all text streams of a session: a stream that begins while another runs goes on with the
    other's words."""

    _RUNS_S = 2.0

    def __init__(self) -> None:
        self._running: dict[str, tuple[float, tuple[Json, ...]]] = {}

    def __call__(self, events: tuple[Json, ...], context: Context) -> tuple[Json, ...]:
        session = str(context.body.get("metadata", {}).get("user_id"))
        now, (began, other) = time.monotonic(), self._running.get(session, (0.0, ()))
        self._running[session] = now, events
        if session == "None" or not other or now - began > self._RUNS_S or not _is_text(events) or not _is_text(other):
            return events
        foreign = iter([event["delta"] for event in other if event["type"] == "content_block_delta"])
        return tuple(
            {**event, "delta": next(foreign, event["delta"])}
            if event["type"] == "content_block_delta" and number % 2
            else event
            for number, event in enumerate(events)
        )


def _is_text(events: tuple[Json, ...]) -> bool:
    return [event["content_block"]["type"] for event in events if event["type"] == "content_block_start"] == ["text"]


def _restarted(events: tuple[Json, ...], _: Context) -> tuple[Json, ...]:
    """Loses the server behind it before a text is complete, and sends a second attempt from the beginning."""
    deltas = [at for at, event in enumerate(events) if event["type"] == "content_block_delta"]
    return (*events[: deltas[-1]], *events) if _is_text(events) and len(deltas) > 2 else events


DEFECTS = (
    defect(
        "error-body-as-event", "An error's body is an event", Play(response=_frame_as_body), "http.content-type-json"
    ),
    defect(
        "refused-stream-ends-turn",
        "A refused stream ends like an empty one",
        Play(response=_refused_stream_ends_turn),
        "error.invalid-request",
        "error.not-found",
    ),
    defect(
        "refused-stream-never-ends",
        "A refused stream is answered as a stream without an end",
        Play(response=_refused_stream_never_ends),
        "error.invalid-request",
        "stream.message-stop-last",
    ),
    defect(
        "refusal-of-framework",
        "A field of the API is refused in the words of a web framework",
        Play(response=_refused_by_framework),
        "http.accepts-valid-request",
        "error.type",
        "error.error",
    ),
    defect("overload-as-400", "An overload has status 400", Play(validate=_overloaded_counter), "error.status-of-type"),
    defect(
        "refusal-as-overload",
        "A permanent refusal is reported as a temporary overload",
        Play(validate=_signature_as_overload),
        "error.invalid-request",
        "error.status-of-type",
    ),
    defect("error-message-compressed", "An error's message is compressed", _said(_COMPRESSED), "error.readable"),
    defect(
        "error-message-holds-event",
        "An error's message is an event of another stream",
        _said('event:error\ndata:{"type":"error","error":{"message":"bad request"}}'),
        "error.readable",
    ),
    defect(
        "template-fails",
        "A third system block makes the server fail",
        Play(validate=_template_fails),
        "error.client-fault-is-4xx",
        "http.accepts-valid-request",
    ),
    defect(
        "error-types-foreign",
        "Errors have types of their own",
        Play(response=m.error_bodies(_foreign_type)),
        "error.type-invalid-request",
        "error.authentication",
        "error.not-found",
    ),
    defect(
        "error-without-type", "An error body has no type", Play(response=m.error_bodies(_without_type)), "error.type"
    ),
    defect(
        "unknown-model-400",
        "An unknown model is refused in the form of another API",
        Play(validate=_model_not_found),
        "error.not-found",
    ),
    defect(
        "unknown-model-served", "An unknown model is replaced by another", Play(validate=_any_model), "error.not-found"
    ),
    defect(
        "one-model-for-all", "One model answers for all", Play(message=m.put("model", "reference")), "models.honoured"
    ),
    defect("agents-only", "Only coding agents are served", Play(validate=_agents_only), "http.any-client"),
    defect("bearer-refused", "A key is read from x-api-key alone", Play(validate=_no_bearer), "auth.bearer"),
    defect(
        "beta-invented",
        "Every request is sent on with a beta of its own",
        Play(validate=_invented_beta),
        "http.accepts-valid-request",
    ),
    defect(
        "betas-dropped",
        "The header anthropic-beta is not sent on",
        Play(validate=_betas_dropped),
        "beta.header.list",
    ),
    defect(
        "version-unchecked",
        "Any anthropic-version is accepted, and so is none",
        _of("version"),
        "version.required",
        "version.unknown-refused",
    ),
    defect("beta-unchecked", "Any anthropic-beta is accepted", _of("beta"), "beta.unknown-refused"),
    defect("root-405", "HEAD of the base URL is not allowed", Play(response=_no_root), "http.root-probe"),
    defect(
        "unknown-path-foreign",
        "An unknown path is answered by the web framework",
        Play(response=_nothing_here),
        "http.batches",
        "error.not-found",
    ),
    defect(
        "rate-limit-epoch",
        "Rate limits are reset at a number of seconds",
        Play(response=_epoch_resets),
        "http.rate-limit-headers",
    ),
    defect(
        "page-ids-wrong",
        "A page names ids that are not its own",
        Play(response=_pages_begin_at_zero),
        "models.page-ids",
    ),
    defect(
        "page-ids-null",
        "A page with models names neither its first nor its last",
        Play(response=_pages_without_ends),
        "models.page-ids",
    ),
    defect(
        "models-listed-under-other-names",
        "The list names models that no request can use",
        Play(response=_other_models),
        "models.lists-used-model",
    ),
    defect("paging-ignored", "The whole list is every page", Play(response=_whole_list), "models.pages"),
    defect(
        "default-model-looked-up",
        "Every look-up finds the same model",
        Play(response=_default_looked_up),
        "models.lookup",
    ),
    defect(
        "answer-empty",
        "A message is answered with 200 and an empty body",
        Play(response=_nothing_said),
        "request.stream.default",
    ),
    defect(
        "stream-required",
        "A request without streaming is refused",
        Play(validate=_stream_only),
        "http.accepts-valid-request",
    ),
    defect(
        "streams-share-state",
        "Streams of one session take each other's words",
        Play(events=_SharedTranslator()),
        "http.requests-apart",
    ),
    defect(
        "stream-restarted",
        "A stream that broke is begun again in the same answer",
        Play(events=_restarted),
        "stream.message-start-once",
    ),
)
