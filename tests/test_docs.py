"""What the pages for users say must be so: links lead somewhere, commands are understood, and the first ones work."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from members import over
from messages_conformance import cli

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")] + sorted((ROOT / "docs").glob("*.md"))

_LINK = re.compile(r"\]\((?!https?://)([^)\s#]*)(?:#([^)\s]+))?\)")
_COMMAND = re.compile(r"^(?:\s*|.*?(?:[;&|-] |`))(messages-conformance [^#`|&\n]+)", re.MULTILINE)
_PLACEHOLDER = {"DIR": "d", "SCENARIO": "s", "CHECK": "c", "…": "http://localhost:1", "OLD": "results.jsonl"}


def anchors(page: Path) -> set[str]:
    """The names of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links() -> list[tuple[str, str, str]]:
    found = [(page, *match) for page in PAGES for match in _LINK.findall(page.read_text("utf-8"))]
    return [(str(page.relative_to(ROOT)), to, anchor) for page, to, anchor in found]


@over("link", links())
def test_every_link_leads_somewhere(link: tuple[str, str, str]) -> None:
    page, to, anchor = link
    target = (ROOT / page).parent / to if to else ROOT / page
    assert target.exists()
    assert not anchor or anchor in anchors(target)


def commands() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for line in _COMMAND.findall(page.read_text("utf-8")):
            yield page.name, line.strip().rstrip(".,;:\\")


def understood(command: str) -> None:
    """Parse a command as the program does, without running it."""
    words = [_PLACEHOLDER.get(word, word) for word in shlex.split(command)[1:]]
    known: click.Command = cli.cli
    context = known.make_context("messages-conformance", [], resilient_parsing=True)
    while isinstance(known, click.Group) and words:
        found = known.get_command(context, words[0])
        assert found is not None, f"no command {words[0]}"
        known, words = found, words[1:]
        context = known.make_context(known.name, words, parent=context, resilient_parsing=not words)


@over("command", sorted(set(commands())))
def test_every_command_is_understood(command: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for results in (
        "results.jsonl",
        "reports/latest/results.jsonl",
        "good/results.jsonl",
        "session.har",
        "bodies/1.request.json",
        "mine/traffic.yaml",
    ):
        (tmp_path / results).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / results).touch()
    understood(command[1])


def test_a_wrong_command_is_not() -> None:
    with pytest.raises(click.UsageError):
        understood("messages-conformance run --no-such-option")
    with pytest.raises(AssertionError):
        understood("messages-conformance no-such-command")


def sayings() -> list[str]:
    """The words in the first column of the page about messages."""
    rows = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8").splitlines()
    return [word for row in rows if row.startswith("| `") for word in re.findall(r"`([^`]+)`", row.split("|")[1])]


@over("saying", sayings())
def test_the_program_says_what_the_page_about_messages_explains(saying: str, sources: str) -> None:
    assert all(part in sources for part in saying.split(" … "))


@pytest.fixture(scope="module")
def sources() -> str:
    rooms = [ROOT / "suite" / "messages_conformance" / room for room in ("run", "results", "report", "sdk")]
    return "".join(path.read_text("utf-8") for room in rooms for path in room.rglob("*.py"))


def test_the_first_page_is_short() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 120
