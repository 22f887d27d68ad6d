"""What holds of all answers of a run together: ids that belong to one answer, names and headers that do not change.

These checks are planned on the step that expects `run`. Its evidence holds every exchange with the provider by its id
(`provider/scenario/step/trial.attempt`), those of other scenarios and of failed attempts included.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from messages_conformance.checks.answer import view
from messages_conformance.checks.answer.events import dig
from messages_conformance.checks.base import Check, Evidence, Judge, Verdict, failed, not_applicable, passed
from messages_conformance.checks.control.preconditions import was_streamed
from messages_conformance.wire.exchange import Exchange, Response

_REQUEST_ID = "request-id"

# --- ids ------------------------------------------------------------------------------------------------------------


def _message_ids(evidence: Evidence) -> Verdict:
    told = ((name, answer.get("id")) for name, _, answer in _messages(evidence.earlier))
    return _all_different({name: value for name, value in told if isinstance(value, str)}, "messages")


def _request_ids(evidence: Evidence) -> Verdict:
    told = ((name, response.header(_REQUEST_ID)) for name, _, response in _answers(evidence.earlier))
    return _all_different({name: value for name, value in told if value}, "answers")


def _all_different(ids: Mapping[str, str], what: str) -> Verdict:
    if len(ids) < 2:
        return not_applicable(f"fewer than two {what} have an id")
    first: dict[str, str] = {}
    again = [(first[value], name, value) for name, value in ids.items() if first.setdefault(value, name) != name]
    if not again:
        return passed(f"{len(ids)} {what}, {len(ids)} ids")
    one, other, value = again[0]
    more = f", and {len(again) - 1} more" if len(again) > 1 else ""
    return failed(f"another id for each of {len(ids)} {what}", f"{view.shown(value)} in {one} and in {other}{more}")


# --- names and headers ----------------------------------------------------------------------------------------------

_ENOUGH = 2
"""Answers of each mode that must agree: one alone may have come from another backend."""


def _one_model_name(evidence: Evidence) -> Verdict:
    """Where one mode shares no name with the other, it is the mode that makes the difference, and no backend that
    happened to answer."""
    names: defaultdict[str, dict[bool, list[str]]] = defaultdict(lambda: {True: [], False: []})
    for _, exchange, answer in _messages(evidence.earlier):
        asked, told = dig(exchange.request.json, "model"), answer.get("model")
        if isinstance(asked, str) and isinstance(told, str):
            names[asked][was_streamed(exchange)].append(told)
    both = {asked: told for asked, told in names.items() if min(len(told[True]), len(told[False])) >= _ENOUGH}
    for asked, told in both.items():
        if set(told[True]).isdisjoint(told[False]):
            plain, streamed = (" or ".join(sorted(set(told[mode]))) for mode in (False, True))
            return failed(f"{plain} for {asked}, as without streaming", f"{streamed} in streams", pointer="/model")
    return passed() if both else not_applicable("no model answered twice in each mode")


def _request_id_always(evidence: Evidence) -> Verdict:
    """Compared among answers of one kind alone: what stands before a server may answer for it, and only where it is
    asked for something else, or cannot answer at all."""
    kinds: defaultdict[str, dict[bool, list[str]]] = defaultdict(lambda: {True: [], False: []})
    for name, exchange, response in _answers(evidence.earlier):
        if response.status < 500 and response.status != 429:
            kinds[_kind(exchange, response)][bool(response.header(_REQUEST_ID))].append(name)
    for kind, answers in kinds.items():
        if answers[True] and answers[False]:
            without, number = answers[False], sum(map(len, answers.values()))
            told = f"none in {len(without)} of {number}, as in {without[0]}"
            return failed(f"a header {_REQUEST_ID} in every {kind}", told)
    if any(answers[True] for answers in kinds.values()):
        return passed()
    return not_applicable(f"no answer has the header {_REQUEST_ID}: see http.request-id")


def _kind(exchange: Exchange, response: Response) -> str:
    form = "stream" if view.is_sse(response) else "answer"
    return f"{form} with {response.status} to {exchange.request.method} {urlsplit(exchange.request.url).path}"


# --- limits ---------------------------------------------------------------------------------------------------------


def _limits(evidence: Evidence) -> list[tuple[str, Exchange, Response]]:
    return [told for told in _answers(evidence.earlier) if told[2].status == 429]


_NO_LIMIT = "no request met a limit"


def _limit_in_shape(evidence: Evidence) -> Verdict:
    """Attempts that were made again count too: of those, no other check sees any but the last."""
    met = _limits(evidence)
    for name, _, response in met:
        kind = dig(response.json, "error", "type")
        if dig(response.json, "type") != "error" or kind != "rate_limit_error":
            return failed("an error of type rate_limit_error with 429", f"{view.shown(response.json)} in {name}")
    return passed(f"{len(met)} times") if met else not_applicable(_NO_LIMIT)


def _limit_says_when(evidence: Evidence) -> Verdict:
    met = _limits(evidence)
    for name, _, response in met:
        if response.header("retry-after") is None:
            return failed("retry-after with 429", f"none in {name}")
    return passed(f"{len(met)} times") if met else not_applicable(_NO_LIMIT)


# --- exchanges ------------------------------------------------------------------------------------------------------


def _answers(asked: Mapping[str, Exchange]) -> Iterator[tuple[str, Exchange, Response]]:
    """The exchanges to which something came back."""
    return ((name, exchange, exchange.response) for name, exchange in asked.items() if exchange.response is not None)


def _messages(asked: Mapping[str, Exchange]) -> Iterator[tuple[str, Exchange, dict[str, Any]]]:
    """The messages that came, whole or in part."""
    for name, exchange, response in _answers(asked):
        if response.status == 200 and exchange.request.method == "POST":
            answer = view.exchange_message(exchange, view.is_sse(response))
            if answer is not None and "content" in answer:
                yield name, exchange, answer


def _run_check(local: str, title: str, why: str, judge: Judge, clause: str) -> Check:
    """A check of a whole run. It chooses for itself which answers it can judge."""
    return Check(f"run.{local}", title, why, judge, clauses=(f"anthropic:{clause}",), on=("run",), answered_only=False)


CHECKS: tuple[Check, ...] = (
    _run_check(
        "message-ids",
        "No two messages of a run have one id",
        "An answer that comes out of a store a second time is taken for the first, and dropped or billed twice.",
        _message_ids,
        "message.ids-unique",
    ),
    _run_check(
        "request-ids",
        "No two answers of a run have one request-id",
        "Support looks up one call by this id, and finds another.",
        _request_ids,
        "http.request-id-header",
    ),
    _run_check(
        "request-id-always",
        "The header request-id comes with every answer of a kind, or with none",
        "The one call that has to be traced is the one that has no id.",
        _request_id_always,
        "http.request-id-header",
    ),
    _run_check(
        "limit-in-shape",
        "A limit that is met is told as rate_limit_error",
        "Clients that wait for a limit to pass give up on any other error, or wait for what never passes.",
        _limit_in_shape,
        "error.rate-limit",
    ),
    _run_check(
        "limit-says-when",
        "A limit that is met says when to come again",
        "Clients guess how long to wait: they come too early and are turned away again, or far too late.",
        _limit_says_when,
        "http.retry-after",
    ),
    _run_check(
        "one-model-name",
        "A model has one name, streamed or not",
        "Whoever prices or pins a model by the name in the answer counts one model as two.",
        _one_model_name,
        "message.same-in-stream",
    ),
)
