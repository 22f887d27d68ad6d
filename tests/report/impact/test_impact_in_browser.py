"""The page of impacts in a real browser: read at every width and in both schemes, and a cell opens what was printed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import LOOKS, Watched, barriers, chromium
from impacts import IMPACTS
from members import over
from messages_conformance.catalog import load_catalog
from messages_conformance.report.impact.page import render_page
from playwright.sync_api import Browser, expect

pytestmark = [pytest.mark.gate, pytest.mark.xdist_group("browser")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    written = tmp_path_factory.mktemp("impact") / "impact.html"
    written.write_text(render_page(IMPACTS, load_catalog().contracts["anthropic"].clauses), encoding="utf-8")
    return written


@over("look", LOOKS)
def test_it_is_in_nobodys_way(look: tuple[int, str], browser: Browser, file: Path) -> None:
    watched = Watched(browser, file, *look)
    for summary in watched.page.locator("details > summary").all():
        summary.click()
    assert barriers(watched.page) == []
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= look[0]
    watched.close()
    assert watched.wrong == []


def test_a_cell_opens_what_its_client_printed(browser: Browser, file: Path) -> None:
    watched = Watched(browser, file)
    told = watched.page.locator("#message-stop-missing--anthropic-python")
    expect(told).to_be_hidden()
    watched.page.get_by_role("link", name="raises").first.click()
    expect(told).to_be_visible()
    expect(told).to_contain_text("anthropic.APIConnectionError: Connection error.")
    expect(told).to_contain_text("3 requests, 1 without the defect")
    watched.close()
    assert watched.wrong == []
