"""What must hold of all answers of a run together: ids are unique, names and headers do not change.

These checks are planned on the step that expects `run`. Its evidence holds every exchange with the provider by its id
(`provider/scenario/step/trial.attempt`), those of other scenarios and of failed attempts included.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from messages_conformance.checks import guard
from messages_conformance.checks.answer.answer import Answer, Gist
from messages_conformance.checks.answer.events import dig, shown
from messages_conformance.checks.base import Evidence, Verdict, check, failed, not_applicable, passed
from messages_conformance.wire.exchange import Response

_REQUEST_ID = "request-id"

# --- ids ------------------------------------------------------------------------------------------------------------


@check(
    "run.message-ids",
    title="No two messages of a run have one id",
    why="A stored answer that is sent again has the id of the first: it is dropped, or billed twice.",
    clauses=("anthropic:message.ids-unique",),
    on=("run",),
    answered_only=False,
)
def message_ids(evidence: Evidence) -> Verdict:
    told = ((name, message.id) for name, message in _messages(evidence.earlier))
    return _all_different({name: value for name, value in told if value is not None}, "messages")


@check(
    "run.request-ids",
    title="No two answers of a run have one request-id",
    why="Support looks up a call by this id, and finds another.",
    clauses=("anthropic:http.request-id-header",),
    on=("run",),
    answered_only=False,
)
def request_ids(evidence: Evidence) -> Verdict:
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
    return failed(f"another id for each of {len(ids)} {what}", f"{shown(value)} in {one} and in {other}{more}")


# --- names and headers ----------------------------------------------------------------------------------------------

_ENOUGH = 2
"""How many answers of each mode must agree: a single one may have come from another backend."""


@check(
    "run.one-model-name",
    title="A model has one name, streamed or not",
    why="A program that prices or pins models by the name in the answer counts one model as two.",
    clauses=("anthropic:message.same-in-stream",),
    on=("run",),
    answered_only=False,
)
def one_model_name(evidence: Evidence) -> Verdict:
    """If the two modes share no name, the mode makes the difference, and not the backend that happened to answer."""
    names: defaultdict[str, dict[bool, list[str]]] = defaultdict(lambda: {True: [], False: []})
    for _, message in _messages(evidence.earlier):
        if message.model_asked is not None and message.model is not None:
            names[message.model_asked][message.asked_for_stream].append(message.model)
    both = {asked: told for asked, told in names.items() if min(len(told[True]), len(told[False])) >= _ENOUGH}
    for asked, told in both.items():
        if set(told[True]).isdisjoint(told[False]):
            plain, streamed = (" or ".join(sorted(set(told[mode]))) for mode in (False, True))
            return failed(f"{plain} for {asked}, as without streaming", f"{streamed} in streams", pointer="/model")
    return passed() if both else not_applicable("no model answered twice in each mode")


@check(
    "run.request-id-always",
    title="The header request-id comes with every answer of a kind, or with none",
    why="The call that must be traced may be the one without an id.",
    clauses=("anthropic:http.request-id-header",),
    on=("run",),
    answered_only=False,
)
def request_id_always(evidence: Evidence) -> Verdict:
    """Compares only answers of one kind: a gateway may answer for the server behind it on other routes, or if that
    server cannot answer."""
    kinds: defaultdict[str, dict[bool, list[str]]] = defaultdict(lambda: {True: [], False: []})
    for name, answer, response in _answers(evidence.earlier):
        if response.status < 500 and response.status != 429:
            kinds[_kind(answer)][bool(response.header(_REQUEST_ID))].append(name)
    for kind, answers in kinds.items():
        if answers[True] and answers[False]:
            without, number = answers[False], sum(map(len, answers.values()))
            told = f"none in {len(without)} of {number}, as in {without[0]}"
            return failed(f"a header {_REQUEST_ID} in every {kind}", told)
    if any(answers[True] for answers in kinds.values()):
        return passed()
    return not_applicable(f"no answer has the header {_REQUEST_ID}: see http.request-id")


def _kind(answer: Answer) -> str:
    form = "stream" if answer.gist.is_stream else "answer"
    return f"{form} with {answer.status} to {answer.request.method} {urlsplit(answer.request.url).path}"


# --- limits ---------------------------------------------------------------------------------------------------------


def _limits(evidence: Evidence) -> list[tuple[str, Answer, Response]]:
    return [told for told in _answers(evidence.earlier) if told[2].status == 429]


_NO_LIMIT = "no request met a limit"


@check(
    "run.limit-in-shape",
    title="A rate limit is reported as rate_limit_error",
    why="Clients that wait for a limit to pass give up on another error, or wait for one that never passes.",
    clauses=("anthropic:error.rate-limit",),
    on=("run",),
    answered_only=False,
)
def limit_in_shape(evidence: Evidence) -> Verdict:
    """Failed attempts count too: other checks see only the last attempt."""
    met = _limits(evidence)
    for name, answer, _ in met:
        body = answer.body_json
        if dig(body, "type") != "error" or dig(body, "error", "type") != "rate_limit_error":
            return failed("an error of type rate_limit_error with 429", f"{shown(body)} in {name}")
    return passed(f"{len(met)} times") if met else not_applicable(_NO_LIMIT)


@check(
    "run.limit-says-when",
    title="A rate limit says when to try again",
    why="Clients must guess how long to wait: they come too early and are refused again, or far too late.",
    clauses=("anthropic:http.retry-after",),
    on=("run",),
    answered_only=False,
)
def limit_says_when(evidence: Evidence) -> Verdict:
    met = _limits(evidence)
    for name, _, response in met:
        if response.header("retry-after") is None:
            return failed("retry-after with 429", f"none in {name}")
    return passed(f"{len(met)} times") if met else not_applicable(_NO_LIMIT)


@check(
    "run.key-not-told",
    title="No answer holds the key",
    why="Whoever reads the error, in a log or on a page, can call in the name of the user.",
    clauses=("anthropic:http.key-not-told",),
    on=("run",),
    answered_only=False,
)
def key_not_told(evidence: Evidence) -> Verdict:
    told = [name for name, answer in evidence.earlier.items() if answer.exchange.tells_key]
    if not told:
        return passed()
    more = f" and {len(told) - 1} more" if len(told) > 1 else ""
    return failed("no answer that holds the key", f"it stands in {told[0]}{more}")


# --- exchanges ------------------------------------------------------------------------------------------------------


def _answers(asked: Mapping[str, Answer]) -> Iterator[tuple[str, Answer, Response]]:
    """The answered exchanges, without the pages of what stands before the API."""
    for name, answer in asked.items():
        if answer.response is not None and not guard.from_a_middlebox(answer.exchange):
            yield name, answer, answer.response


def _messages(asked: Mapping[str, Answer]) -> Iterator[tuple[str, Gist]]:
    """The messages that came, complete or cut."""
    for name, answer, response in _answers(asked):
        if response.status == 200 and answer.request.method == "POST" and answer.gist.is_message:
            yield name, answer.gist
