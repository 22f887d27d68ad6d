"""Defects that accept what should be refused."""

from __future__ import annotations

from messages_conformance.reference import mutations as m
from messages_conformance.reference.defects.base import defect
from messages_conformance.reference.http.errors import Refusal
from messages_conformance.reference.play import Play


def _bad_signature(refusal: Refusal) -> bool:
    return refusal.source == "rule" and refusal.path[-1:] == ("signature",)


def _temperature_range(refusal: Refusal) -> bool:
    return refusal.path == ("temperature",) and refusal.keyword in ("minimum", "maximum")


def _sampling_gone(refusal: Refusal) -> bool:
    return refusal.keyword == "additionalProperties" and refusal.path in (("temperature",), ("top_p",), ("top_k",))


def _document_of_assistant(refusal: Refusal) -> bool:
    return refusal.source == "rule" and "document" in refusal.message


def _citations_of_user(refusal: Refusal) -> bool:
    return refusal.source == "rule" and refusal.path[-1:] == ("citations",)


def _tool_pairing(refusal: Refusal) -> bool:
    return refusal.source == "rule" and refusal.path[:1] == ("messages",) and "tool_" in refusal.message


def _no_key(refusal: Refusal) -> bool:
    return refusal.source == "auth"


DEFECTS = (
    defect(
        "max-tokens-not-required",
        "max_tokens may be left out",
        Play(request=m.default_limit),
        "request.max_tokens.required",
    ),
    defect(
        "temperature-out-of-range-accepted",
        "Any temperature is accepted",
        m.accept(_temperature_range),
        "request.temperature.range",
    ),
    defect(
        "sampling-always-accepted",
        "Sampling parameters are accepted under the current version",
        m.accept(_sampling_gone),
        "version.sampling-removed",
    ),
    defect(
        "assistant-document-accepted",
        "A document by the assistant is accepted under the current version",
        m.accept(_document_of_assistant),
        "version.assistant-document-removed",
    ),
    defect(
        "user-citations-accepted",
        "Citations by the user are accepted under the current version",
        m.accept(_citations_of_user),
        "version.user-citations-removed",
    ),
    defect(
        "tool-pairing-unchecked",
        "Tool calls and results need not pair",
        m.accept(_tool_pairing),
        "tools.result-pairing",
        "tools.result-required",
    ),
    defect("signature-unchecked", "Altered thinking is accepted", m.accept(_bad_signature), "thinking.tampered"),
    defect("any-key", "No key is needed", m.accept(_no_key), "auth.missing-key", "auth.wrong-key"),
)
