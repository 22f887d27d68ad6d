"""The command that shows what defects do to real clients: options in, one function called."""

from __future__ import annotations

from pathlib import Path

import click

from messages_conformance.cli.saying import say


@click.command()
@click.option(
    "--html", type=click.Path(dir_okay=False, path_type=Path), help="Write a page with all that each client printed."
)
@click.option("--markdown", type=click.Path(dir_okay=False, path_type=Path), help="Write the table as Markdown.")
def impact(html: Path | None, markdown: Path | None) -> None:
    """Show what real clients make of a server that is wrong in one way: which ways break them, silently corrupt what
    they hand over, or go unnoticed. It was measured beforehand; nothing is sent.

    \b
    Examples:
      messages-conformance impact                       a few lines
      messages-conformance impact --html impact.html    every defect and client, with what the client printed
    """
    from messages_conformance.catalog import load_catalog
    from messages_conformance.catalog.contracts.loading import CANONICAL
    from messages_conformance.catalog.impact import load_bundled_impacts
    from messages_conformance.errors import Problem, UserError
    from messages_conformance.report import write
    from messages_conformance.report.console import Console
    from messages_conformance.report.impact.markdown import render_markdown
    from messages_conformance.report.impact.page import render_page
    from messages_conformance.report.impact.text import print_impact

    known, clauses = load_bundled_impacts(), load_catalog().contracts[CANONICAL].clauses
    if not known.defects:
        raise UserError(Problem("nothing was measured: specs/impact.json is missing", hint="`make impact` writes it"))
    if html:
        say(f"wrote {write(html, render_page(known, clauses))}")
    if markdown:
        say(f"wrote {write(markdown, render_markdown(known, clauses))}")
    if not (html or markdown):
        print_impact(known, clauses, Console())
