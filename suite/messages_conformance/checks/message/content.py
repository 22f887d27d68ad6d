"""What the answer says, why it stopped, and whether the two fit.

A model may say what it likes. What it leaves out counts against the provider only if a control shows that this model
can say it; what it says counts only if the API left it no choice (`checks/control/said.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from messages_conformance.checks.answer.answer import text_of
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
from messages_conformance.checks.control.plain import PREFILL, WORDS
from messages_conformance.checks.control.preconditions import Message, earlier_answer, on_message, on_willing_message
from messages_conformance.checks.control.said import Proof, Said, honoured, missed, proven, undecided
from messages_conformance.checks.params import NAME, NAMES, closed, deciding
from messages_conformance.checks.stream.base import CUT_REASONS

# --- text -----------------------------------------------------------------------------------------------------------


@check(
    "text.contains",
    title="The text contains the words",
    why="The request did not reach the model, or its words did not come back.",
    params={**closed(all=NAMES, any=NAMES, as_in=NAME), "minProperties": 1},
    control=WORDS,
)
@on_willing_message
def text_contains(_message: Message, evidence: Evidence) -> Said:
    said = evidence.text
    missing = _missing(said, evidence.params)
    if not missing:
        return honoured()
    # This model can say what it said before to the same request.
    step = evidence.params.get("as_in")
    before = earlier_answer(evidence, step) if step else None
    beside = before is not None and not _missing(text_of(before), evidence.params)
    expected = f"text with {', '.join(' or '.join(choices) for choices in missing)}"
    return missed(expected, shown(said), parts=tuple(word for choices in missing for word in choices), beside=beside)


def _missing(said: str, params: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """What the text lacks: words, and choices of which it has none."""
    wanted = [*((word,) for word in params.get("all", ())), tuple(params.get("any", ()))]
    return [choices for choices in wanted if choices and not any(_has(said, word) for word in choices)]


@check(
    "prefill.continued",
    title="The answer goes on where its given beginning ends",
    why="If the beginning never reaches the model, it forces no format, and the answer starts anew.",
    clauses=("anthropic:request.messages.prefill",),
    params=closed(("all", "begun"), all=NAMES, begun=NAMES),
    control=PREFILL,
)
@on_willing_message
def prefill_continued(_message: Message, evidence: Evidence) -> Said:
    """An answer that repeats words of its given beginning (`begun`) starts anew: the model chose to, or it never saw
    the beginning."""
    said = evidence.text
    again = [word for word in evidence.params["begun"] if _has(said, word)]
    if not again and not _missing(said, evidence.params):
        return honoured()
    return missed(f"text that goes on with {', '.join(evidence.params['all'])}", shown(said))


@check(
    "text.excludes",
    title="The text does not contain the words",
    why="The answer repeats or leaks text that should not be part of it.",
    params=closed(("any",), any=NAMES),
)
@on_willing_message
def text_excludes(_message: Message, evidence: Evidence) -> Said:
    """A model may say any word that it has read or can guess. It cannot say a word at which generation stops, nor a
    word that nobody would guess and that only another request holds."""
    said = evidence.text
    found = next((word for word in evidence.params["any"] if _has(said, word)), None)
    if found is None:
        return honoured()
    asked = evidence.answer.request_json
    if found in as_list(dig(asked, "stop_sequences")):
        return proven(Proof.STOP_SEQUENCE, f"text without {found}", shown(said))
    if not _has((evidence.answer.request.body or b"").decode("utf-8", "replace"), found):
        return proven(Proof.UNKNOWN_HERE, f"text without {found}", shown(said))
    return undecided(f"the model may have said {found} on its own")


@check(
    "text.not-empty",
    title="The answer has text",
    why="The user sees an empty reply.",
    control=WORDS,
)
@on_willing_message
def text_not_empty(message: Message, evidence: Evidence) -> Said:
    if evidence.text.strip():
        return honoured()
    if message.get("stop_reason") == "max_tokens":
        return undecided("max_tokens was used up before any text")
    return missed("some text", "none")


@check(
    "system.honoured",
    title="Every part of the prompt reaches the model",
    why="Instructions that are dropped silently make an agent ignore its own rules.",
    clauses=("anthropic:request.system.honoured",),
    params=closed(("words",), words=NAMES, control=NAME),
    control=WORDS,
)
@on_willing_message
def system_honoured(_message: Message, evidence: Evidence) -> Said:
    """Several parts of a prompt hold code words, and the model is asked to repeat them. A model that repeats only some
    may still have read all."""
    said, words = evidence.text, evidence.params["words"]
    missing = [word for word in words if not _has(said, word)]
    if not missing:
        return honoured()
    actual = f"{', '.join(missing)} missing from {shown(said)}"
    return missed(f"the code words {', '.join(words)}", actual, parts=tuple(missing))


def _has(text: str, word: str) -> bool:
    return word.casefold() in text.casefold()


# --- stop reasons ---------------------------------------------------------------------------------------------------

_REASONS = {
    "end_turn": "anthropic:message.stop-reason.end-turn",
    "tool_use": "anthropic:message.stop-reason.tool-use",
}

_NO_WAY = frozenset({"end_turn", "stop_sequence", "tool_use", "pause_turn"})
"""Stop reasons that a request can rule out. A limit or a refusal may end any answer."""


@check(
    "stop-reason",
    title="The answer ends with the reason that the situation calls for",
    why="Agents decide by the reason whether to run a tool, to go on, or to stop.",
    clauses=tuple(_REASONS.values()),
    params=closed(("is",), is_=deciding(_REASONS, enum=list(_REASONS))),
)
@on_willing_message
def stop_reason(message: Message, evidence: Evidence) -> Said:
    """If a due call did not come, that is the fault, and the reason only follows from it."""
    wanted, came = evidence.params["is"], message.get("stop_reason")
    if came == wanted:
        return honoured()
    if wanted == "tool_use" and not evidence.blocks("tool_use"):
        return undecided("no tool was called: see tools.called", Cause.PREREQUISITE_FAILED)
    if isinstance(came, str) and came not in _NO_WAY:
        return undecided(f"the answer ended with {came}")
    if wanted == "end_turn" and came == "tool_use" and evidence.blocks("tool_use"):
        return undecided("the model called a tool")
    return proven(Proof.BLOCKS, wanted, shown(came), pointer="/stop_reason")


@check(
    "stop-reason.refusal",
    title="A refusal by the model is an answer that says so",
    why="A client that gets another reason shows an empty answer, or sends the request again and again.",
    clauses=("anthropic:message.stop-reason.refusal",),
)
@on_message
def refusal_told(message: Message, _evidence: Evidence) -> Verdict:
    came = message.get("stop_reason")
    return passed() if came == "refusal" else failed("refusal", shown(came), pointer="/stop_reason")


@check(
    "stop-reason.max-tokens",
    title="An answer that was cut at its limit says so",
    why="An answer cut without saying so is taken for a whole one.",
    clauses=("anthropic:message.stop-reason.max-tokens",),
    params=closed(("after",), after=NAME),
)
@on_willing_message
def cap_told(message: Message, evidence: Evidence) -> Said:
    """The limit is half of what the same request used in step `after`. A model may be brief once; if it is brief every
    time under the limit, and never without, it was cut."""
    came, before = message.get("stop_reason"), earlier_answer(evidence, evidence.params["after"])
    if came == "max_tokens":
        return honoured()
    bound = as_integer(dig(evidence.answer.request_json, "max_tokens"))
    # A word is at least one token, so count words if the answer does not count its tokens.
    used = as_integer(dig(before, "usage", "output_tokens")) or len(text_of(before or {}).split())
    longer = bound is not None and used >= 2 * bound
    return missed("max_tokens", shown(came), pointer="/stop_reason", beside=longer)


@check(
    "stop-sequence.named",
    title="Generation stops at a stop sequence, which is cut off and named",
    why="A parser that waits for its stop sequence reads on into text that it never expected.",
    clauses=("anthropic:request.stop_sequences.cut",),
    params=closed(("one_of", "after"), one_of=NAMES, after=NAME),
)
@on_willing_message
def stop_sequence_named(message: Message, evidence: Evidence) -> Said:
    """The sequence is a word of the model's own answer in step `after`. A model that does not say it again proves
    nothing. An answer that ends just before the word of the earlier answer was cut there, whatever reason it gives:
    once may be chance, every time is not."""
    sequences, said = evidence.params["one_of"], evidence.text
    reason, named = message.get("stop_reason"), message.get("stop_sequence")
    kept = [sequence for sequence in sequences if sequence in said]
    if kept:
        wanted = f"text cut before {kept[0]!r}"
        return proven(Proof.STOP_SEQUENCE, wanted, shown(said), pointer="/content")
    if reason == "stop_sequence":
        if named in sequences:
            return honoured()
        return proven(Proof.STOP_SEQUENCE, _one_of(sequences), shown(named), pointer="/stop_sequence")
    if named in sequences:
        return proven(Proof.STOP_SEQUENCE, "stop_sequence", shown(reason), pointer="/stop_reason")
    before = text_of(earlier_answer(evidence, evidence.params["after"]) or {})
    cut_there = any(_bare(said) == _bare(before.partition(one)[0]) for one in sequences if one in before)
    if cut_there and _bare(said) and reason != "max_tokens":
        return missed("stop_sequence", shown(reason), pointer="/stop_reason", beside=True)
    return undecided("the model did not reach the sequence")


def _bare(text: str) -> str:
    return text.casefold().rstrip(" \t\r\n,.;:-")


def _one_of(values: Iterable[str]) -> str:
    return f"one of {', '.join(map(shown, values))}"


_ROOM = 64
"""How many tokens may stay unused at the end: the rest of a call, or of a word, that did not fit."""


@check(
    "message.max-tokens-used",
    title="An answer that max_tokens cut has used all its tokens",
    why="A lower limit of the server cuts long answers, and looks like a fault of the model.",
    clauses=("anthropic:request.max_tokens.honoured",),
    on=MESSAGES,
)
@on_message
def max_tokens_used(message: Message, evidence: Evidence) -> Verdict:
    """Only a wide gap shows a limit of the server, and only if the text is as short as its count: an answer longer than
    its count was counted wrong, and unseen thinking may have used the rest."""
    asked = evidence.answer.request_json
    bound, used = as_integer(dig(asked, "max_tokens")), as_integer(dig(message, "usage", "output_tokens"))
    if message.get("stop_reason") != "max_tokens" or not bound or not used:
        return not_applicable("max_tokens did not cut the answer, or its tokens are not counted")
    if dig(asked, "thinking") is not None or evidence.blocks("thinking"):
        return not_applicable("thinking may have used up the rest")
    if used > bound - _ROOM or used * 2 >= bound or len(json.dumps(evidence.content.objects)) >= bound:
        return passed()
    return failed(f"{bound} output tokens", f"cut after {used}", pointer="/stop_reason")


# --- what fits together ---------------------------------------------------------------------------------------------

_NO_CALL_WAITS = frozenset({"end_turn", "stop_sequence", "pause_turn"})
"""Stop reasons that contradict a client tool call. Others (`max_tokens`, `refusal`) may cut an answer after a call."""


@check(
    "message.stop-sequence-pairing",
    title="`stop_sequence` is set exactly when a stop sequence ended the answer",
    why="A client that looks at only one of the two fields draws the wrong conclusion.",
    clauses=("anthropic:message.stop-sequence-pairing",),
    on=MESSAGES,
)
@on_message
def stop_sequence_pairing(message: Message, evidence: Evidence) -> Verdict:
    reason, named = message.get("stop_reason"), message.get("stop_sequence")
    given = as_list(dig(evidence.answer.request_json, "stop_sequences"))
    if given and isinstance(named, str) and named not in given:
        return failed(_one_of([str(one) for one in given]), shown(named), pointer="/stop_sequence")
    if (reason == "stop_sequence") == (named is not None):
        return passed()
    wanted = "the matched sequence" if named is None else f"null with stop_reason {shown(reason)}"
    return failed(wanted, shown(named), pointer="/stop_sequence")


@check(
    "message.tool-use-pairing",
    title="`stop_reason` is tool_use exactly when a tool call waits",
    why="Agents run tools only on this reason: the call is lost, or the loop waits for a call that never came.",
    clauses=("anthropic:message.tool-use-pairing",),
    on=MESSAGES,
)
@on_message
def tool_use_pairing(message: Message, evidence: Evidence) -> Verdict:
    reason, calls = message.get("stop_reason"), evidence.blocks("tool_use")
    if reason == "tool_use" and not calls:
        return failed("a tool_use block with stop_reason tool_use", "none", pointer="/content")
    if calls and isinstance(reason, str) and reason in _NO_CALL_WAITS:
        return failed("tool_use with a tool_use block", shown(reason), pointer="/stop_reason")
    return passed()


@check(
    "message.no-empty-text",
    title="No text block is empty",
    why="An answer with an empty text block is refused when it is sent back as history.",
    clauses=("anthropic:message.no-empty-text",),
    on=MESSAGES,
)
@on_message
def no_empty_text(message: Message, evidence: Evidence) -> Verdict:
    """If a limit or a refusal cut the answer, a block may just have begun."""
    last = len(evidence.content.all) - 1
    cut = message.get("stop_reason") in CUT_REASONS
    for index, block in evidence.content.of("text"):
        if block.get("text") == "" and not (cut and index == last):
            return failed("no empty text block", "an empty one", pointer=f"/content/{index}/text")
    return passed()


@check(
    "message.ids-differ",
    title="Two answers have two ids",
    why="Clients and logs that go by the id mix up two answers.",
    clauses=("anthropic:message.ids-unique",),
)
@on_message
def ids_differ(message: Message, evidence: Evidence) -> Verdict:
    others = {name: earlier_answer(evidence, name) for name in evidence.earlier if name != evidence.step.id}
    ids = {name: answer.get("id") for name, answer in others.items() if answer is not None}
    if not ids or message.get("id") is None:
        return inconclusive(Cause.PREREQUISITE_FAILED, "the two answers do not both have an id")
    same = next((name for name, other in ids.items() if other == message["id"]), None)
    if same is None:
        return passed()
    return failed("an id of its own", f"{shown(message['id'])}, as in step {same}", pointer="/id")
