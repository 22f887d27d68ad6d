"""Text in lines of a certain width, measured in the cells that a terminal gives it: wide characters take two."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.cells import cell_len, chop_cells
from rich.text import Text

from messages_conformance.report.console import Console


def fold(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` cells, broken between words; a word that is longer is broken inside."""
    lines = [""]
    for word in text.split():
        for part in chop_cells(word, width) if cell_len(word) > width else [word]:
            longer = f"{lines[-1]} {part}".lstrip()
            if cell_len(longer) <= width:
                lines[-1] = longer
            else:
                lines.append(part)
    return lines


def cut(text: str, width: int) -> str:
    """`text` in one line of at most `width` cells; where it is longer it ends after a word, with an ellipsis."""
    if cell_len(text) <= width:
        return text
    return f"{fold(text, max(1, width - 2))[0].rstrip(',;:')} …"


def padded(text: str, width: int) -> str:
    """`text` with blanks up to `width` cells."""
    return text + " " * (width - cell_len(text))


def say(console: Console, line: Text, indent: int = 0, *, hang: int = 2) -> None:
    """Print `line`, wrapped at words; its further lines stand `hang` columns deeper. Nothing trails, for logs."""
    put(console, hung(console, line, indent, hang=hang))


def hung(console: Console, line: Text, indent: int = 0, *, hang: int = 2) -> Iterator[Text]:
    """The lines that `say` prints."""
    width = max(20, console.width - indent - hang)
    for number, part in enumerate(line.wrap(console, width)):
        part.rstrip()
        yield Text(" " * (indent + hang * (number > 0))) + part


def put(console: Console, lines: Iterable[Text]) -> None:
    """Print lines as they are: in a log they are not wrapped again."""
    for line in lines:
        console.print(line, highlight=False, soft_wrap=True)
