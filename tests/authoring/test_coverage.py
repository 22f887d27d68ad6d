from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace

import pytest
from messages_conformance.authoring.coverage import Coverage, coverage, kills
from messages_conformance.authoring.coverage_page import print_coverage, render_markdown
from messages_conformance.catalog import Catalog
from messages_conformance.checks.base import Check
from messages_conformance.report.console import Console


@pytest.fixture(scope="module")
def found(catalog: Catalog, checks: Mapping[str, Check]) -> dict[str, Coverage]:
    return {row.clause.id: row for row in coverage(catalog, checks)}


def test_every_clause_of_every_contract_has_a_row(catalog: Catalog, found: dict[str, Coverage]) -> None:
    assert set(found) == {clause for contract in catalog.contracts.values() for clause in contract.clauses}


def test_every_testable_clause_is_checked(found: dict[str, Coverage]) -> None:
    assert [row.clause.id for row in found.values() if row.is_open] == []


def test_every_check_judges_a_clause(catalog: Catalog, checks: Mapping[str, Check]) -> None:
    named = {use.check for s in catalog.scenarios for step in s.steps for use in step.checks if use.clauses}
    assert [name for name, check in checks.items() if not check.clauses and name not in named] == []


def test_a_clause_is_judged_by_the_checks_that_cite_it_and_proven_by_what_kills_them(
    found: dict[str, Coverage],
) -> None:
    row = found["anthropic:stream.message-stop-last"]
    assert row.checks == ("stream.message-stop-last",)
    assert {"message-stop-missing", "events-after-message-stop"} <= set(row.defects)
    assert "message-id-missing" not in row.defects


def test_a_mirror_is_judged_by_the_checks_of_what_it_mirrors(found: dict[str, Coverage]) -> None:
    assert "stream.message-stop-last" in found["naga:guide.stream"].checks


def test_a_scenario_may_name_the_clause(found: dict[str, Coverage]) -> None:
    assert found["anthropic:thinking.tampered"].checks == ("error.refused",)


def test_an_untestable_clause_is_not_open(found: dict[str, Coverage]) -> None:
    row = found["naga:guide.prefer-responses"]
    assert row.clause.untestable
    assert not row.is_open


def test_kills_name_checks_that_exist(checks: Mapping[str, Check]) -> None:
    assert {check for killed in kills().values() for check in killed} <= set(checks)


def test_the_page_and_the_summary_name_what_is_open(found: dict[str, Coverage]) -> None:
    first, *rest = found.values()
    rows = [replace(first, checks=()), *rest]
    page = render_markdown(rows)
    console = Console(width=200, record=True, file=io.StringIO())
    print_coverage(rows, console)
    told = console.export_text()
    assert page.count("**open**") == 1
    assert f"{rows[0].clause.level} {rows[0].clause.id}:" in told
    assert "- `guide.prefer-responses`: Advice to the reader" in page
