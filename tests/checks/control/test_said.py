"""A model's words are held against the provider only with a proof: the types see to it, and the judge checks."""

from __future__ import annotations

import pytest
from exchanges import evidence, exchange
from messages import error, message, said
from messages_conformance.checks.base import Cause, Check, Evidence, Outcome, Verdict, failed
from messages_conformance.checks.control.preconditions import Message, on_willing_message
from messages_conformance.checks.control.said import (
    Listener,
    Proof,
    Said,
    heard,
    honoured,
    missed,
    nothing_to_hear,
    proven,
    undecided,
)
from messages_conformance.checks.registry import judge


def _judged(told: Said, of: Evidence | None = None) -> Verdict:
    """What a check says that listens like this."""

    def listen(_message: Message, _evidence: Evidence) -> Said:
        return told

    check = Check(on_willing_message(listen), "made", "Made", "Because.")
    return judge(check, of or evidence(exchange()))


def test_a_failure_without_a_proof_is_our_fault() -> None:
    found = _judged(Said(failed("a word", "another")))
    assert found.outcome is Outcome.HARNESS_ERROR
    assert "without a proof" in (found.note or "")
    listen: Listener = lambda _: Said(failed("a word", "another"))  # noqa: E731 - no more than a value
    with pytest.raises(TypeError, match="without a proof"):
        heard(listen)(evidence(exchange()))


@pytest.mark.parametrize("proof", Proof)
def test_a_failure_with_its_proof_is_one(proof: Proof) -> None:
    found = _judged(proven(proof, "a word", "another", pointer="/content", event=3))
    assert found == Verdict(Outcome.FAIL, "a word", "another", "/content", 3)


def test_what_was_missed_is_open_and_says_what_a_control_has_to_show() -> None:
    found = _judged(missed("a word", "another", pointer="/content", parts=("word",), beside=True))
    assert (found.outcome, found.cause) == (Outcome.INCONCLUSIVE, Cause.MODEL_CHOICE)
    assert found.note == "expected a word, got another"
    assert found.miss is not None
    assert (found.miss.parts, found.miss.beside) == (("word",), True)
    assert found.miss.undecided("nobody knows").note == "expected a word, got another; nobody knows"


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        (honoured(), Outcome.PASS),
        (undecided("the model chose"), Outcome.INCONCLUSIVE),
        (nothing_to_hear("nothing was asked"), Outcome.NOT_APPLICABLE),
    ],
)
def test_whatever_else_it_says_leaves_nothing_to_settle(told: Said, outcome: Outcome) -> None:
    found = _judged(told)
    assert (found.outcome, found.miss) == (outcome, None)


def test_a_model_that_declines_is_not_even_listened_to() -> None:
    declined = evidence(exchange(message(said("No."), stop_reason="refusal")))
    found = _judged(proven(Proof.BLOCKS, "a word", "another"), declined)
    assert (found.outcome, found.cause, found.miss) == (Outcome.INCONCLUSIVE, Cause.MODEL_CHOICE, None)


def test_a_refused_request_holds_no_words() -> None:
    refused = evidence(exchange(error(), status=400), "any")
    assert _judged(proven(Proof.BLOCKS, "a word", "another"), refused).outcome is Outcome.NOT_APPLICABLE
