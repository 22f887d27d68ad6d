"""The engine with a few checks, so that a test can say what becomes of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from engine_plays import CLAUSE, Play, says
from making import check
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.model import Scenario
from messages_conformance.checks.base import Check
from playing import Answer, Played, play


@pytest.fixture(scope="module")
def some_checks(checks: Mapping[str, Check]) -> Mapping[str, Check]:
    made = check("says", CLAUSE, judge=says)
    names = ("answer.accepted", "error.refused", "answer.is-json-message")
    return {made.id: made} | {name: checks[name] for name in names}


@pytest.fixture
def run(catalog: Catalog, some_checks: Mapping[str, Check]) -> Play:
    def playing(answer: Answer, *asked: Scenario, **more: Any) -> Played:
        return play(catalog, some_checks, answer, *asked, **more)

    return playing
