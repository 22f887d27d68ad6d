from __future__ import annotations

from typing import Any

import pytest
from messages_conformance.catalog import FEATURES
from messages_conformance.catalog.model import Auth, Contract, ModelClass
from messages_conformance.catalog.providers.adhoc import (
    Endpoint,
    adhoc_provider,
    claimed,
    models_by_role,
    named_or_described,
)
from messages_conformance.errors import UserError

CLASSES = {"generic": ModelClass("generic", "Any", frozenset({"sampling"}))}
CONTRACTS = {"anthropic": Contract("anthropic", "A", "/v1/messages", (), {}, {}, model_classes=CLASSES)}
HERE = "http://localhost:1"
ON_REQUEST = {"refusal-trigger", "every-parameter", "web-search", "tool-search"} | {
    feature for feature in FEATURES if feature.startswith("beta.")
}


@pytest.mark.parametrize(
    ("url", "base_url", "path"),
    [
        ("https://api.example.com", "https://api.example.com", "/v1/messages"),
        ("https://api.example.com/anthropic/", "https://api.example.com/anthropic", "/v1/messages"),
        ("https://api.example.com/v1", "https://api.example.com", "/v1/messages"),
        ("https://api.example.com/x/v1/messages/", "https://api.example.com/x", "/v1/messages"),
        ("http://localhost:8080/api/messages", "http://localhost:8080/api", "/messages"),
        ("https://api.example.com/xv1", "https://api.example.com/xv1", "/v1/messages"),
    ],
)
def test_an_address_from_the_command_line(url: str, base_url: str, path: str) -> None:
    provider = adhoc_provider(Endpoint(url, "some-model", "MY_KEY", "bearer"), CONTRACTS)

    assert (provider.base_url, provider.path) == (base_url, path)
    assert provider.auth == Auth("bearer", "MY_KEY")
    assert {role: model.id for role, model in provider.models.items()} == {"cheap": "some-model"}
    assert provider.models["cheap"].traits == {"sampling"}
    assert provider.features == FEATURES - ON_REQUEST


def test_an_endpoint_from_the_command_line_may_take_no_key() -> None:
    assert adhoc_provider(Endpoint(HERE, "m"), CONTRACTS).auth == Auth("none")


@pytest.mark.parametrize(
    "given", ["sk-ant-" + "api03-abcdefghijklmnopqrstuvwx", "0123456789abcdef0123456789abcdef", "not a name"]
)
def test_a_key_given_for_its_name_is_refused_and_not_repeated(given: str) -> None:
    with pytest.raises(UserError) as caught:
        adhoc_provider(Endpoint(HERE, "m", given), CONTRACTS)

    assert given not in str(caught.value)


def test_an_endpoint_may_be_given_a_name() -> None:
    named = adhoc_provider(Endpoint(HERE, "m", name="my-server"), CONTRACTS)
    assert (named.id, named.title, named.is_adhoc) == ("my-server", "my-server", True)
    plain = adhoc_provider(Endpoint(HERE, "m"), CONTRACTS)
    assert (plain.id, plain.title) == ("localhost_1", "localhost:1")


def test_endpoints_with_the_same_base_url_and_other_paths_have_two_names() -> None:
    urls = (f"{HERE}/api", f"{HERE}/api/messages", f"{HERE}/api/messages/v1")
    assert len({adhoc_provider(Endpoint(url, "m"), CONTRACTS).id for url in urls}) == 3
    spellings = (HERE, f"{HERE}/v1", f"{HERE}/v1/messages", f"{HERE}/")
    assert {adhoc_provider(Endpoint(url, "m"), CONTRACTS).id for url in spellings} == {"localhost_1"}


def test_an_address_that_is_called_like_a_provider_of_the_catalogue_needs_a_name() -> None:
    known = {"localhost_1": adhoc_provider(Endpoint(HERE, "m"), CONTRACTS)}
    said: dict[str, Any] = dict.fromkeys(("name", "api_key_env", "features", "without"))
    said |= {"base_url": HERE, "model": "m", "model_for": (), "auth": "x-api-key"}
    with pytest.raises(UserError, match=r"(?s)has a provider `localhost_1`.*--name my-server"):
        named_or_described(known, CONTRACTS, (), said)


@pytest.mark.parametrize("name", ["My Server", "", "a/b", "-a"])
def test_a_name_that_cannot_be_an_id_is_refused(name: str) -> None:
    with pytest.raises(UserError, match="cannot name a column"):
        adhoc_provider(Endpoint(HERE, "m", name=name), CONTRACTS)


def test_a_malformed_address_is_refused() -> None:
    with pytest.raises(UserError, match="must start with"):
        adhoc_provider(Endpoint("ftp://host", "m"), CONTRACTS)


@pytest.mark.parametrize(
    ("url", "note"),
    [
        (HERE, None),
        (f"{HERE}/", None),
        (f"{HERE}/api/messages", None),
        (f"{HERE}/v1", "ends in `/v1`, which is left out here: an SDK would send to /v1/v1/messages"),
        (f"{HERE}/x/v1/messages/", "an SDK would send to /v1/messages/v1/messages"),
    ],
)
def test_what_is_left_out_of_an_address_is_said(url: str, note: str | None) -> None:
    told = adhoc_provider(Endpoint(url, "m"), CONTRACTS).note
    assert told is None if note is None else note in str(told)


@pytest.mark.parametrize(
    ("exactly", "without", "features"),
    [
        (None, None, FEATURES - ON_REQUEST),
        ("streaming, tools", None, {"streaming", "tools"}),
        ("streaming,web-search", "streaming", {"web-search"}),
        (None, "tools,thinking", FEATURES - ON_REQUEST - {"tools", "thinking"}),
        ("", None, set[str]()),
    ],
)
def test_what_an_endpoint_claims_can_be_narrowed(
    exactly: str | None, without: str | None, features: frozenset[str]
) -> None:
    assert claimed(exactly, without) == features


def test_a_claim_of_no_feature_is_told_with_the_nearest() -> None:
    with pytest.raises(UserError, match=r"(?s)`tols`.*`tools`.*`sreaming`.*`streaming`"):
        claimed("tols", "sreaming")


def test_what_is_no_feature_any_more_says_so() -> None:
    with pytest.raises(UserError) as caught:
        claimed("tools,system", None)
    assert str(caught.value) == "`system` is no feature any more: every provider is asked for it"


def test_a_role_may_have_a_model_of_its_own_and_the_others_keep_the_common_one() -> None:
    models = models_by_role(["thinking=large=1"])
    provider = adhoc_provider(Endpoint(HERE, "small", models=models), CONTRACTS)
    assert {role: model.id for role, model in provider.models.items()} == {
        "cheap": "small",
        "thinking": "large=1",
        "vision": "small",
    }


@pytest.mark.parametrize(
    ("given", "complaint"),
    [("thinking", "ROLE=MODEL"), ("thinking=", "ROLE=MODEL"), ("thinkin=m", "did you mean `thinking`")],
)
def test_a_model_for_no_role_is_refused(given: str, complaint: str) -> None:
    with pytest.raises(UserError, match=complaint):
        models_by_role([given])
