"""Who can be asked: what a run of nothing but the first request says of each provider."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from messages_conformance.report.words import one_line
from messages_conformance.results.reading import Run
from messages_conformance.results.records import Exchange, Provider
from messages_conformance.results.verdict import Exit


@dataclass(frozen=True, slots=True)
class Reach:
    """One provider: `exit` is 0 if its first request was answered, and the sentence follows its id."""

    provider: str
    exit: int
    sentence: str


def reached(run: Run) -> Iterator[Reach]:
    """Every provider of the run, in its order."""
    for provider in run.providers:
        if reason := run.skipped.get(provider.id):
            yield Reach(provider.id, Exit.INCOMPLETE, reason)
        elif found := run.diagnoses.get(provider.id):
            yield Reach(provider.id, found.exit, one_line(found.sentence.removeprefix("could not be asked: ")))
        else:
            yield _answered(provider, next(e for e in reversed(run.exchanges) if e.provider == provider.id))


def _answered(provider: Provider, last: Exchange) -> Reach:
    status = last.response.status if last.response is not None else None
    where = f"{provider.base_url}{provider.path}"
    if status != 200:
        return Reach(provider.id, Exit.INCOMPLETE, f"{where} answers {status}")
    key = f"takes the key in {provider.key_env}" if provider.key_env else "wants no key"
    return Reach(provider.id, Exit.CONFORMS, f"{where} answers, {key}, and has {one_line(provider.models['cheap'])}")
