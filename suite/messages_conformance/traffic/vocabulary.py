"""The public words of the Messages API: the names of its fields, and the values that it lists. Only these may be taken
over from a recorded request as they are."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from messages_conformance.catalog.contracts.schema import Steps, iter_subschemas
from messages_conformance.catalog.model import Contract

_DATED_TOOL: Final = re.compile(
    r"(bash|text_editor|memory|computer|code_execution|web_search|web_fetch)_\d{8}|tool_search_tool_(bm25|regex)(_\d{8})?"
)
_ONE_WORD: Final = re.compile(r"\^(\w+)\$")
_ITS_NAMES: Final = frozenset(
    {"bash", "str_replace_editor", "str_replace_based_edit_tool", "memory", "computer"}
    | {"code_execution", "web_search", "web_fetch", "tool_search_tool_bm25", "tool_search_tool_regex"}
)
_ITS_FIELDS: Final = frozenset({"display_width_px", "display_height_px", "display_number", "max_characters"})
"""The schemas leave the fields of tools that Anthropic defines to their documentation."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`fields` are the names of fields, `words` the listed values of each field that has such values."""

    fields: frozenset[str]
    words: Mapping[str, frozenset[str]]

    def is_word(self, key: str, value: str) -> bool:
        """Whether the contract lists this value for this field."""
        return value in self.words.get(key, ()) or (key == "type" and self.is_dated_tool(value))

    @staticmethod
    def is_dated_tool(kind: Any) -> bool:
        return isinstance(kind, str) and _DATED_TOOL.fullmatch(kind) is not None

    @staticmethod
    def is_name_of_dated_tool(name: Any) -> bool:
        return isinstance(name, str) and name in _ITS_NAMES


def vocabulary(contract: Contract) -> Vocabulary:
    """What the request schemas of a contract name and list."""
    fields, words = set(_ITS_FIELDS), defaultdict[str, set[str]](set)
    documents = [contract.schemas[name] for name in ("request", "tokens-request")]
    for document in (*documents, *contract.parts.values()):
        for steps, schema in iter_subschemas(document):
            fields |= cast("Mapping[str, Any]", schema.get("properties", {})).keys()
            if field := _field(steps):
                words[field] |= set(_listed(schema))
    return Vocabulary(frozenset(fields), {field: frozenset(found) for field, found in words.items() if found})


def _field(steps: Steps) -> str | None:
    """The field that a subschema is about: the innermost property on its way."""
    places = [place for place, step in enumerate(steps[:-1]) if step == "properties"]
    return str(steps[places[-1] + 1]) if places else None


def _listed(schema: Mapping[str, Any]) -> Iterator[str]:
    """The words of an enum, a const, or a pattern that only one word matches: where an object may stand instead."""
    yield from (value for value in (*schema.get("enum", ()), schema.get("const")) if isinstance(value, str))
    if word := _ONE_WORD.fullmatch(schema.get("pattern", "")):
        yield word[1]
