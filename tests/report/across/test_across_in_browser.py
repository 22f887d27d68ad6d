"""The pages on several runs in a real browser: nothing is in anybody's way, nothing runs, and links lead on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import samples
from browsing import LOOKS, Watched, barriers, chromium
from messages_conformance.catalog.model import Level
from messages_conformance.report.across.comparing import write_comparison
from messages_conformance.report.across.moving import Moving, moving
from messages_conformance.report.across.site import write_site
from messages_conformance.report.outputs import write_outputs
from messages_conformance.results.across.comparing import compare
from messages_conformance.results.across.comparison import Side
from messages_conformance.results.reading import Run
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.gate, pytest.mark.xdist_group("browser")]

PAGES = ("index.html", "history.html", "moved/compare.html")
Opened = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is published of three nights: the second was cut off, the third told by a hostile provider."""
    directory = tmp_path_factory.mktemp("site")
    nights = {
        "1": samples.run(started="2026-11-18T10:00:00Z"),
        "2": samples.run(complete=False, started="2026-11-19T10:00:00Z"),
        "3": samples.hostile_run(),
    }
    for name, run in nights.items():
        write_outputs(run, directory / name, Level.MUST, ["page", "digest"])
    write_comparison([between(nights["3"])], directory / "moved")
    write_site(directory, directory, lambda _: None)
    return directory


def between(run: Run) -> Moving:
    before, after = (next(p for p in run.providers if p.id == name) for name in ("reference", "naga"))
    return moving(compare(Side(run, before), Side(run, after)), ("../3/index.html", "../3/index.html"))


@pytest.fixture
def opened(browser: Browser, site: Path) -> Iterator[Opened]:
    """Opens a page; at the end, nothing may have gone wrong in it."""
    watched: list[Watched] = []

    def open_at(name: str, width: int = 1400, scheme: str = "light") -> Page:
        watched.append(Watched(browser, site / name, width, scheme))
        return watched[-1].page

    yield open_at
    for one in watched:
        one.close()
    assert [wrong for one in watched for wrong in one.wrong] == []


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_nothing_is_in_anybodys_way(opened: Opened, name: str, width: int, scheme: str) -> None:
    page = opened(name, width, scheme)
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "the page is not scrolled sideways"


@pytest.mark.parametrize("name", PAGES)
def test_what_a_provider_sent_is_shown_and_never_run(opened: Opened, name: str) -> None:
    page = opened(name)
    assert page.title() != "owned"
    assert page.locator("img, script").count() == 0
    assert "<img src=x" in page.content().replace("&lt;", "<")


def test_a_change_opens_on_the_answers_of_both_sides(opened: Opened) -> None:
    page = opened("moved/compare.html")
    expect(page.get_by_role("row", name="a chat application")).to_contain_text("Nothing appears on the screen.")
    change = page.locator("details", has_text="Every event is named").first
    expect(change.locator(".sides")).to_be_hidden()
    change.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(change.locator(".half-holds")).to_contain_text("message_delta")
    expect(change.locator(".half-broken")).to_contain_text("no event: line")
    change.get_by_role("link", name="All of streaming.text in the run").first.click()
    expect(page.get_by_role("complementary")).to_contain_text("streaming.text")
    assert page.url.endswith("/3/index.html#reference/streaming.text")


def test_the_index_leads_to_the_matrix_and_to_history(opened: Opened) -> None:
    page = opened("index.html")
    page.get_by_role("link", name="History").click()
    expect(page.get_by_role("heading", name="History of 3 runs")).to_be_visible()
    expect(page.get_by_role("img", name="Reference, drop-in: ", exact=False)).to_be_visible()
    page.get_by_role("row", name="Reference conforms").get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert "/1/index.html" in page.url, "where it began to conform; the second run was cut off for others"
