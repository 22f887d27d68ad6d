"""What a driver told of a job, and whether it is what the job wants of a right answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from messages_conformance.catalog.contracts.validating import validator
from messages_conformance.catalog.jobs import Job, Wants
from messages_conformance.catalog.yaml.strict import mistakes

_STOP_REASONS = {"end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal"}

End: TypeAlias = Literal["told", "unsupported", "hung", "died"]


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a job. `seen` and `raised` are as in `tools/impact/README.md`; `reason` says why a job is
    unsupported, or how the driver died."""

    end: End = "told"
    seen: Mapping[str, Any] = field(default_factory=dict[str, Any])
    raised: Mapping[str, Any] | None = None
    reason: str = ""

    @staticmethod
    def of(line: Mapping[str, Any]) -> Told:
        """What one line of a driver says."""
        if "unsupported" in line:
            return Told("unsupported", reason=line["unsupported"])
        return Told("told", line.get("seen", {}), line.get("raised"))


def unmet(told: Told, job: Job) -> list[str]:
    """What the job wants and was not told, a sentence each; empty if everything is right."""
    match told.end:
        case "hung":
            return ["nothing came in time"]
        case "died":
            return [f"the driver ended: {told.reason}"]
        case "unsupported":
            return [told.reason]
        case _:
            return list(_unmet(told, job))


def _unmet(told: Told, job: Job) -> Iterator[str]:
    wants = job.wants
    if wants.raises or told.raised:
        yield from _of_raised(told.raised, wants)
        return
    if job.route == "count_tokens" and not _is_count(told.seen.get("count")):
        yield f"the count is {told.seen.get('count')!r}"
    if job.route == "models" and not told.seen.get("models"):
        yield "the list of models is empty"
    if job.route == "messages":
        turns: list[Mapping[str, Any]] = told.seen.get("turns") or [{}]
        yield from _of_turns(turns, wants)
        yield from _of_arguments(
            turns, {tool["name"]: tool.get("input_schema", True) for tool in job.asks.get("tools", ())}
        )
    if wants.fits:
        wrong = mistakes(told.seen.get("object"), validator(job.asks["schema"]))
        yield from (f"the object does not fit its schema: {mistake.message}" for mistake in wrong)


def _of_raised(raised: Mapping[str, Any] | None, wants: Wants) -> Iterator[str]:
    if raised is None:
        yield "nothing was raised"
    elif not wants.raises:
        yield f"{raised['type']} was raised: {raised['message']}"
    # A client that does not tell the status is not blamed for it.
    elif wants.status and raised.get("status") not in (None, wants.status):
        yield f"{raised['type']} tells the status {raised['status']}, not {wants.status}"


def _of_turns(turns: list[Mapping[str, Any]], wants: Wants) -> Iterator[str]:
    last = turns[-1].get("text") or ""
    yield from (f"the text lacks `{part}`" for part in wants.text if part.lower() not in last.lower())
    yield from (f"the text holds `{part}`" for part in wants.lacks if part.lower() in last.lower())
    called = [call["name"] for turn in turns for call in turn.get("calls", ())]
    if wants.calls and called != list(wants.calls):
        yield f"called are {', '.join(called) or 'no tools'}, not {', '.join(wants.calls)}"
    yield from _of_server(turns, wants)
    if wants.thinking and not any(turn.get("thinking") for turn in turns):
        yield "no answer holds thinking"
    # Only a client that passes the API's words on can be held to them.
    if wants.stop and turns[-1].get("stop") in _STOP_REASONS - {wants.stop}:
        yield f"the stop reason is {turns[-1]['stop']}, not {wants.stop}"


def _of_server(turns: list[Mapping[str, Any]], wants: Wants) -> Iterator[str]:
    """What the server itself did for the answers: ran tools, cited, cleared old results."""
    ran = [call["name"] for turn in turns for call in turn.get("ran", ())]
    if wants.ran and ran != list(wants.ran):
        yield f"the server ran {', '.join(ran) or 'no tools'}, not {', '.join(wants.ran)}"
    cited = " ".join(str(citation.get("text")) for turn in turns for citation in turn.get("cited", ()))
    yield from (f"no citation holds `{part}`" for part in wants.cites if part.lower() not in cited.lower())
    if wants.clears and not any(turn.get("cleared") for turn in turns):
        yield "no answer says that results were cleared"


def _of_arguments(turns: list[Mapping[str, Any]], schemas: Mapping[str, Any]) -> Iterator[str]:
    for call in (call for turn in turns for call in turn.get("calls", ())):
        wrong = mistakes(call.get("arguments"), validator(schemas.get(call["name"], True)))
        yield from (f"the arguments of {call['name']} do not fit its schema: {mistake.message}" for mistake in wrong)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and value > 0
