"""Field by field, in a real browser: markup that others wrote is text on every page, and runs on none."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
from browsing import Watched, chromium
from marked import OWNED
from playwright.sync_api import Browser, expect
from showing import PAGES, due, shown, write_pages

pytestmark = [pytest.mark.gate, pytest.mark.xdist_group("browser")]

READ = """() => {
  const told = [...document.querySelectorAll('*')].flatMap((one) => [...one.attributes].map((it) => it.value));
  return document.body.textContent + told.join(' ');
}"""

FOREIGN = f"""() => [
  ...document.querySelectorAll("img, marquee, [onerror], [href^='javascript:']"),
  ...[...document.scripts].filter((one) => one.text.includes("document.title='{OWNED}'")),
].map((one) => one.outerHTML)"""
"""What only a field can have put into a page."""

PLACES = "[...document.querySelectorAll('#matrix td a, .answers a')].map((a) => a.getAttribute('href'))"


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("marked")
    write_pages(made)
    return made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.mark.parametrize("output", PAGES)
def test_every_field_that_is_due_is_text_on_the_page_and_none_runs(
    browser: Browser, directory: Path, output: str
) -> None:
    first = Watched(browser, directory / PAGES[output])
    places = first.page.evaluate(PLACES)
    others = (Watched(browser, directory / PAGES[output], place=place) for place in places)
    assert shown(" ".join(map(_looked_at, chain([first], others)))) == due(output)


def _looked_at(watched: Watched) -> str:
    """What stands on a page, once it is certain that nothing foreign is an element of it."""
    page = watched.page
    if page.url.partition("#")[2]:
        expect(page.locator("#panel")).to_be_visible()
    text = page.evaluate(READ)
    assert page.evaluate(FOREIGN) == []
    assert page.title() != OWNED
    assert watched.wrong == []
    watched.close()
    return text


def test_this_test_sees_markup_that_is_no_text(browser: Browser, directory: Path) -> None:
    """The same page, into which a field was put as it is."""
    broken = directory / "broken.html"
    broken.write_text("<p><img src=x onerror=\"document.title='owned'\"></p>", encoding="utf-8")
    watched = Watched(browser, broken)
    watched.page.wait_for_function(f"document.title === '{OWNED}'")
    assert len(watched.page.evaluate(FOREIGN)) == 1
    watched.close()
