"""From a step to the bytes that leave."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from making import model, provider, step
from messages_conformance.catalog.model import Auth
from messages_conformance.errors import UserError
from messages_conformance.run.walking.requests import WRONG_KEY, build, fill
from messages_conformance.wire.exchange import header, read_json

TURNS = [{"role": "user", "content": "Hi"}]


def body(given: Any, captured: dict[str, Any] | None = None, **changes: Any) -> Any:
    made = build(provider(), step(body=given, **changes), captured or {}, "key")
    assert made.body is not None
    return json.loads(made.body)


def headers(given: dict[str, str | None] | None = None, **changes: Any) -> dict[str, str]:
    of = provider(**changes.pop("provider", {}))
    return dict(build(of, step(headers=given or {}, **changes), {}, changes.pop("key", "own-key")).headers)


# --- body -----------------------------------------------------------------------------------------------------------


def test_the_model_of_the_role_is_filled_in_first() -> None:
    of = provider(models={"cheap": model(), "thinking": model("thinking")})
    made = build(of, step(role="thinking", body={"max_tokens": 1}), {}, None)
    assert made.body == b'{"model": "thinking-model", "max_tokens": 1}'


def test_a_scenario_may_set_the_model_or_leave_it_out() -> None:
    assert body({"model": "other", "max_tokens": 1}) == {"model": "other", "max_tokens": 1}
    assert body({"model": None, "max_tokens": 1}) == {"max_tokens": 1}


def test_only_a_top_level_null_leaves_a_key_out() -> None:
    assert body({"system": None, "metadata": {"user_id": None}}) == {
        "model": "cheap-model",
        "metadata": {"user_id": None},
    }


def test_a_text_body_is_sent_as_it_is() -> None:
    assert build(provider(), step(body='{"broken": ${x}'), {}, "key").body == b'{"broken": ${x}'


def test_other_routes_get_no_model() -> None:
    assert body({"a": 1}, route="/elsewhere") == {"a": 1}
    assert body({"a": 1}, route="count_tokens") == {"model": "cheap-model", "a": 1}


def test_captured_values_keep_their_type_where_they_stand_alone() -> None:
    captured = {"answer": [{"type": "text", "text": "é"}], "id": "toolu_1", "n": 3}
    turns = [{"role": "assistant", "content": "${answer}"}, {"role": "user", "content": "id ${id}, ${n} of ${model}"}]
    assert body({"messages": turns, "n": "${n}"}, captured) == {
        "model": "cheap-model",
        "messages": [
            {"role": "assistant", "content": captured["answer"]},
            {"role": "user", "content": "id toolu_1, 3 of cheap-model"},
        ],
        "n": 3,
    }


def test_text_that_only_looks_like_a_placeholder_stays() -> None:
    assert fill("$x {x} ${X} $${x}", {"x": "v"}) == "$x {x} ${X} $v"


def test_a_lone_surrogate_from_a_peer_goes_back_as_it_came() -> None:
    made = build(provider(), step(body={"messages": "${answer}"}), {"answer": "é\ud800"}, None)
    assert made.body is not None
    assert "é\\ud800".encode() in made.body
    assert json.loads(made.body)["messages"] == "é\ud800"


# --- address --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "route", "url"),
    [
        ("/v1/messages", "messages", "/v1/messages"),
        ("/v1/messages", "messages?beta=true", "/v1/messages?beta=true"),
        ("/v1/messages", "count_tokens", "/v1/messages/count_tokens"),
        ("/v1/messages", "models", "/v1/models"),
        ("/v1/messages", "models/${model}?limit=1", "/v1/models/cheap-model?limit=1"),
        ("/anthropic/v1/messages", "models", "/anthropic/v1/models"),
        ("/anthropic/v1/messages", "/v1/other", "/v1/other"),
        ("/messages", "models", "/models"),
    ],
)
def test_routes_are_siblings_of_the_providers_messages(path: str, route: str, url: str) -> None:
    of = provider(base_url="https://host.example/base/", path=path)
    assert build(of, step(route=route), {}, None).url == f"https://host.example/base{url}"


@pytest.mark.parametrize(
    ("id_", "segment"),
    [
        ("vendor/model:free", "vendor%2Fmodel:free"),
        ("a?b=c#d", "a%3Fb%3Dc%23d"),
        ("50% é", "50%25%20%C3%A9"),
        ("a%2Fb", "a%252Fb"),
        ("\ud800", "%3F"),
        (7, "7"),
    ],
)
def test_a_value_stays_one_segment_of_the_address(id_: Any, segment: str) -> None:
    of = provider(base_url="https://host.example")
    asked = step(route="models/${listed}?after_id=${listed}")
    assert build(of, asked, {"listed": id_}, None).url == f"https://host.example/v1/models/{segment}?after_id={segment}"


def test_the_model_of_a_gateway_is_named_whole_in_address_and_body() -> None:
    of = provider(models={"cheap": replace(model(), id="vendor/model:free")}, base_url="https://host.example")
    made = build(of, step(route="models/${model}", body={"name": "${model}"}), {}, None)
    assert made.url == "https://host.example/v1/models/vendor%2Fmodel:free"
    assert made.body == b'{"name": "vendor/model:free"}'


# --- headers --------------------------------------------------------------------------------------------------------


def test_what_every_request_carries() -> None:
    found = headers()
    assert found.pop("user-agent").startswith("messages-conformance/")
    assert found == {
        "accept": "application/json",
        "accept-encoding": "gzip, deflate",
        "anthropic-version": "2023-06-01",
        "content-type": "application/json",
        "x-api-key": "own-key",
    }


def test_a_request_without_body_has_no_content_type() -> None:
    made = build(provider(), step(method="GET", route="models", body=None), {}, "key")
    assert made.method == "GET"
    assert made.body is None
    assert header(made.headers, "content-type") is None


def test_the_providers_headers_go_over_ours_and_the_steps_over_both() -> None:
    of = {"headers": (("x-own", "1"), ("anthropic-version", "2026-10-21"))}
    assert headers(provider=of)["anthropic-version"] == "2026-10-21"
    found = headers({"Anthropic-Version": "1999-01-01", "X-Own": None, "X-New": "2"}, provider=of)
    assert found["anthropic-version"] == "1999-01-01"
    assert "x-own" not in found
    assert found["x-new"] == "2"


@pytest.mark.parametrize(
    ("auth", "changes", "expected"),
    [
        (Auth("x-api-key", "K"), {}, {"x-api-key": "own-key"}),
        (Auth("bearer", "K"), {}, {"authorization": "Bearer own-key"}),
        (Auth("header", "K", "Api-Key"), {}, {"api-key": "own-key"}),
        (Auth("none"), {}, {}),
        (Auth("bearer", "K"), {"auth_style": "x-api-key"}, {"x-api-key": "own-key"}),
        (Auth("x-api-key", "K"), {"auth_style": "bearer"}, {"authorization": "Bearer own-key"}),
        (Auth("bearer", "K"), {"auth": "none"}, {}),
        (Auth("bearer", "K"), {"auth": "wrong"}, {"authorization": f"Bearer {WRONG_KEY}"}),
    ],
)
def test_how_the_key_travels(auth: Auth, changes: dict[str, Any], expected: dict[str, str]) -> None:
    found = headers(provider={"auth": auth}, **changes)
    credentials = {name: found[name] for name in ("x-api-key", "authorization", "api-key") if name in found}
    assert credentials == expected


def test_without_a_key_none_is_sent() -> None:
    made = build(provider(), step(), {}, None)
    assert header(made.headers, "x-api-key") is None


def test_a_header_style_without_a_header_is_the_users_error() -> None:
    with pytest.raises(UserError, match=r"providers\.yaml:3: auth style `header` needs"):
        build(provider(auth=Auth("header", "K")), step(), {}, "key")


def test_a_body_may_be_padded_with_blanks_that_mean_nothing() -> None:
    made = build(provider(), step(body={"max_tokens": 1}, padded_to=500), {}, None)
    assert made.body is not None
    assert len(made.body) == 500
    assert read_json(made.body) == {"model": "cheap-model", "max_tokens": 1}


def test_a_request_says_when_its_client_goes_away() -> None:
    assert build(provider(), step(hang_up_after=3), {}, None).hang_up_after == 3
    assert build(provider(), step(), {}, None).hang_up_after is None
