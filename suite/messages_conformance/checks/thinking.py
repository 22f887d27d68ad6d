"""Thinking blocks: there when asked for, absent when switched off, first in the answer, and signed."""

from __future__ import annotations

from messages_conformance.checks import view
from messages_conformance.checks.base import (
    Cause,
    Check,
    Evidence,
    Verdict,
    failed,
    inconclusive,
    not_applicable,
    passed,
)
from messages_conformance.checks.events import as_integer, as_list, dig
from messages_conformance.checks.params import FORCED, closed
from messages_conformance.checks.reading import Message, on_message, on_willing_message, unless_chosen

_KINDS = ("thinking", "redacted_thinking")
_PROOF = {"thinking": "signature", "redacted_thinking": "data"}
"""The part of each kind of block that lets the provider recognise it when it is sent back."""


def _places(message: Message) -> list[tuple[int, str, object]]:
    """Thinking blocks with their index and kind."""
    kinds = [(index, dig(block, "type"), block) for index, block in enumerate(as_list(message.get("content")))]
    return [(index, kind, block) for index, kind, block in kinds if kind in _KINDS]


@on_willing_message
def _present(message: Message, evidence: Evidence) -> Verdict:
    """Adaptive thinking is the model's choice (`forced` false); `enabled` is not."""
    if _places(message):
        return passed()
    forced = evidence.params.get("forced", True)
    return unless_chosen(forced, "a thinking block", f"blocks {_kinds(message)}", pointer="/content")


@on_willing_message
def _absent(message: Message, _evidence: Evidence) -> Verdict:
    places = _places(message)
    if not places:
        return passed()
    index, kind, _ = places[0]
    return failed("no thinking block", kind, pointer=f"/content/{index}")


@on_willing_message
def _first(message: Message, _evidence: Evidence) -> Verdict:
    """Only the first thinking block is held to its place: interleaved thinking puts others between later blocks."""
    places = _places(message)
    if not places:
        return inconclusive(Cause.MODEL_CHOICE, "the answer has no thinking block")
    first = places[0][0]
    before = [dig(block, "type") for block in as_list(message.get("content"))[:first]]
    if not {"text", "tool_use"} & {kind for kind in before if isinstance(kind, str)}:
        return passed()
    return failed("thinking before text and tool_use", f"blocks {_kinds(message)}", pointer=f"/content/{first}")


@on_willing_message
def _signed(message: Message, _evidence: Evidence) -> Verdict:
    places = _places(message)
    if not places:
        return inconclusive(Cause.MODEL_CHOICE, "the answer has no thinking block")
    for index, kind, block in places:
        proof = dig(block, _PROOF[kind])
        if not isinstance(proof, str) or not proof:
            where = f"/content/{index}/{_PROOF[kind]}"
            return failed("a non-empty string", view.shown(proof), pointer=where)
    return passed()


def _kinds(message: Message) -> str:
    return view.shown([dig(block, "type") for block in as_list(message.get("content"))])


@on_message
def _tokens_counted(message: Message, _: Evidence) -> Verdict:
    spent = as_integer(dig(message, "usage", "output_tokens_details", "thinking_tokens"))
    total = as_integer(dig(message, "usage", "output_tokens"))
    if spent is None or total is None:
        return not_applicable("the answer does not tell how many tokens were spent on thinking")
    if spent <= total:
        return passed()
    return failed(f"at least {spent}, the tokens of thinking", str(total), pointer="/usage/output_tokens")


CHECKS = (
    Check(
        id="thinking.tokens-counted",
        title="Tokens of thinking are part of output_tokens",
        why="A bill that is made from output_tokens misses what thinking cost.",
        judge=_tokens_counted,
        clauses=("anthropic:thinking.tokens-counted",),
        kind="behaviour",
    ),
    Check(
        id="thinking.present",
        title="Enabled thinking comes back as a block",
        why="Users pay for thinking that they cannot see, or it was never switched on.",
        judge=_present,
        clauses=("anthropic:thinking.enabled",),
        params=closed(forced=FORCED),
        kind="behaviour",
    ),
    Check(
        id="thinking.absent",
        title="Without thinking there is no thinking block",
        why="A client that switched thinking off pays for it, and may not expect such a block.",
        judge=_absent,
        clauses=("anthropic:thinking.disabled",),
        kind="behaviour",
    ),
    Check(
        id="thinking.first",
        title="Thinking comes before text and tool calls",
        why="Anthropic's API refuses the turn when it is sent back with thinking in another place.",
        judge=_first,
        clauses=("anthropic:thinking.first",),
        kind="behaviour",
    ),
    Check(
        id="thinking.signed",
        title="Every thinking block is signed",
        why="A block without its signature cannot be sent back, so a tool loop breaks on its second turn.",
        judge=_signed,
        clauses=("anthropic:thinking.signature",),
        kind="behaviour",
    ),
)
