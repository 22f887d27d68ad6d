"""What the commands say themselves, beside what they print of a run."""

from __future__ import annotations

import click


def say(text: str, *, err: bool = False) -> None:
    """Print a line, on standard error if `err`. Whatever stands in it, neither a terminal nor a CI system obeys it."""
    from messages_conformance.report.words import visible

    click.echo(visible(text), err=err)
