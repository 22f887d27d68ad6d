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
from typing import Final, Literal

from messages_conformance.catalog.model import DIAGNOSIS, Auth, Provider, Scenario
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.answer.events import as_object
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
_NO_CREDIT: Final = re.compile(
    rb"credit balance|(?:out of|no|not enough|insufficient)[ _](?:credits?|funds|quota|balance)"
    rb"|exceeded your current quota|payment required",
    re.I,
)


def asides(provider: Provider, first: Walk, plan: Plan) -> tuple[Scenario, ...]:
    """What else is asked where the preflight was refused: of a key, the plain request with the key in the other header
    and what looks for the reason; of a model, the list of models."""
    refused = _refusal(first)
    if refused is None:
        return ()
    if model_refused(refused):
        found = [_that_lists_models(plan)]
    else:
        found = [_with_style(plan, other)] if (other := _other_style(provider.auth)) else []
        found += _that_look_for_the_reason(plan, provider) if refused.status != 400 else []
    return tuple(scenario for scenario in found if scenario is not None)


def other_way(provider: Provider, first: Walk, plan: Plan) -> Scenario | None:
    """The scenario of `asides` that sends the key in the other header, if the preflight was refused."""
    other, refused = _other_style(provider.auth), _refusal(first)
    return None if other is None or refused is None or model_refused(refused) else _with_style(plan, other)


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


def served_otherwise(aside: Iterable[Walk]) -> bool:
    """Whether what was asked to find the reason got an answer: then some are served, and the rest is judged."""
    answers = (sent.answer for walk in aside for sent in walk.sent.values())
    return any(answer is not None and answer.status == 200 and answer.error is None for answer in answers)


def headers_tried(walks: Iterable[Walk]) -> tuple[str, ...]:
    """In which headers a key was sent, in the words for people, each once."""
    ways = (way for walk in walks for way in _ways(walk))
    return tuple(_WORDS[way] for way in dict.fromkeys(ways))


def model_refused(answer: Answer) -> bool:
    """Whether the answer says of the very model that was asked for that it is not there."""
    name = model_sent(answer)
    if not answer.is_refused or answer.status >= 500 or not name:
        return False
    whole = re.compile(rf"(?<![\w.-]){re.escape(name)}(?![\w-])")  # a name may be part of another word
    said = answer.body.decode("utf-8", "replace")
    return whole.search(said) is not None and _NO_MODEL.search(whole.sub("", said)) is not None


def no_credit(answer: Answer) -> bool:
    """Whether the answer says that there is nothing left to pay with."""
    if answer.status == 402 or (answer.error or {}).get("type") == "billing_error":
        return True
    return answer.is_refused and answer.status < 500 and _NO_CREDIT.search(answer.body[:4096]) is not None


def model_sent(answer: Answer) -> str:
    return str((as_object(answer.request_json) or {}).get("model", ""))


def _ways(walk: Walk) -> tuple[str, ...]:
    return tuple(
        way for sent in walk.sent.values() for _, answer in sent.attempts for way in styles(answer.request.headers)
    )


def _refusal(first: Walk) -> Answer | None:
    """The refused preflight, if its answer may be another for another key or model."""
    answer = next(iter(first.sent.values())).answer
    if answer is None or answer.status not in {400, 401, 403, 404}:
        return None
    return answer if answer.status != 404 or model_refused(answer) else None


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


def _that_look_for_the_reason(plan: Plan, provider: Provider) -> list[Scenario | None]:
    """Those that the run asks of this provider anyway."""
    return [unit.scenario for unit in plan.asked if unit.provider.id == provider.id and DIAGNOSIS in unit.scenario.tags]


def _that_lists_models(plan: Plan) -> Scenario | None:
    steps = ((scenario, step) for scenario in plan.scenarios.values() for step in scenario.steps)
    return next((scenario for scenario, step in steps if (step.route, step.expect) == ("models", "models")), None)
