"""The summary on a terminal."""

from __future__ import annotations

import io
from dataclasses import replace

import handmade
import many
import pytest
import samples
from messages_conformance.report.console import Console
from messages_conformance.report.terminal import summary
from messages_conformance.results.reading import Run, assemble
from messages_conformance.results.records import Diagnosed, Shard
from obeyed import obeyed
from rich.cells import cell_len
from syrupy.assertion import SnapshotAssertion

MORE = ("messages-conformance report -v", "open reports/latest/index.html")


def _printed(run: Run, *, width: int = 80, verbose: bool = False) -> str:
    out = io.StringIO()
    summary(run, Console(file=out, width=width), more=MORE, verbose=verbose)
    return out.getvalue()


def _many(number: int, *, only: str | None = None) -> Run:
    """Many providers like those of the samples, or like one of them."""
    providers = tuple(provider for provider in samples.header().providers if only in (None, provider.id))
    return assemble(many.multiplied(handmade.stream(samples.header(providers=providers), samples.told()), number))


# --- the first screen -------------------------------------------------------------------------------------------------


def test_the_first_screen(snapshot: SnapshotAssertion) -> None:
    assert _printed(samples.run()) == snapshot


@pytest.mark.parametrize("only", [None, "naga", "aisa", "bifrost"])
@pytest.mark.parametrize(("number", "lines"), [(1, 24), (6, 24), (16, 40)])
def test_it_is_one_screen(number: int, lines: int, only: str | None) -> None:
    printed = _printed(_many(number, only=only)).splitlines()
    assert len(printed) <= lines
    assert max(map(cell_len, printed)) <= 80


def test_every_provider_keeps_its_worst_cause_however_many_there_are() -> None:
    printed = _printed(_many(16, only="naga"))
    for number in range(16):
        assert f"✕ NagaAI {number}: Every event is named (and 2 more)" in printed


def test_few_providers_are_told_three_causes_each_and_the_command_that_explains_the_first() -> None:
    printed = _printed(_many(2, only="naga"))
    assert printed.count("  MUST   Every event is named (2 scenarios)") == 2
    assert printed.count("  MAY    The refusal names the field (1 scenario)") == 2
    assert "Next: messages-conformance explain stream.named" in printed


def test_titles_that_begin_alike_give_way_to_ids() -> None:
    alike = [handmade.provider(f"p{number}", title=f"A provider with a long name {number}") for number in (1, 2)]
    printed = _printed(handmade.run(handmade.header(*alike)))
    assert "\np1 " in printed
    assert "A provider" not in printed


@pytest.mark.parametrize("width", [40, 60, 120])
@pytest.mark.parametrize("run", [samples.run(), samples.hostile_run(), samples.run(complete=False)])
def test_it_keeps_its_width_and_nothing_trails(run: Run, width: int) -> None:
    lines = _printed(run, width=width).splitlines()
    assert all(cell_len(line) <= width for line in lines if "messages-conformance" not in line and "More:" not in line)
    assert [line for line in lines if line != line.rstrip()] == []


def test_wide_characters_take_two_cells() -> None:
    provider = handmade.provider("wide", title="東京のゲートウェイ、試験用")
    head, row = (
        line
        for line in _printed(handmade.run(replace(handmade.header(provider), profiles=samples.PROFILES))).splitlines()
        if "drop-in documented" in line or line.startswith("東京")
    )
    assert cell_len(row.partition("?")[0]) == cell_len(head.partition("drop-in")[0])


def test_who_could_not_be_asked_is_told_in_the_words_of_the_diagnosis() -> None:
    sentence = "could not be asked: nothing listens at 127.0.0.1:9. Is the server running, and is the port right? " * 2
    run = replace(samples.run(), diagnoses={"naga": Diagnosed("naga", "nothing-listens", sentence, 3)})
    printed = _printed(run)
    assert f"? NagaAI {sentence}".strip() in " ".join(printed.split())


def test_no_colour_means_no_escapes_and_a_terminal_gets_some(monkeypatch: pytest.MonkeyPatch) -> None:
    def printed() -> str:
        out = io.StringIO()
        summary(samples.run(), Console(file=out, width=80, force_terminal=True))
        return out.getvalue()

    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[1;31m✕" in printed()
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[1;31m" not in printed()
    assert "✕" in printed()


def test_a_run_that_was_cut_off_says_so() -> None:
    printed = _printed(samples.run(complete=False))
    assert "cut off before its end" in printed
    assert "tokens" not in printed


def test_a_run_of_nobody_says_why() -> None:
    printed = _printed(_many(2, only="bifrost"))
    assert printed.splitlines()[0] == "– Bifrost 0 was not run: BIFROST_KEY is not set"
    assert "Exit code 3" in printed


# --- every finding ----------------------------------------------------------------------------------------------------


def test_a_failing_check_is_told_once_with_its_scenarios() -> None:
    naga = _printed(samples.run(), verbose=True, width=100).partition("✓ Reference")[0]
    assert naga.startswith("✕ NagaAI does not conform: 3 causes (2 MUST, 1 MAY)")
    assert naga.count("Every event is named") == 1
    block = naga[naga.index("Every event is named") :]
    for said in ("fails in     2 scenarios: streaming.text, streaming.tools", "expected     event: message_delta"):
        assert said in block
    assert naga.index("✕ MUST") < naga.index("≈ MAY") < naga.index("? rate-limit: 2 checks not decided")
    assert "– 1 scenario not asked: does not claim the feature thinking" in naga


def test_a_failure_tells_what_the_documents_say_against_its_clause() -> None:
    printed = _printed(samples.run(), verbose=True, width=100)
    assert "disputed by  A stream's example ends with [DONE]. (naga:stream.done)" in printed


def test_it_says_which_clients_work_and_what_breaks_the_others() -> None:
    naga, reference, _ = _printed(samples.run(), verbose=True, width=100).split("\n\n", 2)
    assert "breaks: a chat application" in naga
    assert "unknown: a coding agent: the run was cut off" in naga
    assert "breaks       a chat application: Nothing appears on the screen." in naga
    assert "works: a chat application" in reference


def test_each_provider_says_what_it_took() -> None:
    assert "took: 1 min 5 s · 5 requests · 12.0k tokens in, 2.3k out · 0.0123 USD" in _printed(
        samples.run(), verbose=True, width=100
    )


def test_the_first_screen_comes_last_where_everything_is_told() -> None:
    assert _printed(samples.run(), verbose=True).endswith(_printed(samples.run()))


def test_nothing_trails_and_nothing_from_a_provider_is_obeyed() -> None:
    text = _printed(samples.hostile_run(), width=60, verbose=True)
    assert obeyed(text) == []
    assert "␛[31m" in text
    assert [line for line in text.splitlines() if line != line.rstrip()] == []
    text.encode("utf-8")


def test_expectations_that_do_not_hold_stand_before_the_causes() -> None:
    printed = _printed(samples.untrue())
    assert "  stream.end expired on 2026-11-08, 12 days before this run" in printed
    assert "✕ Reference is not as expected: error.type no longer fails" in printed
    verbose = " ".join(_printed(samples.untrue(), verbose=True).split())
    assert (
        "! expectation stream.end expired on 2026-11-08, 12 days before this run (work/expectations.yaml:3)" in verbose
    )


def test_a_shard_says_that_it_is_a_part() -> None:
    shard = Shard(2, 5, ("a.one",))
    printed = _printed(handmade.run(handmade.header(shard=shard), handmade.line("a.one", "x")))
    assert "This is shard 2 of 5: `combine` puts the whole together, and gives its verdict." in printed
