from __future__ import annotations

from dataclasses import replace
from typing import Any

import handmade
import pytest
from handmade import expectation, line
from messages_conformance.catalog.model import Level
from messages_conformance.checks.base import Cause
from messages_conformance.results.clients import Answer, Measured, answers, harm, measured, standing
from messages_conformance.results.reading import Cell, Run
from messages_conformance.results.records import Dependence, Profile
from messages_conformance.results.undecided import CAUSE_WORDS, Ground
from messages_conformance.results.verdict import Exit, judge_provider, judge_run
from messages_conformance.results.vocabulary import Question

PROVIDER = handmade.provider()
DEPENDS = (
    Dependence(("anthropic:a", "anthropic:b"), "The answer is lost.", ("https://example.com/1",)),
    Dependence(("anthropic:c",), "The count is wrong.", ("https://example.com/2",)),
)
SDK, SMOKE = Profile("sdk", "An SDK", "Programs.", depends=DEPENDS), Profile("smoke", "A first look", "All.")


def run(*results: tuple[str, str, str], whole: bool = True, accepted: str = "-", **header: Any) -> Run:
    """A run of results (check, clause, outcome), all of level MAY: levels do not matter to a client."""
    first = handmade.header(
        PROVIDER, **{"profiles": (SDK, SMOKE), "expectations": (expectation(check=accepted),), **header}
    )
    lines = [line("s", c, outcome, level="MAY", clauses=(f"anthropic:{clause}",)) for c, clause, outcome in results]
    cut_off = () if whole else (line("later", "x", None),)
    return handmade.run(first, *lines, *cut_off, complete=whole)


def impact_of(*failures: tuple[str, str, str], question: Question = "drop-in") -> Measured | None:
    impacts = (
        handmade.impact("mild", "x", "anthropic:b", severity="degrades", hurt=9),
        handmade.impact("bad", "x", "anthropic:b"),
        handmade.impact("worst", "x", "anthropic:a", "anthropic:b", hurt=2, clients="somebody hangs"),
        handmade.impact("other", "y", "anthropic:a"),
    )
    lines = [line("s", c, outcome, question, clauses=(f"anthropic:{clause}",)) for c, clause, outcome in failures]
    judged = handmade.run(handmade.header(handmade.provider(contract="naga"), impacts=impacts), *lines)
    return measured(judged, "maker", [result for cell in judged.cells.values() for result in cell.results])


def test_a_failure_is_measured_by_what_the_same_check_tells_by_the_same_clause() -> None:
    found = impact_of(("x", "a", "fail"))
    assert found
    assert (found.worst.id, found.number) == ("worst", 1)
    assert found.sentence == "A server that is wrong in this way (Worst): somebody hangs."
    assert impact_of(("x", "c", "fail")) is None
    assert impact_of(("z", "a", "fail")) is None
    assert impact_of(("x", "a", "pass")) is None
    assert impact_of(("x", "a", "fail"), question="as-documented") is None


def test_of_several_ways_to_be_wrong_the_worst_is_told_and_all_are_counted() -> None:
    found = impact_of(("x", "a", "fail"), ("x", "b", "fail"))
    assert found
    assert found.sentence == "The worst of 3 servers that are wrong in this way (Worst): somebody hangs."


def test_a_way_to_be_wrong_that_breaks_more_than_this_provider_does_is_told_only_for_want_of_another() -> None:
    found = impact_of(("x", "b", "fail"))
    assert found
    assert (found.worst.id, found.number) == ("bad", 2)
    found = impact_of(("x", "b", "fail"), ("z", "a", "fail"))
    assert found
    assert (found.worst.id, found.number) == ("worst", 3)


@pytest.mark.parametrize(
    ("results", "answer"),
    [
        ([("x", "a", "pass"), ("z", "c", "pass")], Answer.WORKS),
        ([("x", "a", "pass"), ("y", "b", "fail"), ("z", "c", "pass")], Answer.BREAKS),
        # What sixty answers showed is not taken back by a side request that was refused.
        ([("x", "a", "pass"), ("y", "a", "inconclusive"), ("z", "c", "pass")], Answer.WORKS),
        ([("x", "a", "pass"), ("y", "a", "harness-error"), ("z", "c", "pass")], Answer.UNKNOWN),
        ([("x", "a", "pass"), ("y", "b", "inconclusive"), ("z", "c", "pass")], Answer.UNKNOWN),
        ([("x", "a", "fail"), ("z", "c", "inconclusive")], Answer.BREAKS),
        ([("x", "a", "pass"), ("z", "c", "inconclusive")], Answer.UNKNOWN),
        ([("x", "a", "pass"), ("z", "c", "harness-error")], Answer.UNKNOWN),
        ([("x", "a", "pass")], Answer.UNKNOWN),
        ([("x", "a", "pass"), ("z", "c", "not-applicable")], Answer.UNKNOWN),
        ([], Answer.UNKNOWN),
    ],
)
def test_a_client_works_where_everything_that_it_depends_on_was_seen(
    results: list[tuple[str, str, str]], answer: Answer
) -> None:
    (found,) = answers(run(*results), PROVIDER)  # the profile that depends on nothing has no answer
    assert found.answer is answer


def test_a_run_that_was_cut_off_says_that_nothing_works() -> None:
    (found,) = answers(run(("x", "a", "pass"), ("z", "c", "pass"), whole=False), PROVIDER)
    assert found.answer is Answer.UNKNOWN


def test_a_part_of_what_a_profile_asks_does_not_show_that_it_works() -> None:
    for asked, answer in ((("s",), Answer.WORKS), (("s", "another"), Answer.UNKNOWN)):
        part = run(("x", "a", "pass"), ("z", "c", "pass"), profiles=(replace(SDK, scenarios=asked), SMOKE))
        (found,) = answers(part, PROVIDER)
        assert found.answer is answer


def test_what_breaks_is_said_once_with_its_checks_and_evidence() -> None:
    (found,) = answers(run(("x", "a", "fail"), ("x", "a", "fail"), ("y", "b", "fail")), PROVIDER)
    (broken,) = found.broken
    assert (broken.sentence, broken.checks, broken.evidence) == (
        "The answer is lost.",
        ("x", "y"),
        ("https://example.com/1",),
    )
    assert found.open == ("The count is wrong.",)


def test_a_failure_hurts_those_who_depend_on_its_clauses() -> None:
    judged = run(("x", "a", "fail"), ("other", "d", "fail"), ("z", "c", "pass"))
    results = judged.cells["maker", "s"].results
    said = standing(judged, "maker")
    assert [harm(said, [result]) for result in results] == [(("An SDK", "The answer is lost."),), (), ()]
    assert harm(said, results) == (("An SDK", "The answer is lost."),)


def test_a_sentence_that_the_run_disproves_is_not_said() -> None:
    lost, wrong = DEPENDS
    unless = (replace(SDK, depends=(replace(lost, unless=("anthropic:a",)), wrong)),)
    disproved = run(("x", "a", "fail"), ("x2", "a", "pass"), ("z", "c", "pass"), profiles=unless)
    assert harm(standing(disproved, "maker"), disproved.cells["maker", "s"].results) == ()
    assert answers(disproved, PROVIDER)[0].broken == ()
    never_kept = run(("x", "a", "fail"), ("y", "b", "pass"), ("z", "c", "pass"), profiles=unless)
    assert [broken.sentence for broken in answers(never_kept, PROVIDER)[0].broken] == ["The answer is lost."]


@pytest.mark.parametrize(
    ("results", "accepted", "verdict"),
    [
        ([("x", "a", "pass"), ("z", "c", "pass")], "-", Exit.CONFORMS),
        ([("x", "a", "pass"), ("z", "c", "pass"), ("w", "d", "fail")], "-", Exit.CONFORMS),
        ([("x", "a", "fail"), ("z", "c", "pass")], "-", Exit.DOES_NOT),
        ([("x", "a", "fail"), ("z", "c", "pass")], "x", Exit.CONFORMS),
        ([("x", "a", "pass")], "-", Exit.INCOMPLETE),
    ],
)
def test_a_run_about_one_client_answers_for_it(
    results: list[tuple[str, str, str]], accepted: str, verdict: Exit
) -> None:
    judged = run(*results, profile="sdk", accepted=accepted)
    assert judge_provider(judged, PROVIDER).exit is verdict


@pytest.mark.parametrize("level", ["MUST", "SHOULD", "MAY"])
@pytest.mark.parametrize("about", ["a", "d"])
def test_what_stays_open_and_no_client_waits_for_leaves_nothing_open(level: str, about: str) -> None:
    """Of a clause that another answer decided, or that the profile does not depend on."""
    judged = run(("x", "a", "pass"), ("z", "c", "pass"), ("w", about, "inconclusive"), profile="sdk")
    cell = judged.cells["maker", "s"]
    weaker = {
        r.check: replace(r.criterion, level=Level(level)) if r.check == "w" else r.criterion for r in cell.results
    }
    results = tuple(replace(r, criterion=weaker[r.check]) for r in cell.results)
    found = replace(judged, cells={("maker", "s"): replace(cell, results=results)})
    assert judge_run(found).exit is Exit.CONFORMS


def test_a_run_about_a_selection_is_judged_like_any_other() -> None:
    assert judge_provider(run(("x", "a", "pass"), profile="smoke"), PROVIDER).exit is Exit.CONFORMS


# --- why an answer is unknown -----------------------------------------------------------------------------------------


def why(*results: tuple[str, str, str], lacks: tuple[str, ...] = (), **header: Any) -> list[tuple[Ground, Any, str]]:
    """The reasons of one profile at one provider that lacks features for a scenario."""
    found = run(*results, **header)
    lacking = Cell("maker", "lacking", "it does not claim something", (), (), (), lacks)
    (answer,) = answers(replace(found, cells={**found.cells, ("maker", "lacking"): lacking}), PROVIDER)
    assert answer.answer is Answer.UNKNOWN
    return [(reason.ground, reason.names, reason.sentence) for reason in answer.reasons]


@pytest.mark.parametrize(
    ("lacks", "names", "told"),
    [
        (("tools", "prefill"), ("tools",), "`tools`"),  # of two ways, the one that lacks less
        (("tools", "count_tokens", "vision", "prefill"), ("tools", "count_tokens"), "`tools` and `count_tokens`"),
    ],
)
def test_what_is_not_claimed_is_named(lacks: tuple[str, ...], names: tuple[str, ...], told: str) -> None:
    needing = (replace(DEPENDS[0], needs=(("tools",), ("prefill", "vision"))),)
    needing += (replace(DEPENDS[1], needs=(("count_tokens", "tools"),)),) if "count_tokens" in names else ()
    reasons = why(("z", "d", "pass"), lacks=lacks, profiles=(replace(SDK, depends=needing), SMOKE))
    assert reasons == [(Ground.NOT_CLAIMED, names, f"needs {told}, which this provider does not claim")]


def test_what_was_left_out_of_a_run_is_counted() -> None:
    some = (replace(SDK, scenarios=("s", "more", "still")), SMOKE)
    reasons = why(("x", "a", "pass"), ("z", "c", "pass"), profiles=some)
    assert reasons == [(Ground.NOT_ASKED, ("more", "still"), "this run asked only some of its scenarios")]
    (cut,) = why(("x", "a", "pass"), ("z", "c", "pass"), profiles=some, whole=False)
    assert cut[2] == "the run was cut off before all of its scenarios were judged"
    (none,) = why(("x", "a", "pass"))
    assert none == (Ground.NOT_ASKED, (), "nothing that was asked decides it")


def test_what_was_asked_and_not_decided_is_told_with_its_cause() -> None:
    reasons = why(("x", "a", "pass"), ("z", "c", "harness-error"))
    told = "asked and not decided: 1 of its 2 needs (a fault of this program)"
    assert reasons == [(Ground.INCONCLUSIVE, ("a fault of this program",), told)]


def test_an_answer_is_one_sentence_with_all_its_reasons() -> None:
    found = run(("y", "b", "harness-error"), profiles=(SDK, SMOKE))
    (answer,) = answers(found, PROVIDER)
    assert answer.sentence == (
        "unknown for An SDK: nothing that was asked decides it; "
        "asked and not decided: 1 of its 2 needs (a fault of this program)"
    )
    (broken,) = answers(run(("x", "a", "fail")), PROVIDER)
    assert broken.sentence == "breaks for An SDK: The answer is lost"
    assert broken.reasons == ()
    (works,) = answers(run(("x", "a", "pass"), ("z", "c", "pass")), PROVIDER)
    assert (works.sentence, works.why) == ("works for An SDK", "")


def test_how_a_key_travels_is_no_question_where_none_is_taken() -> None:
    keyed = replace(DEPENDS[1], needs=(("bearer", "keyed"),))
    for auth, expected in (("none", Answer.WORKS), ("x-api-key", Answer.UNKNOWN)):
        judged = run(("x", "a", "pass"), profiles=(replace(SDK, depends=(DEPENDS[0], keyed)), SMOKE))
        assert answers(judged, replace(PROVIDER, auth=auth))[0].answer is expected


def test_every_cause_has_words_for_a_sentence() -> None:
    assert set(CAUSE_WORDS) == set(Cause)
