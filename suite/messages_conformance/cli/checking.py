"""The command that finds out who can be asked, before a run that costs something."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from messages_conformance.cli.choice import chosen, naming
from messages_conformance.cli.saying import say
from messages_conformance.errors import UserError

if TYPE_CHECKING:
    from messages_conformance.catalog import Catalog


@click.command()
@naming
def check(**whom: Any) -> int:
    """Find out who can be asked: is the key set, does it answer, is the key accepted, is the model there?

    Beside each answer stands what is known of the provider's models: their prices, and those that are retired. Sends
    each provider one short request, or up to five if the first is refused. Nothing is kept. Exits with 0 if all
    answer, else with the worst of 2 (you can mend it) and 3 (its owner can).

    \b
    Examples:
      messages-conformance check                       everybody whose key is set
      messages-conformance check -p deepseek -p naga
      messages-conformance check --local
    """
    import tempfile

    from messages_conformance.catalog import load_here
    from messages_conformance.report.catalogue.models import known
    from messages_conformance.report.catalogue.reachable import reached
    from messages_conformance.run import session
    from messages_conformance.run.planning.plan import PREFLIGHT_TAG

    catalog = load_here()
    if not (whom["providers"] or whom["local"] or whom["base_url"]):
        whom["providers"] = _with_key(catalog)
    pairs = chosen(catalog, patterns=(PREFLIGHT_TAG,), profile=None, variants=False, load=None, **whom)
    told = {provider.id: known(provider, date.today()) for provider, _ in pairs}
    with tempfile.TemporaryDirectory() as scratch:
        found = [*reached(session.run(catalog, pairs, Path(scratch), intent=session.Intent(profile="smoke")))]
    for reach in found:
        say(f"{'✕' if reach.exit else '✓'} {reach.provider}  {reach.sentence}")
        for model in told.get(reach.provider, ()):
            say(f"    {model}")
    return max(reach.exit for reach in found)


def _with_key(catalog: Catalog) -> tuple[str, ...]:
    found = tuple(p.id for p in catalog.providers.values() if p.auth.env and os.environ.get(p.auth.env))
    if not found:
        raise UserError("no provider's key is set: name providers with -p, or look on this machine with --local")
    return found
