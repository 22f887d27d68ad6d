"""`list` for scripts."""

from __future__ import annotations

import json

from calling import Call, Said


def test_providers_are_listed_as_json_and_nothing_else_is(call: Call) -> None:
    said = call("list", "providers", "deep*", "--json")
    (deepseek,) = json.loads(said.out)
    assert (said.code, deepseek["id"], deepseek["key_env"]) == (0, "deepseek", "DEEPSEEK_API_KEY")
    assert call("list", "checks", "--json") == Said(2, "", "error: checks cannot be listed as JSON: providers can\n")
    assert "no provider is called `nobody`" in call("list", "providers", "nobody", "--json").err
