"""The table of impacts as a page, as Markdown and on a terminal."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import replace

from impacts import IMPACTS
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.impact import Seen
from messages_conformance.catalog.model import Clause
from messages_conformance.report.console import Console
from messages_conformance.report.impact.markdown import render_markdown
from messages_conformance.report.impact.page import render_page
from messages_conformance.report.impact.text import print_impact
from syrupy.assertion import SnapshotAssertion


def clauses(catalog: Catalog) -> Mapping[str, Clause]:
    return catalog.contracts["anthropic"].clauses


def test_markdown(catalog: Catalog, snapshot: SnapshotAssertion) -> None:
    assert render_markdown(IMPACTS, clauses(catalog)) == snapshot


def test_a_terminal(catalog: Catalog, snapshot: SnapshotAssertion) -> None:
    out = io.StringIO()
    print_impact(IMPACTS, clauses(catalog), Console(file=out, width=80))
    assert out.getvalue() == snapshot


def test_the_page_escapes_what_a_client_printed(catalog: Catalog) -> None:
    page = render_page(IMPACTS, clauses(catalog))
    assert "builtins.ValueError: &lt;b&gt;no&lt;/b&gt; text" in page
    assert "<b>no</b>" not in page


def test_what_became_of_several_jobs_alike_is_told_once(catalog: Catalog) -> None:
    impact = IMPACTS.defects["message-stop-missing"]
    raises = impact.seen[0].noticed[0]
    both = Seen(impact.seen[0].client, (), (raises, replace(raises, job="text")))
    known = replace(IMPACTS, defects={impact.defect: replace(impact, seen=(both,))})
    page = render_page(known, clauses(catalog))
    assert page.count("anthropic.APIConnectionError: Connection error.") == 1
    assert "<b>A streamed answer; a plain answer</b>: raises APIConnectionError" in page


def test_every_link_of_the_page_leads_to_a_place_in_it(catalog: Catalog) -> None:
    page = render_page(IMPACTS, clauses(catalog))
    places = re.findall(r' id="([^"]+)"', page)
    links = set(re.findall(r'href="#([^"]+)"', page))
    assert len(places) == len(set(places))
    assert links <= set(places)
    assert {"message-stop-missing", "message-stop-missing--ai-sdk", "leading-newlines--anthropic-python"} <= links
