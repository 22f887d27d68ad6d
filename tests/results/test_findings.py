"""What is wrong, told once: which failures are findings, and which are the consequences of others."""

from __future__ import annotations

from typing import Any

import handmade
import pytest
from handmade import Line, expectation, line
from messages_conformance.results.findings import explained, findings, told
from messages_conformance.results.reading import Run
from messages_conformance.results.records import Dependence, Profile, Relation
from messages_conformance.results.vocabulary import Question

PROVIDER = handmade.provider(contract="naga")
PROFILES = (Profile("sdk", "An SDK", "w", depends=(Dependence(("anthropic:b",), "It is lost.", ("u",)),)),)


def failure(place: str, question: Question = "drop-in", **more: Any) -> Line:
    scenario, step, check = place.split("/")
    return line(scenario, check, "fail", question, step=step, clauses=(f"anthropic:{check}",), **more)


def run(*failures: Line, causes: tuple[tuple[str, str, Any], ...] = (), **header: Any) -> Run:
    """A run of these failures; every scenario has the steps one, two and three."""
    steps = [line(s, "any", None, step=n) for s in {f.scenario: f for f in failures} for n in ("one", "two", "three")]
    relations = tuple(Relation(cause, (after,), within) for cause, after, within in causes)
    return handmade.run(handmade.header(PROVIDER, causes=relations, **header), *steps, *failures)


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
    same: dict[str, Any] = {"pointer": "/id", "expected": "required", "actual": "missing"}
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
    judged = run(
        failure("s/one/a"), failure("s/one/b"), causes=(("a", "b", "run"),), expectations=(expectation(check="a"),)
    )
    assert said(judged) == {"b": []}


def test_who_hurts_comes_first_then_the_stronger_then_the_more_widespread() -> None:
    judged = run(
        failure("s/one/z"), failure("s/one/a"), failure("t/one/z"), failure("s/one/m", level="SHOULD"),
        failure("s/one/b", level="MAY"), profiles=PROFILES,
    )  # fmt: skip
    assert list(said(judged)) == ["b", "z", "a", "m"]
    assert findings(judged, PROVIDER)[0].harm == (("An SDK", "It is lost."),)


def test_of_those_that_hurt_as_many_what_real_clients_suffer_most_from_comes_first() -> None:
    impacts = (
        handmade.impact("p", "a", "anthropic:a", severity="breaks"),
        handmade.impact("q", "m", "anthropic:m", severity="degrades"),
        handmade.impact("r", "z", "anthropic:z", severity="unnoticed"),
    )
    judged = run(
        failure("s/one/z"), failure("t/one/z"), failure("s/one/m", level="MAY"), failure("s/one/unknown"),
        failure("s/one/a", level="MAY"), failure("s/one/b", level="MAY"), profiles=PROFILES, impacts=impacts,
    )  # fmt: skip
    assert list(said(judged)) == ["b", "a", "m", "unknown", "z"]
    assert [found.severity for found in findings(judged, PROVIDER)] == [
        *("unknown", "breaks", "degrades", "unknown", "unnoticed")
    ]


def test_a_finding_is_as_grave_as_what_follows_from_it() -> None:
    causes = (("a", "b", "exchange"),)
    judged = run(failure("s/one/a", level="MAY"), failure("s/one/b"), causes=causes, profiles=PROFILES)
    (found,) = findings(judged, PROVIDER)
    assert found.level == "MUST"
    assert found.harm == (("An SDK", "It is lost."),)
    assert told([found]) == "1 cause (1 MUST), 1 consequence"
