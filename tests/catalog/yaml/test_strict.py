from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator
from members import over
from messages_conformance.catalog.contracts.schema import iter_subschemas
from messages_conformance.catalog.model import LONGEST_WAIT
from messages_conformance.catalog.yaml import nodes, strict
from messages_conformance.errors import Problem, UserError, Where

FILES: tuple[strict.SchemaFile, ...] = get_args(strict.SchemaFile)


def found(name: strict.SchemaFile, text: str) -> list[tuple[int, str, str | None]]:
    problems = [problem for _, problem in strict.check(nodes.parse(text, Path("x.yaml")), name)]
    return sorted((p.where.line if p.where else 0, p.message, p.hint) for p in problems)


def scenario(*lines: str) -> str:
    step = "      - id: ask\n        expect: message\n"
    head = f"area: a\nscenarios:\n  - id: s\n    title: t\n    why: w\n    steps:\n{step}"
    return head + "".join(f"        {line}\n" for line in lines)


@pytest.mark.parametrize("name", FILES)
def test_our_schemas_are_valid_and_teach(name: strict.SchemaFile) -> None:
    document = strict.schema(name)
    Draft202012Validator.check_schema(document)

    for _, subschema in iter_subschemas(document):
        for key, member in subschema.get("properties", {}).items():
            assert "description" in member or "$ref" in member, key


@pytest.mark.parametrize("name", FILES)
def test_our_schemas_use_only_keywords_that_have_a_sentence(name: strict.SchemaFile) -> None:
    silent = {"$schema", "$id", "$ref", "$defs", "title", "description", "properties", "items", "propertyNames"}
    silent |= {"if", "then", "else"}

    used = {keyword for _, subschema in iter_subschemas(strict.schema(name)) for keyword in subschema}
    assert used - silent <= set(strict.WORDINGS)


def test_every_mistake_of_a_file_is_found_with_its_line_and_advice() -> None:
    lines = ["titel: A", "auth: {style: beaerer}", "features: [streeming]", "limits: {concurrency: 0}"]

    assert found("providers", "providers:\n  a:\n" + "".join(f"    {line}\n" for line in lines)) == [
        (3, "`titel` is not a key of `a`", "did you mean `title`?"),
        (4, "`style` cannot be `beaerer`", "did you mean `bearer`?"),
        (5, "item 1 of `features` cannot be `streeming`", "did you mean `streaming`?"),
        (
            6,
            "`concurrency` must be at least 1, but is `0`",
            "Requests in flight at once, each on a connection of its own. Default: 8.",
        ),
    ]


def test_every_number_about_a_provider_has_bounds() -> None:
    """A run with a billion slots, or a wait of a million years, hangs instead of being refused."""
    numbers = [s for _, s in iter_subschemas(strict.schema("providers")) if s.get("type") in ("integer", "number")]
    assert len(numbers) == 9
    assert [s for s in numbers if "maximum" not in s or not {"minimum", "exclusiveMinimum"} & s.keys()] == []


@over(
    "line",
    [
        "concurrency: 1000000000",
        "concurrency: -1",
        "requests_per_minute: 0",
        "requests_per_minute: 1000000000000",
        "connect_timeout: 1.0e+18",
        "read_timeout: 86401",
        "total_timeout: 0",
        "spend: 1.0e+300",
    ],
)
def test_a_number_out_of_its_bounds_is_refused_with_its_line(line: str) -> None:
    ((number, message, _),) = found("providers", f"providers:\n  a:\n    limits:\n      {line}\n")
    assert (number, f"`{line.partition(':')[0]}` must be" in message) == (4, True)


def test_a_user_may_wait_for_a_day() -> None:
    timeouts = [s for _, s in iter_subschemas(strict.schema("providers")) if s.get("exclusiveMinimum") == 0]
    assert [s["maximum"] for s in timeouts] == [LONGEST_WAIT] * 3


def test_a_missing_key_comes_with_what_it_is_for() -> None:
    assert found("scenarios", "area: a\nscenarios:\n  - id: s\n    title: t\n    why: w\n") == [
        (3, "item 1 of `scenarios` lacks the key `steps`", "Requests, sent one after the other.")
    ]


def test_two_missing_keys_are_two_problems() -> None:
    messages = [message for _, message, _ in found("clauses", "clauses:\n  - {id: a, level: MUST}\n")]

    assert messages == ["item 1 of `clauses` lacks the key `source`", "item 1 of `clauses` lacks the key `text`"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("checks: 5", "`checks` must be a list, but is a number (`5`)"),
        ("checks: true", "`checks` must be a list, but is true or false (`true`)"),
        ("headers: []", "`headers` must be a mapping, but is a list (`[]`)"),
        ("checks:", "`checks` must be a list, but is empty"),
        ("checks: [5]", "item 1 of `checks` must be text or a mapping, but is a number (`5`)"),
        ("checks: [{a: 5}]", "`a` must be a mapping or empty, but is a number (`5`)"),
        ("checks: [{check: a, param: {}}]", "`param` is not a key of item 1 of `checks`"),
        ("checks: [{a: {}, b: {}}]", 'item 1 of `checks` takes at most 1 key(s): `{"a": {}, "b": {}}`'),
        ("route: mesages", "`route` cannot be `mesages`"),
        ("auth: true", "`auth` cannot be `true`"),
        ("capture: {Bad: x}", "the key `Bad` is not well formed"),
    ],
)
def test_a_union_is_told_of_the_branch_that_was_meant(line: str, message: str) -> None:
    assert [(at, said) for at, said, _ in found("scenarios", scenario(line))] == [(9, message)]


@pytest.mark.parametrize(
    "line",
    [
        "checks: [a, b: , {c: {d: 1}}, {check: e, params: {}, clauses: [x], contract: y, at_most: MAY}]",
        "route: models/${id}",
        "route: messages?beta=true",
        "route: /v1/anything",
        "headers: {anthropic-version: null, x-other: '1'}",
        "body: '{not json'",
    ],
)
def test_what_is_meant_to_be_allowed_is(line: str) -> None:
    assert found("scenarios", scenario(line)) == []


def test_8_0_does_not_count_things() -> None:
    ((line, message, _),) = found("providers", "providers: {a: {limits: {concurrency: 8.0}}}")

    assert (line, message) == (1, "`concurrency` must be a whole number, but is a number (`8.0`)")


def test_a_file_that_is_nothing_at_all_says_so() -> None:
    assert found("scenarios", "") == [(1, "it must be a mapping, but is empty", SCENARIOS["description"])]


SCENARIOS = strict.schema("scenarios")


def test_a_key_in_the_wrong_place_is_not_repeated() -> None:
    secret = "sk-ant-api03-" + "q7" * 20

    assert secret not in json.dumps(found("providers", f"providers: {{a: {{auth: {{style: {secret}}}}}}}"))


def test_foreign_unions_are_told_of_the_nearest_branch() -> None:
    schema: dict[str, Any] = {
        "properties": {
            "is": {
                "anyOf": [
                    {"type": "array", "items": {"type": "string"}},
                    {"type": "object", "required": ["one_of"]},
                    {"type": "null"},
                ]
            }
        }
    }
    validator = Draft202012Validator(schema)

    assert [m.message for m in strict.mistakes({"is": [5]}, validator)] == [
        "item 1 of `is` must be text, but is a number (`5`)"
    ]
    assert [m.message for m in strict.mistakes({"is": {}}, validator)] == ["`is` lacks the key `one_of`"]


def test_foreign_keywords_without_a_sentence_are_shown_as_they_are() -> None:
    validator = Draft202012Validator({"properties": {"n": {"multipleOf": 5}}})

    assert [m.message for m in strict.mistakes({"n": 7}, validator)] == ["`n` does not satisfy `multipleOf: `5``"]


def test_problems_are_refused_together_by_file_and_line() -> None:
    b2, b10, a9 = (Problem("p", Where(Path(name), line)) for name, line in [("b", 2), ("b", 10), ("a", 9)])

    with pytest.raises(UserError) as caught:
        strict.refuse([b10, b2, a9, b2])
    assert caught.value.problems == (a9, b2, b10)
    strict.refuse([])


def test_a_long_list_of_known_words_is_cut_and_a_near_word_is_named() -> None:
    words = [f"word-{i:02}" for i in range(40)]

    assert strict.suggest("word-07x", words) == "did you mean `word-07`?"
    assert strict.suggest("quite else", words).endswith(", …")
    assert strict.suggest("x", []) == "none are known"
