"""Finding out who can be asked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from calling import Call
from messages_conformance.catalog import Catalog


def test_an_endpoint_that_answers_is_a_line(call: Call, endpoint: Sequence[str], tmp_path: Path) -> None:
    said = call("check", *endpoint, "--name", "mine")
    assert said.code == 0
    assert said.out.startswith("✓ mine  http://127.0.0.1:")
    assert said.out.endswith("/v1/messages answers, takes the key in OWN_KEY, and has reference\n")
    assert list(tmp_path.iterdir()) == []


def test_each_provider_says_what_is_wrong_with_it(
    call: Call, reference_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOD", "reference-key")
    monkeypatch.setenv("BAD", "another-key-than-that")
    entry = {"models": {"cheap": {"id": "reference"}}, "base_url": reference_url}
    providers = {
        "good": {**entry, "auth": {"style": "bearer", "env": "GOOD"}},
        "refused": {**entry, "auth": {"style": "bearer", "env": "BAD"}},
        "keyless": {**entry, "auth": {"style": "bearer", "env": "NO_SUCH_VARIABLE"}},
        "closed": {**entry, "auth": {"style": "none"}, "base_url": "http://127.0.0.1:1"},
    }
    (tmp_path / "providers.yaml").write_text(json.dumps({"providers": providers}))
    said = call("check", *(word for name in providers for word in ("-p", name)))
    lines = said.out.splitlines()
    assert said.code == 3
    assert [line.split()[:2] for line in lines] == [["✓", "good"], *(["✕", name] for name in [*providers][1:])]
    assert "the key in BAD" in lines[1]
    assert "its key is not set: export NO_SUCH_VARIABLE" in lines[2]
    assert "nothing listens at http://127.0.0.1:1" in lines[3]


def test_without_any_key_it_says_what_to_do(call: Call, catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    for provider in catalog.providers.values():
        if provider.auth.env:
            monkeypatch.delenv(provider.auth.env, raising=False)
    said = call("check")
    assert said.code == 2
    assert "no provider's key is set: name providers with -p, or look on this machine with --local" in said.err


def test_what_is_known_of_the_models_stands_below_and_one_that_is_gone_is_told_before(
    call: Call, reference_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOD", "reference-key")
    models = {
        "cheap": {"id": "reference", "price": {"input": 1, "output": 5}, "retires": "2001-02-03"},
        "thinking": {"id": "reference-thinking"},
    }
    entry = {"base_url": reference_url, "auth": {"style": "bearer", "env": "GOOD"}, "models": models}
    (tmp_path / "providers.yaml").write_text(json.dumps({"providers": {"mine": entry}}))
    said = call("check", "-p", "mine")
    assert said.code == 0
    (known,) = said.out.splitlines()[1:]
    assert known == "    reference, 1 USD in and 5 USD out for a million tokens, was retired on 2001-02-03"
    assert (
        said.err
        == "warning: mine: reference was retired on 2001-02-03; set models.cheap.id in your own providers.yaml\n"
    )
    assert "warning: mine: reference was retired" in call("plan", "-p", "mine", "-s", "messages.basic").err
