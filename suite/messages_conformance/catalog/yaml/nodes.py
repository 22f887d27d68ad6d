"""YAML, read strictly and with the line of every key and item.

The result is what JSON can hold: mappings with text keys, lists, text, numbers, true, false and null. Plain words
follow JSON's rules alone, so `2023-06-01`, `no`, `on` and `1:30` stay text. Anchors, aliases and merge keys (`<<`)
work. Duplicate keys, tags and anything else that readers of YAML understand differently are errors.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from messages_conformance.errors import Problem, UserError, Where

Pointer: TypeAlias = tuple[str | int, ...]
"""A place in a document: keys and 0-based item numbers from the root."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value, the line where its key or its item starts, how many values it holds, and what is inside."""

    value: Any
    line: int
    size: int = 1
    children: dict[str | int, Node] = field(default_factory=dict[str | int, "Node"])


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML file as plain values. Aliased parts are one shared object: treat `value` as read-only."""

    path: Path
    value: Any
    root: Node

    def where(self, *pointer: str | int) -> Where:
        """The line of a key or item, or of the nearest thing around it that is in the file."""
        node = self.root
        for step in pointer:
            if (inner := node.children.get(step)) is None:
                break
            node = inner
        return Where(self.path, node.line)

    def has(self, *pointer: str | int) -> bool:
        node: Node | None = self.root
        for step in pointer:
            node = node.children.get(step) if node else None
        return node is not None


def read(path: Path) -> Document:
    """Read a file. Raises UserError if it cannot be read, is not UTF-8 or is not strict YAML."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UserError(Problem(f"cannot be read: {error.strerror}", Where(path, 1))) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise UserError(Problem("is not UTF-8 text", Where(path, line))) from error
    return parse(text, path)


def parse(text: str, path: Path) -> Document:
    """Read a text as the content of `path`. Raises UserError with every duplicate key and the first syntax error."""
    from messages_conformance.catalog.yaml import parsing  # what is kept of the bundled files needs no YAML any more

    return parsing.document(text, path)
