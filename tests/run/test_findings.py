"""What is wrong, told once: which failures are findings, and which are the consequences of others."""

from __future__ import annotations

from typing import Any

import pytest
from messages_conformance.results.findings import explained, findings, told
from messages_conformance.results.reading import Run, assemble

PROVIDER: dict[str, Any] = {"id": "maker", "title": "Maker", "kind": "live", "contract": "naga"}
HARM = [{"clauses": ["anthropic:b"], "breaks": "It is lost.", "evidence": ["u"]}]


def failure(place: str, question: str = "drop-in", **more: Any) -> dict[str, Any]:
    scenario, step, check = place.split("/")
    return {
        "kind": "result",
        "provider": "maker",
        "scenario": scenario,
        "step": step,
        "check": check,
        "question": question,
        "outcome": "fail",
        "level": more.pop("level", "MUST"),
        "clauses": [f"anthropic:{check}"],
        "exchanges": [],
        **more,
    }


def run(*results: dict[str, Any], causes: tuple[tuple[str, str, str], ...] = (), **header: Any) -> Run:
    """A run of these failures; every scenario has the steps one, two and three."""
    scenarios = dict.fromkeys(result["scenario"] for result in results)
    planned = [
        {
            "kind": "planned",
            "provider": "maker",
            "scenario": scenario,
            "not_applicable": None,
            "checks": [[step, "any", "drop-in"] for step in ("one", "two", "three")],
        }
        for scenario in scenarios
    ]
    first = {
        "kind": "header",
        "format": 1,
        "started": "2026-11-20T10:00:00.000Z",
        "providers": [PROVIDER],
        "scenarios": [],
        "clauses": [],
        "checks": [],
        "causes": [{"cause": cause, "explains": [after], "within": within} for cause, after, within in causes],
        **header,
    }
    return assemble([first, *planned, *results, {"kind": "footer"}])


def said(judged: Run) -> dict[str, list[str]]:
    """Each finding's check, with those of its consequences."""
    return {f.cause.check: [group.check for group in f.consequences] for f in findings(judged, PROVIDER)}


def test_a_check_is_one_finding_wherever_it_fails() -> None:
    judged = run(failure("s/one/a"), failure("s/two/a"), failure("t/one/a"), failure("t/one/b"))
    assert said(judged) == {"a": [], "b": []}
    assert findings(judged, PROVIDER)[0].cause.scenarios == ("s", "t")


def test_both_questions_are_one_finding() -> None:
    (found,) = findings(run(failure("s/one/a"), failure("s/one/a", "as-documented", level="SHOULD")), PROVIDER)
    assert found.questions == ("drop-in", "as-documented")
    assert (found.level, found.level_for("as-documented")) == ("MUST", "SHOULD")
    assert len(found.cause.seen) == 1


def test_the_same_shape_is_one_failure_under_either_contract() -> None:
    same = {"pointer": "/id", "expected": "required", "actual": "missing"}
    theirs = failure("s/one/shape.naga.error.id", "as-documented", **same)
    assert said(run(failure("s/one/shape.anthropic.message.id", **same), theirs)) == {"shape.anthropic.message.id": []}
    other = failure("s/one/shape.naga.other", "as-documented", **(same | {"pointer": "/x"}))
    assert len(said(run(failure("s/one/shape.anthropic.message.id", **same), other))) == 2


@pytest.mark.parametrize(
    ("within", "explained_in"),
    [
        ("exchange", {"s/two"}),
        ("scenario", {"s/two", "s/three"}),
        ("run", {"s/one", "s/two", "s/three", "t/two"}),
    ],
)
def test_a_relation_reaches_as_far_as_it_says(within: str, explained_in: set[str]) -> None:
    places = ("s/one", "s/two", "s/three", "t/two")
    judged = run(failure("s/two/a"), *(failure(f"{place}/b") for place in places), causes=(("a", "b", within),))
    after = explained(findings(judged, PROVIDER))
    assert {"/".join(place[:2]) for place, _ in after} == explained_in
    assert set(after.values()) == {"a"}
    assert ("b" in said(judged)) == (explained_in != set(places))


def test_what_follows_from_a_consequence_follows_from_its_cause() -> None:
    causes = (("b", "c", "exchange"), ("a", "b", "exchange"))
    assert said(run(failure("s/one/a"), failure("s/one/b"), failure("s/one/c"), causes=causes)) == {"a": ["b", "c"]}


def test_two_that_explain_each_other_are_one_finding() -> None:
    causes = (("a", "b", "exchange"), ("b", "a", "exchange"))
    assert said(run(failure("s/one/a"), failure("s/one/b"), causes=causes)) == {"a": ["b"]}


def test_a_star_binds_what_it_names() -> None:
    causes = (("whole.*", "stream.*", "run"),)
    judged = run(failure("s/one/whole.id"), failure("t/one/stream.id"), failure("t/one/stream.role"), causes=causes)
    assert said(judged) == {"stream.role": [], "whole.id": ["stream.id"]}


def test_a_relation_may_name_places() -> None:
    causes = (("s/one/a", "t/*/b", "run"),)
    judged = run(failure("s/one/a"), failure("t/two/b"), failure("u/two/b"), causes=causes)
    assert said(judged) == {"a": ["b"], "b": []}


def test_what_is_accepted_explains_nothing_and_is_no_finding() -> None:
    accepted = {"provider": "maker", "check": "a", "scenarios": ["*"], "question": None, "reason": "r",
                "expires": "2027-01-01", "where": "e.yaml:1"}  # fmt: skip
    judged = run(failure("s/one/a"), failure("s/one/b"), causes=(("a", "b", "run"),), expectations=[accepted])
    assert said(judged) == {"b": []}


def test_who_hurts_comes_first_then_the_stronger_then_the_more_widespread() -> None:
    profiles = [{"id": "sdk", "title": "An SDK", "why": "w", "depends": HARM}]
    judged = run(
        failure("s/one/z"), failure("s/one/a"), failure("t/one/z"), failure("s/one/m", level="SHOULD"),
        failure("s/one/b", level="MAY"), profiles=profiles,
    )  # fmt: skip
    assert list(said(judged)) == ["b", "z", "a", "m"]
    assert findings(judged, PROVIDER)[0].harm == (("An SDK", "It is lost."),)


def test_a_finding_is_as_grave_as_what_follows_from_it() -> None:
    causes = (("a", "b", "exchange"),)
    profiles = [{"id": "sdk", "title": "An SDK", "why": "w", "depends": HARM}]
    judged = run(failure("s/one/a", level="MAY"), failure("s/one/b"), causes=causes, profiles=profiles)
    (found,) = findings(judged, PROVIDER)
    assert found.level == "MUST"
    assert found.harm == (("An SDK", "It is lost."),)
    assert told([found]) == "1 cause (1 MUST), 1 consequence"


def test_a_stream_of_an_earlier_version_has_findings_all_the_same() -> None:
    judged = run(failure("s/one/a"))
    header = {key: value for key, value in judged.header.items() if key != "causes"}
    assert said(assemble([header, {"kind": "planned", "provider": "maker", "scenario": "s", "not_applicable": None,
                                   "checks": [["one", "a", "drop-in"]]}, failure("s/one/a")])) == {"a": []}  # fmt: skip
