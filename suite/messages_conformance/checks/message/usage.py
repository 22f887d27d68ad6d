"""Token counts of answers, of count_tokens, and the list of models: compared with themselves and with each other."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from messages_conformance.checks.answer.content import Content
from messages_conformance.checks.answer.events import as_integer, as_list, as_object, dig, shown
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
from messages_conformance.checks.control.preconditions import (
    INPUT_COUNTS,
    Message,
    earlier_answer,
    input_total,
    on_message,
)
from messages_conformance.checks.params import NAME, SHARE, closed
from messages_conformance.wire.exchange import header

_SAME_PROMPT, _FEW_TOKENS = 0.05, 3
"""How far two counts of one prompt may differ, the larger of the two: enough for a template's tokens, not for an
estimate."""

_SEVERAL = "the answer is made of several generations, and the totals leave some of them out"

_WEB_RESULTS = ("web_search_tool_result", "web_fetch_tool_result")

# --- one answer -----------------------------------------------------------------------------------------------------


@check(
    "usage.positive",
    title="Input and output token counts are above zero",
    why="Cost control and context meters use these counts; zero means that nobody counted.",
    clauses=("anthropic:usage.positive",),
    on=MESSAGES,
)
@on_message
def positive(message: Message, evidence: Evidence) -> Verdict:
    """A prompt may be cached as a whole, so only the total of its counts must be above zero. An empty answer (refused
    by the model, or requested with `max_tokens` 0) costs no output. What no model generated costs nothing."""
    if _ran_no_model(message, evidence.content):
        return not_applicable("code in a container went on, or the context was compacted: the counts leave that out")
    came_in, came_out = input_total(message), as_integer(dig(message, "usage", "output_tokens"))
    if came_in is None or came_out is None:
        return not_applicable("the usage holds no counts")
    if came_in <= 0:
        return failed("input tokens above zero", str(came_in), pointer="/usage/input_tokens")
    is_nothing = message.get("stop_reason") == "refusal" or dig(evidence.answer.request_json, "max_tokens") == 0
    if came_out <= 0 and not is_nothing:
        return failed("output tokens above zero", str(came_out), pointer="/usage/output_tokens")
    return passed()


def _ran_no_model(message: Message, content: Content) -> bool:
    """Whether every block is a tool call by code that runs on in its container (recorded in the Python SDK), or the
    model only compacted, which the counts of an answer leave out (build-with-claude/compaction)."""
    callers = [dig(block, "caller", "type") for _, block in content.of("tool_use")]
    by_code = [isinstance(caller, str) and caller.startswith("code_execution") for caller in callers]
    return message.get("stop_reason") == "compaction" or (len(callers) == len(content.all) > 0 and all(by_code))


@check(
    "usage.cache-creation-sum",
    title="The parts of cache creation sum to its total",
    why="The two parts have different prices; a bill made from them is wrong.",
    clauses=("anthropic:usage.cache-creation-sum",),
    on=MESSAGES,
)
@on_message
def cache_creation_sum(message: Message, evidence: Evidence) -> Verdict:
    """In a stream, judged only if one event has both: the total in message_delta may have grown, and comes alone."""
    told = [_parts_and_total(usage) for usage in _usages(message, evidence)]
    sums = [(sum(parts), total) for parts, total in told if parts and total is not None]
    if not sums:
        return not_applicable("the usage does not have the parts of cache creation")
    wrong = next(((came, total) for came, total in sums if came != total), None)
    if wrong is None:
        return passed()
    came, total = wrong
    return failed(f"parts that sum to {total}", str(came), pointer="/usage/cache_creation")


def _usages(message: Message, evidence: Evidence) -> list[Any]:
    """Every usage of the answer; for a stream, that of each event."""
    answer = evidence.answer
    if not answer.events:
        return [message.get("usage")]
    places = {"message_start": ("message", "usage"), "message_delta": ("usage",)}
    return [event.get(*places[event.kind or ""]) for event in answer.events_of(*places)]


def _parts_and_total(usage: Any) -> tuple[list[int], int | None]:
    names = ("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")
    counts = [as_integer(dig(usage, "cache_creation", name)) for name in names]
    known = [count for count in counts if count is not None]
    return known if len(known) == len(names) else [], as_integer(dig(usage, "cache_creation_input_tokens"))


@check(
    "usage.output-at-most",
    title="The output stays within max_tokens",
    why="A limit that does not limit costs money, and overruns the space left for the answer.",
    clauses=("anthropic:request.max_tokens.caps",),
    on=MESSAGES,
)
@on_message
def output_at_most(message: Message, evidence: Evidence) -> Verdict:
    """Turns with server tools, and thinking between tools, are several generations, and no clause limits their sum."""
    bound = as_integer(dig(evidence.answer.request_json, "max_tokens"))
    came = as_integer(dig(message, "usage", "output_tokens"))
    if bound is None or came is None:
        return not_applicable("the request has no max_tokens, or the usage has no output count")
    if _several_generations(evidence):
        return not_applicable("the answer may be made of several generations")
    return passed() if came <= bound else failed(f"at most {bound}", str(came), pointer="/usage/output_tokens")


def _several_generations(evidence: Evidence) -> bool:
    betas = header(evidence.answer.request.headers, "anthropic-beta") or ""
    return "interleaved-thinking" in betas or _ran_server_tools(evidence.content)


def _ran_server_tools(content: Content) -> bool:
    return any(kind.endswith("_tool_result") for kind in content.types)


@check(
    "usage.integers",
    title="Token counts are written as integers",
    why="Typed clients fail to decode 12.0 as an integer, and lose the whole answer.",
    clauses=("anthropic:usage.integers",),
    on=(*MESSAGES, "tokens"),
)
@on_message
def integers(message: Message, evidence: Evidence) -> Verdict:
    """`12.0` and `1e2` are integers to JSON Schema but not to a typed client. Shape checks judge whether it is a
    number."""
    usages = [message] if evidence.step.expect == "tokens" else _usages(message, evidence)
    counts = [counts for usage in usages if (counts := as_object(usage)) is not None]
    if not counts:
        return not_applicable("the answer has no counts")
    for usage in counts:
        for name, value in (*usage.items(), *(as_object(usage.get("cache_creation")) or {}).items()):
            if isinstance(value, float) and name.endswith("_tokens"):
                return failed("an integer", str(value), pointer=f"/usage/{name}")
    return passed()


@check(
    "usage.start-agrees",
    title="message_start and message_delta count the same prompt",
    why="Some clients read the first count and some the last: the cost and the context meter differ, or flicker.",
    clauses=("anthropic:usage.start-agrees",),
    on=("stream",),
)
@on_message
def start_agrees(message: Message, evidence: Evidence) -> Verdict:
    start = next((event for event in evidence.answer.events if event.kind == "message_start"), None)
    first, last = as_object(start.get("message", "usage")) if start else None, as_object(message.get("usage"))
    before, after = input_total({"usage": first}), input_total({"usage": last})
    if start is None or not first or not last or not before or after is None:
        return not_applicable("message_start does not count the prompt: see stream.usage-start-input")
    if last.get("iterations") is not None:
        return not_applicable(_SEVERAL)
    for name in INPUT_COUNTS:
        early, late = as_integer(first.get(name)), as_integer(last.get(name))
        if early is not None and late is not None and late < early:
            return failed(f"{late}, as it ends", str(early), pointer=f"/message/usage/{name}", event=start.number)
    if abs(before - after) <= max(_FEW_TOKENS, _SAME_PROMPT * after):
        return passed()
    if _ran_server_tools(evidence.content):
        return passed("results of server tools were added to the prompt")
    return failed(f"a prompt of {after}, as it ends", str(before), pointer="/message/usage", event=start.number)


@check(
    "usage.search-results-counted",
    title="Search results are counted at the end",
    why="Results are most of the cost of such a turn; a bill made from the first count is several times too low.",
    clauses=("anthropic:usage.search-results-counted",),
    on=("stream",),
)
@on_message
def search_results_counted(message: Message, evidence: Evidence) -> Verdict:
    """If an answer goes on after its last result, the model has read that result. The first count may already include
    the result of an earlier answer's call."""
    content = evidence.content
    # By what they are written like, since an id that is wrong may be of any type.
    calls = {repr(block.get("id")) for _, block in content.of("server_tool_use")}
    results = ((at, block) for at, block in content.of(*_WEB_RESULTS) if _has_hits(block))
    found = [at for at, block in results if repr(block.get("tool_use_id")) in calls]
    start, end = evidence.answer.last_of("message_start"), evidence.answer.last_of("message_delta")
    before = input_total({"usage": start.get("message", "usage")}) if start else None
    # Counts that the end leaves out keep their value, so compare them as the whole message has them.
    after = input_total(message) if end and as_integer(end.get("usage", "input_tokens")) is not None else None
    if not found or found[-1] == len(content.all) - 1 or before is None or after is None:
        return not_applicable("the model read no results of a search, or message_delta does not count the prompt")
    if dig(message, "usage", "iterations") is not None:
        return not_applicable(_SEVERAL)
    if after > before:
        return passed()
    return failed(f"more than the {before} of message_start", str(after), pointer="/usage/input_tokens")


def _has_hits(result: dict[str, Any]) -> bool:
    """Whether a result has content; a failed search has an error instead."""
    content = result.get("content")
    return bool(as_list(content)) or dig(content, "type") == "web_fetch_result"


# --- two answers ----------------------------------------------------------------------------------------------------

_SENT_ELSEWHERE = frozenset({401, 403, 404, 405})
"""The statuses of a backend that does not know the key, the model or the route."""

_NOTHING_TO_COMPARE = "one of the two answers has no count"


@check(
    "usage.agrees",
    title="Equal requests report equal counts",
    why="If the cost depends on streaming, one of the two counts is wrong.",
    clauses=("anthropic:usage.stream-agrees",),
    params=closed(("with",), with_=NAME, field=NAME, tolerance=SHARE),
)
@on_message
def agrees(message: Message, evidence: Evidence) -> Verdict:
    """Compares the whole prompt, cached part included: the second of two equal requests may be read from a cache."""
    step, name = evidence.params["with"], evidence.params.get("field", "input_tokens")
    other = earlier_answer(evidence, step)
    here, there = _count(message, name), _count(other, name)
    if here is None or there is None:
        return inconclusive(Cause.PREREQUISITE_FAILED, _NOTHING_TO_COMPARE)
    if _near(here, there, evidence.params.get("tolerance", 0)):
        return passed()
    return failed(f"{there}, as in step {step}", str(here), pointer=f"/usage/{name}")


def _count(answer: Message | None, name: str) -> int | None:
    if answer is None:
        return None
    return input_total(answer) if name == "input_tokens" else as_integer(dig(answer, "usage", name))


@check(
    "tokens.near-usage",
    title="count_tokens comes near the usage of the same request",
    why="Clients trim a conversation by this count; a wrong one overflows the window or wastes half of it.",
    clauses=("anthropic:tokens.estimate",),
    params=closed(("step",), step=NAME, tolerance=SHARE),
)
@on_message
def near_usage(answer: Message, evidence: Evidence) -> Verdict:
    step, tolerance = evidence.params["step"], evidence.params.get("tolerance", 0.2)
    here, there = _prompts(answer, evidence)
    if here is None or there is None:
        return inconclusive(Cause.PREREQUISITE_FAILED, _NOTHING_TO_COMPARE)
    if _near(here, there, tolerance):
        return passed()
    return failed(f"{there} as in step {step}, give or take {tolerance:.0%}", str(here))


@check(
    "tokens.more-than",
    title="A longer prompt counts more tokens",
    why="A count that leaves out tools or the system prompt lets requests outgrow the context window unseen.",
    clauses=("anthropic:tokens.grows",),
    params=closed(("step",), step=NAME),
)
@on_message
def more_than(answer: Message, evidence: Evidence) -> Verdict:
    here, there = _prompts(answer, evidence)
    if here is None or there is None:
        return inconclusive(Cause.PREREQUISITE_FAILED, _NOTHING_TO_COMPARE)
    return passed() if here > there else failed(f"more than {there}, as in step {evidence.params['step']}", str(here))


def _prompts(answer: Message, evidence: Evidence) -> tuple[int | None, int | None]:
    other = earlier_answer(evidence, evidence.params["step"])
    return _count(answer, "input_tokens"), _count(other, "input_tokens")


@check(
    "tokens.served-alike",
    title="Tokens can be counted wherever messages are answered",
    why="Agents must guess the size of their context; a key that is sent to another backend has leaked.",
    clauses=("anthropic:tokens.served-alike",),
    params=closed(("step",), step=NAME),
    answered_only=False,
)
def served_alike(evidence: Evidence) -> Verdict:
    """`step` got a message with the same key and model; this step must get a count."""
    step = evidence.params["step"]
    other, here = evidence.earlier.get(step), evidence.answer.response
    if other is None or other.response is None or other.response.status != 200:
        return inconclusive(Cause.PREREQUISITE_FAILED, f"step {step} was not answered either")
    if here is None or here.status not in _SENT_ELSEWHERE:
        return passed()
    return failed(f"a count, as step {step} was answered", f"status {here.status}")


def _near(a: int, b: int, tolerance: float) -> bool:
    return abs(a - b) <= tolerance * max(abs(a), abs(b))


# --- models ---------------------------------------------------------------------------------------------------------


@check(
    "models.contains-model",
    title="The model in use is listed",
    why="Model menus, and agents that look the model up first, find nothing and give up.",
    clauses=("anthropic:models.lists-used-model",),
)
@on_message
def contains_model(answer: Message, evidence: Evidence) -> Verdict:
    """The model that the run uses, by the requested name or by the name in the answer. A short name includes its dated
    ids (`name-20250929`)."""
    wanted = _wanted_models(evidence)
    if not wanted:
        return inconclusive(Cause.PREREQUISITE_FAILED, "no step shows which model is used")
    listed = [dig(model, "id") for model in as_list(answer["data"])] if "data" in answer else [answer.get("id")]
    ids = [one for one in listed if isinstance(one, str)]
    if any(one == name or one.startswith(f"{name}-") for one in ids for name in wanted):
        return passed()
    if answer.get("has_more") is True:
        return inconclusive(Cause.PREREQUISITE_FAILED, "not on this page, and the list goes on")
    return failed(f"{' or '.join(sorted(wanted))} among the models", shown(ids, 200))


def _wanted_models(evidence: Evidence) -> set[str]:
    """From the steps' requests and answers, else from the address of one model."""
    told: list[Any] = []
    for step, answer in evidence.earlier.items():
        told += [dig(answer.request_json, "model"), dig(earlier_answer(evidence, step), "model")]
    named = {name for name in told if isinstance(name, str) and name}
    if not named and evidence.step.expect == "model":
        named = {unquote(urlsplit(evidence.answer.request.url).path.rpartition("/models/")[2])}
    return named
