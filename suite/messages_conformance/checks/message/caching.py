"""Prompt caching as usage reports it: what was written is read afterwards, and nothing is counted twice.

A marked prefix below the model's minimum is not cached, and the answer does not say so. So a prompt that may be too
short proves nothing.
"""

from __future__ import annotations

from messages_conformance.checks.answer.events import as_integer, as_object, dig
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
from messages_conformance.checks.control.preconditions import Message, earlier_answer, input_total, on_message
from messages_conformance.checks.params import NAME, NAMES, closed

_LARGEST_MINIMUM = 4096
"""Tokens that a prefix must have to be cached by every documented model (build-with-claude/prompt-caching)."""


def _written(answer: Message) -> int:
    return as_integer(dig(answer, "usage", "cache_creation_input_tokens")) or 0


def _read(answer: Message) -> int:
    return as_integer(dig(answer, "usage", "cache_read_input_tokens")) or 0


@check(
    "cache.read",
    title="A prefix that is sent again is read from the cache",
    why="A client that marks a long prompt pays its full price, or more, at every turn.",
    clauses=("anthropic:usage.cache-read",),
    params=closed(("after",), after=NAMES),
)
@on_message
def prefix_read(message: Message, evidence: Evidence) -> Verdict:
    """The request repeats those of the steps in `after`. A prefix that is written again may have gone to another
    machine; a prefix that is written every time and never read is not cached."""
    if _read(message):
        return passed()
    before = [answer for step in evidence.params["after"] if (answer := earlier_answer(evidence, step))]
    if not before:
        return inconclusive(Cause.PREREQUISITE_FAILED, "there is no earlier answer whose prefix could be read")
    prompt = max(input_total(answer) or 0 for answer in (message, *before))
    if prompt <= _LARGEST_MINIMUM:
        return inconclusive(Cause.PREREQUISITE_FAILED, f"{prompt} tokens may be too few to be cached")
    if _written(message) and any(_read(answer) for answer in before):
        return inconclusive(Cause.MODEL_CHOICE, "read before and written again: another machine may have answered")
    actual = f"{_written(message)} written again, none read" if _written(message) else "none read, none written"
    return failed("the prefix read from the cache", actual, pointer="/usage/cache_read_input_tokens")


_NEAR = 0.1
"""How far a read may differ from what was written: servers cache whole blocks of tokens."""


@check(
    "cache.read-amount",
    title="As much is read from the cache as was written",
    why="Clients work out the cost of a session from these counts.",
    clauses=("anthropic:usage.cache-read-amount",),
    params=closed(("step",), step=NAME),
)
@on_message
def read_amount(message: Message, evidence: Evidence) -> Verdict:
    step = evidence.params["step"]
    other = earlier_answer(evidence, step) or {}
    stored, read = _written(other) + _read(other), _read(message)
    if not (read and _written(other)):
        return not_applicable(f"step {step} did not write what was read here")
    if abs(stored - read) <= _NEAR * stored:
        return passed()
    return failed(f"{stored}, as in step {step}", str(read), pointer="/usage/cache_read_input_tokens")


@check(
    "cache.written",
    title="A prefix read from the cache was counted when it was written",
    why="Writing costs more than plain input: the price is wrong, and the client believes that nothing was cached.",
    clauses=("anthropic:usage.cache-written",),
    params=closed(("step",), step=NAME),
)
@on_message
def prefix_written(message: Message, evidence: Evidence) -> Verdict:
    """What is read here was written before. If the step before read nothing, it was the one that wrote."""
    step = evidence.params["step"]
    other, read = earlier_answer(evidence, step), _read(message)
    if other is None or not read or _read(other):
        return not_applicable(f"nothing is read here, or step {step} did not write it")
    if _written(other):
        return passed()
    expected = f"{read} written in step {step}, as they are read here"
    return failed(expected, "none", pointer="/usage/cache_creation_input_tokens")


@check(
    "cache.input-excluded",
    title="input_tokens leaves out what the cache counts",
    why="Clients add the three counts up: the prefix is billed and measured twice.",
    clauses=("anthropic:usage.input-excludes-cache",),
)
@on_message
def input_excludes_cache(message: Message, _evidence: Evidence) -> Verdict:
    """The scenario sends a long prefix and a short question, so the uncached part must be the smaller one."""
    cached, fresh = _read(message) + _written(message), as_integer(dig(message, "usage", "input_tokens"))
    if not cached or fresh is None:
        return not_applicable("nothing was written to the cache or read from it")
    if fresh < cached:
        return passed()
    return failed(f"input_tokens without the {cached} of the cache", str(fresh), pointer="/usage/input_tokens")


@check(
    "cache.creation-parts",
    title="Tokens written to the cache are counted by lifetime",
    why="An hour costs more than five minutes; without separate counts nobody can work out the price.",
    clauses=("anthropic:cache.creation-parts",),
    on=MESSAGES,
)
@on_message
def creation_parts(message: Message, _evidence: Evidence) -> Verdict:
    written = _written(message)
    if not written:
        return not_applicable("nothing was written to the cache")
    if as_object(dig(message, "usage", "cache_creation")) is not None:
        return passed()
    return failed(f"the {written} tokens by lifetime", "no cache_creation", pointer="/usage/cache_creation")
