"""The classes that are made from the schemas of the jobs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from classes import class_of
from members import over
from pydantic import ValidationError

JOBS = Path(__file__).parents[3] / "suite" / "jobs.yaml"

TABLE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "unit": {"type": "string", "enum": ["celsius", "kelvin"]},
        "contact": {
            "type": "object",
            "properties": {"notes": {"type": "array", "items": {"type": "integer"}}},
            "required": ["notes"],
        },
    },
    "required": ["city", "contact"],
    "additionalProperties": False,
}


def of_jobs() -> Iterator[dict[str, Any]]:
    """Every object schema that a job gives to every client."""
    for job in yaml.safe_load(JOBS.read_text("utf-8"))["jobs"]:
        yield from (tool["input_schema"] for tool in job.get("tools", ()) if not tool.keys() & {"type", "strict"})
        yield from [job["schema"]] if "schema" in job else []


@over("schema", of_jobs())
def test_every_schema_of_a_job_has_a_class(schema: dict[str, Any]) -> None:
    made = class_of("It", schema).model_json_schema()

    assert set(made["properties"]) == set(schema["properties"])
    assert set(made.get("required", ())) == set(schema.get("required", ()))


def test_a_class_keeps_what_fits() -> None:
    table = {"city": "Lisbon", "contact": {"notes": [1, 2]}}

    assert class_of("Table", TABLE).model_validate(table).model_dump(exclude_unset=True) == table


@pytest.mark.parametrize(
    "wrong",
    [
        {"city": "Lisbon"},
        {"city": "Lisbon", "contact": {}},
        {"city": "Lisbon", "contact": {"notes": ["one"]}},
        {"city": "Lisbon", "contact": {"notes": []}, "unit": "fahrenheit"},
        {"city": "Lisbon", "contact": {"notes": []}, "guests": 4},
    ],
)
def test_a_class_refuses_what_does_not(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        class_of("Table", TABLE).model_validate(wrong)
