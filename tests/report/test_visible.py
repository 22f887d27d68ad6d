"""The guard for foreign text, and the door through which all text leaves."""

from __future__ import annotations

import io
import json
import os

from hypothesis import given
from hypothesis import strategies as st
from members import over
from messages_conformance.report.console import Console
from messages_conformance.report.words import visible
from obeyed import COMMANDS, obeyed
from rich.table import Table
from rich.text import Text

texts = st.lists(st.sampled_from([*COMMANDS, ":", "#", "[", "::", "a", "\n", " "]) | st.text(max_size=3)).map("".join)


def printed(*shown: object, width: int = 40, **how: object) -> str:
    out = io.StringIO()
    Console(file=out, width=width, **how).print(*shown, soft_wrap=False)  # type: ignore[arg-type]
    return out.getvalue()


@over("command", COMMANDS)
def test_no_command_to_a_ci_system_is_one_when_it_was_made_visible(command: str) -> None:
    assert obeyed(command) == [command]
    assert obeyed(visible(command)) == []
    assert obeyed(visible(f"first line\n{command}\n")) == []


def test_a_command_is_still_read_as_what_it_was() -> None:
    assert visible("a\n::error::b ##[c]") == "a\n\\u003a:error::b \\u0023#[c]"


@over("text", ["a::b::c", "conformance/a.yaml::b@c", "# title ## x [1]", "::1", "a :: b :: c", "## [a](b)"])
def test_what_no_system_obeys_stays(text: str) -> None:
    assert visible(text) == text


@given(texts)
def test_nothing_is_left_to_obey_and_nothing_is_changed_twice(text: str) -> None:
    shown = visible(text)
    assert obeyed(shown) == []
    assert visible(shown) == shown


@given(texts)
def test_json_says_the_same_afterwards(text: str) -> None:
    assert json.loads(visible(json.dumps(text))) == text


def test_a_console_looks_at_lines_as_they_are_printed() -> None:
    """Wrapping puts a word at the beginning of a line, and a style may end inside a mark."""
    assert obeyed(printed(Text("long enough to be wrapped here, at last ::error::x"))) == []
    assert obeyed(printed(Text.assemble(("#", "bold"), "#[error]x"))) == []
    assert obeyed(printed("\x1b[31m\x9b31m\u202e")) == []


def test_a_table_is_looked_at_too() -> None:
    table = Table("a")
    table.add_row("\x1b[31m ##[error]x")
    assert obeyed(printed(table)) == []


def test_what_is_harmless_keeps_its_style() -> None:
    assert printed(Text("fine", "bold"), force_terminal=True, color_system="standard") == "\x1b[1mfine\x1b[0m\n"


def test_whoever_stops_reading_ends_no_command() -> None:
    """Its exit code would say something else than the verdict."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as file:
        console = Console(file=file)
        console.print("nobody reads this")
        console.print("nor this")


def test_a_log_that_is_ascii_shows_what_it_can() -> None:
    log = io.TextIOWrapper(io.BytesIO(), "ascii")
    Console(file=log).print("✓ fine")
    log.seek(0)
    assert log.read() == "\\u2713 fine\n"
