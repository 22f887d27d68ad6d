"""What a reader of the documents would name, computed: each provider's contract beside Anthropic's, both ways."""

from __future__ import annotations

from itertools import product

import pytest
from comparing import Compare
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.contracts.conflicts import conflicts
from messages_conformance.documents.comparison import Comparison, Difference, Kind, Severity, Side

BREAKS, MAY_BREAK, HARMLESS = Severity
PROVIDERS = ("aisa", "bifrost", "envelope-gateway", "naga")


def at(found: Comparison, place: str, side: Side = Side.REQUEST) -> dict[Kind, Difference]:
    return {one.kind: one for one in found.differences if one.place == place and one.side is side}


def places(found: Comparison, side: Side, *kinds: Kind) -> set[str]:
    return {one.place for one in found.differences if one.side is side and one.kind in kinds}


@pytest.mark.parametrize("name", ["anthropic", *PROVIDERS])
def test_no_document_differs_from_itself(compared: Compare, name: str) -> None:
    assert compared(name, name).differences == ()


@pytest.mark.parametrize(("a", "b"), [*product(["anthropic"], PROVIDERS), *product(PROVIDERS, ["anthropic"])])
def test_every_difference_is_a_sentence_on_clauses_that_exist(
    catalog: Catalog, compared: Compare, a: str, b: str
) -> None:
    found = compared(a, b)
    assert len(set(found.differences)) == len(found.differences)
    for one in found.differences:
        assert one.consequence.endswith(".")
        assert one.ours != one.theirs
        assert set(one.clauses_a) <= set(catalog.contracts[a].clauses)
        assert set(one.clauses_b) <= set(catalog.contracts[b].clauses)
        assert one.clauses_a or one.clauses_b


def test_naga_takes_twice_the_temperature(compared: Compare) -> None:
    narrower = at(compared("naga", "anthropic"), "temperature")[Kind.NARROWER]
    assert (narrower.ours, narrower.theirs, narrower.severity) == ("0 to 2", "0 to 1", BREAKS)
    assert narrower.clauses_a == ("naga:request.temperature.range",)
    assert narrower.clauses_b == ("anthropic:request.temperature.range",)
    assert at(compared("naga", "anthropic"), "temperature")[Kind.VERSION].theirs == "2023-06-01"
    assert Kind.WIDER in at(compared("anthropic", "naga"), "temperature")


def test_naga_lists_fewer_parameters_and_mirrors_the_message(compared: Compare) -> None:
    found = compared("anthropic", "naga")
    missing = places(found, Side.REQUEST, Kind.MISSING)
    assert {"top_k", "metadata", "service_tier", "cache_control", "container"} <= missing
    assert not {"output_config", "thinking", "tools"} & missing
    assert "naga:request.parameters" in at(found, "top_k")[Kind.MISSING].clauses_b
    assert places(found, Side.ANSWER, *Kind) == set()
    assert places(compared("naga", "anthropic"), Side.ANSWER, *Kind) == set()


def test_only_nagas_guide_lists_output_config(compared: Compare) -> None:
    found = compared("anthropic", "naga")
    assert at(found, "output_config")[Kind.PAGE].severity is MAY_BREAK
    assert at(found, "tool_choice")[Kind.PAGE].severity is HARMLESS
    # What contradicts temperature stands on the page that lists it.
    assert at(found, "temperature")[Kind.PAGE].severity is HARMLESS


def test_naga_speaks_against_itself(catalog: Catalog) -> None:
    pairs = {frozenset({c.one.id, c.other.id}) for c in conflicts(catalog.contracts["naga"])}
    assert frozenset({"naga:mirror", "naga:request.temperature.range"}) in pairs
    assert frozenset({"naga:request.parameters", "naga:request.output_config.accepted"}) in pairs
    assert frozenset({"naga:auth.bearer", "naga:auth.sdk-key"}) in pairs


def test_lists_of_stop_reasons_contradict_the_format_that_has_more(catalog: Catalog) -> None:
    for name, mirror in (("aisa", "aisa:mirror"), ("bifrost", "bifrost:format")):
        pairs = {frozenset({c.one.id, c.other.id}) for c in conflicts(catalog.contracts[name])}
        assert frozenset({mirror, f"{name}:message.stop_reason"}) in pairs


def test_the_envelope_is_another_protocol(catalog: Catalog, compared: Compare) -> None:
    found = compared("anthropic", "envelope-gateway")
    endpoint = {one.kind: one for one in found.differences if one.side is Side.ENDPOINT}
    assert endpoint[Kind.PATH].theirs == "/api/v1/messages"
    assert endpoint[Kind.CREDENTIALS].theirs == "bearer"
    assert "[DONE]" in endpoint[Kind.STREAM].theirs
    assert "envelope-gateway:stream.done-sentinel" in endpoint[Kind.STREAM].clauses_b
    content = at(found, "messages[].content")[Kind.TYPE]
    assert (content.theirs, content.severity) == ("a string", MAY_BREAK), "its only example shows one"
    listed = {"model", "max_tokens", "messages", "stream"}
    top = set(catalog.contracts["anthropic"].schemas["request"]["properties"])
    assert places(found, Side.REQUEST, Kind.MISSING) == top - listed
    broken = {one.place for one in found.differences if one.side is Side.ANSWER and one.severity is BREAKS}
    assert {"message.content", "message.stop_reason", "message.usage", "event.type", "error.error"} <= broken


def test_bifrost_has_a_prefix_no_key_and_parameters_of_its_own(compared: Compare) -> None:
    there, back = compared("anthropic", "bifrost"), compared("bifrost", "anthropic")
    endpoint = {one.kind: one for one in there.differences if one.side is Side.ENDPOINT}
    assert endpoint[Kind.PATH].consequence == "The base URL changes: /anthropic comes before /v1/messages."
    assert (endpoint[Kind.CREDENTIALS].theirs, endpoint[Kind.CREDENTIALS].severity) == ("no key", HARMLESS)
    assert "fallbacks" in places(there, Side.REQUEST, Kind.EXTRA)
    refused = {one.place for one in back.differences if one.kind is Kind.MISSING and one.severity is BREAKS}
    assert refused == {"fallbacks"}
    # Anthropic has these two with a beta header, of which Bifrost's page says nothing.
    assert {"mcp_servers", "output_format"} <= places(back, Side.REQUEST, Kind.BETA)
    assert at(back, "top_p")[Kind.NARROWER].severity is MAY_BREAK
    # Of the tools that Anthropic defines, the contract gives no members; it does not say that there are none.
    assert at(back, "tools[].display_width_px")[Kind.UNDESCRIBED].severity is HARMLESS
    assert at(there, "tools[].display_width_px") == {}


def test_aisa_lists_four_stop_reasons_four_counters_and_no_cache_control_though_it_promises_caching(
    compared: Compare,
) -> None:
    there, back = compared("anthropic", "aisa"), compared("aisa", "anthropic")
    reasons = at(there, "message.stop_reason", Side.ANSWER)[Kind.VALUES_MISSING]
    assert reasons.theirs == "end_turn, stop_sequence, max_tokens, tool_use"
    assert "refusal" in at(back, "message.stop_reason", Side.ANSWER)[Kind.VALUES_EXTRA].consequence
    only_mirrored = places(there, Side.ANSWER, Kind.BY_REFERENCE)
    assert {"message.usage.cache_creation", "message.usage.server_tool_use"} <= only_mirrored
    assert not {f"message.usage.{n}_tokens" for n in ("input", "output")} & only_mirrored
    null = at(back, "message.usage.cache_read_input_tokens", Side.ANSWER)[Kind.TYPE]
    assert (null.ours, null.theirs, null.severity) == ("an integer", "an integer or null", MAY_BREAK)
    promised = places(there, Side.REQUEST, Kind.BY_REFERENCE)
    assert {"cache_control", "system[].cache_control", "tools[type=custom|null|mcp_toolset].cache_control"} <= promised
    assert at(there, "cache_control")[Kind.BY_REFERENCE].clauses_b == ("aisa:mirror.caching", "aisa:request.parameters")
    missing = places(there, Side.REQUEST, Kind.MISSING)
    assert "output_config" in missing
    assert not {"top_k", "metadata", "service_tier"} & missing


def test_what_is_promised_in_anthropics_format_is_not_called_undescribed(compared: Compare) -> None:
    for pair in (("naga", "anthropic"), ("anthropic", "naga")):
        undescribed = places(compared(*pair), Side.REQUEST, Kind.UNDESCRIBED)
        assert undescribed == {"output_config"}


def test_side_and_severity_are_in_order(compared: Compare) -> None:
    found = compared("bifrost", "anthropic").differences
    keys = [(tuple(Side).index(one.side), one.severity.rank) for one in found]
    assert keys == sorted(keys)
