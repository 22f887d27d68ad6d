"""Everything around an endpoint's messages: who is served, other routes, headers, the models behind the names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from messages_conformance.checks import guard
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.answer.events import as_list, as_object, dig, shown
from messages_conformance.checks.base import (
    MESSAGES,
    Cause,
    Evidence,
    Verdict,
    check,
    failed,
    inconclusive,
    not_applicable,
    passed,
)
from messages_conformance.checks.control.preconditions import Message, earlier_answer, on_message
from messages_conformance.checks.http.answers import said
from messages_conformance.checks.params import COUNT, NAME, closed
from messages_conformance.wire.exchange import Response

# --- who is served --------------------------------------------------------------------------------------------------

_TURNED_AWAY = frozenset({401, 403})


@check(
    "http.any-client",
    title="Every client with a valid key is served",
    why="An endpoint that serves only one client turns away every SDK and every other program.",
    clauses=("anthropic:http.any-client",),
    params=closed(("step",), step=NAME),
    answered_only=False,
)
def any_client(evidence: Evidence) -> Verdict:
    """Fails only if one client is refused with the same key with which another is served; any other difference has
    other causes."""
    other = evidence.earlier.get(evidence.params["step"])
    if other is None or other.response is None or guard.outage(other.exchange) is not None:
        return inconclusive(Cause.PREREQUISITE_FAILED, "the other client got no answer to compare with")
    here, there = evidence.answer.status, other.status
    if {here, there} & _TURNED_AWAY and 200 in {here, there}:
        return failed("the same key served whatever client sends it", f"{there} for one client and {here} for another")
    if here == there == 200:
        return passed()
    return inconclusive(Cause.PREREQUISITE_FAILED, f"answered with {there} and {here}: see answer.accepted")


# --- other routes ---------------------------------------------------------------------------------------------------


@check(
    "tokens.served",
    title="The route count_tokens is there",
    why="Agents use it to measure their context; without it they guess, and compact too early or too late.",
    clauses=("anthropic:tokens.served",),
    on=("tokens",),
    answered_only=False,
    of_routes=True,
)
def tokens_served(evidence: Evidence) -> Verdict:
    return _served(evidence)


@check(
    "models.served",
    title="The list of models is there",
    why="Tools fill their menus from it; without it the menus stay empty.",
    clauses=("anthropic:models.served",),
    on=("models",),
    answered_only=False,
    of_routes=True,
)
def models_served(evidence: Evidence) -> Verdict:
    return _served(evidence)


def _served(evidence: Evidence) -> Verdict:
    """Any answer from the route itself shows that the route exists."""
    wanted = f"the route {urlsplit(evidence.answer.request.url).path}"
    return failed(wanted, evidence.answer.beginning()) if guard.missing_route(evidence.answer.exchange) else passed()


@check(
    "http.root-probe",
    title="HEAD of the base URL is answered",
    why="Coding agents send it first, and read an error as an endpoint that is down.",
    clauses=("anthropic:http.root-probe",),
    answered_only=False,
)
def root_probe(evidence: Evidence) -> Verdict:
    status = evidence.answer.status
    return passed() if status < 400 else failed("an answer without an error", str(status))


@check(
    "http.batches",
    title="Batches are listed, or the path is answered as unknown",
    why="An SDK that asks for batches gets an error that it cannot read.",
    clauses=("anthropic:http.batches",),
    answered_only=False,
)
def batches(evidence: Evidence) -> Verdict:
    """Passes for a page of the list, or for the answer that every unknown path gets: a client can read nothing else."""
    status, body = evidence.answer.status, as_object(evidence.answer.body_json) or {}
    if status in _TURNED_AWAY:
        return inconclusive(Cause.AUTH, f"the key was refused: {said(evidence)}")
    if status == 404 and body.get("type") == "error" and dig(body, "error", "type") == "not_found_error":
        return passed("there are no batches here")
    if status == 200 and isinstance(body.get("data"), list) and evidence.answer.error is None:
        return passed()
    came = said(evidence) if status != 404 else "404 in another shape"
    return failed("a page of batches, or 404 not_found_error in the API's shape", came)


# --- headers --------------------------------------------------------------------------------------------------------

_LIMIT_HEADER = re.compile(
    r"anthropic-ratelimit-(?:requests|tokens|input-tokens|output-tokens)-(?P<part>limit|remaining|reset)"
)
"""The documented families of headers. Keys of a subscription get another, `unified`, whose reset is a Unix time."""

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


@check(
    "http.rate-limit-headers",
    title="Rate limit headers hold whole numbers and times",
    why="Clients that pace themselves by these headers wait forever, or not at all.",
    clauses=("anthropic:http.rate-limit-headers",),
    on=MESSAGES,
)
def rate_limits(evidence: Evidence) -> Verdict:
    response = evidence.answer.response
    told = list(_limits(response)) if response is not None else []
    for name, part, value in told:
        wanted = "a date and time as in RFC 3339" if part == "reset" else "a whole number"
        if not (_MOMENT.fullmatch(value) if part == "reset" else value.isdecimal()):
            return failed(f"{wanted} in {name}", shown(value))
    return passed() if told else not_applicable("the answer has no rate limit headers")


def _limits(response: Response) -> Iterator[tuple[str, str, str]]:
    for name, value in response.headers:
        if found := _LIMIT_HEADER.fullmatch(name.lower()):
            yield name.lower(), found["part"], value.strip()


# --- models ---------------------------------------------------------------------------------------------------------


@check(
    "models.honoured",
    title="Two models answer under two names",
    why="Another model than the requested one answers and is billed, and nobody knows.",
    clauses=("anthropic:models.honoured",),
    params=closed(("step",), step=NAME),
)
@on_message
def model_honoured(message: Message, evidence: Evidence) -> Verdict:
    """The name in an answer may differ from the requested one, but two models may not have the same name."""
    step = evidence.params["step"]
    other = evidence.earlier.get(step)
    asked, asked_there = _asked(evidence.answer), _asked(other) if other is not None else None
    if asked == asked_there:
        return not_applicable("both steps ask the same model")
    here, there = message.get("model"), (earlier_answer(evidence, step) or {}).get("model")
    if not isinstance(here, str) or not isinstance(there, str):
        return inconclusive(Cause.PREREQUISITE_FAILED, "the two answers do not both name a model")
    if here != there:
        return passed()
    return failed(f"another model than for {asked_there}", f"{here} both times", pointer="/model")


def _asked(answer: Answer) -> object:
    return dig(answer.request_json, "model")


@check(
    "models.page-ids",
    title="first_id and last_id are those of the page",
    why="A client that asks for the next page with them gets the wrong one, or loops.",
    clauses=("anthropic:models.page-ids",),
    on=("models",),
)
@on_message
def page_ids(page: Message, _evidence: Evidence) -> Verdict:
    """null is for a page without entries. Shape checks report a missing member."""
    ids = _ids(page)
    told = {name: page[name] for name in ("first_id", "last_id") if isinstance(page.get(name, 0), str | None)}
    if not ids or not told:
        return not_applicable("an empty page, or one without ids")
    for name, value in told.items():
        wanted = ids[0 if name == "first_id" else -1]
        if value != wanted:
            return failed(shown(wanted), shown(value), pointer=f"/{name}")
    return passed()


@check(
    "models.next-page",
    title="The next page of models goes on where the last one ended",
    why="A client that reads page by page never comes to an end, or misses models.",
    clauses=("anthropic:models.pages",),
    params=closed(("step", "size"), step=NAME, size=COUNT),
)
@on_message
def next_page(page: Message, evidence: Evidence) -> Verdict:
    size, before = evidence.params["size"], earlier_answer(evidence, evidence.params["step"])
    seen, ids = _ids(before or {}), _ids(page)
    if before is None:
        return inconclusive(Cause.PREREQUISITE_FAILED, "there is no page before this one")
    if max(len(seen), len(ids)) > size:
        return failed(f"at most {size} to a page", str(max(len(seen), len(ids))), pointer="/data")
    again = [one for one in ids if one in seen]
    return failed("other models than on the page before", shown(again), pointer="/data") if again else passed()


def _ids(page: Message) -> list[object]:
    return [dig(model, "id") for model in as_list(page.get("data"))]


@check(
    "models.looked-up",
    title="A listed model is found under its id",
    why="A user who picks a model from the list gets the details of another one.",
    clauses=("anthropic:models.lookup",),
)
@on_message
def looked_up(model: Message, evidence: Evidence) -> Verdict:
    wanted = unquote(urlsplit(evidence.answer.request.url).path.rpartition("/models/")[2])
    came = model.get("id")
    return passed() if came == wanted else failed(shown(wanted), shown(came), pointer="/id")
