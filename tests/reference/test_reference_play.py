"""Plays: hooks, their order, and the registry of defects."""

from __future__ import annotations

from typing import Any

from asking import Asker
from messages_conformance.catalog import load_catalog
from messages_conformance.reference.defects import DEFECTS
from messages_conformance.reference.play import CORRECT, Context, Play, compose, through

CONTRACTS = load_catalog().contracts
CONTEXT = Context("messages", {}, {})


def adding(letter: str) -> Play:
    return Play(message=lambda message, _: {**message, "said": message.get("said", "") + letter})


def test_composed_hooks_run_in_order() -> None:
    assert through(compose(adding("a"), adding("b")).message, {}, CONTEXT) == {"said": "ab"}


def test_composing_with_the_correct_play_changes_nothing() -> None:
    play = adding("a")
    assert compose(play, CORRECT) == compose(CORRECT, play) == play


def test_stages_without_a_hook_pass_their_value_on() -> None:
    value: dict[str, Any] = {}
    assert through(CORRECT.request, value, CONTEXT) is value


def test_defects_break_clauses_that_exist() -> None:
    known = CONTRACTS["anthropic"].clauses
    unknown = [(defect.id, clause) for defect in DEFECTS.values() for clause in defect.clauses if clause not in known]
    assert unknown == []
    assert all(defect.clauses and defect.statement for defect in DEFECTS.values())


def test_defects_can_be_combined(ask: Asker) -> None:
    response = ask.post(path="/with/error-200+request-id-missing/v1/messages", max_tokens="x")
    assert response.status_code == 200
    assert "request-id" not in response.headers
    assert response.json()["type"] == "error"
