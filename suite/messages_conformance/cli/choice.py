"""The options that choose whom to ask, and what; and what they choose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from messages_conformance.cli.saying import say
from messages_conformance.errors import UserError

if TYPE_CHECKING:
    from messages_conformance.catalog import Catalog
    from messages_conformance.catalog.model import Provider
    from messages_conformance.run.planning.plan import Pair
    from messages_conformance.run.planning.shards import Share

MOST_COPIES = 64
"""Of --load: it is to find mistakes, not the limit of a server."""

MOST_REPETITIONS = 100
"""Of --repeat: what fails more rarely is a matter of many runs."""

_WHOM = (
    click.option(
        "-p",
        "--provider",
        "providers",
        multiple=True,
        metavar="ID",
        help="Provider to ask: an id or a glob, may be repeated. Default: the embedded reference and the played "
        "documents, which need no key and no network. `messages-conformance list providers` shows all.",
    ),
    click.option(
        "--local",
        is_flag=True,
        help="Ask every server of the catalogue that answers on this machine, with a model that it offers.",
    ),
    click.option(
        "--base-url", metavar="URL", help="Ask this endpoint, without any file: the part before /v1/messages."
    ),
    click.option("--model", metavar="MODEL", help="With --base-url: the model to ask for."),
    click.option(
        "--name",
        metavar="ID",
        help="With --base-url: what it is called, here and in history. Default: its address, such as localhost_8080.",
    ),
    click.option("--api-key-env", metavar="NAME", help="With --base-url: the environment variable that holds the key."),
    click.option(
        "--auth",
        type=click.Choice(["x-api-key", "bearer"]),
        default="x-api-key",
        show_default=True,
        help="With --base-url: how the key travels.",
    ),
    click.option(
        "--features",
        metavar="A,B",
        help="With --base-url: it claims exactly these features. Default: all that are generally available; "
        "`messages-conformance list features` shows them.",
    ),
    click.option("--without", metavar="A,B", help="With --base-url: it claims all but these features."),
    click.option(
        "--model-for",
        "model_for",
        multiple=True,
        metavar="ROLE=MODEL",
        help="With --base-url: another model for a role (cheap, thinking, vision), may be repeated.",
    ),
)

_WHAT = (
    click.option(
        "-s",
        "--scenario",
        "patterns",
        multiple=True,
        metavar="PATTERN",
        help="Scenarios to run: an id, a glob (`tools.*`), an area (`streaming`) or a tag (`betas`), may be repeated.",
    ),
    click.option(
        "--profile",
        metavar="ID",
        help="Ask only what this kind of client depends on, and answer for it; `smoke` is the first look. "
        "`messages-conformance list profiles` shows all.",
    ),
    click.option(
        "--variants",
        is_flag=True,
        help="Ask the variants too: the same mistake made in every place where it can be made.",
    ),
    click.option(
        "--load",
        type=click.IntRange(2, MOST_COPIES),
        metavar="N",
        help=f"Instead of the scenarios: N streams at once (2 to {MOST_COPIES}), each judged, and a few one by one to "
        "compare their times with: N + 6 requests to each provider, within its limits of money and of requests per "
        "minute.",
    ),
    click.option(
        "--repeat",
        type=click.IntRange(1, MOST_REPETITIONS),
        default=1,
        metavar="N",
        help=f"Ask each scenario N times (to {MOST_REPETITIONS}), to see what fails only now and then: it is told as "
        "flaky, with its rate, and fails the run.",
    ),
)


def _share(_context: click.Context, _option: click.Parameter, text: str | None) -> Share | None:
    if text is None:
        return None
    from messages_conformance.run.planning.shards import Share

    return Share.parse(text)


shard_option = click.option(
    "--shard",
    metavar="K/N",
    callback=_share,
    help="Only the K-th of N parts of what is chosen, for parallel jobs; `combine` puts them together.",
)

own_scenarios = click.option(
    "--scenarios",
    "folders",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Add the scenarios in this folder of your own (*.yaml), may be repeated; `import-traffic` makes some.",
)
"""For every command that looks scenarios up."""


def naming(command: Any) -> Any:
    """Add the options that choose whom to ask."""
    return reduce(lambda made, option: option(made), reversed(_WHOM), command)


def choosing(command: Any) -> Any:
    """Add the options that choose whom to ask, and what."""
    return reduce(lambda made, option: option(made), reversed((*_WHOM, *_WHAT)), command)


def _bearable(_context: click.Context, _option: click.Parameter, seconds: float | None) -> float | None:
    from messages_conformance.catalog.model import LONGEST_WAIT

    if seconds is not None and not 0 < seconds <= LONGEST_WAIT:  # not a number is in no range either
        raise click.BadParameter(f"{seconds:g} is not more than 0 seconds and at most a day")
    return seconds


timeout_option = click.option(
    "--timeout",
    type=float,
    callback=_bearable,
    metavar="SECONDS",
    help="How long one answer may take: until it begins, between two parts of it, and in all. "
    "Default: the provider's `limits`, or 120 s, 120 s and 300 s.",
)


def chosen(
    catalog: Catalog, *, patterns: Sequence[str], profile: str | None, variants: bool, repeat: int = 1, **whom: Any
) -> tuple[Pair, ...]:
    """Every pair of provider and scenario that the options name. Raises UserError for what names nothing."""
    from messages_conformance.report.catalogue.models import retired
    from messages_conformance.run.planning.load import under_load
    from messages_conformance.run.planning.plan import choose, every
    from messages_conformance.run.planning.repeating import repeated

    asked = _local(catalog, whom) if whom["local"] else _providers(catalog, whom)
    for gone in retired(asked, date.today()):
        say(f"warning: {gone}", err=True)
    if whom["load"] is not None:
        if patterns or profile or variants:
            raise UserError("--load chooses the requests by itself: leave out --scenario, --profile and --variants")
        return repeated(under_load(asked, catalog, whom["load"]), repeat)
    return repeated(every(asked, choose(catalog, patterns, profile, variants=variants)), repeat)


def added(catalog: Catalog, before: Sequence[Provider], **choice: Any) -> tuple[Pair, ...]:
    """What the options add to a run of the providers `before`: nothing if they choose nothing, and if they name nobody,
    scenarios at those. Raises UserError for what names nothing."""
    from messages_conformance.catalog.providers.adhoc import refuse_needless
    from messages_conformance.run.planning.plan import choose, every
    from messages_conformance.run.planning.repeating import repeated

    if choice["load"] is not None:
        raise UserError("--load makes a run of its own: leave out --resume, or go on with a run that has a load")
    if choice["providers"] or choice["local"] or choice["base_url"] is not None:
        return chosen(catalog, **choice)
    refuse_needless(choice)
    patterns, profile, variants, repeat = (choice[name] for name in ("patterns", "profile", "variants", "repeat"))
    if not (patterns or profile or variants):
        if repeat > 1:
            raise UserError("--resume --repeat: say what is to be repeated, with --scenario or --profile")
        return ()
    return repeated(every(before, choose(catalog, patterns, profile, variants=variants)), repeat)


def _local(catalog: Catalog, whom: Mapping[str, Any]) -> list[Provider]:
    from messages_conformance.catalog.providers.adhoc import refuse_needless
    from messages_conformance.run.local import local_servers

    if whom["providers"] or whom["base_url"] is not None:
        raise UserError("--local finds whom to ask by itself; leave out --provider and --base-url")
    refuse_needless(whom)
    found = local_servers(catalog.providers.values())
    for provider in found:
        models = ", ".join(dict.fromkeys(model.id for model in provider.models.values()))
        say(f"found {provider.id} at {provider.base_url}, with {models}", err=True)
    return found


def _providers(catalog: Catalog, whom: Mapping[str, Any]) -> list[Provider]:
    from messages_conformance.catalog.providers.adhoc import named_or_described

    found = named_or_described(catalog.providers, catalog.contracts, whom["providers"], whom)
    for note in (provider.note for provider in found if provider.is_adhoc and provider.note):
        say(f"note: {note}", err=True)
    return found
