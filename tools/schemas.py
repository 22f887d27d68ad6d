"""Makes the JSON Schemas of `results.jsonl` and of `summary.json` from the classes that they are written from, and
writes them to their place in the package."""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, cast, get_args, get_origin, get_type_hints

from messages_conformance import results
from messages_conformance.report.outputs.summary import Summary
from messages_conformance.results.codec import optional
from messages_conformance.results.records import KINDS

FOLDER: Final = Path(results.__file__).parent / "schemas"

Schema: TypeAlias = dict[str, Any]

_PLAIN: Final[Mapping[Any, Schema]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    float: {"type": "number"},
    bytes: {
        "description": "Text where the bytes are UTF-8.",
        "anyOf": [{"type": "string"}, {"type": "object", "required": ["base64"]}],
    },
}


def published() -> Mapping[Path, str]:
    """The text of every schema by its place."""
    return {
        FOLDER / "records.schema.json": _text(records_schema()),
        FOLDER / "summary.schema.json": _text(summary_schema()),
    }


def records_schema() -> Schema:
    """The schema of one line of a stream. Fields that it does not name are allowed: a later version may say more."""
    defs: dict[str, Schema] = {}
    chosen = [
        {"if": {"properties": {"kind": {"const": kind}}}, "then": _of(record, defs)} for kind, record in KINDS.items()
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "One line of results.jsonl",
        "description": "A run is one header, then the other records, then one footer. See docs/results.md.",
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"enum": list(KINDS)}},
        "allOf": chosen,
        "$defs": dict(sorted(defs.items())),
    }


def summary_schema() -> Schema:
    """The schema of a whole summary; it too allows more than it names."""
    defs: dict[str, Schema] = {}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "summary.json",
        "description": "A run at a glance, for scripts. See docs/results.md.",
        **_of(Summary, defs),
        "$defs": dict(sorted(defs.items())),
    }


def _text(whole: Schema) -> str:
    """A schema as it is kept in its file: a line for each record."""
    *others, _ = whole.items()
    defs = ",\n".join(f"    {json.dumps(name)}: {json.dumps(one)}" for name, one in whole["$defs"].items())
    parts = [f"  {json.dumps(name)}: {json.dumps(part)}" for name, part in others]
    return "{\n" + ",\n".join([*parts, f'  "$defs": {{\n{defs}\n  }}']) + "\n}\n"


def _of(hint: Any, defs: dict[str, Schema]) -> Schema:
    """The schema of a type; those of dataclasses are put into `defs`."""
    origin, inside = get_origin(hint), get_args(hint)
    if is_dataclass(hint):
        name = cast("type[Any]", hint).__name__
        if name not in defs:
            defs[name] = _of_record(hint, defs)
        return {"$ref": f"#/$defs/{name}"}
    if origin is Literal:
        return {"enum": list(inside)}
    if origin is tuple:
        return {"type": "array", **_items(inside, defs)}
    if origin is not None:
        return {"type": "object", "additionalProperties": _of(inside[1], defs)}
    return {"enum": [str(word) for word in hint]} if issubclass(hint, Enum) else _PLAIN[hint]


def _items(inside: tuple[Any, ...], defs: dict[str, Schema]) -> Schema:
    if inside[-1] is Ellipsis:
        return {"items": _of(inside[0], defs)}
    return {"prefixItems": [_of(each, defs) for each in inside], "minItems": len(inside), "maxItems": len(inside)}


def _of_record(kind: Any, defs: dict[str, Schema]) -> Schema:
    hints, notes = get_type_hints(kind), _notes(kind)
    properties: dict[str, Schema] = {}
    required: list[str] = []
    for field in fields(kind):
        inner = optional(hints[field.name])
        note = {"description": notes[field.name]} if field.name in notes else {}
        properties[field.name] = {**_of(inner or hints[field.name], defs), **note}
        if inner is None and field.default is MISSING:
            required.append(field.name)
    return {
        "type": "object",
        "description": _line(inspect.getdoc(kind) or ""),
        "required": required,
        "properties": properties,
    }


def _notes(kind: Any) -> dict[str, str]:
    """What stands below a field as a text of its own, by the field's name."""
    found: dict[str, str] = {}
    for base in (base for base in reversed(kind.__mro__) if is_dataclass(base)):
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(cast("type[Any]", base)))).body
        body = tree.body if isinstance(tree, ast.ClassDef) else []
        for before, after in pairwise(body):
            match before, after:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(note))):
                    found[name] = _line(note)
                case _:
                    pass
    return found


def _line(words: str) -> str:
    return " ".join(words.split())


if __name__ == "__main__":
    for place, text in published().items():
        place.write_text(text, "utf-8")
