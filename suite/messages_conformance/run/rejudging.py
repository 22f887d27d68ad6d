"""A run judged once more by this version's catalogue and checks. Nothing is sent."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

from messages_conformance.catalog import Catalog
from messages_conformance.results.reading import Run, read_run
from messages_conformance.results.stream import FileSink
from messages_conformance.run.header import About, header
from messages_conformance.run.judging.replay import Recording, diagnosed_again, judge_again
from messages_conformance.run.keeping.recorded import as_recorded
from messages_conformance.run.keeping.streams import RESULTS, forget_earlier, held, refuse_taken, set_aside
from messages_conformance.run.planning.plan import make_plan
from messages_conformance.run.planning.repeating import recalled
from messages_conformance.run.recorder import Recorder
from messages_conformance.run.session import known_checks, unique
from messages_conformance.wire.redact import Redactor


def rejudge(catalog: Catalog, recorded: Run, directory: Path, *, overwrite: bool = False) -> Run:
    """Judge what a run recorded with the catalogue and the checks of this version; write a stream of its own.

    Scenarios that the recording or this version does not have are left out. Raises UserError for a provider that is
    not in the catalogue, and for a directory that holds results, unless it is to `overwrite` them.
    """
    who = {provider.id: as_recorded(catalog, provider) for provider in recorded.providers}
    scenarios = recalled(catalog, (scenario for _, scenario in recorded.planned))
    pairs = [(who[provider], scenarios[name]) for provider, name in recorded.planned if name in scenarios]
    checks = known_checks(catalog)
    plan = make_plan(pairs, catalog, checks)
    about = About(tuple(who.values()), unique(s for _, s in pairs), recorded.header.profile, recorded.header.shard)
    first = replace(header(about, plan, catalog, checks), started=recorded.header.started)
    recording = Recording.of(recorded.exchanges)
    with held(directory):
        if not overwrite:
            refuse_taken(directory)
        set_aside(directory)
        with closing(FileSink(directory / RESULTS)) as sink:
            recorder = Recorder(sink, {name: Redactor([]) for name in who}, {})
            recorder.begin(first, recorded.skipped, plan)
            for exchange in recorded.exchanges:
                sink(exchange)
            for provider in plan.providers:
                if found := diagnosed_again(provider, plan, recording):
                    recorder.diagnosed(provider.id, found)
            for unit in plan.asked:
                recorder.judged(unit, judge_again(unit, plan, recording))
            for aside in (*recorded.probed, *recorded.tried):
                sink(aside)
            if recorded.footer:
                sink(replace(recorded.footer, results=dict(sorted(recorder.outcomes.items()))))
        forget_earlier(directory)
    return read_run(directory / RESULTS)
