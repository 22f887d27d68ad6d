"""What a run would send, as text: `plan`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from rich.table import Table
from rich.text import Text

from messages_conformance.catalog.model import Provider
from messages_conformance.catalog.scenarios.assembly import covered
from messages_conformance.catalog.scenarios.combinations import allowed
from messages_conformance.report.catalogue.models import priced
from messages_conformance.report.console import Console
from messages_conformance.report.terminal.lines import say
from messages_conformance.report.words import duration, plural
from messages_conformance.run.planning.cost import Estimate, estimate, step_tokens
from messages_conformance.run.planning.plan import Plan, Unit

_EXPLAINED = 2
"""Providers for which there is room to say what is not asked."""

_HEADINGS: Final = ("provider", "asked", "not asked", "requests", "tokens in", "tokens out", "cost at most", "time")
"""The last one is left out where it is known of nobody."""


def print_plan(plan: Plan, console: Console | None = None, *, pairs: bool = False) -> None:
    """One row for each provider: scenarios, requests, ceilings of tokens and money, time; one for all together; below
    it what is not asked and why. With `pairs`, every two values that stand together in a request, too."""
    out = console or Console()
    costs = [estimate(plan, provider) for provider in plan.providers]
    shown = len(_HEADINGS) if any(cost.seconds is not None for cost in costs) else len(_HEADINGS) - 1
    table = Table(title="What a run would send", title_justify="left", box=None, padding=(0, 2, 0, 0))
    for heading in _HEADINGS[:shown]:
        table.add_column(heading, justify="left" if heading == "provider" else "right", no_wrap=heading == "provider")
    for provider, cost in zip(plan.providers, costs, strict=True):
        table.add_row(*_row(plan, provider, cost)[:shown])
    if len(costs) > 1:
        table.add_row(*_all_together(plan, costs)[:shown], style="bold")
    out.print(table)
    out.print(
        "\nTokens are ceilings: every answer is taken to use its whole max_tokens; a refused request costs nothing. "
        "Requests may be repeated after an outage, or where a model's choice is asked for again. The time follows from "
        "`limits.requests_per_minute`; without it, it is what the provider needs to answer.",
        style="dim",
    )
    if len(plan.providers) > _EXPLAINED:
        out.print("What is not asked, and why: plan one provider at a time (-p PROVIDER).", style="dim")
    for provider in plan.providers if len(plan.providers) <= _EXPLAINED else ():
        for line in _left_out(plan, provider):
            say(out, line)
    for line in (*_probes(plan), *_repetitions(plan), *_jobs(plan), *_prices(plan)):
        say(out, line)
    for unit in plan.asked if pairs else ():
        if unit.scenario.repeats is None and unit.scenario.assembly is not None and unit.scenario.assembly.for_pairs:
            _pairs(out, unit)


def _row(plan: Plan, provider: Provider, cost: Estimate) -> tuple[str, ...]:
    units = [unit for unit in plan.units if unit.provider.id == provider.id and unit.scenario.repeats is None]
    asked = sum(unit.not_applicable is None for unit in units)
    money = _money(cost.money) if provider.kind == "live" else "free"
    return provider.id, str(asked), str(len(units) - asked), *_ceilings(cost), money, _time(cost.seconds)


def _all_together(plan: Plan, costs: Sequence[Estimate]) -> tuple[str, ...]:
    """The sums; providers are asked at the same time, so the slowest one says how long it takes."""
    total = Estimate(
        sum(cost.requests for cost in costs),
        sum(cost.input_tokens for cost in costs),
        sum(cost.output_tokens for cost in costs),
        None,
    )
    money: Counter[str] = Counter()
    for cost in costs:
        money.update(cost.money or {})  # pyright: ignore[reportArgumentType]  a Counter adds up whatever can be added
    unknown = sum(cost.money is None for cost in costs)
    told = [_money(money)] if money or not unknown else []
    told += [f"{unknown} unknown"] if unknown else []
    seconds = max((cost.seconds for cost in costs if cost.seconds is not None), default=None)
    units = [unit for unit in plan.units if unit.scenario.repeats is None]
    asked = sum(unit.not_applicable is None for unit in units)
    return "all", str(asked), str(len(units) - asked), *_ceilings(total), " + ".join(told), _time(seconds)


def _ceilings(cost: Estimate) -> tuple[str, str, str]:
    return str(cost.requests), f"{cost.input_tokens:,}", f"{cost.output_tokens:,}"


def _money(money: Mapping[str, float] | None) -> str:
    if money is None:
        return "unknown"
    return " + ".join(f"{amount:.4f} {name}" for name, amount in money.items()) or "nothing"


def _time(seconds: float | None) -> str:
    return "–" if seconds is None else duration(seconds)


def _prices(plan: Plan) -> Iterator[Text]:
    """How old the prices are, oldest first."""
    by_age: defaultdict[str, list[str]] = defaultdict(list)
    for provider in plan.providers:
        if age := priced(provider):
            by_age[age].append(provider.id)
    if by_age:
        told = ", ".join(f"{age} ({', '.join(ids)})" for age, ids in sorted(by_age.items()))
        yield Text(f"The cost is worked out with {told}; vendors change them.", "dim")


def _left_out(plan: Plan, provider: Provider) -> Iterator[Text]:
    """What a provider is not asked, by the feature or trait that it lacks: one scenario may lack several."""
    mine = (unit for unit in plan.units if unit.provider.id == provider.id and unit.scenario.repeats is None)
    units = [unit for unit in mine if unit.not_applicable]
    if not units:
        return
    lacked = Counter(word for unit in units for word in unit.lacks)
    other = dict.fromkeys(unit.not_applicable or "" for unit in units if not unit.lacks)
    words = [f"{word} ({number})" for word, number in lacked.most_common()]
    told = [f"it does not claim {', '.join(words)}"] if words else []
    yield Text()
    yield Text.assemble(
        (provider.id, "bold"), f": {plural(len(units), 'scenario')} not asked: ", "; ".join((*told, *other))
    )


def _probes(plan: Plan) -> Iterator[Text]:
    """The requests that show whether features work that nobody claims; they are counted above."""
    for provider in plan.providers:
        names = [probe.feature for probe in plan.probes if probe.unit.provider.id == provider.id]
        if names:
            told = f": {plural(len(names), 'request')} beside the verdicts, to see what works unclaimed: "
            yield Text.assemble((provider.id, "bold"), told, ", ".join(names))


def print_jobs(plan: Plan, console: Console, *, verbose: bool = False) -> None:
    """What the official SDK would do, a line for each provider; with `verbose`, each job too."""
    for provider, line in zip(plan.providers, _jobs(plan), strict=True):
        say(console, line)
        for planned in plan.jobs if verbose else ():
            if planned.provider.id == provider.id:
                told = f" (not asked: {planned.not_applicable})" if planned.not_applicable else ""
                say(console, Text(f"{planned.job.id:<20} {planned.job.title}{told}", "dim"), 2)


def _jobs(plan: Plan) -> Iterator[Text]:
    """What the official SDK is to do at each provider."""
    for provider in plan.providers if plan.jobs else ():
        mine = [each for each in plan.jobs if each.provider.id == provider.id and each.steps]
        steps = [step for each in mine for step in each.steps]
        most = sum(step_tokens(step)[1] for step in steps)
        told = (
            f": {plural(len(mine), 'job')} of the official SDK, in {plural(len(steps), 'request')}, at most {most:,} "
        )
        told += "tokens out; what it asks again by itself comes on top"
        yield Text.assemble((provider.id, "bold"), told)


def _repetitions(plan: Plan) -> Iterator[Text]:
    further = Counter((unit.provider.id, unit.scenario.repeats) for unit in plan.asked if unit.scenario.repeats)
    if further:
        yield Text(f"Each scenario is asked {1 + max(further.values())} times; its requests are counted as often.")


def _pairs(out: Console, unit: Unit) -> None:
    """What the rows of a combination hold, of what the contract lets stand together."""
    scenario, assembly = unit.scenario, unit.scenario.assembly
    if assembly is None:
        return
    held = covered(scenario)
    possible = sum(len(pair) == 2 for pair in allowed(assembly))
    rows = f"\n{scenario.id} at {unit.provider.id}: {plural(len(scenario.steps), 'row')}"
    out.print(f"{rows} hold {len(held)} of the {possible} pairs of values that the contract lets stand together.")
    for pair in sorted(sorted(pair) for pair in held):
        out.print(f"  {pair[0]} with {pair[1]}", style="dim", highlight=False)
