"""The commands that show what the catalogue holds: options in, one function called. Nothing is sent."""

from __future__ import annotations

from pathlib import Path

import click

from messages_conformance.cli.choice import own_scenarios
from messages_conformance.cli.saying import say
from messages_conformance.errors import Problem, UserError, nothing_named
from messages_conformance.run.keeping.directories import latest


@click.command(name="list")
@click.argument("what", type=click.Choice(["providers", "features", "scenarios", "profiles", "checks", "clauses"]))
@click.argument("pattern", required=False)
@own_scenarios
@click.option(
    "--json", "as_json", is_flag=True, help="Print everything that is known of each, for scripts: providers only."
)
def list_(what: str, pattern: str | None, folders: tuple[Path, ...], as_json: bool) -> None:
    """List what the catalogue holds: providers, features, scenarios, profiles, checks or clauses.

    PATTERN is a glob over ids, for example `messages-conformance list clauses 'naga:*'`.
    """
    from messages_conformance.catalog import load_here
    from messages_conformance.report.catalogue import listing
    from messages_conformance.report.catalogue.providers_json import providers_as_json
    from messages_conformance.run.session import known_checks

    catalog = load_here(folders)
    if as_json:
        if what != "providers":
            raise UserError(f"{what} cannot be listed as JSON: providers can")
        say(providers_as_json(catalog, pattern))
        return
    listing.print_list(catalog, known_checks(catalog), what, pattern)


@click.command()
@click.argument("name", metavar="ID")
@own_scenarios
@click.option("-v", "--verbose", is_flag=True, help="Write every list out, instead of counting.")
def explain(name: str, folders: tuple[Path, ...], verbose: bool) -> None:
    """Explain a scenario, check, clause, profile, feature or provider: what is sent, what is demanded and why, who
    needs it and who claims it.

    \b
    Examples:
      messages-conformance explain streaming.text
      messages-conformance explain stream.message-start-first
      messages-conformance explain anthropic:message.stop_reason
      messages-conformance explain coding-agent
    """
    from messages_conformance.catalog import load_here
    from messages_conformance.report.catalogue import explaining
    from messages_conformance.run.session import known_checks

    catalog = load_here(folders)
    explaining.print_explanation(catalog, known_checks(catalog), name, verbose=verbose)


@click.command()
@click.option(
    "--page", type=click.Path(dir_okay=False, path_type=Path), help="Write the whole table there, as Markdown."
)
def coverage(page: Path | None) -> None:
    """Show which clauses are checked, which of the checks a defect has proven, and what is open."""
    from messages_conformance.authoring.coverage import coverage as covered
    from messages_conformance.authoring.coverage_page import print_coverage, render_markdown
    from messages_conformance.catalog import load_here
    from messages_conformance.report import write
    from messages_conformance.report.console import Console
    from messages_conformance.run.session import known_checks

    catalog = load_here()
    found = covered(catalog, known_checks(catalog))
    print_coverage(found, Console())
    if page:
        say(f"wrote {write(page, render_markdown(found))}")


@click.group()
def contracts() -> None:
    """Compare what the documents promise. Nothing is sent."""


@contracts.command()
@click.argument("ours", metavar="A")
@click.argument("theirs", metavar="B")
@click.option(
    "--markdown", "page", type=click.Path(dir_okay=False, path_type=Path), help="Write it to this file instead."
)
@click.option("-v", "--verbose", is_flag=True, help="Show every difference, with its clauses.")
def diff(ours: str, theirs: str, page: Path | None, verbose: bool) -> None:
    """Show what a client written for contract A may not send to B, and may not rely on in its answers.

    \b
    Examples:
      messages-conformance contracts diff anthropic naga     I move from Anthropic to Naga
      messages-conformance contracts diff naga anthropic     and back
    """
    from messages_conformance.catalog import load_here
    from messages_conformance.documents.comparison import compare
    from messages_conformance.documents.rendering import render_markdown
    from messages_conformance.documents.terminal import render_terminal
    from messages_conformance.report import write
    from messages_conformance.report.console import Console

    catalog = load_here()
    if unknown := [name for name in (ours, theirs) if name not in catalog.contracts]:
        raise UserError(*(nothing_named("contract", name, catalog.contracts) for name in unknown))
    comparison = compare(catalog.contracts[ours], catalog.contracts[theirs], catalog.schemas.registry)
    if page:
        say(f"wrote {write(page, render_markdown(comparison))}")
    else:
        render_terminal(comparison, Console(), verbose=verbose)


@contracts.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path), required=False)
def page(directory: Path | None) -> None:
    """Write documents.html into DIRECTORY, or beside the last run: every provider's documents beside Anthropic's."""
    from messages_conformance.catalog import load_here
    from messages_conformance.documents.page import write_documents

    say(f"wrote {write_documents(load_here(), directory or latest())}")


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
