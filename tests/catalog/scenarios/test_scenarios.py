from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from messages_conformance.catalog.model import Level
from messages_conformance.catalog.scenarios.loading import (
    load_generators,
    load_scenarios,
)
from messages_conformance.catalog.scenarios.uses import validate_needs, validate_uses
from messages_conformance.errors import UserError, Where

Write = Callable[[str, str], Path]

FULL = """
    area: stop reasons
    scenarios:
      - id: tools.loop
        title: A loop
        why: Because.
        needs: [tools, thinking.enabled]
        tags: [smoke]
        trials: 3
        twin: tools.plain
        steps:
          - id: call
            expect: stream
            role: thinking
            headers: {anthropic-version: 2026-10-21, x-gone: null}
            auth: wrong
            auth_style: bearer
            body: {stream: true, max_tokens: 8}
            capture: {use: "content[?type=='tool_use'] | [0]"}
            checks:
              - plain
              - short: {is: end_turn}
              - empty:
              - check: long
                params: {n: 1}
                clauses: [local.id, "vendor:own"]
                contract: vendor
                at_most: SHOULD
              - {check: canonical, clauses: [local.id]}
          - id: result
            expect: message
            body: {model: "${model}", messages: [{role: user, content: ["${use}", "id ${use}"]}]}
          - {id: list, expect: models, route: models}
          - {id: one, expect: model, route: "models/${model}"}
          - {id: gone, expect: error, route: /v1/models, method: DELETE}
      - {id: tools.plain, title: t, why: w, steps: [{id: ask, expect: message}]}
    generate:
      - {id: request, why: w, twin: tools.plain, vary: [missing], objects: [""], base: {max_tokens: 8}}
"""


def steps(*lines: str) -> str:
    """A file with one scenario `s`; its steps start in line 6."""
    return "area: a\nscenarios:\n  - id: s\n    title: t\n    why: w\n    steps: [" + ",\n      ".join(lines) + "]\n"


def complaints(root: Path) -> list[tuple[int, str, str | None]]:
    with pytest.raises(UserError) as caught:
        load_scenarios(root)
    return [(p.where.line, p.message, p.hint) for p in caught.value.problems if p.where]


def test_a_scenario_is_read_whole(write: Write, tmp_path: Path) -> None:
    path = write("stop.yaml", FULL)
    loop, plain = load_scenarios(tmp_path)

    assert (loop.id, loop.area, loop.title, loop.why) == ("tools.loop", "stop reasons", "A loop", "Because.")
    assert (loop.needs, loop.tags) == (("tools", "thinking.enabled"), frozenset({"smoke"}))
    assert (loop.trials, loop.twin, loop.is_variant) == (3, "tools.plain", False)
    assert loop.where == Where(path, 3)
    call = loop.steps[0]
    assert (call.role, call.auth, call.auth_style, call.expect) == ("thinking", "wrong", "bearer", "stream")
    assert call.headers == {"anthropic-version": "2026-10-21", "x-gone": None}
    assert call.where == Where(path, 11)
    assert (plain.trials, plain.twin, plain.needs) == (1, None, ())


def test_steps_have_defaults_by_their_route(write: Write, tmp_path: Path) -> None:
    write("stop.yaml", FULL)
    loop, plain = load_scenarios(tmp_path)

    assert [(step.method, step.route) for step in loop.steps] == [
        ("POST", "messages"),
        ("POST", "messages"),
        ("GET", "models"),
        ("GET", "models/${model}"),
        ("DELETE", "/v1/models"),
    ]
    ask = plain.steps[0]
    assert (ask.body, ask.headers, ask.capture, ask.checks) == (None, {}, {}, ())
    assert (ask.auth, ask.auth_style, ask.role) == ("own", None, "cheap")


def test_checks_in_every_form(write: Write, tmp_path: Path) -> None:
    path = write("stop.yaml", FULL)
    uses = load_scenarios(tmp_path)[0].steps[0].checks

    assert [(use.check, use.params) for use in uses] == [
        ("plain", {}),
        ("short", {"is": "end_turn"}),
        ("empty", {}),
        ("long", {"n": 1}),
        ("canonical", {}),
    ]
    assert [use.where.line for use in uses] == [20, 21, 22, 23, 28]
    assert uses[0].where.path == path
    long = uses[3]
    assert (long.clauses, long.contract, long.at_most) == (("vendor:local.id", "vendor:own"), "vendor", Level.SHOULD)
    assert uses[4].clauses == ("anthropic:local.id",)


def test_generators_stay_as_they_are_written(write: Write, tmp_path: Path) -> None:
    path = write("stop.yaml", FULL)
    (generator,) = load_generators(tmp_path)

    assert (generator.id, generator.area) == ("request", "stop reasons")
    assert (generator.data["vary"], generator.data["objects"]) == (["missing"], [""])
    assert generator.data["base"] == {"max_tokens": 8}
    assert generator.where == Where(path, 37)


def test_ids_and_twins_are_checked_across_files(write: Write, tmp_path: Path) -> None:
    write("a.yaml", "area: a\nscenarios:\n  - {id: one, title: t, why: w, twin: two, steps: [{id: x, expect: any}]}\n")
    write(
        "b.yaml",
        """
        area: b
        scenarios:
          - {id: two, title: t, why: w, twin: two, steps: [{id: x, expect: any}]}
          - {id: one, title: t, why: w, twin: tow, steps: [{id: x, expect: any}, {id: x, expect: any}]}
        generate:
          - &g {id: g, why: w, twin: one, vary: [missing], objects: [""], base: {}}
          - *g
        """,
    )

    assert complaints(tmp_path) == [
        (3, "`two` is its own twin", "name a scenario whose request is accepted"),
        (4, "the id `one` is here twice", f"first: {tmp_path / 'a.yaml'}:3"),
        (4, "there is no scenario `tow`", "did you mean `two`?"),
        (4, "the step `x` is here twice", None),
        (6, "the id `g` is here twice", f"first: {tmp_path / 'b.yaml'}:6"),
    ]


def test_a_broken_scenario_hides_no_other_and_still_counts_as_a_twin(write: Write, tmp_path: Path) -> None:
    write(
        "a.yaml",
        """
        area: a
        scenarios:
          - {id: broken, titel: t, why: w, steps: [{id: x, expect: any}]}
          - {id: sound, title: t, why: w, twin: broken, steps: [{id: x, expect: any, capture: {y: "["}}]}
        """,
    )
    write("b.yaml", "area: [\n")
    write("c.yaml", "scenarios:\n  - {id: lost, title: t, why: w, steps: [{id: x, expect: stream}]}\n")

    assert [(line, message.partition(":")[0]) for line, message, _ in complaints(tmp_path)] == [
        (3, "`titel` is not a key of item 1 of `scenarios`"),
        (3, "item 1 of `scenarios` lacks the key `title`"),
        (4, "`y` is not a JMESPath expression"),
        (2, "not valid YAML"),
        (1, "it lacks the key `area`"),
    ]


@pytest.mark.parametrize(
    ("given", "line", "message"),
    [
        (
            ["{id: x, expect: message, body: {stream: true}}"],
            6,
            "the body asks for a stream, but the step expects `message`",
        ),
        (
            ["{id: x, expect: stream, body: {stream: false}}"],
            6,
            "the step expects a stream, but its request does not ask for one",
        ),
        (["{id: x, expect: stream}"], 6, "the step expects a stream, but its request does not ask for one"),
        (
            ["{id: x, expect: any}", '{id: y, expect: any, body: ["a ${b}"]}'],
            7,
            "nothing has captured `b` before this step",
        ),
        (
            ['{id: x, expect: any, capture: {b: id}, body: "${b}"}', '{id: y, expect: any, body: "${b}"}'],
            6,
            "nothing has captured `b` before this step",
        ),
        (["{id: x, expect: any, route: 'models/${b}'}"], 6, "nothing has captured `b` before this step"),
        (["{id: x, expect: any, body: '${}'}"], 6, "nothing has captured `` before this step"),
        (["{id: x, expect: any, headers: {a: '${model}'}}"], 6, "`${model}` is not filled in here"),
        (["{id: x, expect: any, checks: [c: {d: '${model}'}]}"], 6, "`${model}` is not filled in here"),
        (["{id: x, expect: any, headers: {a: '${word_1}'}}"], 6, "`${word_1}` is not filled in here"),
        (["{id: x, expect: any, checks: [c: {d: '${b}'}]}"], 6, "nothing has captured `b` before this step"),
        (["{id: x, expect: any, capture: {model: id}}"], 6, "`model` cannot be captured"),
        (["{id: x, expect: any, capture: {word_1: id}}"], 6, "`word_1` cannot be captured"),
        (["{id: x, expect: any}", "{id: y, expect: run}"], 7, "a step that expects `run` must be the only step"),
        (["{id: x, expect: run, body: {}}"], 6, "a step that expects `run` sends nothing, so `body`"),
    ],
)
def test_what_cannot_work_between_steps(
    write: Write, tmp_path: Path, given: list[str], line: int, message: str
) -> None:
    write("a.yaml", steps(*given))
    ((at, said, _),) = complaints(tmp_path)

    assert at == line
    assert said.startswith(message)


def test_checks_may_name_code_words_and_what_was_captured_before(write: Write, tmp_path: Path) -> None:
    given = ["{id: x, expect: any, capture: {b: id}}", "{id: y, expect: any, checks: [c: {d: ['${word_1}', '${b}']}]}"]
    write("a.yaml", steps(*given))
    (made,) = load_scenarios(tmp_path)
    assert made.steps[1].checks[0].params == {"d": ["${word_1}", "${b}"]}


def test_steps_that_are_sent_together_use_nothing_of_each_other(write: Write, tmp_path: Path) -> None:
    asked = steps("{id: x, expect: any, capture: {b: id}}", '{id: y, expect: any, body: "${b}"}')
    write("a.yaml", asked + "    together: true\n")
    ((_, said, _),) = complaints(tmp_path)

    assert said == "nothing has captured `b` before this step"


@pytest.mark.parametrize(
    "step",
    [
        "{id: x, expect: error, body: {stream: true}}",
        "{id: x, expect: any, body: {stream: true}}",
        "{id: x, expect: error, body: {stream: sometimes}}",
        "{id: x, expect: stream, body: {stream: true}}",
        "{id: x, expect: error, body: '{\"not json'}",
    ],
)
def test_what_may_be_asked_of_a_stream(write: Write, tmp_path: Path, step: str) -> None:
    write("a.yaml", steps(step))

    assert len(load_scenarios(tmp_path)) == 1


def test_uses_are_held_against_what_exists(write: Write, tmp_path: Path) -> None:
    checks = "[plian, stop: {is: end, iss: 1}, stop: {}, {check: plain, clauses: [a.b, a.c]}]"
    write("a.yaml", steps(f"{{id: x, expect: any, checks: {checks}}}"))
    known = {
        "plain": {"type": "object", "maxProperties": 0},
        "stop": {
            "type": "object",
            "required": ["is"],
            "additionalProperties": False,
            "properties": {"is": {"enum": ["end_turn", "tool_use"], "description": "The stop reason."}},
        },
    }

    problems = validate_uses(load_scenarios(tmp_path), known, frozenset({"anthropic:a.b"}))
    assert [(p.where.line if p.where else 0, p.message, p.hint) for p in problems] == [
        (6, "there is no check `plian`", "did you mean `plain`?"),
        (6, "check `stop`: `iss` is not a key", "did you mean `is`?"),
        (6, "check `stop`: `is` cannot be `end`", "one of `end_turn`, `tool_use`"),
        (6, "check `stop`: it lacks the key `is`", "The stop reason."),
        (6, "no contract defines the clause `anthropic:a.c`", "did you mean `anthropic:a.b`?"),
    ]


def test_uses_that_exist_are_no_problem(write: Write, tmp_path: Path) -> None:
    write("a.yaml", steps("{id: x, expect: any, checks: [plain]}"))

    assert validate_uses(load_scenarios(tmp_path), {"plain": {"maxProperties": 0}}, ()) == []


def test_a_misspelt_need_is_not_a_silent_skip(write: Write, tmp_path: Path) -> None:
    text = (
        "area: a\nscenarios:\n  - {id: s, title: t, why: w, needs: [tools, thinkng], steps: [{id: x, expect: any}]}\n"
    )
    write("a.yaml", text)

    (problem,) = validate_needs(load_scenarios(tmp_path), {"tools", "thinking"})
    assert problem.message == "`s` needs `thinkng`, which nothing claims"
    assert problem.hint == "did you mean `thinking`?"
