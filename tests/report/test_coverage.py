from __future__ import annotations

import io
from collections.abc import Mapping

import pytest
from messages_conformance.catalog import Catalog
from messages_conformance.checks.base import Check
from messages_conformance.report.coverage import print_coverage, render_markdown
from messages_conformance.run.coverage import Coverage, coverage, kills
from rich.console import Console


@pytest.fixture(scope="module")
def found(catalog: Catalog, checks: Mapping[str, Check]) -> dict[str, Coverage]:
    return {row.clause.id: row for row in coverage(catalog, checks)}


def test_every_clause_of_every_contract_has_a_row(catalog: Catalog, found: dict[str, Coverage]) -> None:
    assert set(found) == {clause for contract in catalog.contracts.values() for clause in contract.clauses}


def test_a_clause_is_judged_by_the_checks_that_cite_it_and_proven_by_what_kills_them(
    found: dict[str, Coverage],
) -> None:
    row = found["anthropic:stream.message-stop-last"]
    assert row.checks == ("stream.message-stop-last",)
    assert row.defects == ("message-stop-missing",)


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
    rows = list(found.values())
    page = render_markdown(rows)
    console = Console(width=200, record=True, file=io.StringIO())
    print_coverage(rows, console)
    told = console.export_text()
    still_open = [row.clause for row in rows if row.is_open]
    assert page.count("**open**") == len(still_open)
    assert all(f"{clause.level} {clause.id}:" in told for clause in still_open)
    assert "- `guide.prefer-responses`: Advice to the reader" in page
