"""Thinking blocks: present when requested, absent when switched off, first in the answer, signed, and not in the
text."""

from __future__ import annotations

from collections.abc import Sequence

from messages_conformance.checks.answer.answer import content_of
from messages_conformance.checks.answer.content import Content, Placed
from messages_conformance.checks.answer.events import as_integer, as_list, dig, shown
from messages_conformance.checks.base import (
    MESSAGES,
    Cause,
    Evidence,
    Verdict,
    check,
    failed,
    inconclusive,
    not_applicable,
    passed,
)
from messages_conformance.checks.control.preconditions import Message, earlier_answer, on_message, on_willing_message
from messages_conformance.checks.control.said import Proof, Said, honoured, missed, nothing_to_hear, proven, undecided
from messages_conformance.checks.http.answers import said
from messages_conformance.checks.params import NAME, closed

_KINDS = ("thinking", "redacted_thinking")
_PROOF = {"thinking": "signature", "redacted_thinking": "data"}
"""The member of each kind of block by which the provider recognises it when it is sent back."""


def _thoughts(content: Content) -> Sequence[Placed]:
    return content.of(*_KINDS)


@check(
    "thinking.present",
    title="Enabled thinking gives a thinking block",
    why="Users pay for thinking that they cannot see, or thinking was never switched on.",
    clauses=("anthropic:thinking.enabled",),
)
@on_willing_message
def present(message: Message, evidence: Evidence) -> Said:
    """Enabled thinking always comes; with adaptive thinking the model chooses."""
    if _thoughts(evidence.content):
        return honoured()
    expected, actual = "a thinking block", f"blocks {_kinds(message)}"
    if dig(evidence.answer.request_json, "thinking", "type") == "enabled":
        return proven(Proof.THINKING, expected, actual, pointer="/content")
    return undecided("the model chose not to think")


@check(
    "thinking.absent",
    title="Without thinking there is no thinking block",
    why="A client that switched thinking off pays for it all the same, and may not expect such a block.",
    clauses=("anthropic:thinking.disabled",),
)
@on_willing_message
def absent(_message: Message, evidence: Evidence) -> Said:
    thoughts = _thoughts(evidence.content)
    if not thoughts:
        return honoured()
    index, block = thoughts[0]
    return proven(Proof.THINKING, "no thinking block", block["type"], pointer=f"/content/{index}")


@check(
    "thinking.first",
    title="Thinking comes before text and tool calls",
    why="Anthropic's API refuses a turn that is sent back with thinking in another place.",
    clauses=("anthropic:thinking.first",),
)
@on_willing_message
def first(message: Message, evidence: Evidence) -> Said:
    """Only the place of the first thinking block is judged: interleaved thinking puts others between later blocks."""
    thoughts, others = _thoughts(evidence.content), evidence.content.of("text", "tool_use")
    if not thoughts:
        return undecided("the answer has no thinking block")
    first = thoughts[0][0]
    if not others or first < others[0][0]:
        return honoured()
    expected, actual = "thinking before text and tool_use", f"blocks {_kinds(message)}"
    return proven(Proof.BLOCKS, expected, actual, pointer=f"/content/{first}")


@check(
    "thinking.signed",
    title="Every thinking block is signed",
    why="A block without its signature cannot be sent back, so a tool loop breaks on its second turn.",
    clauses=("anthropic:thinking.signature",),
)
@on_willing_message
def signed(_message: Message, evidence: Evidence) -> Said:
    thoughts = _thoughts(evidence.content)
    if not thoughts:
        return undecided("the answer has no thinking block")
    for index, block in thoughts:
        proof = block.get(_PROOF[block["type"]])
        if not isinstance(proof, str) or not proof:
            where = f"/content/{index}/{_PROOF[block['type']]}"
            return proven(Proof.BLOCKS, "a non-empty string", shown(proof), pointer=where)
    return honoured()


def _kinds(message: Message) -> str:
    return shown([dig(block, "type") for block in as_list(message.get("content"))])


@check(
    "thinking.tokens-counted",
    title="Tokens of thinking are part of output_tokens",
    why="A bill made from output_tokens misses the cost of thinking.",
    clauses=("anthropic:thinking.tokens-counted",),
)
@on_message
def tokens_counted(message: Message, _: Evidence) -> Verdict:
    spent = as_integer(dig(message, "usage", "output_tokens_details", "thinking_tokens"))
    total = as_integer(dig(message, "usage", "output_tokens"))
    if spent is None or total is None:
        return not_applicable("the answer does not count its tokens of thinking")
    if spent <= total:
        return passed()
    return failed(f"at least {spent}, the tokens of thinking", str(total), pointer="/usage/output_tokens")


@check(
    "thinking.unasked",
    title="A request that does not mention thinking gets none",
    why="Unrequested thinking uses up small token budgets: titles and labels come back empty.",
    clauses=("anthropic:thinking.unasked",),
    on=MESSAGES,
)
@on_message
def unasked(_message: Message, evidence: Evidence) -> Verdict:
    if dig(evidence.answer.request_json, "thinking") is not None:
        return not_applicable("the request says whether to think")
    thoughts = _thoughts(evidence.content)
    if not thoughts:
        return passed()
    index, block = thoughts[0]
    return failed("no thinking block", block["type"], pointer=f"/content/{index}")


_MARKS = ("<think>", "</think>", "<thinking>", "</thinking>", "<reasoning>", "</reasoning>")
_LONG_THOUGHT = 80
"""How many characters of thinking no answer repeats by chance."""

_THOUGHTS = 20
"""How many blocks are searched for in the text; searching for thousands would take minutes."""


@check(
    "thinking.not-in-text",
    title="Thinking does not leak into the text",
    why="Titles, commit messages and JSON of an agent begin with the model's thoughts.",
    clauses=("anthropic:thinking.not-in-text",),
    on=MESSAGES,
)
@on_message
def not_in_text(_message: Message, evidence: Evidence) -> Verdict:
    """A question about the marks may get them back. A thought that is repeated as a whole was not meant as text."""
    text, asked = evidence.text, (evidence.answer.request.body or b"").decode("utf-8", "replace")
    if not text:
        return not_applicable("the answer has no text")
    leaked = next((mark for mark in _MARKS if mark in text and mark not in asked), None)
    if leaked is not None:
        return failed("an answer without marks of thinking", f"{leaked} in {shown(text)}", pointer="/content")
    for _, block in _thoughts(evidence.content)[:_THOUGHTS]:
        thought = block.get("thinking")
        if isinstance(thought, str) and len(thought) >= _LONG_THOUGHT and thought in text:
            return failed("an answer without its thinking", f"{shown(thought)} repeated as text", pointer="/content")
    return passed()


@check(
    "thinking.display",
    title="Thinking is shown or left out as the request says",
    why="A client that shows summaries has nothing to show, or a client that wants none must wait for them.",
    clauses=("anthropic:thinking.display",),
    params=closed(("is",), is_={"enum": ["summarized", "omitted"]}),
)
@on_willing_message
def display(_message: Message, evidence: Evidence) -> Said:
    """Some thoughts may be too short for a summary, but not all of them."""
    thoughts = [(index, block.get("thinking")) for index, block in evidence.content.of("thinking")]
    if not thoughts:
        return undecided("the answer has no thinking block")
    seen = [(index, text) for index, text in thoughts if text]
    if evidence.params["is"] == "omitted" and seen:
        index, text = seen[0]
        pointer = f"/content/{index}/thinking"
        return proven(Proof.THINKING, "thinking left out", shown(text), pointer=pointer)
    if evidence.params["is"] == "summarized" and not seen:
        return proven(Proof.THINKING, "thinking as text", "nothing", pointer=f"/content/{thoughts[0][0]}/thinking")
    return honoured()


@check(
    "thinking.kept",
    title="Thinking that is not shown still has its block",
    why="The next turn of a tool loop has no thinking to send back, so the model starts thinking again.",
    clauses=("anthropic:thinking.kept-when-omitted",),
    params=closed(("step",), step=NAME),
)
@on_willing_message
def kept(message: Message, evidence: Evidence) -> Said:
    """`step` sent the same request with thinking shown. Counted tokens of thinking prove that the model thought."""
    step = evidence.params["step"]
    if not _thoughts(content_of(earlier_answer(evidence, step) or {})):
        return undecided(f"step {step} shows no thinking either")
    if _thoughts(evidence.content):
        return honoured()
    spent = as_integer(dig(message, "usage", "output_tokens_details", "thinking_tokens"))
    if spent == 0:
        return nothing_to_hear("the model did not think")
    if spent is None:
        return missed("a thinking block without its text", f"blocks {_kinds(message)}", pointer="/content", beside=True)
    told = f"blocks {_kinds(message)}, and {spent} tokens of thinking"
    return proven(Proof.COUNTS, "a thinking block without its text", told, pointer="/content")


@check(
    "thinking.forced-tool",
    title="Thinking with a forced tool is refused, or both are honoured",
    why="If one of the two is silently dropped, the caller gets a worse answer and no hint why.",
    clauses=("anthropic:thinking.forced-tool",),
    answered_only=False,
)
def forced_tool(evidence: Evidence) -> Verdict:
    """Models with a budget for thinking must refuse; models that can do both may."""
    if evidence.answer.is_refused:
        status = evidence.answer.status
        if status >= 500:
            return failed("a refusal with 400, or thinking and a tool call", said(evidence))
        return passed() if status == 400 else inconclusive(Cause.PREREQUISITE_FAILED, f"refused: {said(evidence)}")
    if evidence.message is None:
        return inconclusive(Cause.PREREQUISITE_FAILED, "the answer holds no message to judge")
    kinds = {str(block.get("type")) for block in evidence.content.objects}
    if "tool_use" in kinds and kinds & set(_KINDS):
        return passed("both are honoured")
    came = ", ".join(sorted(kinds)) or "no block"
    return failed("a refusal with 400, or thinking and a tool call", f"accepted, with {came}", pointer="/content")
