"""The one way in which text reaches a terminal, or the log of a job."""

from __future__ import annotations

from collections.abc import Iterable

from rich import console
from rich.segment import Segment

from messages_conformance.report.words import visible


class Console(console.Console):
    """A console on which nothing is obeyed but our own styles, whoever wrote the text and whoever forgot to look at it:
    it prints what is `visible`, whole lines at a time, as wrapping may have put a word at the beginning of one."""

    def render(
        self, renderable: console.RenderableType, options: console.ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        segments = [*super().render(renderable, options)]
        plain = "".join(text for text, _, control in segments if not control)
        # What is changed loses its style: a mark may lie on both sides of one.
        return segments if (shown := visible(plain)) == plain else [Segment(shown)]
