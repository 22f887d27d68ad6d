"""A directory of runs: read, told as history, and written as a directory to be published."""

from __future__ import annotations

import io
import os
import re
from html.parser import HTMLParser
from pathlib import Path

import handmade
import pytest
import samples
from handmade import line
from messages_conformance.catalog.model import Level
from messages_conformance.errors import UserError
from messages_conformance.report.across.history_text import print_history
from messages_conformance.report.across.past import Past, read_past
from messages_conformance.report.across.site import write_history, write_site
from messages_conformance.report.console import Console
from messages_conformance.report.outputs import write_outputs
from messages_conformance.results.reading import read_run
from messages_conformance.results.records import Record, Scenario, to_line
from repeating import scenarios

SCENARIO = Scenario("s", "streaming", "A scenario", "Because.", "scenarios/made.yaml:7")


def record(directory: Path, records: list[Record]) -> Path:
    directory.mkdir(parents=True)
    path = directory / "results.jsonl"
    path.write_text("".join(map(to_line, records)), "utf-8", "surrogatepass")
    return path


def night(runs: Path, day: int, outcome: str) -> Path:
    started = f"2026-11-{day:02}T02:00:00Z"
    header = handmade.header(started=started, profiles=samples.PROFILES, scenarios=(SCENARIO,))
    return record(runs / f"2026-11-{day:02}", handmade.stream(header, [line("s", "stream.named", outcome)]))


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    for day, outcome in ((1, "pass"), (2, "fail"), (3, "fail")):
        night(tmp_path / "runs", day, outcome)
    return tmp_path / "runs"


def printed(past: Past, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width)
    print_history(past, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_run_is_read_whole_once(runs: Path) -> None:
    said: list[str] = []
    first = read_past(runs, said.append)
    assert said == ["reading 3 of 3 runs whole, for they have no digest.json yet"]
    for place in first.directories[:2]:
        (place / "results.jsonl").unlink()  # the digest is enough
    assert read_past(runs, said.append).history == first.history
    assert len(said) == 1


def test_a_digest_that_is_old_or_broken_is_made_anew(runs: Path) -> None:
    whole = read_past(runs).history
    old, broken, foreign = (place / "digest.json" for place in read_past(runs).directories)
    os.utime(old, (1, 1))
    broken.write_text("{", "utf-8")
    foreign.write_text('{"format": 99}', "utf-8")
    assert read_past(runs).history == whole


def test_a_link_to_a_run_is_no_run_of_its_own(runs: Path) -> None:
    (runs / "latest").symlink_to(runs / "2026-11-03")
    (runs / "empty").mkdir()
    assert len(read_past(runs).history.runs) == 3


def test_what_cannot_be_read_is_named_and_costs_nothing_else(runs: Path) -> None:
    (runs / "2026-11-02" / "results.jsonl").write_text("{}\n", "utf-8")
    past = read_past(runs)
    assert len(past.history.runs) == 2
    (unread,) = past.unread
    assert unread.startswith("2026-11-02: ")
    assert "results.jsonl:1: is not a results stream: the first record is not a header" in unread
    assert "not read: " in printed(past)


def test_a_directory_without_runs_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no run in"):
        read_past(tmp_path)
    with pytest.raises(UserError, match="there is no directory"):
        read_past(tmp_path / "nowhere")


def test_a_terminal_gets_strips_and_what_turned(runs: Path) -> None:
    assert printed(read_past(runs)).splitlines() == [
        "3 runs, 2026-11-01 02:00 UTC to 2026-11-03 02:00 UTC",
        "Maker                 ✓✕✕  does not since 2026-11-02",
        "",
        "✕ broken 2026-11-02 Maker: MUST stream.named",
    ]


def test_a_fault_that_comes_and_goes_is_told_as_flaky(tmp_path: Path) -> None:
    for day, outcomes in ((1, ("pass", "pass")), (2, ("pass", "fail"))):
        header = handmade.header(started=f"2026-11-{day:02}T02:00:00Z", scenarios=scenarios(2))
        told = [line(name, "c", outcome) for name, outcome in zip(("a", "a~2"), outcomes, strict=True)]
        record(tmp_path / f"2026-11-{day:02}", handmade.stream(header, told))
    past = read_past(tmp_path)
    assert printed(past).splitlines()[-1] == "✕ broken 2026-11-02 Maker: MUST c: flaky, fails 1 of 2"
    page = write_history(read_past(tmp_path), tmp_path)
    assert "c: flaky, fails 1 of 2" in page.read_text("utf-8")
    assert "c: flaky, fails 1 of 2" in page.with_suffix(".md").read_text("utf-8")


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src") and value]
        assert not [name for name, _ in attrs if name == "style" or name.startswith("on")]


def parsed(page: Path) -> Links:
    links = Links()
    links.feed(page.read_text("utf-8"))
    return links


def test_the_page_links_each_run_that_has_one(runs: Path, tmp_path: Path) -> None:
    (runs / "2026-11-02" / "index.html").touch()
    write_history(read_past(runs), tmp_path / "out")
    page = parsed(tmp_path / "out" / "history.html")
    assert set(page.links) == {"../runs/2026-11-02/index.html"}
    assert "script" not in page.tags
    assert "[2026-11-02 02:00 UTC](../runs/2026-11-02/index.html)" in (tmp_path / "out" / "history.md").read_text(
        "utf-8"
    )


def test_every_link_of_a_site_is_relative_and_leads_somewhere(runs: Path, tmp_path: Path) -> None:
    for place in read_past(runs).directories:
        write_outputs(read_run(place / "results.jsonl"), place, Level.MUST)
    (runs / "coverage.md").write_text("# Coverage", "utf-8")
    (runs / "2026-11-03" / "documents.html").write_text("<p>", "utf-8")
    (runs / "2026-11-03" / "notes.txt").write_text("not to be published", "utf-8")
    target = tmp_path / "public"
    index = write_site(runs, target, lambda _: None, "<title>What clients made of it</title>")
    assert index == target / "index.html"
    published = {str(path.relative_to(target)) for path in target.rglob("*") if path.is_file()}
    assert {"index.html", "history.html", "compare.html", "coverage.md", "2026-11-03/documents.html"} <= published
    assert "impact.html" in parsed(index).links
    assert not {name for name in published if name.endswith((".jsonl", ".txt"))}
    reached = {index}
    for name in ("index.html", "history.html", "compare.html"):
        for link in parsed(target / name).links:
            address = link.partition("#")[0]
            assert not re.match("[a-z]+:|/", address)
            assert not address or (target / address).is_file(), link
            reached.add(target / address)
    assert {target / f"2026-11-0{day}" / "index.html" for day in (1, 2, 3)} <= reached
    assert {target / name for name in ("history.html", "compare.html", "coverage.md")} <= reached
    write_site(runs, target, lambda _: None)  # once more, over itself


def test_a_site_may_be_written_where_the_runs_are(runs: Path) -> None:
    index = write_site(runs, runs, lambda _: None)
    assert "2026-11-03 02:00 UTC" in index.read_text("utf-8")
    assert "compare.html" in parsed(index).links
    assert (runs / "2026-11-03" / "results.jsonl").is_file()


def test_nothing_that_a_provider_sent_is_acted_on(tmp_path: Path) -> None:
    naga = [line("streaming.text", "stream.named", "fail", provider="naga", actual=samples.HOSTILE)]
    record(tmp_path / "runs" / "1", handmade.stream(samples.hostile_run().header, naga))
    write_site(tmp_path / "runs", tmp_path / "out", lambda _: None)
    for name in ("index.html", "history.html"):
        assert not {"script", "img"} & set(parsed(tmp_path / "out" / name).tags)
    shown = printed(read_past(tmp_path / "runs")) + (tmp_path / "out" / "history.md").read_text("utf-8")
    assert "\x1b" not in shown
    assert "<img" not in (tmp_path / "out" / "history.md").read_text("utf-8")
