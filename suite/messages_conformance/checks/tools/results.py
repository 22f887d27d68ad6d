"""What a model learns from tool results: that a tool failed, and which result belongs to which call."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from messages_conformance.checks.answer.events import as_list, as_object
from messages_conformance.checks.base import Cause, Evidence, check
from messages_conformance.checks.control.plain import ORDER
from messages_conformance.checks.control.preconditions import Message, earlier_answer, input_total, on_willing_message
from messages_conformance.checks.control.said import Proof, Said, honoured, missed, proven, undecided
from messages_conformance.checks.params import NAME, closed

_PAIRS = {"type": "object", "additionalProperties": NAME, "minProperties": 2}


@check(
    "tools.error-heard",
    title="The model learns that a tool failed",
    why="A tool that was denied or that failed looks as if it had succeeded, and the model goes on from there.",
    clauses=("anthropic:tools.result-error",),
    params=closed(("unlike",), unlike=NAME),
)
@on_willing_message
def error_heard(message: Message, evidence: Evidence) -> Said:
    """A model may overlook that a tool failed. But if the same request without `is_error` counts the same number of
    tokens and gets the same answer, the failure never reached the model."""
    step = evidence.params["unlike"]
    plain = earlier_answer(evidence, step)
    if plain is None:
        return undecided(f"there is no answer of step {step}", Cause.PREREQUISITE_FAILED)
    if _yes_or_no(message) == "yes":
        return honoured()
    cost, plain_cost = input_total(message), input_total(plain)
    if _yes_or_no(message) == _yes_or_no(plain) == "no" and cost is not None and cost == plain_cost:
        expected = "a tool that failed, and a prompt of different length"
        return proven(Proof.COUNTS, expected, f"no failure, and {cost} tokens both times")
    return undecided("the model does not say that the tool failed")


def _yes_or_no(message: Message) -> str | None:
    texts = [str((as_object(block) or {}).get("text", "")) for block in as_list(message.get("content"))]
    said = re.search(r"\b(yes|no)\b", " ".join(texts), re.IGNORECASE)
    return said[1].lower() if said else None


@check(
    "tools.results-matched",
    title="Each result belongs to the call that it names",
    why="One city's weather is reported as another's, and nothing looks wrong.",
    clauses=("anthropic:tools.results-by-id",),
    params=closed(("by_id", "by_place"), by_id=_PAIRS, by_place=_PAIRS),
    control=ORDER,
)
@on_willing_message
def matched(_message: Message, evidence: Evidence) -> Said:
    """One wrong pair is the model's mistake. If all pairs follow the order of the results instead of their ids, it
    looks like the gateway's: the control sends the results in the order of their calls."""
    by_id: Mapping[str, Any] = evidence.params["by_id"]
    by_place: Mapping[str, Any] = evidence.params["by_place"]
    said = _pairs(evidence.text, by_id)
    if said == by_id:
        return honoured()
    if said == by_place:
        return missed(_listed(by_id), _listed(by_place), pointer="/content")
    return undecided(f"the model pairs {_listed(said) or 'nothing'}")


def _pairs(text: str, names: Mapping[str, Any]) -> dict[str, Any]:
    """The value that the text gives each name, from lines or sentences that hold one name and one value."""
    pairs: dict[str, Any] = {}
    for part in re.split(r"\n|[.;!?](?=\s|$)", text):
        named = [name for name in names if name.casefold() in part.casefold()]
        values = [value for value in names.values() if value.casefold() in part.casefold()]
        if len(named) == len(values) == 1:
            pairs[named[0]] = values[0]
    return pairs


def _listed(pairs: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} with {value}" for name, value in pairs.items())
