"""A scenario in full, as text: every request, and what is demanded of its answer."""

from __future__ import annotations

import json
from collections.abc import Mapping

from rich.text import Text

from messages_conformance.catalog.model import CheckUse, Clause, Scenario, Step
from messages_conformance.checks.base import Check
from messages_conformance.checks.registry import cited
from messages_conformance.report.console import Console
from messages_conformance.report.terminal.lines import say
from messages_conformance.report.words import plural


def explain_scenario(
    out: Console, scenario: Scenario, checks: Mapping[str, Check], clauses: Mapping[str, Clause], *, verbose: bool
) -> None:
    """What a scenario sends, and what is demanded of the answers; wire checks by name only if `verbose`."""
    out.print(Text(scenario.id, style="bold"), Text(f"  {scenario.area}", style="dim"))
    out.print(Text(scenario.title))
    out.print(Text(f"Why: {scenario.why}"))
    out.print(Text(f"Declared in {scenario.where}", style="dim"))
    if scenario.needs:
        out.print(Text(f"Asked of providers that claim: {', '.join(scenario.needs)}"))
    if scenario.twin:
        out.print(Text(f"Twin: {scenario.twin} (the refusal counts only if the twin is accepted)"))
    for number, step in enumerate(scenario.steps, 1):
        out.print()
        asked = f"{step.method} {step.route}, expects {step.expect}"
        told = "sends nothing, and looks back on the whole run" if scenario.looks_back else asked
        out.print(Text(f"Step {number}, {step.id}: {told}", style="bold"))
        for header, value in step.headers.items():
            out.print(Text(f"  header {header}: {value if value is not None else '(left out)'}"))
        if step.body is not None:
            body = step.body if isinstance(step.body, str) else json.dumps(step.body, indent=2, ensure_ascii=False)
            out.print(Text(body), soft_wrap=True)  # a body is there to be copied
        _demands(out, step, checks, clauses, verbose=verbose)


def _demands(
    out: Console, step: Step, checks: Mapping[str, Check], clauses: Mapping[str, Clause], *, verbose: bool
) -> None:
    for use in step.checks:
        _demand(out, checks[use.check], use, clauses)
    named = {use.check for use in step.checks}
    wire = [check for check in checks.values() if step.expect in check.on and check.id not in named]
    if wire:
        out.print(Text(f"  And {plural(len(wire), 'wire check')} that hold on every such answer", style="bold"), end="")
        out.print(":" if verbose else "; -v lists them.")
    for check in wire if verbose else ():
        out.print(Text(f"    {check.id}: {check.title}", style="dim"))


def _demand(out: Console, check: Check, use: CheckUse, clauses: Mapping[str, Clause]) -> None:
    params = f" {json.dumps(dict(use.params), ensure_ascii=False)}" if use.params else ""
    scope = f" (contract {use.contract} only)" if use.contract else ""
    out.print(Text(f"  {check.id}{params}{scope}", style="bold"))
    say(out, Text(f"{check.title}. {check.why}"), 4, hang=0)
    for name in cited(check, use):
        if clause := clauses.get(name):
            say(out, Text(f"{clause.level} {clause.id}: {clause.text} [{clause.source.title}]", "dim"), 4)
