"""Changes to an expectations file that leave everything else in it as somebody wrote it: comments, order, quotes.

Lines are taken out and added at the end; nothing is written anew. The changed text is then read again, and is refused
unless it says exactly what it should.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from textwrap import indent
from typing import Any, Final, cast

import yaml

from messages_conformance.catalog.yaml import nodes
from messages_conformance.catalog.yaml.parsing import is_text
from messages_conformance.errors import Problem, UserError, Where

WIDTH: Final = 110
_EMPTY: Final = re.compile(r"^expectations:[ \t]*\[[ \t]*\]", re.MULTILINE)
_NEW: Final = "# Deviations that are known, and accepted for now.\nexpectations:\n"


def edited(text: str | None, path: Path, removed: Collection[int], added: Sequence[Mapping[str, Any]]) -> str:
    """The text of an expectations file (None: there is none yet) without the entries of the numbers `removed`, counted
    from 0, and with `added` at its end.

    Raises UserError for a text that is no strict YAML, and for one that is laid out in a way that this cannot change.
    """
    before = nodes.parse(_NEW if text is None else text, path)
    entries: list[Any] = before.value["expectations"] or []
    lines = _EMPTY.sub("expectations:", _NEW if text is None else text).rstrip("\n").split("\n")
    starts = [before.where("expectations", number).line - 1 for number in range(len(entries))]
    dash = re.match(r" *", lines[starts[0]]) if starts else None
    margin = dash[0] if dash else "  "
    gone = {line for number in removed for line in _lines(lines, starts, number)}
    kept = [line for number, line in enumerate(lines) if number not in gone]
    blocks = [indent(_block(entry), margin).rstrip("\n") for entry in added]
    after = [entry for number, entry in enumerate(entries) if number not in removed] + [*map(dict, added)]
    if not after:
        kept = ["expectations: []" if line.rstrip() == "expectations:" else line for line in kept]
    result = "\n".join([*kept, *blocks]) + "\n"
    if not _says(result, path, after):
        advice = "write every entry on lines of its own, each beginning with `- `, and nothing after the list"
        raise UserError(Problem("cannot be changed without writing it anew", Where(path, 1), advice))
    return result


def _lines(lines: Sequence[str], starts: Sequence[int], number: int) -> Iterable[int]:
    """The lines of an entry. The comments and blank lines before the next one belong to that one."""
    end = starts[number + 1] if number + 1 < len(starts) else len(lines)
    while re.match(r"\s*(#|$)", lines[end - 1]):
        end -= 1
    return range(starts[number], end)


def _says(text: str, path: Path, entries: Sequence[Any]) -> bool:
    try:
        return nodes.parse(text, path).value == {"expectations": entries}
    except UserError:
        return False


# --- one entry --------------------------------------------------------------------------------------------------------


class _Quoted(str):
    """What a provider sent: quoted, whatever it looks like."""

    __slots__ = ()


class _Inline(list[str]):
    """A list in one line, as far as it fits."""


class _Dumper(yaml.SafeDumper):
    """Quotes what our reader would not take for a text, which other readers might, such as `0E0`; and no days, which it
    does take for one."""


def _text(dumper: Any, text: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if is_text(text) else '"')


def _quoted(dumper: Any, text: _Quoted) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')


def _inline(dumper: Any, items: _Inline) -> Any:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=True)


cast("Any", _Dumper).yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in cast("Any", yaml.SafeDumper).yaml_implicit_resolvers.items()
}
_Dumper.add_representer(str, _text)
_Dumper.add_representer(_Quoted, _quoted)
_Dumper.add_representer(_Inline, _inline)

_FORMS: Final[Mapping[str, Callable[[Any], Any]]] = {"scenarios": _Inline, "pointer": _Quoted, "actual": _Quoted}


def _block(entry: Mapping[str, Any]) -> str:
    """An entry as an item of a list in block style, not indented."""
    formed = {key: _FORMS[key](value) if key in _FORMS else value for key, value in entry.items()}
    text = yaml.dump(formed, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH)
    return "- " + indent(text, "  ").lstrip()
