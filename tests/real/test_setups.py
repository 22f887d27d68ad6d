"""What the set-ups of `make real` say about themselves, without starting any."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from jinja2 import Environment as Templates
from messages_conformance.catalog import Catalog, load_providers
from messages_conformance.catalog.expectations import load_expectations
from messages_conformance.checks.base import Check
from messages_conformance.run.planning.expected import unmet
from messages_conformance.run.planning.plan import select
from real.__main__ import arguments, choose
from real.servers import SETUPS, claude_code_router, litellm, rolter, smollm2
from real.setup import FILES, Address, SetUp

every_setup = pytest.mark.parametrize("setup", SETUPS.values(), ids=lambda setup: setup.name)


@every_setup
def test_every_setup_is_an_entry_of_the_catalogue(setup: SetUp, catalog: Catalog, tmp_path: Path) -> None:
    path = tmp_path / "providers.yaml"
    path.write_text(yaml.safe_dump(setup.providers(Address("http://127.0.0.1:1", {"x-more": "1"}))), encoding="utf-8")
    provider = load_providers([path], catalog.contracts)[setup.provider]
    assert setup.provider not in catalog.providers
    assert (provider.base_url, provider.headers) == ("http://127.0.0.1:1", (("x-more", "1"),))
    assert provider.models["cheap"].id


@every_setup
def test_every_expectation_can_be_met(
    setup: SetUp, catalog: Catalog, checks: Mapping[str, Check], tmp_path: Path
) -> None:
    path = tmp_path / "providers.yaml"
    path.write_text(yaml.safe_dump(setup.providers(Address("http://127.0.0.1:1"))), encoding="utf-8")
    providers, expectations = load_providers([path], catalog.contracts), load_expectations(setup.expectations)
    assert {entry.provider for entry in expectations} == {setup.provider}
    assert list(unmet(replace(catalog, providers=providers, expectations=expectations), checks)) == []


@every_setup
def test_everything_that_is_installed_is_pinned(setup: SetUp) -> None:
    for need in setup.needs:
        files = {path.name: path.read_text(encoding="utf-8") for path in need.pins.iterdir()}
        if "package.json" in files:
            versions = json.loads(files["package.json"])["dependencies"].values()
            assert "package-lock.json" in files
            assert all(version[0].isdigit() for version in versions)
        else:
            assert all("==" in line for text in files.values() for line in text.splitlines())


@every_setup
def test_what_the_gate_asks_is_there_to_be_asked(setup: SetUp, catalog: Catalog) -> None:
    for pattern in setup.gate:
        assert select(catalog.scenarios, [pattern])


def test_the_gate_asks_a_real_model_and_a_real_gateway() -> None:
    assert {setup.name for setup in choose([], gate=True)} >= {"smollm2", "litellm"}


def test_what_the_gate_installs_side_by_side_is_not_the_same_thing() -> None:
    needs = [need.directory for setup in choose([], gate=True) for need in setup.needs]
    assert len(needs) == len(set(needs))


def test_some_or_all_are_chosen_by_name() -> None:
    assert [setup.name for setup in choose(["litellm", "smollm2"], gate=False)] == ["smollm2", "litellm"]
    assert choose([], gate=False) == list(SETUPS.values())


def test_the_gate_asks_its_part_and_a_whole_run_the_variants_too() -> None:
    setup = smollm2.PLAIN
    whole = ["run", "-p", "real-smollm2", "--report", ".", "--overwrite"]
    assert arguments(setup, gate=False) == [*whole, "--variants"]
    assert arguments(setup, gate=True) == [*whole, *(part for pattern in setup.gate for part in ("-s", pattern))]


def test_litellm_is_told_to_translate_to_chat_completions() -> None:
    made = litellm.config({"chat": "other"}, "http://127.0.0.1:1/v1", "key")
    params = {"model": "hosted_vllm/other", "api_base": "http://127.0.0.1:1/v1", "api_key": "key"}
    assert made["model_list"] == [{"model_name": "chat", "litellm_params": params}]


def test_the_router_asks_the_upstream_for_models_that_its_claims_name() -> None:
    providers = claude_code_router.config(3456, "http://127.0.0.1:1")["Providers"]
    claimed = claude_code_router.BEFORE_REFERENCE.claims["models"].values()
    assert {model["id"] for model in claimed} == {f"{p['name']},{name}" for p in providers for name in p["models"]}


def test_rolter_routes_the_models_that_its_claims_name() -> None:
    made = tomllib.loads(rolter.config(4000, "http://127.0.0.1:1"))
    claimed = {model["id"] for model in rolter.BEFORE_REFERENCE.claims["models"].values()}
    assert {route["model"] for route in made["routes"]} == claimed
    assert [provider["api_base"] for provider in made["providers"]] == ["http://127.0.0.1:1/upstream"]


# --- the template with tools ------------------------------------------------------------------------------------------

CALL = {"function": {"name": "get_weather", "arguments": '{"city": "Paris"}'}}


def rendered(*messages: dict[str, object], tools: list[object] | None = None) -> str:
    source = (FILES / "chatml-tools.jinja").read_text(encoding="utf-8")
    # Text for a model, not for a browser: nothing is to be escaped.
    template = Templates(autoescape=False).from_string(source)  # noqa: S701
    return template.render(messages=messages, tools=tools, add_generation_prompt=True)


def test_the_template_is_plain_chatml_without_tools() -> None:
    said = rendered({"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi."})
    assert said == ("<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHi.<|im_end|>\n<|im_start|>assistant\n")


def test_the_template_tells_of_tools_calls_and_results() -> None:
    said = rendered(
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "content": "Sunny."},
        tools=[{"name": "get_weather"}],
    )
    assert '<tools>\n{"name": "get_weather"}\n</tools>' in said
    assert '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n</tool_call>' in said
    assert "<|im_start|>user\n<tool_response>\nSunny.\n</tool_response><|im_end|>" in said
