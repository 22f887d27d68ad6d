"""How big and how quick the page of many providers is, in headless Chromium.

    PYTHONPATH=tests/support .venv/bin/python bench/page.py reports/latest/results.jsonl

The providers of the run are multiplied to sixteen. Prints a table; fails on no number.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from browsing import Watched, chromium
from many import multiplied
from messages_conformance.report.outputs.html import render
from messages_conformance.results.reading import assemble
from messages_conformance.results.stream import read_records
from playwright.sync_api import Browser, Page

PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"

# From the input to the laid out page.
FILTER = """(value) => {
  const field = document.querySelector("[name=q]");
  const begun = performance.now();
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  void document.body.offsetHeight;
  return performance.now() - begun;
}"""

# From the press to the laid out evidence.
OPEN = """(cell) => new Promise((done) => {
  const begun = performance.now();
  const evidence = document.getElementById("evidence");
  const seen = new MutationObserver(() => {
    void document.body.offsetHeight;
    seen.disconnect();
    done(performance.now() - begun);
  });
  seen.observe(evidence, { childList: true });
  document.querySelectorAll("#matrix td > a")[cell].click();
})"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("--providers", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=9)
    given = parser.parse_args()
    run = assemble(multiplied(list(read_records(given.results)), given.providers))
    begun = time.perf_counter()
    text = render(run)
    rendered = time.perf_counter() - begun
    print(f"{given.providers} providers, {len(run.scenarios)} scenarios, {len(run.cells)} cells\n")
    print("| what | goal | median | min..max |\n| --- | --- | --- | --- |")
    print(f"| size of the page | 5 MB | {len(text.encode()) / 1e6:.1f} MB | |")
    print(f"| making the page | | {rendered:.1f} s | |")
    with tempfile.TemporaryDirectory() as directory, chromium() as browser:
        file = Path(directory) / "index.html"
        file.write_text(text, encoding="utf-8")
        _line("first paint", "1 s", [_first_paint(browser, file) for _ in range(given.rounds)])
        watched = Watched(browser, file)
        words = ("stream", "tool", "anthropic:message", "stop", "")
        _line("a filter", "100 ms", _each(watched.page, FILTER, lambda n: words[n % len(words)], given.rounds))
        step = max(1, len(run.cells) // given.rounds)
        _line("opening a cell", "100 ms", _each(watched.page, OPEN, lambda n: n * step, given.rounds))
        watched.close()


def _first_paint(browser: Browser, file: Path) -> float:
    watched = Watched(browser, file)
    watched.page.wait_for_function(PAINT.replace(".startTime", ""))
    took = watched.page.evaluate(PAINT)
    watched.close()
    return took


def _each(page: Page, script: str, argument: Callable[[int], str | int], rounds: int) -> list[float]:
    return [page.evaluate(script, argument(number)) for number in range(rounds)]


def _line(what: str, goal: str, took: list[float]) -> None:
    print(f"| {what} | {goal} | {median(took):.0f} ms | {min(took):.0f}..{max(took):.0f} ms |", flush=True)


if __name__ == "__main__":
    main()
