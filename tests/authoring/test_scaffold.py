"""A new scenario: complete, at the end of its area's list, and nothing else in the file is touched."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from messages_conformance.authoring.scaffold import Draft, Kind, copied, draft, render, save, template
from messages_conformance.catalog import data
from messages_conformance.catalog.scenarios.loading import load_generators, load_scenarios
from messages_conformance.catalog.yaml import nodes
from messages_conformance.errors import UserError

Write = Callable[[str, str], Path]

AREA = """
    # yaml-language-server: $schema=x
    area: small talk
    scenarios:
      - id: messages.basic
        title: A greeting   # with a remark
        why: Because.
        tags: [preflight, smoke]
        steps:
          - id: ask
            expect: message
            body: &hello {max_tokens: 8, stop_sequences: ["no", "1e5"], messages: [{role: user, content: "Hello: you"}]}
      - id: talk.again
        title: Twice
        why: Because.
        trials: 2
        steps:
          - id: ask
            expect: stream
            body: {<<: *hello, stream: true}

    # What follows from the schema
    generate:
      - id: family
        why: Because.
        twin: messages.basic
        base: {max_tokens: 8, messages: []}
"""


@pytest.fixture
def root(write: Write) -> Path:
    return write("scenarios/talk.yaml", AREA).parent


def drafted(root: Path, name: str = "talk.new", area: str = "talk", entry: Any = None) -> Draft:
    return draft(root, load_scenarios(root), name, area, entry or template(name, "message"))


@pytest.mark.parametrize("kind", get_args(Kind))
def test_a_new_scenario_stands_at_the_end_of_the_list_and_the_rest_stays(root: Path, kind: Kind) -> None:
    before = (root / "talk.yaml").read_bytes()
    made = drafted(root, entry=template("talk.new", kind))
    save(made, lambda: load_scenarios(root))

    added = next(scenario for scenario in load_scenarios(root) if scenario.id == "talk.new")
    assert (added.area, added.where, added.steps[0].expect) == ("small talk", made.where, kind)
    assert added.steps[0].checks[0].clauses
    assert (added.twin is not None) is (kind == "error")
    text = made.text
    block = render({**template("talk.new", kind), "id": "talk.new"})
    assert text.replace(f"\n{block}", "", 1).encode() == before
    assert [generator.id for generator in load_generators(root)] == ["family"]


def test_needs_follow_from_the_body() -> None:
    assert [template("x", kind).get("needs") for kind in get_args(Kind)] == [
        None,
        ["streaming"],
        None,
        ["count_tokens"],
    ]


def test_two_new_scenarios_send_different_requests() -> None:
    assert template("talk.one", "message")["steps"] != template("talk.two", "message")["steps"]


@pytest.mark.parametrize("area", ["talk", "small talk", "talk.yaml"])
def test_an_area_is_known_by_its_file_and_by_its_heading(root: Path, area: str) -> None:
    assert drafted(root, area=area).where.path == root / "talk.yaml"


def test_a_file_that_is_given_by_its_whole_path(root: Path) -> None:
    assert drafted(root, area=str(root / "talk.yaml")).where.path == root / "talk.yaml"


def test_a_new_area_gets_a_file_with_its_heading(root: Path) -> None:
    made = drafted(root, area="after_hours.yaml")
    save(made, lambda: load_scenarios(root))

    added = next(scenario for scenario in load_scenarios(root) if scenario.id == "talk.new")
    assert (added.area, added.where) == ("after hours", made.where)
    assert made.text.startswith(
        "# yaml-language-server: $schema=../messages_conformance/catalog/schemas/scenarios.schema"
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("area: bare\nscenarios:\n  - {id: a, title: A, why: W, steps: [{id: s, expect: any}]}", 5),
        ("area: bare\ngenerate: []\n", 3),
        ("area: bare\n", 3),
    ],
    ids=["no newline at the end", "only generated", "empty"],
)
def test_it_fits_into_any_file(root: Path, text: str, line: int) -> None:
    (root / "bare.yaml").write_text(text)
    made = drafted(root, area="bare")
    save(made, lambda: load_scenarios(root))
    assert made.where.line == line
    assert {"talk.new", "messages.basic"} <= {scenario.id for scenario in load_scenarios(root)}


@pytest.mark.parametrize(
    ("name", "area", "said"),
    [
        ("Talk New", "talk", "`Talk New` cannot be the id of a scenario"),
        ("talk.again", "talk", "talk.yaml:12: the id `talk.again` is taken"),
        ("talk.new", "tlak", "did you mean `talk`? For a new area, give its file: NAME.yaml"),
        ("talk.new", "nothing like it", "known: talk. For a new area, give its file: NAME.yaml"),
        ("talk.new", "Talk-2.yaml", "Talk-2.yaml is not a name for an area"),
        ("talk.new", "elsewhere/talk.yaml", "elsewhere/talk.yaml is not in"),
    ],
)
def test_mistakes_are_told(root: Path, name: str, area: str, said: str) -> None:
    with pytest.raises(UserError) as caught:
        drafted(root, name, area)
    assert said in str(caught.value)


def test_an_installed_package_is_not_written_to() -> None:
    installed = Path(render.__code__.co_filename).parents[1] / "data" / "scenarios"
    with pytest.raises(UserError, match="an installed package has no suite/scenarios/ to write to"):
        draft(installed, (), "talk.new", "talk", template("talk.new", "message"))


@pytest.mark.parametrize("area", ["talk", "new.yaml"])
def test_what_does_not_load_leaves_everything_as_it_was(root: Path, area: str) -> None:
    before = {path: path.read_bytes() for path in root.iterdir()}
    made = drafted(root, area=area, entry={**template("talk.new", "message"), "needs": "streaming"})
    with pytest.raises(UserError, match="needs"):
        save(made, lambda: load_scenarios(root))
    assert {path: path.read_bytes() for path in root.iterdir()} == before


# --- copies ---------------------------------------------------------------------------------------------------------


def test_a_copy_has_the_steps_and_is_a_variant(root: Path) -> None:
    known = load_scenarios(root)
    save(drafted(root, entry=copied(known, "talk.again")), lambda: load_scenarios(root))

    source, added = (next(s for s in load_scenarios(root) if s.id == name) for name in ("talk.again", "talk.new"))
    assert [(step.body, step.expect) for step in added.steps] == [(step.body, step.expect) for step in source.steps]
    assert (added.tags, added.trials, added.title) == ({"variant"}, 2, "Twice")


def test_only_what_is_written_out_can_be_copied(root: Path) -> None:
    known = load_scenarios(root)
    with pytest.raises(UserError, match=r"no scenario is called `talk\.agian`\n    did you mean `talk\.again`"):
        copied(known, "talk.agian")
    generated = known[0].__class__("request.x", "a", "T", "W", (), frozenset({"generated"}), (), known[0].where)
    with pytest.raises(UserError, match=r"`request\.x` is generated"):
        copied((*known, generated), "request.x")


@pytest.mark.parametrize("path", sorted(data("scenarios").glob("*.yaml")), ids=lambda path: path.stem)
def test_what_is_written_is_what_is_read(path: Path) -> None:
    """Over every scenario that exists: the writer's YAML means to the reader what the original meant."""
    entries = nodes.read(path).value.get("scenarios", [])
    if not entries:
        return
    text = "scenarios:\n" + "\n".join(render(entry) for entry in entries)
    assert nodes.parse(text, path).value["scenarios"] == entries


@pytest.mark.parametrize(
    "word", ["1e5", "-1", "no", "true", "null", "~", "2026-10-21", "", " x ", "a: b", "#", "é\n✓", "*a"]
)
def test_text_stays_text(word: str) -> None:
    text = render({"id": "a", "title": word, "steps": [{"body": {"list": [word], word or "k": word}}]})
    (read,) = nodes.parse(f"scenarios:\n{text}", Path("x.yaml")).value["scenarios"]
    assert read == {"id": "a", "title": word, "steps": [{"body": {"list": [word], word or "k": word}}]}
