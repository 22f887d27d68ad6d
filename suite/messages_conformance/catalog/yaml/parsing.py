"""The one place where YAML is parsed: from PyYAML's events to nodes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NoReturn, cast

import yaml

from messages_conformance.catalog.yaml.nodes import Document, Node
from messages_conformance.errors import Problem, UserError, Where

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # PyYAML was built without libyaml
    from yaml import SafeLoader as _Loader

MAX_DEPTH: Final = 64
MAX_SIZE: Final = 100_000
"""The most values in a document once its aliases are expanded. A few lines of nested aliases can mean billions."""

MAX_DIGITS: Final = 300

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?P<fraction>\.[0-9]+)?(?P<exponent>[eE][-+]?[0-9]+)?")
_WORDS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None, "~": None, "": None}

_HINTS: Final = (
    ("mapping values are not allowed", "a text that holds `: ` needs quotes; a nested key needs a line of its own"),
    ("could not find expected ':'", "every key of a mapping ends with `: `"),
    ("did not find expected '-'", "the items of a list start in the same column, each with `- `"),
    ("did not find expected key", "the keys of a mapping start in the same column"),
    ("cannot start any token", "a text that starts with a sign such as @, ` or % needs quotes"),
)


def document(text: str, path: Path) -> Document:
    """Read a text as the content of `path`. Raises UserError with every duplicate key and the first syntax error."""
    reader = _Reader(path, yaml.parse(text, Loader=_Loader))
    try:
        root = reader.document()
    except (yaml.YAMLError, ValueError) as error:
        raise UserError(*reader.problems, _syntax_problem(error, text, path)) from error
    if reader.problems:
        raise UserError(*reader.problems)
    return Document(path, root.value, root)


def _syntax_problem(error: Exception, text: str, path: Path) -> Problem:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        line = mark.line if mark else 0
        said = (error.problem or "it ends too early").strip()
        hint = next((advice for sign, advice in _HINTS if sign in said), None)
        if "\t" in "".join(text.split("\n")[line : line + 1]):
            hint = "indent with spaces, not with tabs"
        return Problem(f"not valid YAML: {said}", Where(path, line + 1), hint)
    # A character outside YAML's set; libyaml counts bytes, the reader in Python characters.
    before = text.encode("utf-8", "replace")[: getattr(error, "position", 0)]
    return Problem("not valid YAML: a character that it does not allow", Where(path, before.count(b"\n") + 1))


class _Reader:
    """Builds nodes from parser events and not from PyYAML's node graph, because the limits on depth and size must hold
    before anything recursive sees the document."""

    def __init__(self, path: Path, events: Iterator[Any]) -> None:
        self.path = path
        self.events = events
        self.problems: list[Problem] = []
        self.anchors: dict[str, Node] = {}

    def document(self) -> Node:
        next(self.events)  # stream start
        if isinstance(next(self.events), yaml.StreamEndEvent):
            return Node(None, 1)
        event = next(self.events)
        root = self.node(event, _line(event), 0)
        next(self.events)  # document end
        if not isinstance(event := next(self.events), yaml.StreamEndEvent):
            self.stop("a second document starts here; write one document per file", event)
        return root

    def node(self, event: Any, line: int, depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event, line)
        if event.tag is not None:
            self.stop(f"the tag `{event.tag}` is not understood here", event, "put a text in quotes instead")
        if depth > MAX_DEPTH:
            self.stop(f"is nested more than {MAX_DEPTH} levels deep", event)
        if isinstance(event, yaml.MappingStartEvent):
            node = self.mapping(line, depth)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self.sequence(line, depth)
        else:
            node = Node(self.scalar(event), line)
        if node.size > MAX_SIZE:
            self.stop(f"holds more than {MAX_SIZE} values", event, "are aliases nested in aliases?")
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        return node

    def alias(self, event: Any, line: int) -> Node:
        target = self.anchors.get(event.anchor)
        if target is None:
            self.stop(f"the alias `*{event.anchor}` has no finished anchor `&{event.anchor}` before it", event)
        return Node(target.value, line, target.size, target.children)

    def mapping(self, line: int, depth: int) -> Node:
        own: dict[str | int, Node] = {}
        merged: dict[str | int, Node] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            if _is_merge(event):
                for source in self.merge_sources(event, depth):
                    merged = {**source.children, **merged}  # of several, the first has the word
                continue
            key = self.key(event)
            if key in own:
                first = own[key].line
                self.note(f"the key `{key}` is here twice", event, f"it was first given in line {first}")
            own[key] = self.node(next(self.events), _line(event), depth + 1)
        children = {**merged, **own}
        size = 1 + sum(child.size for child in children.values())
        return Node({key: child.value for key, child in children.items()}, line, size, children)

    def merge_sources(self, event: Any, depth: int) -> list[Node]:
        """The mappings that `<<` names: one alias, or a list of aliases."""
        given = self.node(next(self.events), _line(event), depth + 1)
        sources = list(given.children.values()) if isinstance(given.value, list) else [given]
        if not all(isinstance(source.value, dict) for source in sources):
            self.stop("`<<` takes an alias of a mapping, or a list of such aliases", event)
        return sources

    def sequence(self, line: int, depth: int) -> Node:
        items: list[Node] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.node(event, _line(event), depth + 1))
        size = 1 + sum(item.size for item in items)
        return Node([item.value for item in items], line, size, dict(enumerate(items)))

    def key(self, event: Any) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            self.stop("a key must be a plain text", event)
        key = self.scalar(event)
        if not isinstance(key, str):
            self.stop(f"the key `{event.value}` is not text", event, f'write "{event.value}" in quotes')
        return key

    def scalar(self, event: Any) -> Any:
        text: str = event.value
        if not event.implicit[0]:  # quoted, or a block of text
            return text
        if text in _WORDS:
            return _WORDS[text]
        number = _NUMBER.fullmatch(text)
        if number is None:
            return text
        whole = number["fraction"] is None and number["exponent"] is None
        if len(text) > MAX_DIGITS or math.isinf(float(text)):
            self.stop(f"the number `{text[:20]}…` is too large", event)
        return int(text) if whole else float(text)

    def note(self, message: str, event: Any, hint: str | None = None) -> None:
        self.problems.append(Problem(message, Where(self.path, _line(event)), hint))

    def stop(self, message: str, event: Any, hint: str | None = None) -> NoReturn:
        self.note(message, event, hint)
        raise UserError(*self.problems)


def is_text(word: str) -> bool:
    """Whether a word that stands without quotes is read as a text."""
    return word not in _WORDS and _NUMBER.fullmatch(word) is None


def _is_merge(event: Any) -> bool:
    return isinstance(event, yaml.ScalarEvent) and event.value == "<<" and bool(cast("Any", event).implicit[0])


def _line(event: Any) -> int:
    return event.start_mark.line + 1
