"""Providers whose facts nobody can look up, and facts that were looked up long ago."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from making import model, provider
from messages_conformance.authoring.lint_providers import aging, unsourced
from messages_conformance.catalog.model import Page, Price

DOCS = Page("https://docs.example.com/api", "2026-05-20", ("address", "models"))
PRICED = {
    "cheap": replace(model(), price=Price(1, 5, read="2026-10")),
    "thinking": replace(model(), role="thinking", price=Price(1, 5)),
}


def test_a_live_provider_needs_a_source_and_so_does_a_price() -> None:
    sound = provider(sources=(DOCS,), models={"cheap": PRICED["cheap"]})
    assert unsourced([sound, provider(sources=(DOCS,)), provider(kind="played")]) == []
    nameless, priced = unsourced([provider(), provider(sources=(DOCS,), models=PRICED)])
    assert nameless.message == "`maker` names no source"
    assert priced.message == "no source of `maker` shows prices, and it has some: thinking"


def test_a_page_is_looked_up_again_after_half_a_year() -> None:
    pages = (DOCS, replace(DOCS, read="2026-04"), replace(DOCS, read="2026-06"), replace(DOCS, read="2026-06-02"))
    old = [*aging([provider(sources=pages)], date(2026, 11, 30))]
    assert [problem.message for problem in old] == [
        "`maker` was last looked up in 2026-05-20: address, models",
        "`maker` was last looked up in 2026-04: address, models",
    ]
    assert old[0].hint == "look again at https://docs.example.com/api"
