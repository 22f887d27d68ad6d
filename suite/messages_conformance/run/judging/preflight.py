"""What the first request of a run settles: how the key travels, whether the model is there, whether anybody answers.

A refused preflight is not the end: the key may be taken in the other header; the run then goes on in that way, while
the scenario that asks for the configured way tells the deviation. Pure: the engine asks here while a run goes on, and
a replay of its recording asks the same.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final, Literal, cast

from messages_conformance.catalog.model import DIAGNOSIS, Auth, Provider, Scenario
from messages_conformance.checks import guard
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.answer.events import as_object
from messages_conformance.checks.base import Cause, Verdict, inconclusive
from messages_conformance.results import records
from messages_conformance.run.planning.plan import Plan
from messages_conformance.run.walking.unit import Walk
from messages_conformance.wire.exchange import Headers

_STYLES: Final[Mapping[str, Literal["x-api-key", "bearer"]]] = {"x-api-key": "x-api-key", "authorization": "bearer"}
"""How a key travels, by the header that carries it."""

_OTHER: Final[Mapping[str, Literal["x-api-key", "bearer"]]] = {"x-api-key": "bearer", "bearer": "x-api-key"}
_WORDS: Final = {"x-api-key": "x-api-key", "bearer": "Authorization: Bearer"}
_REFUSED_BY: Final = {
    "x-api-key": "curl as the documents show it, and SDKs before 2026, would be refused",
    "bearer": "current official SDKs, which send the key in no other way, would be refused",
}
"""Who is refused where a key is not taken in this way."""

_NO_MODEL: Final = re.compile(
    r"not[ _]?found|not exist|unknown|invalid model|no such|unsupported|not supported|not available|no access", re.I
)
NAMES_SHOWN: Final = 12


def asides(provider: Provider, first: Walk, plan: Plan) -> tuple[Scenario, ...]:
    """What else is asked where the preflight was refused: the plain request with the key in the other header, and the
    list of models where the model is what is refused."""
    refused = _refusal(first)
    if refused is None:
        return ()
    found = [_with_style(plan, other)] if (other := _other_style(provider.auth)) else []
    found += [_that_lists_models(plan)] if _model_refused(refused) else []
    return tuple(scenario for scenario in found if scenario is not None)


def other_way(provider: Provider, first: Walk, plan: Plan) -> Scenario | None:
    """The scenario of `asides` that sends the key in the other header, if the preflight was refused."""
    other = _other_style(provider.auth)
    return _with_style(plan, other) if other and _refusal(first) is not None else None


def as_answered(provider: Provider, walked: Walk) -> Provider:
    """The provider with its key in the header in which the last request carried it."""
    sent = next(iter(walked.sent.values()))
    style = next(iter(styles(sent.answer.request.headers)), None) if sent.answer is not None else None
    if style is None or _other_style(provider.auth) != style:
        return provider
    return replace(provider, auth=replace(provider.auth, style=style))


def styles(headers: Headers) -> tuple[str, ...]:
    """The ways in which a request carries a key."""
    return tuple(_STYLES[name.lower()] for name, _ in headers if name.lower() in _STYLES)


def key_found(exchanges: Iterable[records.Exchange]) -> str | None:
    """What to say of a key that was refused in one way and taken in another, by a provider's records: only the
    preflight sends one request with the key in one header, and then in the other."""
    tried: defaultdict[tuple[str, str, int], list[str]] = defaultdict(list)
    for record in exchanges:
        tried[record.scenario, record.step, record.trial] += styles(record.request.headers)
    ways = next((ways for ways in tried.values() if len(set(ways)) > 1), None)
    if ways is None:
        return None
    refused, taken = ways[0], ways[-1]
    return f"the key is taken as {_WORDS[taken]}, not as {_WORDS[refused]}: {_REFUSED_BY[refused]}"


def hindrance(first: Walk, preflight: Scenario, aside: Mapping[str, Walk] | None = None) -> Verdict | None:
    """The verdict that stands for whatever waits for the preflight, because that was not answered. `aside` is what was
    asked then, by the scenario's id."""
    sent = next(iter(first.sent.values()))
    answer = sent.answer
    if answer is None:
        return sent.withheld
    if answer.status == 200 and answer.failure is None:
        return None
    offered = [name for walk in (aside or {}).values() for name in _models(walk)]
    if _model_refused(answer):
        return inconclusive(Cause.CONFIGURATION, _without_model(answer, offered))
    came = f": {answer.beginning()}" if answer.response is not None else ""
    ways = {style for walk in (first, *(aside or {}).values()) for style in _ways(walk)}
    told = ", with the key in either header," if len(ways) > 1 else ""
    return inconclusive(
        _why_unanswered(answer), f"{preflight.id} was not answered{told} so nothing else was asked{came}"
    )


def stands_for(found: Verdict | None, first: Scenario, scenario: Scenario) -> Verdict | None:
    """A hindrance as the verdict on a scenario: on all but the preflight itself and what looks for the reason; of a
    model that is not there, on every one."""
    asked = scenario.id == first.id or DIAGNOSIS in scenario.tags
    return None if found is None or (asked and found.cause is not Cause.CONFIGURATION) else found


def _without_model(answer: Answer, offered: list[str]) -> str:
    name = _model_of(answer)
    more = f" and {len(offered) - NAMES_SHOWN} more" if len(offered) > NAMES_SHOWN else ""
    names = f"; it offers {', '.join(offered[:NAMES_SHOWN])}{more}" if offered else ""
    return f"there is no model `{name}` for this key: {answer.beginning()}{names}"


def _ways(walk: Walk) -> tuple[str, ...]:
    return tuple(
        way for sent in walk.sent.values() for _, answer in sent.attempts for way in styles(answer.request.headers)
    )


def _models(walk: Walk) -> list[str]:
    """The names in the list of models, if a walk got one."""
    for sent in walk.sent.values():
        data: Any = (sent.answer.message(streaming=False) or {}).get("data") if sent.answer else None
        if isinstance(data, list):
            entries = [cast("dict[str, Any]", item) for item in cast("list[Any]", data) if isinstance(item, dict)]
            return [name for entry in entries if isinstance(name := entry.get("id"), str)]
    return []


def _refusal(first: Walk) -> Answer | None:
    """The refused preflight, if its answer may be another for another key or model."""
    answer = next(iter(first.sent.values())).answer
    return answer if answer is not None and answer.status in {400, 401, 403, 404} else None


def _model_refused(answer: Answer) -> bool:
    """Whether the answer says of the very model that was asked for that it is not there."""
    name = _model_of(answer)
    if answer.status not in {400, 403, 404} or not name:
        return False
    said = answer.body.decode("utf-8", "replace")
    return name in said and _NO_MODEL.search(said.replace(name, "")) is not None


def _model_of(answer: Answer) -> str:
    return str((as_object(answer.request_json) or {}).get("model", ""))


def _other_style(auth: Auth) -> Literal["x-api-key", "bearer"] | None:
    return _OTHER.get(auth.style)


def _with_style(plan: Plan, style: str) -> Scenario | None:
    """The scenario that sends nothing but a plain request with the key in this header."""
    return next(
        (
            scenario
            for scenario in plan.scenarios.values()
            if [(step.auth_style, step.auth, step.expect) for step in scenario.steps] == [(style, "own", "message")]
        ),
        None,
    )


def _that_lists_models(plan: Plan) -> Scenario | None:
    steps = ((scenario, step) for scenario in plan.scenarios.values() for step in scenario.steps)
    return next((scenario for scenario, step in steps if (step.route, step.expect) == ("models", "models")), None)


def _why_unanswered(answer: Answer) -> Cause:
    if cause := guard.outage(answer.exchange):
        return cause
    return {401: Cause.AUTH, 402: Cause.CREDIT, 403: Cause.AUTH}.get(answer.status, Cause.PREREQUISITE_FAILED)
