"""The steps of one scenario: from YAML to values, and what can be wrong between them.

Placeholders (`${name}`) are filled in the body, the route and the parameters of checks. `${model}` is always the
model's id, `${word_1}` to `${word_6}` are the code words of a trial; an earlier step must have captured any other name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias, cast

from messages_conformance.catalog.contracts.loading import CANONICAL, full_id
from messages_conformance.catalog.model import CheckUse, Level, Step
from messages_conformance.catalog.yaml import strict
from messages_conformance.catalog.yaml.nodes import Pointer
from messages_conformance.errors import Problem, Where

Locate: TypeAlias = Callable[..., Where]
"""The line of a key or item inside the scenario, given by its path."""

MODEL: Final = "model"
CODE_WORDS: Final = tuple(f"word_{number}" for number in range(1, 7))
"""The placeholders of a trial's code words (`run/walking/words.py`)."""

_ALWAYS_KNOWN: Final = frozenset({MODEL, *CODE_WORDS})
_PLACEHOLDER: Final = re.compile(r"\$\{([^{}]*)\}")


def steps(scenario: Mapping[str, Any], where: Locate) -> tuple[Step, ...]:
    """The steps of a scenario that its schema accepts."""
    accepts = scenario.get("accepts", ())
    return tuple(_step({"accepts": accepts, **data}, ("steps", i), where) for i, data in enumerate(scenario["steps"]))


def _step(data: Mapping[str, Any], place: Pointer, where: Locate) -> Step:
    route = data.get("route", "messages")
    return Step(
        id=data["id"],
        method=data.get("method") or ("GET" if _asks_for_models(route) else "POST"),
        route=route,
        body=data.get("body"),
        headers=data.get("headers", {}),
        expect=data["expect"],
        capture=data.get("capture", {}),
        checks=tuple(_use(item, where(*place, "checks", index)) for index, item in enumerate(data.get("checks", ()))),
        where=where(*place),
        auth=data.get("auth", "own"),
        auth_style=data.get("auth_style"),
        role=data.get("role", "cheap"),
        hang_up_after=data.get("hang_up_after"),
        padded_to=data.get("padded_to"),
        accepts=tuple(full_id(clause, CANONICAL) for clause in data["accepts"]),
    )


def _asks_for_models(route: str) -> bool:
    return re.match(r"models(/|\?|$)", route) is not None


def uses(items: Iterable[str | Mapping[str, Any]], where: Where) -> tuple[CheckUse, ...]:
    """The checks that a list demands; problems of all of them are reported at one line."""
    return tuple(_use(item, where) for item in items)


def _use(item: str | Mapping[str, Any], where: Where) -> CheckUse:
    if isinstance(item, str):
        return CheckUse(item, {}, where)
    if "check" not in item:
        ((name, params),) = item.items()
        return CheckUse(name, params or {}, where)
    contract = item.get("contract")
    return CheckUse(
        check=item["check"],
        params=item.get("params", {}),
        where=where,
        clauses=tuple(full_id(clause, contract or CANONICAL) for clause in item.get("clauses", ())),
        contract=contract,
        at_most=Level(item["at_most"]) if "at_most" in item else None,
    )


# --- what can be wrong ----------------------------------------------------------------------------------------------


def problems(scenario: Mapping[str, Any], where: Locate) -> Iterator[Problem]:
    """What is wrong with the steps of a scenario that its schema accepts."""
    yield from _looking_back_problems(scenario, where)
    ids: set[str] = set()
    captured = set(_ALWAYS_KNOWN)
    for index, step in enumerate(scenario["steps"]):
        place = ("steps", index)
        if step["id"] in ids:
            yield Problem(f"the step `{step['id']}` is here twice", where(*place, "id"))
        ids.add(step["id"])
        yield from _stream_problems(step, place, where)
        yield from _placeholder_problems(step, place, where, captured)
        yield from _capture_problems(step, place, where)
        if not scenario.get("together", False):  # steps sent at once cannot wait for an answer
            captured |= set(step.get("capture", {}))


def _looking_back_problems(scenario: Mapping[str, Any], where: Locate) -> Iterator[Problem]:
    """A step that judges the whole run comes after all others, so it must be the only step of its scenario."""
    for index, step in enumerate(scenario["steps"]):
        place = ("steps", index)
        if step["expect"] == "run" and len(scenario["steps"]) > 1:
            yield Problem("a step that expects `run` must be the only step of its scenario", where(*place, "expect"))
        if step["expect"] == "run" and (sent := sorted(set(step) - {"id", "expect", "checks"})):
            message = f"a step that expects `run` sends nothing, so `{sent[0]}` has no meaning"
            yield Problem(message, where(*place, sent[0]))


def _stream_problems(step: Mapping[str, Any], place: Pointer, where: Locate) -> Iterator[Problem]:
    body = step.get("body")
    asked = cast("dict[str, Any]", body).get("stream") if isinstance(body, dict) else None
    expect = step["expect"]
    if expect == "stream" and asked is not True:
        hint = "add `stream: true` to the body"
        yield Problem("the step expects a stream, but its request does not ask for one", where(*place, "expect"), hint)
    if asked is True and expect not in ("stream", "error", "any"):
        hint = "expect: stream"
        yield Problem(
            f"the body asks for a stream, but the step expects `{expect}`", where(*place, "body", "stream"), hint
        )


def _capture_problems(step: Mapping[str, Any], place: Pointer, where: Locate) -> Iterator[Problem]:
    import jmespath  # what is kept of the bundled files was tried before
    from jmespath.exceptions import JMESPathError

    for name, expression in step.get("capture", {}).items():
        at = where(*place, "capture", name)
        if name in _ALWAYS_KNOWN:
            yield Problem(f"`{name}` cannot be captured: it always has its own value", at)
        try:
            jmespath.compile(expression)
        except JMESPathError as error:
            said = str(error).partition("\n")[0].rstrip(":")
            yield Problem(f"`{name}` is not a JMESPath expression: {said}", at, "see https://jmespath.org")


def _placeholder_problems(
    step: Mapping[str, Any], place: Pointer, where: Locate, captured: Collection[str]
) -> Iterator[Problem]:
    for inner, name in _placeholders(step, ()):
        at = where(*place, *inner)
        if inner[0] == "headers" or (inner[0] == "checks" and name == MODEL):
            hint = "placeholders belong in the body, the route or a check; `${model}` not in checks"
            yield Problem(f"`${{{name}}}` is not filled in here", at, hint)
        elif inner[0] not in ("body", "route", "checks"):
            continue
        elif name not in captured:
            hint = strict.suggest(name, captured)
            yield Problem(f"nothing has captured `{name}` before this step", at, hint)


def _placeholders(value: Any, place: Pointer) -> Iterator[tuple[Pointer, str]]:
    if isinstance(value, str):
        yield from ((place, name) for name in _PLACEHOLDER.findall(value))
    elif isinstance(value, dict):
        for key, inner in cast("dict[str, Any]", value).items():
            yield from _placeholders(inner, (*place, key))
    elif isinstance(value, list):
        for index, inner in enumerate(cast("list[Any]", value)):
            yield from _placeholders(inner, (*place, index))
