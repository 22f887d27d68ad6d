"""The guard between `specs/anthropic/` and the official SDK: green today, red as soon as either side moves."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

import drift
import drift_sdk
import pytest
from anthropic import types
from anthropic.types import shared
from click.testing import CliRunner
from drift import Allowed, Difference, compare, contract_facts, read_allowed
from drift_facts import Fact
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.model import Contract
from messages_conformance.errors import UserError, Where
from pydantic import BaseModel, create_model

NEWEST = "2026-10-21"
Facts: TypeAlias = frozenset[Fact]

# The facts of the SDK are dear; one process makes them for every test here.
pytestmark = [pytest.mark.gate, pytest.mark.xdist_group("drift")]


@pytest.fixture(scope="module")
def sdk() -> Facts:
    return drift_sdk.sdk_facts()


@pytest.fixture(scope="module")
def contract(catalog: Catalog) -> Contract:
    return catalog.contracts["anthropic"]


@pytest.fixture(scope="module")
def promised(contract: Contract) -> Facts:
    return contract_facts(contract, NEWEST)


@pytest.fixture(scope="module")
def allowed() -> list[Allowed]:
    return read_allowed(drift.ALLOWED)


def texts(found: Facts) -> set[str]:
    return set(map(str, found))


def unexpected(sdk: Facts, promised: Facts, allowed: list[Allowed]) -> list[str]:
    return [f"{d.side}: {d.fact}" for d in compare(sdk, promised, allowed).unexpected]


# --- today ----------------------------------------------------------------------------------------------------------


def test_nothing_has_moved(sdk: Facts, promised: Facts, allowed: list[Allowed]) -> None:
    drifted = compare(sdk, promised, allowed)
    assert list(map(str, drifted.unexpected)) == []
    assert [str(entry.where) for entry in drifted.stale] == []


def test_what_the_guard_is_for_is_among_the_facts_of_both_sides(sdk: Facts, promised: Facts) -> None:
    shared_facts = texts(sdk & promised)
    assert shared_facts >= {
        "message.stop_reason value model_context_window_exceeded",
        "message.content variant web_fetch_tool_result",
        "message.usage nullable inference_geo",
        "event variant message_delta",
        "event.message_delta required usage",
        "event.content_block_delta.delta variant signature_delta",
        "error.error variant overloaded_error",
        "error.error variant conflict_error",
        "tokens required input_tokens",
        "model required created_at",
        "request required max_tokens",
        "request.tool_choice.auto property disable_parallel_tool_use",
        "request.thinking.enabled.budget_tokens type integer",
        "request.messages.user.content variant search_result",
        "tokens-request property speed",
        f"version value {NEWEST}",
    }
    assert "request.tool_choice.auto required disable_parallel_tool_use" not in shared_facts


def test_betas_are_facts_of_the_sdk(sdk: Facts) -> None:
    assert texts(sdk) >= {
        "beta.message.stop_reason value compaction",
        "beta.message.content variant fallback",
        "beta.request property mcp_servers",
    }


# --- the SDK moves --------------------------------------------------------------------------------------------------


class Sigh(BaseModel):
    type: Literal["sigh"]
    length: int


class Weary(types.Usage):
    yawns: int | None = None


class Request(types.message_create_params.MessageCreateParamsNonStreaming, total=False):
    patience: int


class WearyError(BaseModel):
    type: Literal["error"]
    error: Sigh


Tired = create_model("Tired", __base__=types.Message, stop_reason=Literal["tired"])
Sighing = create_model("Sighing", __base__=types.Message, content=list[Sigh])


@pytest.mark.parametrize(
    ("gains", "line"),
    [
        ({"message": Tired}, "sdk-only: message.stop_reason value tired"),
        ({"message.usage": Weary}, "sdk-only: message.usage property yawns"),
        ({"message": Sighing}, "sdk-only: message.content variant sigh"),
        ({"event": types.RawMessageStreamEvent | Sigh}, "sdk-only: event variant sigh"),
        ({"error": shared.ErrorResponse | WearyError}, "sdk-only: error.error variant sigh"),
        ({"request": Request}, "sdk-only: request property patience"),
        ({"request.thinking": types.ThinkingConfigParam | Sigh}, "sdk-only: request.thinking variant sigh"),
    ],
)
def test_what_the_sdk_gains_is_one_line(
    gains: dict[str, Any], line: str, sdk: Facts, promised: Facts, allowed: list[Allowed]
) -> None:
    moved = sdk | drift_sdk.facts_of_types(gains)
    assert unexpected(moved, promised, allowed) == [line]


@pytest.mark.parametrize(
    ("lost", "line"),
    [
        ("message.stop_reason value refusal", "contract-only: message.stop_reason value refusal"),
        ("message.usage property speed", "contract-only: message.usage property speed"),
        ("event.message_delta required usage", "contract-only: event.message_delta required usage"),
    ],
)
def test_what_the_sdk_loses_is_one_line(
    lost: str, line: str, sdk: Facts, promised: Facts, allowed: list[Allowed]
) -> None:
    moved = frozenset(fact for fact in sdk if str(fact) != lost)
    assert len(moved) == len(sdk) - 1
    assert unexpected(moved, promised, allowed) == [line]


def test_a_beta_that_becomes_stable_is_unexpected_and_makes_an_entry_stale(
    sdk: Facts, promised: Facts, allowed: list[Allowed]
) -> None:
    before, after = Fact("beta.request", "property", "thread"), Fact("request", "property", "thread")
    drifted = compare((sdk - {before}) | {after}, promised, allowed)
    assert drifted.unexpected == [Difference(after, "sdk-only")]
    assert [entry.pattern for entry in drifted.stale] == ["beta.request property thread"]


# --- the contract moves ---------------------------------------------------------------------------------------------


def without_refusal(schemas: dict[str, Any]) -> None:
    schemas["message"]["properties"]["stop_reason"]["x-known"].remove("refusal")


def with_a_stop_reason(schemas: dict[str, Any]) -> None:
    schemas["message"]["properties"]["stop_reason"]["x-known"].append("tired")


def without_a_parameter(schemas: dict[str, Any]) -> None:
    del schemas["tokens-request"]["properties"]["speed"]


def with_a_required_parameter(schemas: dict[str, Any]) -> None:
    schemas["request"]["required"].append("metadata")


def with_an_older_parameter(schemas: dict[str, Any]) -> None:
    schemas["request"]["properties"]["temperature"]["x-versions"].append(NEWEST)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (without_refusal, "sdk-only: message.stop_reason value refusal"),
        (with_a_stop_reason, "contract-only: message.stop_reason value tired"),
        (without_a_parameter, "sdk-only: tokens-request property speed"),
        (with_a_required_parameter, "contract-only: request required metadata"),
        (with_an_older_parameter, "contract-only: request property temperature"),
    ],
)
def test_what_changes_in_the_contract_is_one_line(
    change: Callable[[dict[str, Any]], None], line: str, sdk: Facts, contract: Contract, allowed: list[Allowed]
) -> None:
    schemas: dict[str, Any] = copy.deepcopy(dict(contract.schemas))
    change(schemas)
    assert unexpected(sdk, contract_facts(replace(contract, schemas=schemas), NEWEST), allowed) == [line]


# --- the allow-list -------------------------------------------------------------------------------------------------


def entry(pattern: str, side: drift.Side = "sdk-only") -> Allowed:
    return Allowed(pattern, side, "It is meant.", Where(Path("allowed.yaml"), 7))


A_NEW_VALUE = frozenset({Fact("message.stop_reason", "value", "tired")})


def test_an_entry_that_matches_nothing_is_stale() -> None:
    drifted = compare(A_NEW_VALUE, frozenset(), [entry("message.* value tired"), entry("message.* value awake")])
    assert drifted.moved
    assert not drifted.unexpected
    assert "  allowed.yaml:7: only the SDK: message.* value awake" in list(drift.as_text(drifted, "9.9.9"))


@pytest.mark.parametrize("useless", [entry("message.*", "contract-only"), entry("Message.*"), entry("beta.message.*")])
def test_an_entry_is_for_its_own_side_and_letters(useless: Allowed) -> None:
    drifted = compare(A_NEW_VALUE, frozenset(), [useless])
    assert (len(drifted.unexpected), drifted.stale) == (1, [useless])


def test_only_a_pattern_for_betas_expects_a_beta() -> None:
    new = frozenset({Fact("beta.request", "property", "patience")})
    assert compare(new, frozenset(), [entry("*request property *")]).unexpected
    assert not compare(new, frozenset(), [entry("beta.*request property patience")]).moved


@pytest.mark.parametrize(
    "text",
    [
        '- {facts: ["x"], side: sdk-only}',
        '- {facts: ["x"], side: both, reason: "It is meant."}',
        '- {facts: ["x"], side: sdk-only, reason: "because"}',
        '- {facts: [], side: sdk-only, reason: "It is meant."}',
    ],
)
def test_an_entry_that_is_none_is_refused_with_its_line(text: str, tmp_path: Path) -> None:
    path = tmp_path / "allowed.yaml"
    path.write_text(f"# a comment\n{text}\n", "utf-8")
    with pytest.raises(UserError, match=r"allowed\.yaml:2: "):
        read_allowed(path)


# --- the command ----------------------------------------------------------------------------------------------------


def test_the_command_says_that_nothing_moved(sdk: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drift_sdk, "sdk_facts", lambda: sdk)
    result = CliRunner().invoke(drift.main, [])
    assert result.exit_code == 0, result.output
    assert result.output.startswith(f"anthropic {drift_sdk.VERSION} and specs/anthropic: ")
    assert "0 unexpected, 0 gone" in result.output


def test_the_command_tells_what_moved(sdk: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drift_sdk, "sdk_facts", lambda: sdk | A_NEW_VALUE)
    result = CliRunner().invoke(drift.main, [])
    line = "  only the SDK: message.stop_reason may be tired  [message.stop_reason value tired]"
    assert result.exit_code == 1
    assert f"\nmessage\n{line}\n" in result.output


def test_the_command_speaks_json(sdk: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drift_sdk, "sdk_facts", lambda: sdk | A_NEW_VALUE)
    result = CliRunner().invoke(drift.main, ["--json"])
    document = json.loads(result.output)
    assert result.exit_code == 1
    assert document["moved"] is True
    assert document["unexpected"] == [
        {"side": "sdk-only", "path": "message.stop_reason", "kind": "value", "value": "tired"}
    ]
    assert all(difference["reason"].endswith(".") for difference in document["expected"])


def test_the_summary_counts_by_area(sdk: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drift_sdk, "sdk_facts", lambda: sdk | A_NEW_VALUE)
    result = CliRunner().invoke(drift.main, ["--summary"])
    counts = {line.split()[0]: int(line.split()[-2]) for line in result.output.splitlines()[1:]}
    assert result.exit_code == 1
    assert counts["message"] == 1
    assert counts["request"] == 0


def test_without_the_sdk_the_command_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drift, "find_spec", dict[str, None]().get)
    result = CliRunner().invoke(drift.main, [])
    assert result.exit_code == 2
    assert "the official SDK is not installed" in result.output


def test_an_unreadable_allow_list_is_no_comparison(tmp_path: Path, sdk: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drift_sdk, "sdk_facts", lambda: sdk)
    monkeypatch.setattr(drift, "ALLOWED", tmp_path / "missing.yaml")
    result = CliRunner().invoke(drift.main, [])
    assert result.exit_code == 2
    assert "missing.yaml" in result.output
