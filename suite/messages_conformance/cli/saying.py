"""What the commands say themselves, beside what they print of a run."""

from __future__ import annotations


def say(text: str, *, err: bool = False) -> None:
    """Print lines, on standard error if `err`. What went wrong is lost with the only place to tell it."""
    from rich.text import Text

    from messages_conformance.report.console import Console

    try:
        Console(stderr=err).print(Text(text), highlight=False, soft_wrap=True)
    except OSError:
        if not err:
            raise
