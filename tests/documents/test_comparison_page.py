"""The comparison of two contracts on a terminal, as Markdown, and as a section of the page."""

from __future__ import annotations

import io
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from comparing import Compare
from messages_conformance.catalog import Catalog
from messages_conformance.documents.comparison import Comparison, compare
from messages_conformance.documents.rendering import Documents, documents, render_html, render_markdown, tally
from messages_conformance.documents.terminal import render_terminal
from messages_conformance.report.console import Console


@pytest.fixture(scope="module")
def naga(compared: Compare) -> Comparison:
    return compared("naga", "anthropic")


@pytest.fixture(scope="module")
def every(catalog: Catalog) -> tuple[Documents, ...]:
    return documents(catalog.contracts, catalog.schemas.registry)


def _printed(comparison: Comparison, width: int = 80, *, verbose: bool = False) -> str:
    out = io.StringIO()
    render_terminal(comparison, Console(file=out, width=width, color_system=None), verbose=verbose)
    return out.getvalue()


class _Text(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_terminal_says_what_breaks(naga: Comparison) -> None:
    text = _printed(naga)
    assert "A client written for NagaAI that talks to Anthropic Messages API" in text
    assert "0 to 2 → 0 to 1" in text
    assert "temperature above 1 is not accepted there." in text
    assert "naga:request.temperature.range" not in text


def test_every_difference_with_both_clauses_is_shown_on_demand(naga: Comparison) -> None:
    text = _printed(naga, verbose=True)
    words = text.split()
    for one in naga.differences:
        assert one.place in words
        assert all(clause.rstrip(",") in text for clause in (*one.clauses_a[:1], *one.clauses_b[:1]))
    assert "What NagaAI says against itself" in text


def test_differences_of_one_kind_stand_together_on_two_screens(compared: Compare) -> None:
    text = _printed(compared("anthropic", "naga"))
    assert len(text.splitlines()) <= 50
    assert "3 times, such as: The route count_tokens is not documented there" in " ".join(text.split())


@pytest.mark.parametrize("verbose", [False, True])
@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_terminal_keeps_its_width_and_nothing_trails(
    catalog: Catalog, compared: Compare, width: int, *, verbose: bool
) -> None:
    for theirs in set(catalog.contracts) - {"anthropic"}:
        text = _printed(compared("anthropic", theirs), width, verbose=verbose)
        assert max(len(line) for line in text.splitlines()) <= width
        assert [line for line in text.splitlines() if line != line.rstrip()] == []


def test_markdown_tables_have_as_many_cells_as_headings(compared: Compare) -> None:
    for name in ("bifrost", "aisa", "naga", "envelope-gateway"):
        text = render_markdown(compared(name, "anthropic"))
        rows = [line for line in text.splitlines() if line.startswith("|")]
        assert rows
        # A pattern holds bars of its own, which have to be escaped.
        assert {row.replace("\\|", "").count("|") for row in rows} == {7}


def test_markdown_is_the_same_twice_and_names_the_clauses(catalog: Catalog, naga: Comparison) -> None:
    text = render_markdown(naga)
    assert text == render_markdown(compare(naga.a, naga.b, catalog.schemas.registry))
    assert (
        "| **breaks** | temperature | 0 to 2 | 0 to 1 | temperature above 1 is not accepted there. | "
        "naga:request.temperature.range<br>anthropic:request.temperature.range |" in text
    )


def test_documents_without_a_difference_say_so(compared: Compare) -> None:
    same = compared("anthropic", "anthropic")
    assert tally(same) == "no difference"
    assert "The documents differ in nothing that they describe." in render_markdown(same)


def test_every_provider_contract_is_compared_both_ways_with_its_own_conflicts(
    catalog: Catalog, every: tuple[Documents, ...]
) -> None:
    assert {one.contract.id for one in every} == set(catalog.contracts) - {"anthropic"}
    for one in every:
        assert (one.there.a.id, one.there.b.id) == ("anthropic", one.contract.id)
        assert (one.back.a.id, one.back.b.id) == (one.contract.id, "anthropic")
        assert one.conflicts == one.there.conflicts[one.contract.id]


def test_the_section_is_well_formed_and_tells_every_difference(catalog: Catalog, every: tuple[Documents, ...]) -> None:
    html = render_html(catalog.contracts, catalog.schemas.registry)
    page = _Text(html)
    assert page.open == []
    assert not {"script", "style", "link", "img"} & set(page.tags)
    told = [d for one in every for d in (*one.there.differences, *one.back.differences)]
    assert page.tags.count("tr") - page.tags.count("thead") == len(told)
    assert all(one.consequence in page.text for one in told)
    assert "Temperatures from 0 to 2 are accepted." in page.text
    assert "naga:request.output_config.accepted Guide: Messages API" in page.text, "which page contradicts which"


def test_text_of_a_contract_stays_text(catalog: Catalog) -> None:
    naga = replace(catalog.contracts["naga"], title="<b>[Naga]|\x1b[31m")
    hostile = {**catalog.contracts, "naga": naga}
    comparison = compare(naga, hostile["anthropic"], catalog.schemas.registry)
    assert "<b>[Naga]" not in render_html(hostile, catalog.schemas.registry)
    assert "<b>" not in render_markdown(comparison)
    assert "\x1b" not in _printed(comparison)
