"""What a run will send and judge, before anything is sent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import making
import pytest
from making import asking, check, clause, contract, model, provider, scenario, use
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.model import Auth, Level, Provider, Scenario
from messages_conformance.checks.base import Check
from messages_conformance.errors import HarnessError, UserError
from messages_conformance.results.vocabulary import asked
from messages_conformance.run.planning.plan import Planned, Unit, every, make_plan, select

NO_TEMPERATURE: dict[str, Any] = {
    "type": "object",
    "required": ["model", "max_tokens"],
    "properties": {"temperature": {"type": "number", "maximum": 1, "x-clause": "vendor:request.temperature"}},
    "x-clause": "vendor:request",
}
CONTRACTS = (
    contract(
        "anthropic",
        clause("anthropic:accepts", Level.MUST),
        clause("anthropic:shape", Level.MUST),
        clause("anthropic:refuses", Level.MUST),
    ),
    contract(
        "vendor",
        clause("vendor:mirror", Level.SHOULD, page="guide", mirrors=("anthropic:[as]*",)),
        clause("vendor:own", Level.MUST, page="reference"),
        clause("vendor:request", Level.MUST, page="reference"),
        clause("vendor:request.temperature", Level.MUST, page="reference"),
        request=NO_TEMPERATURE,
    ),
)
CHECKS = making.checks(
    check("accepted", "anthropic:accepts", on=("message", "stream")),
    check("shape", "anthropic:shape", on=("message",)),
    check("vendor-shape", "vendor:own", on=("message",)),
    check("refused", "anthropic:refuses"),
    check("named-by-scenario"),
)
VENDOR = provider(contract="vendor")


def unit(asked: Scenario, of: Provider, checks: dict[str, Check] | None = None) -> Unit:
    plan = make_plan([(of, asked)], making.catalog(CONTRACTS, [asked]), checks or CHECKS)
    return plan.units[0]


def planned(asked: Scenario, of: Provider) -> dict[tuple[str, str], Planned]:
    """The planned checks of a one-step scenario, by check and question."""
    return {(p.check.id, p.question): p for p in unit(asked, of).checks}


# --- what a refusal breaks --------------------------------------------------------------------------------------------


def test_the_refusal_of_a_request_that_is_not_plain_breaks_what_it_is_about() -> None:
    checks = making.checks(check("answer.accepted", "anthropic:accepts", on=("message",)))
    plain, about = scenario("plain"), scenario("about", asking("about", accepts=("anthropic:shape",)))

    def clauses(asked: Scenario) -> dict[str, tuple[str, ...]]:
        return {planned.question: planned.clauses for planned in unit(asked, VENDOR, checks).checks}

    assert clauses(plain) == {"drop-in": ("anthropic:accepts",), "as-documented": ("vendor:mirror",)}
    assert clauses(about) == {"drop-in": ("anthropic:shape",), "as-documented": ("vendor:mirror",)}


# --- what is not asked ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("needs", "of", "reason"),
    [
        (("tools",), provider(), "maker does not claim tools"),
        (("tools", "vision"), provider(features=frozenset({"vision"})), "maker does not claim tools"),
        (("tools", "vision"), provider(), "maker does not claim tools, vision"),
        (("keyed",), provider(auth=Auth("none")), "maker does not claim keyed"),
        (("prefill",), provider(models={"cheap": model("cheap", "sampling")}), "maker does not claim prefill"),
    ],
)
def test_what_was_never_claimed_is_not_applicable_and_says_why(
    needs: tuple[str, ...], of: Provider, reason: str
) -> None:
    made = unit(scenario("s", needs=needs), of)
    assert (made.not_applicable, made.checks) == (reason, ())


@pytest.mark.parametrize(
    ("needs", "of"),
    [
        (("tools",), provider(features=frozenset({"tools"}))),
        (("keyed",), provider()),
        (("prefill",), provider(models={"cheap": model("cheap", "prefill")})),
    ],
)
def test_what_was_claimed_by_feature_key_or_model_is_asked(needs: tuple[str, ...], of: Provider) -> None:
    assert unit(scenario("s", needs=needs), of).not_applicable is None


def test_the_needs_are_met_by_the_model_that_is_asked() -> None:
    models = {"cheap": model("cheap", "prefill"), "thinking": model("thinking")}
    of = provider(models=models)
    assert unit(scenario("s", needs=("prefill",)), of).not_applicable is None
    by_thinking = scenario("s", asking("s", role="thinking"), needs=("prefill",))
    assert unit(by_thinking, of).not_applicable == "maker does not claim prefill"


def test_a_role_without_a_model_is_not_asked_unless_there_is_only_one_model() -> None:
    seeing = scenario("s", asking("s", role="vision"))
    assert unit(seeing, provider()).not_applicable is None
    two = provider(models={"cheap": model(), "thinking": model("thinking")})
    assert unit(seeing, two).not_applicable == "maker names no model in the role vision"


def test_a_scenario_of_which_no_contract_promises_anything_is_not_asked() -> None:
    made = unit(scenario("s", asking("s", expect="tokens")), provider())
    assert made.not_applicable == "no contract of maker promises anything about it"


# --- which questions, by which clauses ------------------------------------------------------------------------------


def test_a_provider_with_a_contract_of_its_own_is_asked_two_questions() -> None:
    assert asked("anthropic") == {"drop-in": "anthropic"}
    assert asked("vendor") == {"drop-in": "anthropic", "as-documented": "vendor"}


def test_each_question_is_judged_by_its_own_contract() -> None:
    found = planned(scenario("s"), VENDOR)
    assert {key: (p.clauses, p.level) for key, p in found.items()} == {
        ("accepted", "drop-in"): (("anthropic:accepts",), Level.MUST),
        ("shape", "drop-in"): (("anthropic:shape",), Level.MUST),
        ("accepted", "as-documented"): (("vendor:mirror",), Level.SHOULD),
        ("shape", "as-documented"): (("vendor:mirror",), Level.SHOULD),
        ("vendor-shape", "as-documented"): (("vendor:own",), Level.MUST),
    }


def test_a_played_page_is_judged_as_documented_by_that_page_alone() -> None:
    played = provider(contract="vendor", kind="played", page="guide")
    found = planned(scenario("s"), played)
    assert {check for check, question in found if question == "as-documented"} == {"accepted", "shape"}
    assert {check for check, question in found if question == "drop-in"} == {"accepted", "shape"}


def test_wire_checks_follow_the_form_of_the_answer() -> None:
    assert set(planned(scenario("s", asking("s", expect="stream")), provider())) == {("accepted", "drop-in")}


def test_half_an_answer_is_judged_by_what_is_named_alone() -> None:
    left = asking("s", "left", expect="stream", hang_up_after=2)
    found = planned(scenario("s", left, asking("s", "again", expect="stream")), provider())
    assert {name for name, _ in found} == {"accepted"}
    assert len(found) == 1


def test_a_named_check_takes_the_place_of_the_same_wire_check() -> None:
    demand = use("accepted", clauses=("anthropic:refuses",))
    found = planned(scenario("s", asking("s", checks=(demand,))), provider())
    assert set(found) == {("accepted", "drop-in"), ("shape", "drop-in")}
    assert found["accepted", "drop-in"].clauses == ("anthropic:refuses",)
    assert found["accepted", "drop-in"].use is demand
    assert found["shape", "drop-in"].use is None


@pytest.mark.parametrize(
    ("at_most", "level"), [(Level.MAY, Level.MAY), (Level.SHOULD, Level.SHOULD), (None, Level.MUST)]
)
def test_a_use_may_cap_the_level(at_most: Level | None, level: Level) -> None:
    demand = use("refused", at_most=at_most)
    found = planned(scenario("s", asking("s", expect="error", checks=(demand,))), provider())
    assert found["refused", "drop-in"].level is level


def test_a_use_for_one_contract_answers_only_its_question() -> None:
    demands = (
        use("named-by-scenario", clauses=("vendor:own",), contract="vendor"),
        use("refused", contract="anthropic"),
    )
    found = planned(scenario("s", asking("s", expect="error", checks=demands)), VENDOR)
    assert set(found) == {("named-by-scenario", "as-documented"), ("refused", "drop-in")}


def test_what_several_providers_are_judged_by_is_planned_once() -> None:
    asked = scenario("s", asking("s"))
    providers = (provider(id="one"), provider(id="two"), replace(VENDOR, id="three"))

    one, two, three = make_plan(every(providers, [asked]), making.catalog(CONTRACTS, [asked]), CHECKS).units

    assert one.checks is two.checks
    assert tuple(planned for planned in three.checks if planned.question == "drop-in") == one.checks


def test_a_check_that_would_be_planned_twice_is_our_fault() -> None:
    twice = scenario("s", asking("s", expect="error", checks=(use("refused"), use("refused"))))
    with pytest.raises(HarnessError, match="s plans the same check twice"):
        unit(twice, provider())


# --- what the document does not let a client send -------------------------------------------------------------------


def hot(**changes: Any) -> Scenario:
    given: dict[str, Any] = {"body": {"max_tokens": 16, "temperature": 1.5, "messages": []}}
    return scenario("hot", making.step(**(given | changes)))


def test_a_request_that_the_own_document_does_not_allow_is_not_asked_as_documented() -> None:
    found = planned(hot(), VENDOR)
    assert {question for _, question in found} == {"drop-in"}
    assert {check for check, _ in found} == {"accepted", "shape"}


def test_except_for_what_a_scenario_says_that_the_document_says() -> None:
    told = use("accepted", clauses=("vendor:request.temperature",), contract="vendor")
    found = planned(hot(checks=(told,)), VENDOR)
    assert {key for key in found if key[1] == "as-documented"} == {("accepted", "as-documented")}


def test_what_is_made_for_another_contract_alone_is_not_sent_for_nothing() -> None:
    told = use("accepted", clauses=("other:request.temperature",), contract="other")
    assert not planned(hot(checks=(told,)), VENDOR)


def test_a_refusal_may_be_asked_as_documented_whatever_the_document_allows() -> None:
    told = use("refused", clauses=("vendor:request.temperature",))
    assert ("refused", "as-documented") in planned(hot(expect="error", checks=(told,)), VENDOR)


def test_a_text_as_body_is_not_held_against_the_document() -> None:
    assert ("shape", "as-documented") in planned(hot(body="not json"), VENDOR)


# --- choosing -------------------------------------------------------------------------------------------------------

SOME = (
    scenario("tools.one", area="tools", tags=frozenset({"smoke"})),
    scenario("tools.two", area="tools"),
    scenario("text.plain", area="text"),
    scenario("text.more", area="text", tags=frozenset({"variant"})),
)


@pytest.mark.parametrize(
    ("patterns", "chosen"),
    [
        ((), ["tools.one", "tools.two", "text.plain"]),
        (("tools",), ["tools.one", "tools.two"]),
        (("smoke",), ["tools.one"]),
        (("*.t*",), ["tools.two"]),
        (("text.plain", "tools.one", "smoke"), ["tools.one", "text.plain"]),
        (("text",), ["text.plain"]),
        (("text.more",), ["text.more"]),
        (("variant",), ["text.more"]),
    ],
)
def test_scenarios_are_chosen_by_id_glob_area_or_tag(patterns: tuple[str, ...], chosen: list[str]) -> None:
    assert [s.id for s in select(SOME, patterns)] == chosen


def test_variants_are_chosen_when_they_are_asked_for() -> None:
    assert [s.id for s in select(SOME, ["text"], variants=True)] == ["text.plain", "text.more"]


def test_every_pattern_that_matches_nothing_is_told_with_what_was_perhaps_meant() -> None:
    with pytest.raises(UserError) as caught:
        select(SOME, ("smoke", "tols", "*.nothing"))
    assert [(p.message, p.hint) for p in caught.value.problems] == [
        ("no scenario, area or tag is called `tols`", "did you mean `tools`?"),
        ("no scenario, area or tag is called `*.nothing`", None),
    ]


def test_what_is_sent_includes_the_twins_and_the_preflight() -> None:
    first = scenario("first", tags=frozenset({"preflight"}))
    twin, wrong, right = scenario("twin"), scenario("wrong", twin="twin"), scenario("right", needs=("tools",))
    world = making.catalog(CONTRACTS, [twin, first, wrong, right])
    plan = make_plan(every([provider()], [wrong, right]), world, CHECKS)
    assert [s.id for s in plan.sent_to(provider())] == ["wrong", "twin", "first"]
    assert plan.preflight() is first
    nothing = make_plan(every([provider()], [right]), world, CHECKS)
    assert nothing.sent_to(provider()) == ()


# --- the real catalogue ---------------------------------------------------------------------------------------------


def test_every_provider_can_be_planned_and_is_judged_by_clauses_of_the_asked_contract(
    catalog: Catalog, checks: dict[str, Check]
) -> None:
    pairs = every(catalog.providers.values(), catalog.scenarios)
    plan = make_plan(pairs, catalog, checks)
    for unit in plan.units:
        assert bool(unit.checks) == (unit.not_applicable is None)
        for judgement in unit.checks:
            contract = asked(unit.provider.contract)[judgement.question]
            assert {name.partition(":")[0] for name in judgement.clauses} == {contract}


def test_everything_is_asked_of_the_reference(catalog: Catalog, checks: dict[str, Check]) -> None:
    plan = make_plan(every([catalog.providers["reference"]], catalog.scenarios), catalog, checks)
    # Two families are about what other documents alone promise.
    reasons = {unit.not_applicable for unit in plan.units if unit.not_applicable}
    assert reasons == {"no contract of reference promises anything about it"}
    assert len(plan.asked) >= len(plan.units) - 5


# --- what a provider's entry claims by itself, and what is never sent -------------------------------------------------


def test_the_way_in_which_a_key_travels_is_claimed_by_the_entry_itself() -> None:
    asked = scenario("bearer", needs=("keyed", "bearer"))
    assert unit(asked, provider(auth=Auth("bearer", "KEY"))).not_applicable is None
    lacking = unit(asked, provider(auth=Auth("x-api-key", "KEY")))
    assert (lacking.not_applicable, lacking.lacks) == ("maker does not claim bearer", ("bearer",))
    assert unit(asked, provider(auth=Auth("none"))).lacks == ("keyed", "bearer")


@pytest.mark.parametrize(("describes", "judged"), [("content", {"free", "ask"}), ("data", {"free"})])
def test_what_waits_for_a_message_is_no_question_to_a_document_that_has_none(describes: str, judged: set[str]) -> None:
    free = asking("made", "free", capture={"word": "content[0].text"})
    made = scenario("made", free, asking("made", "ask", body={"max_tokens": 16, "stop_sequences": ["${word}"]}))
    anthropic, vendor = CONTRACTS[0], contract("vendor", clause("vendor:own"))
    vendor = replace(vendor, schemas={"message": {"properties": {describes: {}}}})
    catalog = replace(making.catalog([anthropic], [made]), contracts={"anthropic": anthropic, "vendor": vendor})
    (found,) = make_plan([(VENDOR, made)], catalog, CHECKS).units
    assert {p.step.id for p in found.checks if p.question == "as-documented"} == judged
    assert {p.step.id for p in found.checks if p.question == "drop-in"} == {"free", "ask"}
