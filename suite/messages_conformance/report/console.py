"""The one way in which text reaches a terminal, or the log of a job."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from typing import Any

from rich import console
from rich.segment import Segment

from messages_conformance.report.words import visible


class Console(console.Console):
    """A console on which nothing is obeyed but our own styles, whoever wrote the text and whoever forgot to look at it:
    it prints what is `visible`, whole lines at a time, as wrapping may have put a word at the beginning of one."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**how)
        file: object = self.file
        if isinstance(file, io.TextIOWrapper):  # a log may be ASCII, and shows then what it can
            file.reconfigure(errors="backslashreplace")

    def render(
        self, renderable: console.RenderableType, options: console.ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        segments = [*super().render(renderable, options)]
        plain = "".join(text for text, _, control in segments if not control)
        # What is changed loses its style: a mark may lie on both sides of one.
        return segments if (shown := visible(plain)) == plain else [Segment(shown)]

    def on_broken_pipe(self) -> None:
        """Go on in silence when nobody reads any more: what the command is for is done all the same, and its exit code
        says what came of it."""
        self.quiet = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.file.fileno())
        os.close(nowhere)
