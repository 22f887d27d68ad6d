"""The door to jsonschema for whoever applies a schema that stands in no file of ours: a tool's, a check's parameters.

It is imported with the first value. That takes longer than all that comes before the first request, and is needed when
the first answer is judged.
"""

from __future__ import annotations

from typing import Any


def validator(schema: Any) -> Any:
    """What finds the errors of values by a schema (JSON Schema 2020-12), as jsonschema's `Draft202012Validator`."""
    from jsonschema import Draft202012Validator

    return Draft202012Validator(schema)
