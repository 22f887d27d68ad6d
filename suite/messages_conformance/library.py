"""The suite as a library: load the catalogue, plan, execute, read results, judge them (`docs/library.md`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from messages_conformance.catalog import Catalog, choose_providers, load_catalog
from messages_conformance.catalog.model import Level
from messages_conformance.results.reading import Run, read_run
from messages_conformance.results.verdict import Judgement, judge_run
from messages_conformance.run import rejudging, session
from messages_conformance.run.planning.plan import Pair, Plan, choose, every, make_plan
from messages_conformance.run.planning.repeating import repeated


@dataclass(frozen=True, slots=True)
class Choice:
    """Whom to ask, and what. `providers` are ids or globs (none: the embedded ones, without a key), `scenarios` ids,
    globs, areas or tags (none: what `profile` chooses, or all); `variants` adds what is asked on demand only; `repeat`
    is how often each scenario is asked."""

    providers: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()
    profile: str | None = None
    variants: bool = False
    repeat: int = 1


def load(providers: Path | None = None, expectations: Path | None = None, scenarios: Sequence[Path] = ()) -> Catalog:
    """The bundled contracts, scenarios and providers, with a `providers.yaml` of your own over them, what you expect to
    fail, and the `scenarios` in folders of your own. Raises UserError with every problem of a file, each with its
    line, and for a folder without any scenario."""
    return load_catalog(providers, expectations, more_scenarios=scenarios)


def plan(catalog: Catalog, choice: Choice) -> Plan:
    """What would be sent and judged. Nothing is sent. Raises UserError for what names nothing."""
    return make_plan(_pairs(catalog, choice), catalog, session.known_checks(catalog))


def execute(catalog: Catalog, choice: Choice, directory: Path, *, resume: bool = False) -> Run:
    """Ask, write `directory/results.jsonl`, and read it back. Keys come from the environment, as `providers.yaml` names
    them. `resume` goes on with the run in the directory: it keeps what was planned and answered, and adds to it.
    Raises UserError for what names nothing, and without `resume` for a directory that holds results."""
    intent = session.Intent(choice.profile, resume=resume)
    return session.run(catalog, _pairs(catalog, choice), directory, intent=intent)


def read(results: Path) -> Run:
    """The run that a `results.jsonl` tells. Raises UserError if it is none."""
    return read_run(results)


def judge(run: Run, fail_on: Level = Level.MUST) -> Judgement:
    """What a run amounts to: `exit` is the program's exit code, `sentence` says it in words."""
    return judge_run(run, fail_on)


def rejudge(catalog: Catalog, recorded: Run, directory: Path) -> Run:
    """A recorded run, judged once more by this version's checks; nothing is sent. Writes `directory/results.jsonl`.
    Raises UserError for a provider that the catalogue does not know, and for a directory that holds results."""
    return rejudging.rejudge(catalog, recorded, directory)


def _pairs(catalog: Catalog, choice: Choice) -> tuple[Pair, ...]:
    chosen = choose(catalog, choice.scenarios, choice.profile, variants=choice.variants)
    return repeated(every(choose_providers(catalog.providers, choice.providers), chosen), choice.repeat)
