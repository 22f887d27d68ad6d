"""The linter: each rule finds what it is for, with its line, and leaves alone what is right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import making
import pytest
from making import HERE, asking, check, clause, contract, provider, scenario, step, use
from messages_conformance.authoring.lint import (
    MOST_REQUESTS,
    MOST_SMOKE_REQUESTS,
    Kills,
    broken_kills,
    costly_plans,
    idle_profiles,
    lint,
    lint_own,
    read_kills,
    unkilled_checks,
    unplanned_checks,
    workshop,
)
from messages_conformance.catalog import Catalog, load_catalog
from messages_conformance.catalog.field import Assertion, Field
from messages_conformance.catalog.model import Scenario
from messages_conformance.catalog.profiles import Dependence, Profile
from messages_conformance.errors import Problem, UserError, Where
from messages_conformance.run.session import known_checks

WARM: dict[str, Any] = {"max_tokens": 16, "messages": [{"role": "user", "content": "Hello."}], "temperature": 0.5}
THERE = Where(Path("scenarios/made.yaml"), 20)


def told(problems: list[Problem]) -> list[str]:
    return [problem.message for problem in problems]


# --- folders of one's own ---------------------------------------------------------------------------------------------

OWN = """
    area: mine
    scenarios:
      - id: mine.greeting
        title: A greeting
        why: It is how we begin.
        tags: [traffic]
        steps:
          - id: ask
            expect: message
            body: {max_tokens: 64, system: Be brief., messages: [{role: user, content: Hi}]}
    """


def test_a_folder_of_ones_own_is_looked_at_alone(write: Callable[[str, str], Path]) -> None:
    folder = write("mine/a.yaml", OWN).parent
    assert lint_own(load_catalog(more_scenarios=[folder]), [folder]) == []


def test_what_is_wrong_in_it_is_told_with_its_line(write: Callable[[str, str], Path]) -> None:
    folder = write(
        "mine/a.yaml",
        OWN.replace("        tags: [traffic]\n", "")
        + """
      - id: mine.again
        title: Again
        why: Because.
        tags: [traffic]
        steps:
          - id: ask
            expect: message
            body: {max_tokens: 64, system: Be brief., messages: [{role: user, content: Hi}]}
      - id: mine.stream
        title: A stream
        why: Because.
        tags: [traffic]
        steps:
          - id: ask
            expect: stream
            body: {max_tokens: 64, stream: true, messages: [{role: user, content: Hello}]}
      - id: mine.refused
        title: A refusal
        why: Because.
        steps:
          - id: ask
            expect: error
            body: {max_tokens: 0, messages: [{role: user, content: Hi}]}
    """,
    ).parent
    found = lint_own(load_catalog(more_scenarios=[folder]), [folder])
    assert [(problem.where and problem.where.line, problem.message) for problem in found] == [
        (7, "`mine.greeting` does not say which clause its refusal breaks"),
        (16, "`mine.again` sends the same request as `mine.greeting`"),
        (19, "`mine.stream` sends `stream: true` but does not list `streaming` in `needs`"),
        (31, "`mine.refused` expects a refusal and has no twin"),
        (31, "`mine.refused` expects a refusal, and nothing judges it"),
    ]


# --- proof ------------------------------------------------------------------------------------------------------------


def test_a_demanded_check_is_killed_by_something() -> None:
    made = [scenario("a", step(checks=(use("x"), use("y")))), scenario("b", step(checks=(use("y", where=THERE),)))]
    (problem,) = unkilled_checks(made, [Kills("broken", ("x",), HERE)])
    assert (problem.message, problem.where) == ("no defect turns the check `y` red", HERE)


def test_a_check_is_planned_somewhere() -> None:
    idle = check("idle", "anthropic:promised", where=HERE)
    made = [
        idle,
        check("used", "anthropic:promised"),
        check("theirs", "naga:promised"),
        check("shape.x", "anthropic:promised"),
    ]
    found = unplanned_checks(made, {"used"})
    assert told(found) == ["no scenario plans the check `idle`", "no scenario plans the check `shape.x`"]
    assert found[0].where == HERE


def test_kills_and_defects_belong_together() -> None:
    checks = making.checks(check("x", "anthropic:promised"))
    kills = [Kills("known", ("x",), HERE), Kills("known", ("x",), THERE), Kills("knwon", ("z",), THERE)]
    found = broken_kills(kills, {"known": HERE, "lonely": THERE}, checks)
    assert [(problem.message, problem.where) for problem in found] == [
        ("the kills of `known` are here twice", THERE),
        ("there is no defect `knwon`", THERE),
        ("`knwon` kills `z`, which does not exist", THERE),
        ("the defect `lonely` has no kills", THERE),
    ]
    assert found[1].hint == "did you mean `known`?"


def test_kills_are_read_with_their_lines(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("# What must turn red\none:\n  - x\n  - y\ntwo: [z]\n")
    (tmp_path / "b.yaml").write_text("# nothing yet\n")
    one, two = read_kills(tmp_path)
    assert (one.checks, one.where, two) == (("x", "y"), Where(tmp_path / "a.yaml", 2), replace(two, checks=("z",)))
    (tmp_path / "b.yaml").write_text("one: [x]\none: [y]\n")
    with pytest.raises(UserError, match=r"b\.yaml:2: the key `one` is here twice"):
        read_kills(tmp_path)


# --- profiles and budgets ---------------------------------------------------------------------------------------------

CONTRACT = contract("anthropic", clause("anthropic:judged"), clause("anthropic:unjudged"))
CHECKS = making.checks(check("x", "anthropic:judged", on=("message",)))


def profile(name: str, *patterns: str, clauses: tuple[str, ...] = ()) -> Profile:
    depends = tuple(Dependence(frozenset({name}), f"No {name}.", ("https://example.com",)) for name in clauses)
    return Profile(name, name.title(), "Because.", patterns, depends, THERE)


def world(*scenarios: Scenario, profiles: tuple[Profile, ...] = ()) -> Catalog:
    return replace(making.catalog([CONTRACT], scenarios), profiles={made.id: made for made in profiles})


def test_a_profile_chooses_something_and_judges_what_it_depends_on() -> None:
    sound = profile("sound", "talk.*", clauses=("anthropic:judged",))
    assert idle_profiles(world(scenario("talk.a"), profiles=(sound,)), CHECKS, provider()) == []


def test_what_a_profile_never_asks_is_found() -> None:
    idle = profile("idle", "talk.*", "tlak.*", "late", clauses=("anthropic:judged", "anthropic:unjudged"))
    late = scenario("late", tags=frozenset({"variant"}))
    found = idle_profiles(world(scenario("talk.a"), late, profiles=(idle,)), CHECKS, provider())
    assert [(problem.message, problem.where) for problem in found] == [
        ("`tlak.*` of the profile `idle` chooses no scenario", THERE),
        ("`late` of the profile `idle` chooses no scenario", THERE),
        ("no scenario of the profile `idle` judges any clause behind “No anthropic:unjudged.”", THERE),
    ]


def many(number: int, **changes: Any) -> list[Scenario]:
    return [scenario(f"s{index}", asking(f"s{index}"), **changes) for index in range(number)]


def test_budgets_hold_what_is_asked_by_default() -> None:
    smoke = profile("smoke", "smoke")
    fits = [*many(MOST_SMOKE_REQUESTS, tags=frozenset({"smoke"})), *many(500, tags=frozenset({"variant"}))]
    assert costly_plans(world(*fits, profiles=(smoke,)), CHECKS, provider()) == []


def test_more_than_the_budget_is_one_finding_each() -> None:
    made = many(MOST_REQUESTS + 1, tags=frozenset({"smoke"}))
    default, smoke = costly_plans(world(*made, profiles=(profile("smoke", "smoke"),)), CHECKS, provider())
    assert default.message == "the default catalogue sends 151 requests; the limit is 150"
    assert default.hint
    assert default.hint.endswith("made 151")
    assert (smoke.message, smoke.where) == ("the profile `smoke` sends 151 requests; the limit is 8", THERE)


# --- all of them ------------------------------------------------------------------------------------------------------


def test_every_rule_takes_part() -> None:
    known = load_catalog()
    wrong = [
        *many(MOST_REQUESTS),
        scenario("made.refusal", step(expect="error", checks=(use("error.refused"),))),
        scenario("made.warm", step(body=WARM, checks=(use("text.not-empty", clauses=("anthropic:message.content",)),))),
        scenario("made.warm-again", step(body=WARM)),
    ]
    anthropic = replace(known.providers["anthropic"], sources=())
    providers = {**known.providers, "anthropic": anthropic}
    broken = replace(
        known, providers=providers, scenarios=(*known.scenarios, *wrong), profiles={"p": profile("p", "no")}
    )
    checks = {**known_checks(known), "made.idle": check("made.idle", "anthropic:message.content")}
    unseen = Field((), (Assertion("made.assertion", "It holds.", ("made.never",), HERE),))
    shop = replace(workshop(broken, checks, {"made-defect": HERE}), field=unseen, kills=())
    found = told(lint(shop))
    expected = [
        "the default catalogue sends ",
        "`made.assertion` names `made.never`, which no scenario plans",
        "`made.refusal` expects a refusal and has no twin",
        "`made.warm-again` sends the same request as `made.warm`",
        "`made.warm-again` demands no check",
        "`made.warm` sends `temperature` but does not list `sampling` in `needs`",
        "no defect turns the check `text.not-empty` red",
        "no scenario plans the check `made.idle`",
        "the defect `made-defect` has no kills",
        "`no` of the profile `p` chooses no scenario",
        "`anthropic` names no source",
    ]
    assert [start for start in expected if not any(message.startswith(start) for message in found)] == []
