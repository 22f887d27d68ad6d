"""What a model makes of tool results."""

from __future__ import annotations

from typing import Any

import pytest
from exchanges import evidence, exchange, left_open, missed, outcome, verdict
from messages import message, said
from messages_conformance.checks.base import Cause, Evidence, Outcome


def _said(text: str, tokens: Any = 40) -> Any:
    return exchange(message(said(text), usage={"input_tokens": tokens, "output_tokens": 4}))


def _failed(now: Any, plain: Any) -> Evidence:
    return evidence(now, params={"unlike": "plain"}, earlier={"plain": plain})


@pytest.mark.parametrize("plain", [_said("No."), _said("Yes."), _said("Hm.")])
def test_a_model_that_tells_the_failure_heard_of_it(plain: Any) -> None:
    assert outcome("tools.error-heard", _failed(_said("Yes, it failed."), plain)) is Outcome.PASS


def test_the_same_denial_of_the_same_prompt_shows_that_nothing_was_heard() -> None:
    assert outcome("tools.error-heard", _failed(_said("No, it did not."), _said("No."))) is Outcome.FAIL


@pytest.mark.parametrize(
    ("now", "plain"),
    [
        (_said("No.", 41), _said("No.", 40)),
        (_said("No."), _said("Yes.")),
        (_said("Nothing of note."), _said("Nothing of note.")),
        (_said("No.", None), _said("No.", None)),
    ],
    ids=["other-prompt", "other-answer", "neither", "not-counted"],
)
def test_a_model_may_overlook_the_failure(now: Any, plain: Any) -> None:
    assert left_open("tools.error-heard", _failed(now, plain))


def test_without_the_plain_answer_it_is_left_open() -> None:
    found = verdict("tools.error-heard", _failed(_said("No."), exchange({"type": "error"}, status=400)))
    assert found.cause is Cause.PREREQUISITE_FAILED


BY_ID = {"Paris": "FALCON-3", "London": "HERON-7", "Rome": "PELICAN-8"}
BY_PLACE = {"Paris": "PELICAN-8", "London": "FALCON-3", "Rome": "HERON-7"}


def _paired(text: str) -> Evidence:
    return evidence(_said(text), params={"by_id": BY_ID, "by_place": BY_PLACE})


def _listed(pairs: dict[str, str]) -> str:
    return "Here they are:\n" + "\n".join(f"- **{name}**: `{word}`" for name, word in pairs.items()) + "\nDone."


def test_results_belong_to_the_calls_that_they_name() -> None:
    assert outcome("tools.results-matched", _paired(_listed(BY_ID))) is Outcome.PASS
    told = "The tool returned for rome: pelican-8. For London it is HERON-7! Paris has FALCON-3."
    assert outcome("tools.results-matched", _paired(told)) is Outcome.PASS


def test_results_that_went_by_place_are_a_matter_for_the_control() -> None:
    miss = missed("tools.results-matched", _paired(_listed(BY_PLACE)))
    assert miss.expected == "Paris with FALCON-3, London with HERON-7, Rome with PELICAN-8"
    assert miss.actual == "Paris with PELICAN-8, London with FALCON-3, Rome with HERON-7"


@pytest.mark.parametrize(
    "text",
    [
        _listed({**BY_ID, "Paris": "HERON-7", "London": "FALCON-3"}),
        _listed({"Paris": "PELICAN-8"}),
        "Paris, London, Rome: FALCON-3, HERON-7, PELICAN-8",
        "I cannot tell.",
    ],
)
def test_a_model_may_mix_them_up_itself(text: str) -> None:
    assert left_open("tools.results-matched", _paired(text))
