"""Field by field: what others wrote is shown where it is due, and nothing of it is obeyed (pages: in the browser)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints
from xml.etree import ElementTree as ET

import pytest
from messages_conformance.results import records
from obeyed import obeyed
from showing import FIELDS, TEXTS, due, read, shown, texts

CHECKED = {
    *("id", "provider", "contract", "scenario", "scenarios", "check", "checks", "step", "feature", "features", "lacks"),
    *("profile", "clauses", "conflicts", "unless", "needs", "twin", "repeats", "cause", "explains", "exchanges"),
    *("started", "finished", "added", "expires"),
    *("diagnosis", "results", "sha256", "method", "key_env", "job"),
}
"""Fields that hold ids and moments, which loading checks, and words of ours."""

OURS = {"suite.name", "suite.version", "contract.title", "impact.statement", "impact.clients"}
"""What stands in this program and in no file of a user's."""

PARTS = {
    "request.headers": ("request.header", "request.value"),
    "response.headers": ("response.header", "response.value"),
    "chunk.data": ("event.name", "event.data", "event.field", "event.comment"),
}
"""Fields that have parts, each shown in a place of its own."""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return dict(texts(tmp_path_factory.mktemp("marked")))


@pytest.mark.parametrize("output", TEXTS)
def test_every_field_that_is_due_is_shown_and_none_is_obeyed(written: dict[str, str], output: str) -> None:
    text = written[output]
    assert shown(read(output, text)) == due(output)
    assert obeyed(text) == []
    if output == "markdown":
        assert "<img" not in text
        assert "<script" not in text


def test_the_xml_has_no_element_of_others(written: dict[str, str]) -> None:
    ours = {
        "testsuites",
        "testsuite",
        "properties",
        "property",
        "testcase",
        "failure",
        "error",
        "skipped",
        "system-out",
    }
    assert {element.tag for element in ET.fromstring(written["junit"]).iter()} <= ours  # noqa: S314  written by us


def test_no_field_of_a_record_is_left_out_of_the_table() -> None:
    named = {part for name in _texts() for part in PARTS.get(name, (name,))}
    assert named - OURS <= set(FIELDS)


def _texts() -> Iterator[str]:
    """`provider.title`: every field of a record, or of a part of one, that holds text of others."""
    waiting, seen = [*records.KINDS.values()], set[Any]()
    while waiting:
        kind = waiting.pop()
        if kind in seen:
            continue
        seen.add(kind)
        for field in fields(kind):
            hint = get_type_hints(kind)[field.name]
            waiting += [part for part in _inside(hint) if is_dataclass(part) and isinstance(part, type)]
            if {str, bytes} & set(_inside(hint)) and field.name not in CHECKED:
                yield f"{kind.__name__.lower()}.{field.name}"


def _inside(hint: Any) -> list[Any]:
    return [hint, *(part for argument in get_args(hint) for part in _inside(argument))]
