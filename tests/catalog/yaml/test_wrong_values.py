"""Whatever stands in a user's file is taken, or told with its line: it never ends in any other error."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias, cast

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from messages_conformance.catalog import Catalog, load_providers, validate_uses
from messages_conformance.catalog.expectations import load_expectations
from messages_conformance.catalog.scenarios import combinations
from messages_conformance.catalog.scenarios.generate import generate
from messages_conformance.catalog.scenarios.loading import load_files
from messages_conformance.catalog.scenarios.uses import validate_needs
from messages_conformance.catalog.yaml.strict import refuse
from messages_conformance.checks.base import Check
from messages_conformance.errors import UserError
from messages_conformance.run.planning.expected import unmet
from messages_conformance.run.planning.plan import every, make_plan
from searching import EXAMPLES

Checks: TypeAlias = Mapping[str, Check]
Path_: TypeAlias = tuple[str | int, ...]

PROVIDERS = """
providers:
  mine:
    title: Mine
    base_url: https://api.example.com/anthropic
    path: /v1/messages
    contract: naga
    auth: {style: header, env: MY_KEY, header: x-key}
    version: "2023-06-01"
    headers: {x-extra: "1"}
    models:
      cheap: {id: small, class: generic, traits: [vision], price: {input: 0.28, output: 0.42, currency: EUR}}
      thinking: {id: large}
    features: [streaming, tools]
    limits: {concurrency: 2, requests_per_minute: 60, connect_timeout: 1.5, total_timeout: 60, spend: 0.5}
    note: A note.
  played: {embedded: naga/reference-page, contract: naga, auth: {style: bearer}}
"""
EXPECTATIONS = """
expectations:
  - provider: reference
    check: stream.*
    scenarios: [streaming.*, combinations.pairs]
    question: drop-in
    pointer: /usage
    actual: nothing
    at_most: 3
    owner: The team
    added: "2026-03-01"
    reason: The upstream tells it at the end.
    issue: https://example.com/1
    expires: "2027-03-01"
"""
SCENARIOS = """
area: made
scenarios:
  - id: made.two-steps
    title: Two steps
    why: Because.
    needs: [streaming]
    accepts: [anthropic:request.stream.accepted]
    tags: [smoke]
    trials: 2
    twin: made.plain
    steps:
      - id: ask
        expect: stream
        role: cheap
        method: POST
        route: messages
        headers: {anthropic-version: "2023-06-01", x-more: null}
        auth: own
        auth_style: bearer
        hang_up_after: 3
        padded_to: 4096
        body: {max_tokens: 64, stream: true, messages: [{role: user, content: Hello}]}
        capture: {answer: "content[0].text"}
      - id: again
        expect: message
        body: {max_tokens: 64, messages: [{role: user, content: "${answer}"}]}
        checks:
          - {check: text.contains, params: {all: ["1"]}, clauses: ["anthropic:message.content"]}
          - check: stop-reason
            params: {is: end_turn}
            clauses: ["anthropic:message.stop_reason"]
            contract: anthropic
            at_most: SHOULD
  - id: made.plain
    title: Plain
    why: Because.
    steps: [{id: ask, expect: message, body: {max_tokens: 64, messages: [{role: user, content: Hello}]}}]
generate:
  - id: made
    why: Because.
    twin: made.plain
    needs: [streaming]
    needs_for: {temperature: [sampling]}
    vary: [missing, type, bounds, enum]
    objects: ["", /messages/0]
    skip: {max_tokens.0: It is decided elsewhere.}
    asked: [max_tokens]
    contracts: [anthropic, naga]
    headers: {anthropic-beta: mcp-client-2025-11-20}
    cases: {made.case: {/messages/0/role: mauve}}
    base: {max_tokens: 16, temperature: 1, messages: [{role: user, content: Hello}]}
relations:
  - id: made.relation
    title: A relation
    why: Because.
    request: {max_tokens: 64, messages: [{role: user, content: Hello}]}
    parts: {system: {needs: [system], body: {system: You are terse.}}, bearer: {change: [key-as-bearer]}}
    forms:
      - {id: plain, parts: [system], clauses: [request.system.honoured]}
      - {id: other, parts: all, clauses: [request.combinations], with: plain, agree: [envelope, prompt]}
combinations:
  - id: made.combination
    title: A combination
    why: Because.
    clauses: [request.combinations]
    base: {max_tokens: 64, messages: [{role: user, content: ["${first}", {type: text, text: Hello}]}]}
    change: [text-as-string]
    parameters:
      stream: {streamed: {needs: [streaming], body: {stream: true}}}
      turn: {blocks: {at: {first: [{type: text, text: Early.}]}}}
    never: [{these: [stream], those: [turn], why: Because.}]
    rows: [{stream: streamed}, {turn: blocks}]
"""
WRONG: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(None, True, 0, -1, 7, 0.5, float("inf"), float("nan"), 10**400, "", " ", "openai"),
        *("${answer}", "*", "[", "/", "a:b", "x" * 300, "\x7f", "2027-02-30"),
        *([], ["openai"], [[]], {}, {"openai": "x"}, {"": None}, {"id": 7}),
    ]
)


def places(value: Any, path: Path_ = ()) -> Iterator[Path_]:
    """Where anything stands in a document, mappings and lists included."""
    yield path
    match value:
        case dict():
            inner = cast("dict[str, Any]", value).items()
        case list():
            inner = enumerate(cast("list[Any]", value))
        case _:
            return
    for key, member in inner:
        yield from places(member, (*path, key))


def changed(document: Any, changes: list[tuple[Path_, Any]]) -> Any:
    """`document` with other values at places, as far as they are still there."""
    document = {"": copy.deepcopy(document)}
    for path, value in changes:
        holder: Any = document
        *way, last = ("", *path)
        try:
            for step in way:
                holder = holder[step]
            holder[last] = value
        except (LookupError, TypeError):
            continue
    return document[""]


def read_providers(path: Path, catalog: Catalog, checks: Checks) -> None:
    providers = load_providers((path,), catalog.contracts)
    make_plan(every(providers.values(), catalog.scenarios[:3]), catalog, checks)


def read_expectations(path: Path, catalog: Catalog, checks: Checks) -> None:
    expectations = [entry for entry in load_expectations(path) if entry.provider in catalog.providers]
    refuse(unmet(replace(catalog, expectations=tuple(expectations)), checks))


def read_scenarios(path: Path, catalog: Catalog, checks: Checks) -> None:
    files = load_files(path.parent)
    refuse(problem for family in files.families for problem in combinations.problems(family))
    makers = {"relations": combinations.relation, "combinations": combinations.combination}
    made = [makers[family.kind](family) for family in files.families]
    scenarios = (*files.scenarios, *made, *generate(files.generators, catalog.schemas.requests))
    refuse(validate_needs(scenarios, {"streaming", "sampling"}))
    clauses = {clause for contract in catalog.contracts.values() for clause in contract.clauses}
    refuse(validate_uses(scenarios, {check.id: check.params for check in checks.values()}, clauses))
    make_plan(every([catalog.providers["naga-guide-page"]], scenarios), replace(catalog, scenarios=scenarios), checks)


FILES = {"providers": PROVIDERS, "expectations": EXPECTATIONS, "scenarios": SCENARIOS}
READERS = {"providers": read_providers, "expectations": read_expectations, "scenarios": read_scenarios}
Read: TypeAlias = Callable[[str, str], None]


@pytest.fixture
def read(tmp_path: Path, catalog: Catalog, checks: Checks) -> Read:
    """Read a text as a file of a kind."""

    def to(kind: str, text: str) -> None:
        path = tmp_path / "made.yaml"
        path.write_text(text, "utf-8")
        READERS[kind](path, catalog, checks)

    return to


@pytest.mark.parametrize("kind", FILES)
@settings(max_examples=EXAMPLES // 2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_wrong_value_is_taken_or_told(kind: str, read: Read, data: st.DataObject) -> None:
    document = yaml.safe_load(FILES[kind])
    change = st.tuples(st.sampled_from(list(places(document))), WRONG)
    made = changed(document, data.draw(st.lists(change, min_size=1, max_size=2)))
    with contextlib.suppress(UserError):
        read(kind, yaml.safe_dump(made))


@pytest.mark.parametrize("kind", FILES)
def test_what_is_changed_here_is_right_as_it_stands(kind: str, read: Read) -> None:
    read(kind, FILES[kind])


@pytest.mark.parametrize(
    ("kind", "right", "wrong", "line", "said", "hint"),
    [
        ("providers", "naga", "openai", 7, "there is no contract `openai`", "known: `aisa`, `anthropic`, `bifrost`, "),
        ("scenarios", "text-as-string", "openai", 68, "there is no change `openai`", "known: "),
    ],
)
def test_a_name_of_nothing_is_told_with_what_there_is(  # noqa: PLR0917
    kind: str, right: str, wrong: str, line: int, said: str, hint: str, read: Read
) -> None:
    with pytest.raises(UserError) as caught:
        read(kind, FILES[kind].replace(right, wrong, 1))
    (problem,) = caught.value.problems
    assert (problem.message, problem.where and problem.where.line) == (said, line)
    assert (problem.hint or "").startswith(hint)
