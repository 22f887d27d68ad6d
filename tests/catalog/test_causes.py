from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.causes import bound, load_causes, named, unknown_names
from messages_conformance.errors import UserError

CAUSES = """
causes:
  - cause: shape.a.*
    explains: [shape.b.*, x]
    within: exchange
    because: It is the same.
gathered:
  - check: x
    many: things are wrong
"""


def test_relations_and_what_is_gathered_are_read(write: Callable[[str, str], Path]) -> None:
    causes = load_causes(write("causes.yaml", CAUSES))
    (relation,) = causes.relations
    assert (relation.cause, relation.explains, relation.within) == ("shape.a.*", ("shape.b.*", "x"), "exchange")
    assert relation.where.line == 2
    assert [(entry.check, entry.many) for entry in causes.gathered] == [("x", "things are wrong")]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("within: exchange", "within: place"), "`within` cannot be `place`"),
        (("    because: It is the same.\n", ""), "lacks the key `because`"),
        (("[shape.b.*, x]", "[shape.a.*]"), "`shape.a.*` explains itself"),
        (("[shape.b.*, x]", "[]"), "`explains` needs at least 1 item"),
        (("gathered:\n", "gathered:\n  - {check: x, many: again}\n"), "`x` is gathered twice"),
    ],
)
def test_mistakes_are_told_by_line(write: Callable[[str, str], Path], change: tuple[str, str], told: str) -> None:
    path = write("causes.yaml", CAUSES.replace(*change))
    with pytest.raises(UserError) as caught:
        load_causes(path)
    assert told in str(caught.value)
    assert "causes.yaml:" in str(caught.value)


@pytest.mark.parametrize(
    ("pattern", "stars"),
    [
        ("stop-reason", ()),
        ("stop-*", ("reason",)),
        ("stop.text/ask/stop-reason", ()),
        ("stop.*/*/stop-reason", ("text", "ask")),
        ("stopXreason", None),
        ("stop", None),
        ("other/ask/*", None),
    ],
)
def test_a_pattern_names_a_check_or_a_place(pattern: str, stars: tuple[str, ...] | None) -> None:
    assert named(pattern, ("stop.text", "ask", "stop-reason")) == stars


def test_a_star_stands_for_the_same_on_both_sides() -> None:
    assert bound("b.*", ("id",)) == "b.id"
    assert bound("b", ("id",)) == "b"
    assert bound("b.*", ()) == "b.*"


def test_a_name_of_nothing_is_told(write: Callable[[str, str], Path]) -> None:
    causes = load_causes(write("causes.yaml", CAUSES))
    assert unknown_names(causes, [("s", "ask", "shape.a.id"), ("s", "ask", "shape.b.id"), ("s", "ask", "x")]) == []
    told = [problem.message for problem in unknown_names(causes, [("s", "ask", "shape.b.id")])]
    assert told == [f"`{name}` names nothing that a scenario plans" for name in ("shape.a.*", "x", "x")]


def test_the_bundled_file_is_read(catalog: Catalog) -> None:
    assert catalog.causes.relations
    assert "error.refused" in {entry.check for entry in catalog.causes.gathered}
