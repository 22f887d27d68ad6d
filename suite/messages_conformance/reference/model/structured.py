"""Structured output: the form that a request asks of its answer (contract: request.output_config.format)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from messages_conformance.reference.narrow import as_object

PLACES = (("output_config", "format"), ("output_format",))
"""Where a request may ask for it; the second is the older one (contract: beta.output-format)."""


def wanted(body: Mapping[str, Any]) -> tuple[tuple[str, ...], Mapping[str, Any]] | None:
    """The JSON Schema that the answer must satisfy, after its place in the body; None if any text will do."""
    for place in PLACES:
        found: Any = body
        for key in place:
            found = as_object(as_object(found).get(key))
        if "schema" in found:
            return (*place, "schema"), found["schema"]
    return None
