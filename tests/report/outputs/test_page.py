"""The page as a file: complete without a script, closed to the network, inert whatever a provider sent."""

from __future__ import annotations

import base64
import gzip
import json
import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import handmade
import pytest
import samples
from messages_conformance.report.failure import Teller
from messages_conformance.report.markup import fragment
from messages_conformance.report.outputs.html import address, render
from messages_conformance.results.reading import assemble, expecting
from messages_conformance.results.records import Diagnosed, Exchange, Scenario, to_line
from messages_conformance.results.vocabulary import State


class Page(HTMLParser):
    """Every tag with its attributes, the text inside it kept for scripts and cells."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.text: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append((dict(attrs), ""))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] == "script":
            attrs, before = self.scripts.pop()
            self.scripts.append((attrs, before + data))
        else:
            self.text.append(data)

    def cells(self) -> dict[str, str]:
        """The addresses of the cells, each with the id of its row's evidence."""
        found: dict[str, str] = {}
        row = ""
        for (before, _), (tag, attributes) in pairwise(self.tags):
            row = attributes.get("data-row") or row
            if (before, tag) == ("td", "a") and "class" not in attributes:
                found[str(attributes["href"])] = row
        return found

    def evidence(self, cell: str) -> str:
        """The evidence of the cell with this address."""
        id_ = self.cells()[cell]
        packed = next(text for attrs, text in self.scripts if attrs.get("id") == id_)
        lines, cells = json.loads(gzip.decompress(base64.b64decode(packed)))
        return "\n".join(lines[line] for line in cells[cell])


@cache
def page() -> Page:
    return Page(render(samples.run()))


@cache
def hostile() -> Page:
    return Page(render(samples.hostile_run()))


def test_every_planned_cell_opens_its_own_evidence() -> None:
    run = samples.run()
    cells = page().cells()
    assert len(cells) == len(run.cells) == 18
    for (provider, scenario), cell in run.cells.items():
        shown = page().evidence(address(provider, scenario))
        assert shown == fragment(Teller.of(run, provider), cell, address)


def test_a_cell_says_both_answers_in_words() -> None:
    halves = [(a["data-q"], str(a["class"])) for tag, a in page().tags if tag == "i" and "data-q" in a]
    assert {state.removeprefix("s-") for _, state in halves} == set(State)
    assert {question for question, _ in halves} == {"drop-in", "as-documented"}
    assert "drop-in fail" in "".join(page().text)


def test_played_columns_always_carry_their_label() -> None:
    heads = [a for tag, a in page().tags if tag == "th" and a.get("class") == "k-played"]
    assert len(heads) == 1
    text = "".join(page().text)
    assert "played from its documents, not a live service" in text
    assert text.count("AISA played") == 2, "in the matrix and on the first screen"


def test_the_first_screen_answers_both_questions_for_each_provider() -> None:
    text = " ".join("".join(page().text).split())
    assert "Drop-in: 1 of 3 providers conforms, 2 do not." in text
    assert "BifrostWas not run: BIFROST_KEY is not set" in text
    led = [a["href"] for tag, a in page().tags if tag == "a" and "/client/" in str(a.get("href"))]
    assert led == [f"#{p}/client/{c}" for p in ("naga", "reference", "aisa") for c in ("chat", "agent")]
    assert set(map(str, led)) <= {f"#{a['id']}" for tag, a in page().tags if tag == "article" and "id" in a}


def test_what_each_provider_took_is_folded_below() -> None:
    text = "".join(page().text)
    told = text[text.index("What each provider took") : text.index("What does not hold")]
    words = " ".join(told.split())
    assert "NagaAI512,0002,3000.0123 USD1 min 5 s" in words
    assert "Reference534545free" in words
    assert "AISA" not in words
    assert "What each provider took" not in render(samples.run(complete=False))


def test_a_provider_that_could_not_be_asked_shows_its_one_sentence() -> None:
    found = Diagnosed("naga", "nothing-listens", "could not be asked: nothing listens at api.naga.example.", 3)
    shown = Page(render(assemble([samples.header(), found])))
    assert "Could not be asked: nothing listens at api.naga.example." in "".join(shown.text)


def test_messages_come_first_and_betas_last() -> None:
    areas = ("betas", "anything", "messages", "tools")
    scenarios = tuple(Scenario(f"{area}.one", area, area, "", "made.yaml:1") for area in areas)
    shown = Page(render(assemble([replace(samples.header(), scenarios=scenarios)])))
    assert [a["data-area"] for tag, a in shown.tags if tag == "tbody" and "data-area" in a] == [
        "messages",
        "tools",
        "anything",
        "betas",
    ]


def test_the_text_of_the_page_is_complete_without_a_script() -> None:
    text = " ".join("".join(page().text).split())
    for said in (
        "Does not conform: 3 causes (2 MUST, 1 MAY).",
        "A MUST of the contract is broken.",
        "A streamed text answer",
        "BIFROST_KEY is not set",
        "12,345 tokens in",
    ):
        assert said in text


def test_a_run_that_was_cut_off_says_so() -> None:
    assert "cut off before its end" in render(samples.run(complete=False))
    assert "cut off before its end" not in "".join(page().text)


@pytest.mark.parametrize("made", [page, hostile])
def test_nothing_is_loaded_from_anywhere(made: Any) -> None:
    loaders = {"link", "img", "iframe", "object", "embed", "base", "source", "video", "audio"}
    for tag, attributes in made().tags:
        assert tag not in loaders
        assert "src" not in attributes
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on")]
        if tag == "a":
            assert str(attributes["href"]).startswith(("#", "https://"))
    style = re.search(r"<style>(.*?)</style>", render(samples.run()), re.DOTALL)
    assert style
    assert "url(" not in style.group(1)
    assert "@import" not in style.group(1)


@pytest.mark.parametrize("made", [page, hostile])
def test_only_one_script_runs_and_the_policy_names_it(made: Any) -> None:
    running = [text for attributes, text in made().scripts if "type" not in attributes]
    assert len(running) == 1
    assert "owned" not in running[0]
    policy = next(str(a["content"]) for tag, a in made().tags if tag == "meta" and "http-equiv" in a)
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


def test_hostile_text_reaches_the_reader_as_text() -> None:
    text = "".join(hostile().text)
    assert "<img src=x onerror=" in text
    assert "␛[31m" in text
    shown = hostile().evidence("#naga/streaming.text")
    assert "&lt;/script&gt;&lt;script&gt;" in shown
    assert "\\u202e \\ud800\n\\u003a:error::x" in shown
    assert "<img" not in shown
    assert "javascript:" not in shown
    render(samples.hostile_run()).encode("utf-8")


def test_no_lone_surrogate_reaches_the_document() -> None:
    """Chromium itself ends with an illegal instruction when it is asked to write such a document down."""
    for cell in hostile().cells():
        hostile().evidence(cell).encode("utf-8")


def test_the_same_run_gives_the_same_page() -> None:
    assert render(samples.run()) == render(samples.run())


def test_evidence_takes_far_less_room_than_the_stream() -> None:
    pieces = [
        (
            200.0 + n,
            f'event: content_block_delta\ndata: {{"type":"content_block_delta","index":{n},"text":"w{n * n}"}}\n\n',
        )
        for n in range(80)
    ]
    long = samples.stream(pieces)
    told = [replace(e, response=long) if isinstance(e, Exchange) and e.response else e for e in samples.told()]
    written = handmade.stream(samples.header(), told)
    stored = sum(len(text) for attributes, text in Page(render(assemble(written))).scripts if attributes.get("id"))
    assert stored <= 0.5 * sum(map(len, map(to_line, written)))


def test_expectations_that_do_not_hold_stand_on_their_providers_card() -> None:
    page = Page(render(samples.untrue()))
    text = " ".join(" ".join(page.text).split())
    told = "stream.end expired on 2026-11-08, 12 days before this run (work/expectations.yaml:3)"
    assert f"Expectation does not hold: {told} accepted by gateway team https://example.com/7" in text
    assert ("a", "#naga/streaming.text") in {(tag, attrs.get("href")) for tag, attrs in page.tags}


def test_what_came_instead_of_the_accepted_is_inert_too() -> None:
    entry = handmade.expectation(provider="naga", check="stream.end", actual="other")
    hostile = samples.hostile_run()
    page = Page(render(expecting(hostile, [entry])))
    assert "fails differently" in " ".join(page.text)
    assert not [tag for tag, attrs in page.tags if tag == "img" or "onerror" in attrs]
