"""What the answers to two forms of one request must have in common, whatever the model says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from messages_conformance.checks.answer.answer import text_of
from messages_conformance.checks.answer.events import as_object, shown
from messages_conformance.checks.base import Cause, Evidence, Verdict, check, failed, inconclusive, passed
from messages_conformance.checks.control.preconditions import Message, earlier_answer, on_message, on_willing_message
from messages_conformance.checks.control.said import Proof, Said, honoured, proven, undecided
from messages_conformance.checks.params import NAME, closed

# --- the envelope ---------------------------------------------------------------------------------------------------


@check(
    "message.same-envelope",
    title="Equivalent forms of a request get answers of the same shape",
    why="A client that writes its request another way finds members missing, or another model.",
    clauses=("anthropic:message.same-in-forms",),
    params=closed(("step",), step=NAME),
)
@on_message
def same_envelope(message: Message, evidence: Evidence) -> Verdict:
    """An answer that stopped for another reason may have the members of that reason."""
    step = evidence.params["step"]
    other = earlier_answer(evidence, step)
    if other is None or message.get("stop_reason") != other.get("stop_reason"):
        return inconclusive(Cause.PREREQUISITE_FAILED, f"this step and {step} are not two answers of one kind")
    if (model := other.get("model")) != message.get("model"):
        expected = f"model {shown(model)}, as in step {step}"
        return failed(expected, shown(message.get("model")), pointer="/model")
    for pointer, here, there in (("", message, other), ("/usage", _usage(message), _usage(other))):
        if (difference := next(_differences(here, there), None)) is not None:
            name, expected, actual = difference
            return failed(f"{expected}, as in step {step}", actual, pointer=f"{pointer}/{name}")
    return passed()


def _usage(message: Message) -> Mapping[str, Any]:
    return as_object(message.get("usage")) or {}


def _differences(here: Mapping[str, Any], there: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Members that only one answer has, or that differ in type. A null fits every type."""
    for name in there:
        if name not in here:
            yield name, f"a member {name}", "none"
        elif None not in (here[name], there[name]) and _kind(here[name]) != _kind(there[name]):
            yield name, f"{name} of type {_kind(there[name])}", _kind(here[name])
    yield from ((name, f"no member {name}", "one") for name in here if name not in there)


def _kind(value: Any) -> str:
    match value:
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


# --- the text -------------------------------------------------------------------------------------------------------

REPEATS: Final = 5
"""How often each form must give the same text before a difference between the forms is no chance."""
_MOST_LOST: Final = 0.5
_MOST_GAINED: Final = 1.2


def is_altered(said: str, streamed: str) -> bool:
    """Whether a stream may be a damaged copy of this text: letters lost here and there, or parts sent twice. A text
    that begins or ends the other one comes from a model that said less, or more."""
    shorter, longer = sorted((said, streamed), key=len)
    is_end = longer != shorter * 2 and (longer.startswith(shorter) or longer.endswith(shorter))
    if not shorter or is_end:
        return False
    bound = len(said) * (1 - _MOST_LOST) <= len(streamed) <= len(said) * (1 + _MOST_GAINED)
    return bound and _is_within(shorter, longer)


def _is_within(shorter: str, longer: str) -> bool:
    """Whether all characters of the shorter text are in the longer one, in order."""
    rest = iter(longer)
    return all(letter in rest for letter in shorter)


def repeat(step: str, number: int) -> str:
    """The id of a step's nth repetition."""
    return f"{step}-again-{number}"


@check(
    "text.same-as",
    title="The text of a stream is that of the whole answer, letter by letter",
    why="Letters lost or doubled on the way spoil prose, code and tables, and nothing shows it.",
    clauses=("anthropic:stream.text-unaltered",),
    params=closed(("step",), step=NAME),
)
@on_willing_message
def same_text(message: Message, evidence: Evidence) -> Said:
    """A model may answer differently each time. This fails only if each form gives the same text every time, and the
    stream's text is the other one with letters lost or doubled: no model does that."""
    step, here = evidence.params["step"], text_of(message)
    plain = earlier_answer(evidence, step)
    if plain is None:
        return undecided(f"step {step} gave no text to compare", Cause.PREREQUISITE_FAILED)
    there = text_of(plain)
    if here == there:
        return honoured()
    if not is_altered(there, here):
        return undecided(f"the model said something else: {shown(here)}")
    for name, said in ((step, there), (evidence.step.id, here)):
        answers = (earlier_answer(evidence, repeat(name, number)) for number in range(2, REPEATS + 1))
        if any(answer is None or text_of(answer) != said for answer in answers):
            return undecided(f"sent again, step {name} said something else")
    place = next((n for n, pair in enumerate(zip(here, there, strict=False)) if pair[0] != pair[1]), len(here))
    seen = slice(max(0, place - 20), place + 20)
    expected = f"{shown(there[seen])}, as in step {step} {REPEATS} times"
    return proven(Proof.SIBLING, expected, shown(here[seen]))
