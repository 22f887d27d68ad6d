from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import making
from making import check, clause, contract, provider, scenario
from messages_conformance.catalog.expectations import Expectation
from messages_conformance.catalog.field import Deviation
from messages_conformance.catalog.harm import Harm, Severity
from messages_conformance.catalog.model import Scenario
from messages_conformance.catalog.profiles import Dependence, Profile
from messages_conformance.errors import Where
from messages_conformance.results import records
from messages_conformance.results.records import Header
from messages_conformance.run.header import About, header
from messages_conformance.run.planning.plan import make_plan

CHECKS = making.checks(check("x", "anthropic:x", on=("message",)), check("unused", "anthropic:unused"))
MORE = scenario("more", tags=frozenset({"variant"}))
ASKED = (scenario("plain", tags=frozenset({"smoke"})), scenario("refused", twin="plain", needs=("tools",)))
HERE = Where(Path("suite/made.yaml"), 3)


def deviation(name: str, *checks: str) -> Deviation:
    return Deviation(name, "It is wrong.", "Nothing works.", ("https://example.com/1",), checks, ("made",), HERE)


def harm(name: str, check: str, *clauses: str) -> Harm:
    return Harm(name, "It is lost", check, frozenset(clauses), Severity.BREAKS, 2, "they raise")


def made(profile: str | None = None, sent: Sequence[Scenario] = ASKED, *expected: Expectation) -> Header:
    contracts = [contract("anthropic", clause("anthropic:x"), clause("anthropic:unused"))]
    sdk = Profile(
        "sdk", "An SDK", "Programs.", ("*",), (Dependence(frozenset({"anthropic:x"}), "Lost.", ("u",)),), HERE, "SDK"
    )
    catalog = replace(
        making.catalog(contracts, (*ASKED, MORE)),
        profiles={"sdk": sdk},
        deviations=(deviation("seen", "plain/x"), deviation("anywhere", "x"), deviation("elsewhere", "other/x")),
        expectations=expected,
        harms=(
            harm("told", "x", "anthropic:x", "anthropic:y"),
            harm("by-another-clause", "x", "anthropic:y"),
            harm("by-another-check", "unused", "anthropic:unused"),
        ),
    )
    plan = make_plan([(provider(), s) for s in sent], catalog, CHECKS)
    return header(About((provider(note="A note."),), tuple(sent), profile), plan, catalog, CHECKS)


def test_it_says_who_is_asked_what_and_by_which_clauses() -> None:
    record = made()
    assert record.providers[0].models == {"cheap": "cheap-model"}
    assert [c.id for c in record.contracts] == ["anthropic"]
    assert [c.id for c in record.clauses] == ["anthropic:x"]
    assert [c.id for c in record.checks] == ["x"]
    assert [(s.id, s.twin, s.where) for s in record.scenarios] == [
        ("plain", None, "scenarios/made.yaml:7"),
        ("refused", "plain", "scenarios/made.yaml:7"),
    ]


def test_it_says_what_clients_made_of_the_defects_that_a_planned_check_tells() -> None:
    (told,) = made().impacts
    assert (told.id, told.statement, told.check) == ("told", "It is lost", "x")
    assert told.clauses == ("anthropic:x", "anthropic:y")
    assert (told.severity, told.hurt, told.clients) == (Severity.BREAKS, 2, "they raise")


def test_it_says_what_clients_depend_on_and_for_which_of_them_was_asked() -> None:
    record = made(profile="sdk")
    assert record.profile == "sdk"
    depends = (records.Dependence(("anthropic:x",), "Lost.", ("u",), needs=((),)),)
    assert record.profiles == (records.Profile("sdk", "An SDK", "Programs.", ("plain", "refused"), depends, "SDK"),)


def test_it_keeps_the_deviations_that_a_planned_check_would_show() -> None:
    assert [d.id for d in made().deviations] == ["seen", "anywhere"]


def test_it_keeps_what_is_expected_of_those_who_are_asked_and_says_whether_all_of_it_is() -> None:
    def entry(*scenarios: str, who: str = provider().id) -> Expectation:
        return Expectation(who, "x", scenarios, "So.", "2027-03-01", HERE, actual="nothing", owner="us")

    entries = entry("*"), entry("plain"), entry("*", who="somebody"), entry("p*", "more")
    whole, part = made(None, ASKED, *entries), made(None, ASKED[:1], *entries)
    assert [(e.check, e.actual, e.owner, e.where) for e in whole.expectations] == [
        ("x", "nothing", "us", "suite/made.yaml:3")
    ] * 3
    assert [e.in_part for e in whole.expectations] == [False, False, True]
    assert [e.in_part for e in part.expectations] == [True, False, True]
