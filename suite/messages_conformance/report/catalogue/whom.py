"""Clients, features and providers explained, as text: who needs what, and who claims it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date

from rich.text import Text

from messages_conformance.catalog import Catalog
from messages_conformance.catalog.features import FEATURES, Feature
from messages_conformance.catalog.model import Provider
from messages_conformance.catalog.profiles import Dependence, Profile
from messages_conformance.checks.base import Check
from messages_conformance.report.catalogue.listing import claimants, claimed_by_default
from messages_conformance.report.catalogue.models import in_roles
from messages_conformance.report.console import Console
from messages_conformance.report.terminal.lines import say
from messages_conformance.report.words import plural
from messages_conformance.run.planning.cost import estimate
from messages_conformance.run.planning.needs import Ways, alternatives, ways
from messages_conformance.run.planning.plan import every, make_plan, select

_CLAIMS_EVERYTHING = "reference"


def explain_profile(
    out: Console, profile: Profile, catalog: Catalog, checks: Mapping[str, Check], *, verbose: bool
) -> None:
    """A kind of client: what it needs a provider to claim, what it depends on, what is asked for it and how much."""
    known = ways(catalog, checks)
    out.print(Text(profile.id, style="bold"), Text(f"  {profile.title}", style="dim"))
    _say(out, f"Why: {profile.why}")
    if profile.depends:
        needed = features_of(profile, known)
        _say(out, f"Needs features: {', '.join(needed) or 'none'}")
    asked = select(catalog.scenarios, profile.scenarios)
    everything = catalog.providers[_CLAIMS_EVERYTHING]
    requests = estimate(make_plan(every([everything], asked), catalog, checks), everything).requests
    _say(out, f"Asks: {plural(len(asked), 'scenario')}, at most {plural(requests, 'request')}")
    areas = Counter(scenario.area for scenario in asked)
    _say(out, ", ".join(f"{area} ({number})" for area, number in areas.items()), indent=2)
    if verbose:
        _say(out, ", ".join(scenario.id for scenario in asked), "dim", indent=2)
    if profile.depends:
        out.print(f"Depends on {plural(len(profile.depends), 'thing')}; without each, its user notices:")
    for dependence in profile.depends:
        _dependence(out, dependence, known, verbose=verbose)
    _say(out, f"Ask for it: messages-conformance run -p PROVIDER --profile {profile.id}")


def features_of(profile: Profile, known: Ways) -> tuple[str, ...]:
    """The features that a provider must claim before it can be said that such a client works: of several ways, the one
    of the fewest words."""
    least = [min(alternatives(d.clauses, known), key=len, default=()) for d in profile.depends]
    return tuple(dict.fromkeys(word for words in least for word in words if word in FEATURES))


def _dependence(out: Console, dependence: Dependence, known: Ways, *, verbose: bool) -> None:
    _say(out, f"- {dependence.breaks}", indent=2)
    for address in dependence.evidence:
        _say(out, address, "dim", indent=4)
    if verbose:
        _say(out, ", ".join(sorted(dependence.clauses)), "dim", indent=4)
        needs = [" and ".join(words) for words in alternatives(dependence.clauses, known) if words]
        if needs:
            _say(out, f"asked where claimed: {', or '.join(needs)}", "dim", indent=4)


def explain_feature(out: Console, feature: Feature, catalog: Catalog, checks: Mapping[str, Check]) -> None:
    """A feature: what it is, who needs it, who claims it, and the request that shows it where it is not claimed."""
    out.print(Text(feature.id, style="bold"), Text("  feature", style="dim"))
    _say(out, feature.title)
    _say(out, f"A provider that names no features: {claimed_by_default(feature)}")
    needing = [s for s in catalog.scenarios if feature.id in s.needs and not s.is_variant]
    areas = Counter(scenario.area for scenario in needing)
    told = ", ".join(f"{area} ({number})" for area, number in areas.items())
    _say(out, f"Needed by {plural(len(needing), 'scenario')}" + (f": {told}" if told else ""))
    known = ways(catalog, checks)
    clients = [p.title for p in catalog.profiles.values() if feature.id in features_of(p, known)]
    _say(out, f"Needed by clients: {', '.join(clients) or 'none'}")
    _say(out, f"Claimed by: {', '.join(claimants(feature, catalog)) or 'nobody in the catalogue'}")
    if feature.probe is not None:
        scenario, step = feature.probe
        _say(out, f"Where it is not claimed, one request shows whether it works: step {step} of {scenario}")


def explain_provider(out: Console, provider: Provider, catalog: Catalog) -> None:
    """A provider: where it is, which models are asked, and what it claims."""
    out.print(Text(provider.id, style="bold"), Text(f"  {provider.title}", style="dim"))
    where = provider.base_url + provider.path if provider.kind == "live" else f"served here ({provider.kind})"
    _say(out, f"Address: {where}")
    key = f"{provider.auth.style}, from ${provider.auth.env}" if provider.auth.env else provider.auth.style
    _say(out, f"Key: {key}")
    _say(out, f"Contract: {provider.contract}, {catalog.contracts[provider.contract].title}")
    out.print("Models:")
    for told, same in in_roles(provider, date.today()).items():
        _say(out, f"- {', '.join(model.role for model in same)}: {told}", indent=2)
    _say(out, f"Claims: {', '.join(sorted(provider.features)) or 'nothing'}")
    _say(out, f"Does not claim: {', '.join(sorted(FEATURES - provider.features)) or 'nothing that there is'}")
    if provider.note:
        _say(out, f"Note: {provider.note}")
    if provider.sources:
        out.print("Known from:")
    for page in provider.sources:
        _say(out, f"- {page.url} ({', '.join(page.shows)}; {page.read})", indent=2)
    _say(out, f"What a run would send: messages-conformance plan -p {provider.id}")


def _say(out: Console, text: str, style: str = "", indent: int = 0) -> None:
    say(out, Text(text, style), indent, hang=2 if indent else 0)
