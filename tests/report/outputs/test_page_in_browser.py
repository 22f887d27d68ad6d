"""The page in a real browser: the address opens the cell, and nothing that a provider sent runs."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import samples
from messages_conformance.report.outputs.html import render
from messages_conformance.results.reading import Run

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.gate,
    pytest.mark.skipif(BROWSER is None, reason="no chromium is installed to open the page with"),
]

OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=3000",
)


def dom(run: Run, directory: Path, hash_: str = "", script: str = "") -> str:
    """The document after its script ran, as the browser writes it. `script` is run after it, as a user's hand would be;
    the page's policy has to be lifted for that."""
    file = directory / "index.html"
    page = render(run)
    if script:
        page = page.replace("Content-Security-Policy", "lifted").replace("</body>", f"<script>{script}</script></body>")
    file.write_text(page, encoding="utf-8")
    command = [str(BROWSER), *OPTIONS, f"--user-data-dir={directory / 'profile'}", "--dump-dom", file.as_uri() + hash_]
    done = subprocess.run(command, capture_output=True, timeout=60, check=True)
    return done.stdout.decode("utf-8")


def panel(document: str) -> str:
    found = re.search(r'<aside id="panel".*?</aside>', document, re.DOTALL)
    assert found
    return found.group()


def test_an_address_opens_its_evidence(tmp_path: Path) -> None:
    document = dom(samples.run(), tmp_path, "#naga/streaming.text")
    shown = panel(document)
    assert "hidden" not in shown[: shown.index(">")]
    for said in (
        "A streamed text answer",
        "Every event is named",
        "event: message_delta",
        "no event: line",
        "Every frame has an event line",
        "disputed by",
        "A stream's example ends with [DONE].",
        "suite/scenarios/streaming.yaml:12",
        "1 check passed",
        "curl -sS",
        "content_block_delta",
        "301 ms",
    ):
        assert said in shown
    assert shown.count('class="marked"') == 2
    assert 'href="https://platform.claude.com/docs/en/stream.named-events"' in shown
    assert "6 of 6 scenarios" in document
    assert 'aria-current="true"' in document


def test_nothing_that_a_provider_sent_runs(tmp_path: Path) -> None:
    document = dom(samples.hostile_run(), tmp_path, "#naga/streaming.text")
    assert not re.search(r"<title>[^<]*owned</title>", document)
    shown = panel(document)
    assert "&lt;/script&gt;&lt;script&gt;" in shown
    assert "<img" not in shown
    assert "javascript:" not in shown


def test_an_address_of_no_cell_says_so(tmp_path: Path) -> None:
    assert "This run has no such cell." in panel(dom(samples.run(), tmp_path, "#naga/no.such"))


SHOWN = """
const shown = () =>
  [...document.querySelectorAll("tr.row:not([hidden]) th code")].map((id) => id.textContent).join(" ");
const notes = [];
const set = (id, value) => {
  const field = document.getElementById(id) || document.querySelector(id);
  if (field.type === "checkbox") field.checked = value; else field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
};
const note = (name) => notes.push(`${name}: ${shown()}`);
"""


def told(document: str) -> dict[str, str]:
    found = re.search(r"<title>(.*?)</title>", document, re.DOTALL)
    assert found
    return dict(line.split(": ", 1) for line in found.group(1).split(" | "))


def test_filters_choose_rows(tmp_path: Path) -> None:
    steps = """
    set("search", "tool CALL"); note("search"); set("search", "");
    set("area", "errors"); note("area"); set("area", "");
    set("#states input[value=deviates]", true); note("state");
    set("question", "as-documented"); note("state and question"); set("question", "");
    set("#states input[value=deviates]", false);
    set("differ", true); note("differ");
    set('.columns input[value="2"]', false); note("differ without the reference");
    document.title = notes.join(" | ");
    """
    assert told(dom(samples.run(), tmp_path, script=SHOWN + steps)) == {
        "search": "streaming.tools",
        "area": "errors.max-tokens-missing errors.wrong-key",
        "state": "errors.max-tokens-missing",
        "state and question": "",
        "differ": "streaming.text streaming.tools errors.max-tokens-missing errors.wrong-key thinking.enabled",
        "differ without the reference": "streaming.text errors.max-tokens-missing errors.wrong-key thinking.enabled",
    }


def test_the_keyboard_moves_opens_and_closes(tmp_path: Path) -> None:
    steps = """
    const press = (key) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    const focused = () => document.activeElement.getAttribute("href");
    const panel = document.getElementById("panel");
    const settle = () => new Promise((done) => setTimeout(done, 300));
    (async () => {
      document.querySelector("a.halves").focus();
      press("ArrowRight"); notes.push(`right: ${focused()}`);
      press("ArrowDown"); notes.push(`down: ${focused()}`);
      document.activeElement.click();
      await settle(); notes.push(`opened: ${!panel.hidden} ${document.activeElement === panel}`);
      press("Escape");
      await settle(); notes.push(`closed: ${panel.hidden} ${focused()}`);
      press("/"); notes.push(`slash: ${document.activeElement.id}`);
      document.title = notes.join(" | ");
    })();
    """
    assert told(dom(samples.run(), tmp_path, script=SHOWN + steps)) == {
        "right": "#reference/streaming.text",
        "down": "#reference/streaming.tools",
        "opened": "true true",
        "closed": "true #reference/streaming.tools",
        "slash": "search",
    }
