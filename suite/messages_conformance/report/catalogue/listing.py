"""What the catalogue holds, one entry after the other: `list`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from fnmatch import fnmatchcase

from rich.text import Text

from messages_conformance.catalog import Catalog
from messages_conformance.catalog.features import KNOWN, Feature
from messages_conformance.catalog.model import Provider
from messages_conformance.checks.base import Check
from messages_conformance.errors import UserError, nothing_named
from messages_conformance.report.catalogue.models import lifetime, priced
from messages_conformance.report.console import Console
from messages_conformance.report.terminal.lines import say
from messages_conformance.report.words import list_some, one_line, plural

_CLAIMANTS_SHOWN = 6


def print_list(catalog: Catalog, checks: Mapping[str, Check], what: str, pattern: str | None) -> None:
    """Print the entries: one whole line each in a pipe or a file, whatever the width, because people search in it; on a
    terminal what does not fit stands below. Raises UserError when the pattern matches nothing."""
    rows = {
        "providers": lambda: [_provider_row(provider, date.today()) for provider in catalog.providers.values()],
        "features": lambda: _feature_rows(catalog),
        "scenarios": lambda: [(s.id, s.area, s.title) for s in catalog.scenarios],
        "profiles": lambda: [(p.id, p.title, p.why) for p in catalog.profiles.values()],
        "checks": lambda: [(check.id, kind_of(check), check.title) for check in checks.values()],
        "clauses": lambda: [
            (c.id, str(c.level), c.text) for contract in catalog.contracts.values() for c in contract.clauses.values()
        ],
    }[what]()
    chosen = [tuple(map(one_line, row)) for row in rows if pattern is None or fnmatchcase(row[0], pattern)]
    if not chosen:
        raise UserError(nothing_named(what.removesuffix("s"), pattern or "", [row[0] for row in rows]))
    _print(Console(highlight=False), chosen)


def _print(out: Console, rows: list[tuple[str, ...]]) -> None:
    first, second = (max(len(row[column]) for row in rows) for column in (0, 1))
    for id_, word, text in rows:
        line = Text.assemble(id_.ljust(first + 2), (word.ljust(second + 2), "dim"), text)
        if not out.is_terminal or len(line) <= out.width:
            out.print(line, soft_wrap=True)
        else:
            out.print(Text.assemble(id_, "  ", (word, "dim")))
            say(out, Text(text), 4, hang=0)


def _provider_row(provider: Provider, today: date) -> tuple[str, str, str]:
    key = "no key" if provider.auth.env is None else f"${provider.auth.env}"
    where = provider.base_url + provider.path if provider.kind == "live" else provider.kind
    gone = dict.fromkeys(f"{m.id} {lifetime(m, today)}" for m in provider.models.values() if m.retires)
    return provider.id, key, " · ".join(filter(None, (provider.title, where, priced(provider), *gone)))


def _feature_rows(catalog: Catalog) -> list[tuple[str, str, str]]:
    """Every feature that a provider can claim, whether one that names none is taken to, what needs it, and who claims
    it."""
    needed = Counter(need for scenario in catalog.scenarios if not scenario.is_variant for need in scenario.needs)
    return [
        (feature.id, claimed_by_default(feature), " · ".join(_about(feature, needed[feature.id], catalog)))
        for feature in KNOWN.values()
    ]


def _about(feature: Feature, needed: int, catalog: Catalog) -> tuple[str, ...]:
    claim = claimants(feature, catalog)
    told = f"claimed by {list_some(claim, _CLAIMANTS_SHOWN)}" if claim else "claimed by nobody in the catalogue"
    return feature.title, f"{plural(needed, 'scenario')} of a run by default", told


def claimed_by_default(feature: Feature) -> str:
    """Whether a provider that names no features is taken to claim it."""
    return "claimed" if feature.by_default else "on request"


def claimants(feature: Feature, catalog: Catalog) -> list[str]:
    """The live providers that claim a feature: by their list, or by the way in which their key travels."""
    live = (provider for provider in catalog.providers.values() if provider.kind == "live")
    return [p.id for p in live if feature.id in p.features or feature.id == p.auth.style]


def kind_of(check: Check) -> str:
    """Wire checks are planned on every answer of a form; those of behaviour are named by scenarios."""
    return "wire" if check.on else "behaviour"
