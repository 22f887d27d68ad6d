"""`list`, `explain` and `plan`, as a person or a script reads them."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from impacts import IMPACTS
from messages_conformance.catalog import Catalog, choose_providers
from messages_conformance.catalog.contracts.conflicts import contradicting
from messages_conformance.catalog.features import KNOWN
from messages_conformance.catalog.impact_words import harms
from messages_conformance.catalog.model import Limits, Price, Provider
from messages_conformance.checks.base import Check
from messages_conformance.errors import UserError
from messages_conformance.report.catalogue.explaining import print_explanation
from messages_conformance.report.catalogue.listing import print_list
from messages_conformance.report.catalogue.planned import print_plan
from messages_conformance.report.console import Console
from messages_conformance.run.planning.plan import every, make_plan, select

Print = Callable[..., str]


@pytest.fixture
def listed(
    catalog: Catalog, checks: Mapping[str, Check], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., list[str]]:
    """The lines of a listing in a narrow terminal, as a pipe gets them."""
    monkeypatch.setenv("COLUMNS", "40")

    def printing(what: str, pattern: str | None = None) -> list[str]:
        print_list(catalog, checks, what, pattern)
        return capsys.readouterr().out.splitlines()

    return printing


@pytest.fixture
def explained(
    catalog: Catalog, checks: Mapping[str, Check], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Print:
    monkeypatch.setenv("COLUMNS", "100")

    def printing(name: str, *, verbose: bool = False) -> str:
        print_explanation(catalog, checks, name, verbose=verbose)
        return capsys.readouterr().out

    return printing


# --- list -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["providers", "features", "scenarios", "checks", "clauses"])
def test_every_entry_is_one_whole_line_whatever_the_width(
    catalog: Catalog, checks: Mapping[str, Check], listed: Callable[..., list[str]], what: str
) -> None:
    expected: Mapping[str, list[tuple[str, str]]] = {
        "providers": [(p.id, p.title) for p in catalog.providers.values()],
        "features": [(f.id, f.title) for f in KNOWN.values()],
        "scenarios": [(s.id, s.title) for s in catalog.scenarios],
        "checks": [(c.id, c.title) for c in checks.values()],
        "clauses": [(c.id, c.text) for contract in catalog.contracts.values() for c in contract.clauses.values()],
    }
    lines = listed(what)
    assert [line.split()[0] for line in lines] == [id_ for id_, _ in expected[what]]
    assert all(title in line for line, (_, title) in zip(lines, expected[what], strict=True))


def test_providers_are_listed_with_where_they_are_and_what_holds_their_key(listed: Callable[..., list[str]]) -> None:
    (live,) = listed("providers", "deepseek")
    assert live.split()[1] == "$DEEPSEEK_API_KEY"
    assert " DeepSeek · https://api.deepseek.com/anthropic/v1/messages" in live
    (played,) = listed("providers", "naga-guide-page")
    assert "no key" in played
    assert played.endswith("· played")


def test_a_pattern_chooses(listed: Callable[..., list[str]]) -> None:
    lines = listed("clauses", "naga:*")
    assert lines
    assert all(line.startswith("naga:") for line in lines)


def test_a_pattern_that_matches_nothing_is_told(listed: Callable[..., list[str]]) -> None:
    with pytest.raises(UserError) as caught:
        listed("scenarios", "streaming.txt")
    assert str(caught.value) == "no scenario is called `streaming.txt`\n    did you mean `streaming.text`?"


# --- explain --------------------------------------------------------------------------------------------------------


def test_a_scenario_is_explained_with_what_is_sent_and_what_is_demanded(explained: Print) -> None:
    told = explained("streaming.text")
    for part in (
        "A streamed text answer",
        "Why: ",
        "suite/scenarios/streaming.yaml:",
        "Asked of providers that claim: streaming",
        "Step 1, ask: POST messages, expects stream",
        'text.contains {"all": ["one", "forty", "eighty"]}',
        "wire checks that hold on every such answer; -v lists them",
    ):
        assert part in told, part
    assert "stream.message-start-first: " in explained("streaming.text", verbose=True)


def test_a_body_can_be_copied_out_of_the_explanation(catalog: Catalog, explained: Print) -> None:
    told = explained("tools.parallel")
    body = json.loads(told[told.index("{\n") : told.index("\n}\n") + 2])
    (scenario,) = select(catalog.scenarios, ["tools.parallel"])
    assert body == scenario.steps[0].body


def test_only_the_clauses_that_a_demand_is_judged_by_are_named(explained: Print) -> None:
    told = explained("streaming.text")
    assert "anthropic:message.stop-reason.end-turn" in told
    assert "anthropic:message.stop-reason.tool-use" not in told


def test_a_refusal_is_explained_with_its_twin_and_headers(explained: Print) -> None:
    told = explained("request.sampling-removed")
    assert "Twin: request.version-2026-10-21" in told
    assert "header anthropic-version: 2026-10-21" in told


def test_a_demand_of_one_contract_says_so(explained: Print) -> None:
    assert "(contract anthropic only)" in explained("request.max_tokens")


def test_a_check_is_explained_with_its_clauses_parameters_and_users(explained: Print) -> None:
    told = explained("stop-reason")
    for part in ("behaviour check", "Why: ", "Parameters: ", "anthropic:message.stop-reason.end-turn", "Source: "):
        assert part in told, part
    assert re.search(r"Demanded by: .*messages\.basic", told, re.DOTALL)
    assert "Holds on every answer of the form: " in explained("stream.message-start-first")


def test_a_check_is_explained_with_what_real_clients_made_of_its_defects(
    catalog: Catalog, checks: Mapping[str, Check], capsys: pytest.CaptureFixture[str]
) -> None:
    print_explanation(replace(catalog, harms=harms(IMPACTS)), checks, "message.ids-differ")
    told = " ".join(capsys.readouterr().out.split())
    assert "in this way (Every message has one id): no client that we tried notices it." in told
    one = next(harm for harm in harms(IMPACTS) if harm.defect == "message-id-constant")
    known = replace(catalog, harms=tuple(replace(one, defect=f"d{n}") for n in range(5)))
    print_explanation(known, checks, "message.ids-differ")
    told = capsys.readouterr().out
    assert told.count("Measured: ") == 3
    assert "and 2 more ways to be wrong (-v lists them)" in told
    print_explanation(known, checks, "message.ids-differ", verbose=True)
    assert capsys.readouterr().out.count("Measured: ") == 5


@pytest.mark.parametrize("name", ["anthropic:stream.message-start-first", "stream.message-start-once"])
def test_what_is_both_a_check_and_a_clause_is_the_check_unless_it_is_named_in_full(explained: Print, name: str) -> None:
    assert ("wire check" in explained(name)) == (":" not in name)


def test_a_clause_is_explained_with_level_source_and_what_judges_it(explained: Print) -> None:
    told = explained("anthropic:message.stop_reason")
    assert "MUST anthropic:message.stop_reason" in told
    assert "https://" in told
    assert "shape.anthropic.message.stop_reason" in told
    assert explained("message.stop_reason") == told


def test_clauses_that_mirror_contradict_or_cannot_be_checked_say_so(catalog: Catalog, explained: Print) -> None:
    every_clause = [c for contract in catalog.contracts.values() for c in contract.clauses.values()]
    mirror = next(clause for clause in every_clause if clause.mirrors)
    assert f"Takes over: {mirror.mirrors[0]}" in explained(mirror.id)
    untestable = next(clause for clause in every_clause if clause.untestable)
    assert "Cannot be checked from outside: " in explained(untestable.id)
    torn = next(clause for clause in every_clause if clause.conflicts_with)
    (other, *_) = contradicting(catalog.contracts[torn.contract], torn)
    assert f"Disputed by {other.id}: " in explained(torn.id)


def test_what_is_listed_can_be_explained(catalog: Catalog, checks: Mapping[str, Check]) -> None:
    clauses = [name for contract in catalog.contracts.values() for name in contract.clauses]
    for name in (*(s.id for s in catalog.scenarios[::4]), *list(checks)[::10], *clauses[::40]):
        print_explanation(catalog, checks, name)


def test_a_name_of_nothing_is_told_with_the_nearest(explained: Print) -> None:
    with pytest.raises(UserError, match=r"did you mean `anthropic:message\.stop_reason`"):
        explained("anthropic:message.stop_reson")


@pytest.mark.parametrize("name", ["answer.accepted", "error.refused", "streaming.text", "coding-agent"])
def test_what_would_fill_screens_is_counted_and_written_out_on_demand(explained: Print, name: str) -> None:
    told, whole = explained(name).splitlines(), explained(name, verbose=True).splitlines()
    assert len(told) < 60 < len(whole)


def test_a_check_that_many_scenarios_demand_counts_them_by_area(explained: Print) -> None:
    assert re.search(
        r"Demanded by: \d+ scenarios \(-v lists them\): required fields and ranges", explained("error.refused")
    )
    assert "request.max_tokens.-1" in explained("error.refused", verbose=True)


def test_a_client_is_explained_with_what_it_needs_and_depends_on(explained: Print) -> None:
    told = explained("coding-agent")
    for part in (
        "Needs features: tools, streaming, count_tokens",
        "The agent cannot send a single prompt.",
        "https://github.com/api7/aisix/pull/409",
        "--profile coding-agent",
    ):
        assert part in told, part
    assert re.search(r"Asks: \d+ scenarios, at most \d+ requests", told)
    assert "anthropic:tools.accepted" in explained("coding-agent", verbose=True)
    assert "Needs features" not in explained("smoke")  # it only selects


def test_a_feature_is_explained_with_who_needs_and_who_claims_it(explained: Print) -> None:
    told = explained("count_tokens")
    assert "Needed by clients: a coding agent" in told
    assert re.search(r"Claimed by: .*anthropic", told, re.DOTALL)
    assert re.search(r"Needed by \d+ scenarios: usage and counting", told)
    assert "A provider that names no features: on request" in explained("web-search")
    assert "`system` is no feature: every provider is asked for it." in explained("system")


def test_a_provider_is_explained_with_what_it_claims(explained: Print) -> None:
    told = explained("deepseek")
    for part in ("Claims: bearer, sampling", "Key: x-api-key, from $DEEPSEEK_API_KEY", "Does not claim: ", "Note: "):
        assert part in told, part


@pytest.mark.parametrize("name", ["coding-agent", "answer.accepted", "streaming.text", "deepseek", "caching"])
def test_nothing_trails_and_no_line_is_wider_than_the_terminal(explained: Print, name: str) -> None:
    lines = explained(name).splitlines()
    assert [line for line in lines if line != line.rstrip() or len(line) > 100] == []


# --- plan -----------------------------------------------------------------------------------------------------------


def planned(catalog: Catalog, checks: Mapping[str, Check], providers: list[str], *scenarios: str) -> str:
    who = choose_providers(catalog.providers, providers)
    plan = make_plan(every(who, select(catalog.scenarios, scenarios)), catalog, checks)
    out = Console(file=io.StringIO(), width=100)
    print_plan(plan, out)
    file = out.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def row(told: str, provider: str) -> list[str]:
    (line,) = (line for line in told.splitlines() if line.startswith(f"{provider} "))
    return re.split(r"  +", line.strip())


def test_a_plan_counts_scenarios_requests_tokens_and_money(catalog: Catalog, checks: Mapping[str, Check]) -> None:
    told = planned(catalog, checks, ["reference", "vllm"], "messages.basic", "messages.ids", "stop.refusal")
    assert row(told, "reference")[:4] == ["reference", "3", "0", "4"]
    assert row(told, "reference")[-1] == "free"
    assert row(told, "vllm")[:4] == ["vllm", "2", "1", "3"]
    assert row(told, "vllm")[-1] == "unknown"
    assert row(told, "all")[:4] == ["all", "5", "1", "7"]
    assert row(told, "all")[-1] == "1 unknown"


def test_a_plan_adds_up_money_by_currency_and_takes_the_longest_time(
    catalog: Catalog, checks: Mapping[str, Check]
) -> None:
    deepseek = catalog.providers["deepseek"]

    def priced(name: str, currency: str, per_minute: int) -> Provider:
        models = {role: replace(m, price=Price(1, 1, currency)) for role, m in deepseek.models.items()}
        return replace(deepseek, id=name, models=models, limits=Limits(requests_per_minute=per_minute))

    who = [priced("one", "USD", 5), priced("two", "USD", 1), priced("three", "EUR", 60)]
    out = Console(file=io.StringIO(), width=100)
    print_plan(make_plan(every(who, select(catalog.scenarios, ["smoke"])), catalog, checks), out)
    assert isinstance(out.file, io.StringIO)
    one, two, three, all_ = (row(out.file.getvalue(), name) for name in ("one", "two", "three", "all"))
    requests = int(one[3])
    assert (one[-1], two[-1]) == (f"{requests // 5} min {requests % 5 * 12} s", f"{requests} min 0 s")
    assert all_[3] == str(3 * requests)
    assert all_[-1] == two[-1]
    dollars, euros = all_[-2].split(" + ")
    assert float(dollars.removesuffix(" USD")) == pytest.approx(2 * float(one[-2].removesuffix(" USD")), abs=2e-4)
    assert euros == three[-2]


def test_a_plan_counts_what_a_twin_and_the_preflight_add(catalog: Catalog, checks: Mapping[str, Check]) -> None:
    told = planned(catalog, checks, ["deepseek"], "errors.stream-refused")
    assert row(told, "deepseek")[1:4] == ["1", "0", "3"]


def test_a_plan_says_for_want_of_what_scenarios_are_not_asked(catalog: Catalog, checks: Mapping[str, Check]) -> None:
    told = planned(catalog, checks, ["deepseek"], "vision.*", "documents.*", "messages.basic")
    assert re.search(r"deepseek: \d+ scenarios? not asked: it does not claim (documents|pdf) \(\d+\)", told)
    many = planned(catalog, checks, ["deepseek", "reference", "naga"], "vision.*")
    assert "scenarios not asked: " not in many
    assert "(-p PROVIDER)" in many


def test_a_plan_of_all_played_documents_fits_eighty_columns_with_whole_names(
    catalog: Catalog, checks: Mapping[str, Check]
) -> None:
    out = Console(file=io.StringIO(), width=80)
    who = choose_providers(catalog.providers, [])
    print_plan(make_plan(every(who, select(catalog.scenarios, ["smoke"])), catalog, checks), out)
    assert isinstance(out.file, io.StringIO)
    told = out.file.getvalue()
    assert all(re.search(rf"^{provider.id} ", told, re.MULTILINE) for provider in who)
    assert "…" not in told


def test_a_plan_says_that_its_numbers_are_ceilings(catalog: Catalog, checks: Mapping[str, Check]) -> None:
    assert "Tokens are ceilings: " in planned(catalog, checks, ["reference"], "smoke")
