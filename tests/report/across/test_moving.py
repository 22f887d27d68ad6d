"""A comparison as people see it: on a terminal, as Markdown, and as a page with the evidence of both sides."""

from __future__ import annotations

import io
import json
from html.parser import HTMLParser

import handmade
import pytest
import samples
from messages_conformance.report.across.moving import Moving, moving
from messages_conformance.report.across.moving_json import render_json
from messages_conformance.report.across.moving_page import render_page
from messages_conformance.report.across.moving_text import print_moving, render_markdown
from messages_conformance.report.console import Console
from messages_conformance.results.across.comparing import compare
from messages_conformance.results.across.comparison import Side
from messages_conformance.results.reading import Run
from repeating import repeated


def between(run: Run, before: str, after: str) -> Moving:
    sides = (Side(run, next(p for p in run.providers if p.id == name)) for name in (before, after))
    return moving(compare(*sides), ("index.html", None))


@pytest.fixture(scope="module")
def told() -> Moving:
    return between(samples.run(), "reference", "naga")


def printed(found: list[Moving], width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width)
    print_moving(found, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_one_comparison_is_one_screen(told: Moving) -> None:
    lines = printed([told]).splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    assert lines[0] == "✕ Reference → NagaAI"
    assert lines[1] == "2 things that held at Reference are broken at NagaAI (2 MUST); 2 break, 2 stay"
    assert "✕ a chat application  works   → breaks   Nothing appears on the screen." in lines
    assert any(line.startswith("? a coding agent      works   → unknown  ") for line in lines)
    assert "✕ MUST Every event is named  2 scenarios, stream.named" in lines
    assert "    expected event: message_delta, got no event: line" in lines


def test_several_comparisons_are_a_line_or_two_each(told: Moving) -> None:
    assert len(printed([told] * 6).splitlines()) == 12


def test_what_stays_unknown_says_why(told: Moving) -> None:
    assert told.unknown == (
        "1 check in 1 scenario that held is undecided, rate-limit at NagaAI",
        "1 check in 1 scenario that held is never judged at NagaAI",
    )


def test_a_script_reads_what_changed(told: Moving) -> None:
    read = json.loads(render_json([told]))
    (one,) = read["comparisons"]
    assert read["changed"] is True
    assert (one["before"]["provider"], one["after"]["provider"], one["became"]) == ("reference", "naga", "breaks")
    assert {fault["check"] for fault in one["worse"]} >= {"stream.named"}
    assert one["clients"]["chat"] == {"before": "works", "after": "breaks", "kind": "breaks"}


def test_what_comes_and_goes_is_told_as_flaky() -> None:
    provider = handmade.provider()
    steady, seldom, always = (
        Side(repeated(o), provider) for o in (["pass"] * 3, ["pass", "fail", "fail"], ["fail"] * 3)
    )
    found = moving(compare(steady, seldom))
    assert found.sentence == "1 thing that held before is broken after (1 MUST), flaky"
    assert "✕ MUST c: flaky, fails 2 of 3  1 scenario, c" in printed([found]).splitlines()
    assert "  - after: broken, flaky: fails 2 of 3, expected an id, got nothing" in render_markdown([found])
    assert "c: flaky, fails 2 of 3" in parsed(render_page([found])).seen
    (fault,) = json.loads(render_json([found]))["comparisons"][0]["worse"]
    assert (fault["headline"], fault["flaky"]) == ("c: flaky, fails 2 of 3", {"failed": 2, "passed": 1})
    (stays,) = moving(compare(seldom, always)).same
    assert (stays.headline, stays.before.word, stays.after.word) == ("c", "broken, flaky: fails 2 of 3", "broken")


def test_nothing_changed_between_two_equal_sides() -> None:
    run = samples.run()
    read = json.loads(render_json([between(run, "reference", "reference")]))
    assert read["changed"] is False
    assert read["comparisons"][0]["worse"] == []


def test_markdown_has_both_sides(told: Moving) -> None:
    page = render_markdown([told])
    assert "| a chat application | ✅ works | ❌ breaks | breaks | Nothing appears on the screen. |" in page
    assert "- **MUST** Every event is named (stream.named)" in page
    assert "  - before: holds, reference/streaming.text/ask/1.1" in page
    assert "  - after: broken, at event 4, expected event: message\\_delta, got no event: line, naga/streaming" in page


def test_two_runs_of_one_provider_are_told_apart_by_their_time() -> None:
    first, second = samples.run(), samples.run(started="2026-11-21T10:00:00Z")
    naga = first.providers[1]
    found = moving(compare(Side(first, naga), Side(second, naga)))
    assert found.title == "NagaAI: 2026-11-20 10:00 UTC → 2026-11-21 10:00 UTC"
    assert found.sentence == "nothing that held before is seen to break after"


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.seen = ""
        self.policy = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name == "href" and value]
        if ("http-equiv", "Content-Security-Policy") in attrs:
            self.policy = dict(attrs)["content"] or ""
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.seen += data


def parsed(page: str) -> Tags:
    tags = Tags()
    tags.feed(page)
    return tags


def test_the_page_shows_what_came_on_both_sides(told: Moving) -> None:
    page = render_page([told])
    tags = parsed(page)
    assert "script" not in tags.tags
    assert tags.policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "script-src 'none'" in tags.policy
    assert tags.tags.count("h1") == tags.tags.count("main") == 1
    assert "index.html#reference/streaming.text" in tags.links
    assert page.count("message_delta") >= 2
    assert 'class="marked"' in page
    assert "holds" in tags.seen
    assert "no event: line" in tags.seen


def test_nothing_that_a_provider_sent_is_acted_on() -> None:
    found = between(samples.hostile_run(), "reference", "naga")
    page = render_page([found])
    page.encode("utf-8")
    assert not {"script", "img"} & set(parsed(page).tags)
    assert "\x1b" not in page + render_markdown([found]) + printed([found])
    assert "<img" not in render_markdown([found])
