from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from messages_conformance.catalog import FEATURES, load_providers
from messages_conformance.catalog.model import Auth, Contract, Limits, ModelClass, Page, Price
from messages_conformance.errors import UserError, Where

Write = Callable[[str, str], Path]

CLASSES = {
    "generic": ModelClass("generic", "Any", frozenset({"sampling"})),
    "claude": ModelClass("claude", "Claude", frozenset({"prefill", "thinking.enabled"})),
}
CONTRACTS = {
    "anthropic": Contract("anthropic", "A", "/v1/messages", (), {}, {}, model_classes=CLASSES),
    "naga": Contract("naga", "N", "/v1/messages", (), {}, {}, dialects={"page": {"path": "/page/messages"}}),
    "bifrost": Contract("bifrost", "B", "/anthropic/v1/messages", (), {}, {}),
}

DEEPSEEK = """
    providers:
      deepseek:
        title: DeepSeek
        base_url: https://api.deepseek.com/anthropic/
        auth: {style: x-api-key, env: DEEPSEEK_API_KEY}
        headers: {x-extra: "1"}
        models:
          cheap: {id: deepseek-chat, price: {input: 0.28, output: 0.42}}
          thinking: {id: deepseek-reasoner, class: claude, traits: [vision]}
        features: [streaming, tools]
        limits: {requests_per_minute: 60, spend: 0.5}
        note: A note.
"""


def entry(**lines: str) -> str:
    """A provider file whose one entry `p` is complete but for `lines`: a value of "" leaves a key out."""
    given = {
        "base_url": "https://api.example.com",
        "auth": "{style: none}",
        "models": "{cheap: {id: m}}",
        **lines,
    }
    return "providers:\n  p:\n" + "".join(f"    {key}: {value}\n" for key, value in given.items() if value)


def complaints(*paths: Path) -> list[tuple[str, int, str, str | None]]:
    with pytest.raises(UserError) as caught:
        load_providers(paths, CONTRACTS)
    return [(p.where.path.name, p.where.line, p.message, p.hint) for p in caught.value.problems if p.where]


def test_an_entry_is_read_whole_with_defaults(write: Write) -> None:
    path = write("providers.yaml", DEEPSEEK)
    provider = load_providers([path], CONTRACTS)["deepseek"]

    assert (provider.kind, provider.contract, provider.path) == ("live", "anthropic", "/v1/messages")
    assert provider.base_url == "https://api.deepseek.com/anthropic"
    assert provider.auth == Auth("x-api-key", "DEEPSEEK_API_KEY")
    assert provider.version == "2023-06-01"
    assert provider.headers == (("x-extra", "1"),)
    assert provider.models["cheap"].traits == {"sampling"}
    assert provider.models["cheap"].price == Price(0.28, 0.42)
    assert provider.models["thinking"].traits == {"prefill", "thinking.enabled", "vision"}
    assert provider.features == {"streaming", "tools"}
    assert provider.limits == Limits(requests_per_minute=60, spend=0.5)
    assert (provider.note, provider.where) == ("A note.", Where(path, 2))


def test_a_later_file_overrides_key_by_key_and_adds(write: Write) -> None:
    built_in = write("built-in.yaml", DEEPSEEK)
    own = write(
        "own.yaml",
        """
        providers:
          deepseek:
            auth: {env: MY_KEY}
            models: {cheap: {id: other}}
            features: [streaming]
          mine: {base_url: "http://localhost:1234", auth: {style: none}, models: {cheap: {id: m}}}
        """,
    )
    providers = load_providers([built_in, own], CONTRACTS)

    assert list(providers) == ["deepseek", "mine"]
    deepseek = providers["deepseek"]
    assert deepseek.auth == Auth("x-api-key", "MY_KEY")
    assert (deepseek.models["cheap"].id, deepseek.models["cheap"].price) == ("other", None)
    assert deepseek.models["thinking"].id == "deepseek-reasoner"
    assert deepseek.features == {"streaming"}
    assert deepseek.where == Where(own, 2)


SOURCED = """
    providers:
      p:
        base_url: https://api.example.com
        auth: {style: none}
        models:
          cheap: {id: small, class: claude, price: {input: 1, output: 5, currency: CNY}, retires: 2026-11-30}
        sources:
          - {url: "https://docs.example.com/prices/0123456789abcdef0123456789", read: 2026-10-07, for: [prices]}
          - {url: "https://docs.example.com/small", read: 2026-08-01, for: [models, prices]}
          - {url: "https://docs.example.com/api", read: 2026-01, for: [features]}
"""


def test_a_price_is_as_old_as_the_oldest_page_that_shows_prices(write: Write) -> None:
    provider = load_providers([write("providers.yaml", SOURCED)], CONTRACTS)["p"]
    assert provider.models["cheap"].price == Price(1, 5, "CNY", "2026-08-01")
    assert provider.models["cheap"].retires == "2026-11-30"
    assert provider.sources[1] == Page("https://docs.example.com/small", "2026-08-01", ("models", "prices"))


@pytest.mark.parametrize(
    ("model", "price", "retires"),
    [
        ("{id: other}", None, None),
        ("{id: small}", Price(1, 5, "CNY", "2026-08-01"), "2026-11-30"),
        ("{class: generic}", Price(1, 5, "CNY", "2026-08-01"), "2026-11-30"),
        ("{price: {input: 2, output: 3}}", Price(2, 3), "2026-11-30"),
        ("{id: other, price: {input: 2, output: 3}}", Price(2, 3), None),
    ],
)
def test_what_is_said_of_a_model_is_not_said_of_the_one_in_its_place(
    write: Write, model: str, price: Price | None, retires: str | None
) -> None:
    own = write("own.yaml", f"providers: {{p: {{models: {{cheap: {model}}}}}}}")
    cheap = load_providers([write("built-in.yaml", SOURCED), own], CONTRACTS)["p"].models["cheap"]
    assert (cheap.price, cheap.retires) == (price, retires)


def test_a_day_that_is_in_no_calendar_is_refused(write: Write) -> None:
    assert complaints(write("a.yaml", SOURCED.replace("2026-11-30", "2026-11-31").replace("2026-01,", "2026-13,"))) == [
        ("a.yaml", 6, "`2026-11-31` is not a date", None),
        ("a.yaml", 10, "`2026-13` is not a date", None),
    ]


def test_a_problem_points_into_the_file_that_the_value_came_from(write: Write) -> None:
    built_in = write("built-in.yaml", DEEPSEEK.replace("class: claude", "class: cluade"))
    own = write("own.yaml", "providers:\n  deepseek:\n    base_url: ftp://x\n    contract: nagga\n")

    assert complaints(built_in, own) == [
        ("built-in.yaml", 9, "there is no model class `cluade`", "did you mean `claude`?"),
        ("own.yaml", 3, "`base_url` of `deepseek` must start with https:// or http:// and a host", None),
        ("own.yaml", 4, "there is no contract `nagga`", "did you mean `naga`?"),
    ]


def test_a_file_that_is_not_yaml_hides_no_problem_of_another(write: Write) -> None:
    found = complaints(write("a.yaml", "providers: [\n"), write("b.yaml", entry(models="")))

    assert [(file, message.partition(":")[0]) for file, _, message, _ in found] == [
        ("a.yaml", "not valid YAML"),
        ("b.yaml", "`p` lacks `models`"),
    ]


def test_one_broken_entry_hides_no_problem_of_another(write: Write) -> None:
    path = write("p.yaml", "providers:\n  a: {titel: A}\n  b: {auth: {style: none}}\n  c:\n")

    assert [(line, message) for _, line, message, _ in complaints(path)] == [
        (2, "`titel` is not a key of `a`"),
        (3, "`b` lacks `base_url`"),
        (3, "`b` lacks `models`"),
        (4, "`c` must be a mapping, but is empty"),
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({"base_url": ""}, "`p` lacks `base_url`"),
        ({"models": ""}, "`p` lacks `models`"),
        ({"models": "{thinking: {id: m}}"}, "`models` of `p` lacks the role `cheap`"),
        ({"models": "{cheap: {class: generic}}"}, "the model `cheap` of `p` lacks `id`"),
        ({"models": "{cheep: {id: m}}"}, "`cheep` is not a key of `models`"),
        ({"auth": ""}, "`p` lacks `auth`"),
        ({"auth": "{env: K}"}, "`auth` of `p` lacks `style`"),
        ({"auth": "{style: bearer}"}, "`auth` of `p` lacks `env`"),
        ({"auth": "{style: header, env: KEY}"}, "`auth` of `p` lacks `header`"),
        ({"auth": "{style: bearer, env: MY-KEY}"}, "`env` is not well formed: `MY-KEY`"),
        ({"embedded": "reference"}, "`p` is embedded and cannot have an address of its own"),
        ({"embedded": "naga/paeg", "base_url": ""}, "the reference cannot play `naga/paeg`"),
        ({"path": "v1/messages"}, "`path` is not well formed: `v1/messages`"),
        ({"headers": "{x: 1}"}, "`x` must be text, but is a number (`1`)"),
        ({"headers": '{x: "a\\nb"}'}, "`x` is not well formed: `a\nb`"),
    ],
)
def test_what_a_provider_lacks_or_has_wrong_is_said(write: Write, line: dict[str, str], message: str) -> None:
    assert message in [said for _, _, said, _ in complaints(write("p.yaml", entry(**line)))]


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("api.example.com", "must start with https:// or http:// and a host"),
        ("https://", "must start with"),
        ("ftp://api.example.com", "must start with"),
        ("https://api.example.com:port", "is not a well-formed address"),
        ("https://api.example.com:99999", "is not a well-formed address"),
        ("https://[::1", "is not a well-formed address"),
        ("https://user:pass@api.example.com", "holds credentials"),
        ("https://api.example.com?key=x", "must end with its path"),
        ("https://api.example.com/a#b", "must end with its path"),
        ("https://{resource}.example.com", "holds a character that no address has"),
        ("https://api.example.com/a b", "holds a character that no address has"),
    ],
)
def test_malformed_addresses(write: Write, url: str, fault: str) -> None:
    ((_, line, message, _),) = complaints(write("p.yaml", entry(base_url=f'"{url}"')))

    assert line == 3
    assert fault in message


@pytest.mark.parametrize(
    ("url", "contract", "twice"),
    [
        ("https://api.example.com/v1", "anthropic", "/v1"),
        ("https://api.example.com/v1/", "anthropic", "/v1"),
        ("https://api.example.com/v1/messages", "anthropic", "/v1/messages"),
        ("http://localhost:8080/anthropic", "bifrost", "/anthropic"),
    ],
)
def test_a_path_pasted_along_with_the_host(write: Write, url: str, contract: str, twice: str) -> None:
    ((_, _, message, _),) = complaints(write("p.yaml", entry(base_url=url, contract=contract)))

    assert message == f"`base_url` of `p` ends in `{twice}`, which its path adds again"


SECRET = "sk-ant-api03-" + "A1b2" * 10


@pytest.mark.parametrize(
    "line",
    [
        {"auth": f"{{style: bearer, env: {SECRET}}}"},
        {"auth": f"{{style: {SECRET}}}"},
        {"headers": f"{{x-extra: {SECRET}}}"},
        {"headers": f'{{x-extra: "Bearer {SECRET}"}}'},
        {"base_url": f"https://{SECRET}@api.example.com"},
        {"note": f"use {SECRET}"},
        {"models": f"{{cheap: {{id: {SECRET}}}}}"},
    ],
)
def test_a_pasted_key_is_refused_once_and_never_repeated(write: Write, line: dict[str, str]) -> None:
    ((_, _, message, hint),) = complaints(write("p.yaml", entry(**line)))

    assert "holds a key; never write a key in a file" in message
    assert hint is not None
    assert "env: MY_API_KEY" in hint
    assert SECRET not in message + hint


def test_a_header_that_carries_keys_by_its_name_is_refused(write: Write) -> None:
    ((_, _, message, _),) = complaints(write("p.yaml", entry(headers="{Authorization: anything}")))

    assert message == "`Authorization` holds a key; never write a key in a file"


def test_long_ids_in_addresses_and_beta_headers_are_no_keys(write: Write) -> None:
    account = "https://gateway.example.com/v1x/0123456789abcdef0123456789abcdef/anthropic"
    beta = '{anthropic-beta: "interleaved-thinking-2025-05-14,fine-grained-tool-streaming-2025-05-14"}'
    provider = load_providers([write("p.yaml", entry(base_url=account, headers=beta))], CONTRACTS)["p"]

    assert provider.base_url == account


def test_embedded_providers_need_nothing_else(write: Write) -> None:
    text = "providers:\n  reference: {embedded: reference}\n  played: {embedded: naga/page, auth: {style: bearer}}\n"
    providers = load_providers([write("p.yaml", text)], CONTRACTS)

    reference, played = providers["reference"], providers["played"]
    assert (reference.kind, reference.contract, reference.base_url) == ("reference", "anthropic", "")
    assert reference.features == FEATURES
    assert reference.models["cheap"].traits == {"sampling", "prefill", "thinking.enabled"}
    assert reference.auth == Auth("x-api-key")
    assert (played.kind, played.contract, played.path) == ("played", "naga", "/page/messages")
    assert played.auth == Auth("bearer")
    assert "refusal-trigger" not in played.features


def test_an_override_of_the_auth_style_drags_nothing_along(write: Write) -> None:
    built_in = write("a.yaml", entry(auth="{style: header, header: x-key, env: KEY}"))
    bearer = write("b.yaml", "providers: {p: {auth: {style: bearer}}}")
    none = write("c.yaml", "providers: {p: {auth: {style: none}}}")

    assert load_providers([built_in], CONTRACTS)["p"].auth == Auth("header", "KEY", "x-key")
    assert load_providers([built_in, bearer], CONTRACTS)["p"].auth == Auth("bearer", "KEY")
    assert load_providers([built_in, none], CONTRACTS)["p"].auth == Auth("none")
