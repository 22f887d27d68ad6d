"""A run from start to end, for every front end: who can be asked, the plan, the engine, the results stream."""

from __future__ import annotations

import asyncio
import os
import shlex
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from messages_conformance import checks as room_of_checks
from messages_conformance import wire
from messages_conformance.catalog import Catalog, validate_uses
from messages_conformance.catalog.keeping import kept
from messages_conformance.catalog.model import Provider, Scenario
from messages_conformance.catalog.providers.addresses import is_nearby
from messages_conformance.catalog.scenarios.uses import judged
from messages_conformance.catalog.yaml.strict import refuse
from messages_conformance.checks.base import Check, Outcome
from messages_conformance.checks.registry import registry
from messages_conformance.errors import Problem, UserError
from messages_conformance.locate import data
from messages_conformance.results import records
from messages_conformance.results.stream import FileSink
from messages_conformance.run.embedded import REFERENCE_KEY, starting
from messages_conformance.run.header import About, header
from messages_conformance.run.keeping.streams import RESULTS, forget_earlier, held, refuse_taken, set_aside
from messages_conformance.run.observing import UNWATCHED, Observer
from messages_conformance.run.planning.budget import UNLIMITED, Allowance
from messages_conformance.run.planning.cost import estimate
from messages_conformance.run.planning.expected import unmet
from messages_conformance.run.planning.jobs import with_jobs
from messages_conformance.run.planning.plan import Pair, Plan, make_plan
from messages_conformance.run.planning.probes import with_probes
from messages_conformance.run.planning.shards import Share, shard
from messages_conformance.run.recorder import Recorder
from messages_conformance.wire.key_pieces import can_be_hidden
from messages_conformance.wire.redact import Redactor

if TYPE_CHECKING:
    from messages_conformance.results.reading import Run
    from messages_conformance.run.engine import Engine
    from messages_conformance.run.keeping.resuming import Earlier
    from messages_conformance.sdk.official import Sdk


@dataclass(frozen=True, slots=True)
class Ready:
    """Providers that can be asked, with their keys; and those that cannot, each with one plain reason."""

    providers: tuple[Provider, ...]
    keys: Mapping[str, str | None]
    skipped: Mapping[str, str]


def ready(providers: Iterable[Provider], environment: Mapping[str, str] | None = None) -> Ready:
    """Sort providers by whether their key is set in the environment, and can be kept out of the results. One that
    cannot is no secret: it goes to a server nearby, which wants any key at all, and to nobody else (decision 23)."""
    values = os.environ if environment is None else environment
    able: list[Provider] = []
    keys: dict[str, str | None] = {}
    skipped: dict[str, str] = {}
    for provider in providers:
        name = provider.auth.env
        key = REFERENCE_KEY if provider.embedded else values.get(name) if name else None
        if reason := _unasked(provider, key):
            skipped[provider.id] = reason
            continue
        able.append(_with_note(provider, key))
        keys[provider.id] = key
    return Ready(tuple(able), keys, skipped)


def _unasked(provider: Provider, key: str | None) -> str | None:
    """Why nothing is sent to a provider, where that is for its key."""
    name = provider.auth.env
    if name is None or provider.embedded:
        return None
    if not key:
        return f"its key is not set: export {name}"
    if not can_be_hidden(key) and not is_nearby(provider.base_url):
        why = "too short, or a plain word, so that it could not be kept out of the results"
        return f"the value of {name} is no key: it is {why}; only a server nearby is sent such a one"
    return None


def _with_note(provider: Provider, key: str | None) -> Provider:
    """The provider; where its key is no secret, with a note that says so."""
    if provider.embedded or key is None or can_be_hidden(key):
        return provider
    told = f"the value of {provider.auth.env} is too short, or too plain a word, to be a secret: answers may show it"
    if told in (provider.note or ""):  # of the run that is gone on with
        return provider
    return replace(provider, note="; ".join(note for note in (provider.note, told) if note))


@dataclass(frozen=True, slots=True)
class Session:
    """An engine and its plan, with the embedded reference running and the header already written."""

    plan: Plan
    engine: Engine


def _nothing_more(plan: Plan) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Intent:
    """What a run is for, and what is to happen with what its directory holds already.

    `profile` is the id of the profile that it is about, if it is about one. A directory that holds results is refused,
    unless the run is to `resume`: to keep all that was planned and answered, and add to it; or to `overwrite` it.
    `begun` is called when the plan is written, before anything is sent. `timeout` is how many seconds an answer may
    take, whatever the providers' own limits say, and `allowed` what the run may use in all. `share` says which
    part of it this is, if parallel jobs ask it. `sdk` is made to do its jobs when all else has been asked.
    """

    profile: str | None = None
    resume: bool = False
    overwrite: bool = False
    begun: Callable[[Plan], None] = _nothing_more
    timeout: float | None = None
    allowed: Allowance = UNLIMITED
    share: Share | None = None
    sdk: Sdk | None = None

    def waiting_for(self, provider: Provider) -> Provider:
        """The provider, waited for as long as the run is to wait."""
        if self.timeout is None:
            return provider
        return replace(provider, limits=provider.limits.within(self.timeout))


PLAIN = Intent()

_CODE: Final = tuple(Path(*room.__path__) for room in (room_of_checks, wire))
"""What says which parameters a check takes."""

Named = TypeVar("Named", Provider, Scenario)


@contextmanager
def session(
    catalog: Catalog,
    pairs: Sequence[Pair],
    directory: Path,
    intent: Intent = PLAIN,
    listen: Callable[[records.Record], None] | None = None,
) -> Generator[Session]:
    """Open a run that writes `directory/results.jsonl`; `listen` hears every record of it too.

    The caller drives the engine, and calls `engine.footer()` when everything planned was judged. Raises UserError for a
    directory that holds results or is in use, unless `intent` says what becomes of them; nothing is lost then.
    """
    checks = known_checks(catalog)
    with held(directory):
        before = _before(directory, intent)
        asked_for, part = _asked_for(catalog, pairs, before, intent)
        everyone = unique(provider for provider, _ in asked_for)
        who = ready(everyone)
        if before:
            before.refuse_to_lose(who.skipped)
        with starting(who.providers) as (addressed, ready_to_answer):
            from messages_conformance.run.engine import Engine  # with httpx, which loads as long as the reference does

            at = {provider.id: intent.waiting_for(provider) for provider in addressed()}
            plan = make_plan([(at[p.id], s) for p, s in asked_for if p.id in at], catalog, checks)
            plan = with_probes(plan, catalog, checks) if intent.profile is None else plan
            kept = _tried_before(before, intent)
            plan = with_jobs(plan, intent.sdk.jobs, part, kept) if intent.sdk else plan
            _refuse_unpriced(plan, intent.allowed)
            known = tuple(at.get(provider.id, provider) for provider in everyone)
            about = About(known, unique(scenario for _, scenario in asked_for), _profile(intent, before, pairs), part)
            first = header(about, plan, catalog, checks)
            ready_to_answer()
            set_aside(directory)
            with closing(FileSink(directory / RESULTS, listen, _to_go_on(directory))) as sink:
                recorder = Recorder(sink, _redactors(who), {p.id: p.auth.env for p in everyone})
                recorder.begin(replace(first, started=before.started) if before else first, who.skipped, plan)
                for tried in kept.values():
                    sink(tried)
                if intent.overwrite:
                    forget_earlier(directory)
                intent.begun(plan)
                recording = before.recording if before else None
                yield Session(plan, Engine(plan, who.keys, recorder, recording, intent.allowed))


def run(
    catalog: Catalog,
    pairs: Sequence[Pair],
    directory: Path,
    observer: Observer = UNWATCHED,
    intent: Intent = PLAIN,
) -> Run:
    """Run to the end: the run that the records amount to which were written, just as whoever reads the file finds it.
    See `session`."""

    async def drive(opened: Session) -> None:
        async with opened.engine as engine:
            await engine.run(observer)
            if intent.sdk:
                await engine.do_jobs(intent.sdk)
            engine.footer()

    written: deque[records.Record] = deque()
    with session(catalog, pairs, directory, intent, written.append) as opened, observer.watching(opened.plan):
        asyncio.run(drive(opened))
    del opened  # its plan and its engine are as large as the run that is made now
    from messages_conformance.results.reading import assemble  # whatever it loads, it loads when the run is over

    forget_earlier(directory)
    return assemble(_let_go(written))


def _let_go(written: deque[records.Record]) -> Iterator[records.Record]:
    """Each record once: beside the run that is made of them they would take as much memory again."""
    while written:
        yield written.popleft()


def _to_go_on(directory: Path) -> str:
    """What to do when a run has no room left for what it is answered."""
    command = shlex.join(("messages-conformance", "run", "--resume", "--report", str(directory)))
    return f"what was judged until then is kept; make room, and go on with: {command}"


def _before(directory: Path, intent: Intent) -> Earlier | None:
    if intent.resume:
        from messages_conformance.run.keeping.resuming import earlier  # few runs go on with another

        return earlier(directory)
    if not intent.overwrite:
        refuse_taken(directory)
    return None


def _tried_before(before: Earlier | None, intent: Intent) -> Mapping[tuple[str, str], records.Tried]:
    """What is known already of jobs; what was left undecided is done again, where the SDK is there to do it."""
    kept = before.tried.items() if before else ()
    return {key: one for key, one in kept if intent.sdk is None or one.outcome is not Outcome.INCONCLUSIVE}


def _refuse_unpriced(plan: Plan, allowed: Allowance) -> None:
    """Raise UserError where a bound on costs would bound nothing."""
    unknown = [provider.id for provider in plan.providers if estimate(plan, provider).money is None]
    if allowed.cost is not None and unknown:
        said = f"--max-cost needs the prices of {', '.join(unknown)}, which are not known"
        hint = "add them to the models in providers.yaml: price: {input: 0.25, output: 1.25}, for a million tokens"
        raise UserError(Problem(said, hint=hint))


def _asked_for(
    catalog: Catalog, pairs: Sequence[Pair], before: Earlier | None, intent: Intent
) -> tuple[tuple[Pair, ...], records.Shard | None]:
    """Whom to ask what, and which part of a whole that is, if it is one."""
    if before:
        return before.and_also(catalog, pairs), before.shard
    return shard(pairs, intent.share, catalog) if intent.share else (tuple(pairs), None)


def _profile(intent: Intent, before: Earlier | None, chosen: Sequence[Pair]) -> str | None:
    """The profile that the run is about; none if what is added to it was not chosen by the same one."""
    if before is None:
        return intent.profile
    return before.profile if not chosen or intent.profile == before.profile else None


def known_checks(catalog: Catalog) -> Mapping[str, Check]:
    """All checks, those derived from the contracts' schemas included.

    Raises UserError when a scenario demands a check, a parameter or a clause that does not exist, and for an
    expectation that no judgement can meet.
    """
    checks = registry(catalog.contracts, catalog.schemas.reader)
    clauses = {clause for contract in catalog.contracts.values() for clause in contract.clauses}
    params = {check.id: check.params for check in checks.values()}
    # The bundled ones are the same in every process, and jsonschema takes longer to load than they to be judged.
    before = kept("parameters", (data("scenarios"), *_CODE), lambda: judged(catalog.scenarios, params))
    refuse(validate_uses(catalog.scenarios, params, clauses, before))
    refuse(unmet(catalog, checks))
    return checks


def unique(items: Iterable[Named]) -> tuple[Named, ...]:
    """The items with distinct ids, in order of first appearance."""
    return tuple({item.id: item for item in items}.values())


def _redactors(who: Ready) -> dict[str, Redactor]:
    # One provider's key may come back in another's answer (a gateway in front of a vendor), so all keys are looked for
    # everywhere. One redactor does it for all: what it remembers, such as the requests, is the same for each of them.
    redactor = Redactor({key for key in who.keys.values() if key})
    return {provider.id: redactor for provider in who.providers}
