"""Defects of an HTTP answer: errors, headers, counts."""

from __future__ import annotations

from messages_conformance.reference import mutations as m
from messages_conformance.reference.defects.base import defect
from messages_conformance.reference.play import Play

DEFECTS = (
    defect(
        "openai-error-envelope",
        "Errors have OpenAI's shape",
        Play(response=m.error_bodies(m.openai_error)),
        "error.object",
        "error.type",
    ),
    defect(
        "wrong-key-403-shape",
        "A bad key is answered with 403 and a shape of its own",
        Play(response=m.forbidden),
        "auth.missing-key",
        "auth.wrong-key",
        "error.authentication",
    ),
    defect("error-200", "Errors have status 200", Play(response=m.status_200), "error.invalid-request"),
    defect(
        "error-as-stream",
        "A refused stream request is answered with a stream",
        Play(response=m.error_as_stream),
        "error.before-stream-is-json",
    ),
    defect(
        "request-id-missing",
        "The header request-id is not sent",
        Play(response=m.no_header("request-id")),
        "http.request-id-header",
    ),
    defect(
        "count-tokens-doubled",
        "count_tokens is far from what is used",
        Play(response=m.doubled_estimate),
        "tokens.estimate",
    ),
)
