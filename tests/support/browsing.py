"""A page of ours in a real browser: Debian's Chromium, driven by Playwright; nothing is downloaded."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

WIDTHS = (390, 1400, 1600)
LOOKS = ((390, "light"), (390, "dark"), (1400, "dark"), (1600, "light"))
"""Width and scheme: colours do not depend on the width, but for the phone's own layout, which is seen in both."""


@contextmanager
def chromium() -> Generator[Browser]:
    """The browser. A machine without one fails here: what was not looked at has not passed."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        raise RuntimeError("no browser was found to open pages with: install Debian's package `chromium`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@cache
def _context(browser: Browser, width: int, scheme: str) -> BrowserContext:
    """What pages of one look share: a process of the browser. Nothing of ours stores anything there."""
    height = 844 if width < 500 else 900
    return browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]


class Watched:
    """A page that keeps what went wrong while it was open: errors of its script, what its policy refused, and every
    request to anywhere but the file itself."""

    def __init__(self, browser: Browser, file: Path, width: int = 1400, scheme: str = "light", place: str = "") -> None:
        self.page: Page = _context(browser, width, scheme).new_page()
        self.wrong: list[str] = []
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("console", lambda said: self.wrong.append(said.text) if said.type == "error" else None)
        self.page.on("request", lambda sent: None if sent.url.startswith("file:") else self.wrong.append(sent.url))
        self.page.goto(file.as_uri() + place)

    def close(self) -> None:
        self.page.close()


def barriers(page: Page) -> list[str]:
    """What axe finds at a page as it stands, of any severity: `rule: the markup that breaks it`."""
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8"))
    found = page.evaluate("axe.run({resultTypes: ['violations']}).then((told) => told.violations)")
    return [f"{rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"]]
