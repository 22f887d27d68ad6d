"""A run in which every field that holds text of others holds markup that would run, and its own name.

Who writes what: providers.yaml and a user's own scenarios, clauses and expectations; whatever a peer answers; and what
this program found, in words that quote both.
"""

from __future__ import annotations

import json
from typing import Any, Final

import handmade
from handmade import Line, line
from messages_conformance.catalog.model import Level
from messages_conformance.checks.base import Cause, Outcome
from messages_conformance.results import records
from messages_conformance.results.reading import Run
from messages_conformance.results.records import Record
from messages_conformance.wire.exchange import Chunk, Failure, Request, Response

OWNED: Final = "owned"
"""The title that a page would get."""


def token(field: str) -> str:
    """What is looked for where a field is shown. Nothing escapes it."""
    return f"\u00ab{field.replace('_', '-')}\u00bb"


def mark(field: str) -> str:
    """Markup for every place in which a page may put text: between tags, in an attribute, in a script."""
    run = f"document.title='{OWNED}'"
    return f'{token(field)}</script><script>{run}</script>"\'><img src=x onerror="{run}"><marquee>\x1b[31m\u202e'


def run(*, broken: bool = True) -> Run:
    """The run; a day before it and without the failures where it is not to be `broken`, to be compared with."""
    started = "2026-11-21T10:00:00Z" if broken else "2026-11-20T10:00:00Z"
    return handmade.run(_header(started), *_told(broken=broken))


def _header(started: str) -> records.Header:
    model = records.Provider(
        "maker",
        mark("provider.title"),
        "live",
        "anthropic",
        mark("provider.base_url"),
        mark("provider.path"),
        mark("provider.version"),
        "x-api-key",
        ("streaming",),
        {"cheap": mark("provider.models")},
        mark("provider.note"),
    )
    skipped, diagnosed = handmade.provider("skipped"), handmade.provider("diagnosed")
    return handmade.header(
        model,
        skipped,
        diagnosed,
        started=started,
        contracts=(records.Contract("anthropic", "Anthropic"),),
        clauses=(_clause("clause"), _clause("conflict")),
        scenarios=tuple(map(_scenario, ("wrong", "weak", "weaker", "open", "accepted", "unasked", "fault"))),
        checks=(_check("named"), _check("plain")),
        expectations=(
            handmade.expectation(
                check="plain",
                scenarios=("accepted",),
                reason=mark("expectation.reason"),
                owner=mark("expectation.owner"),
                issue="javascript:" + mark("expectation.issue"),
            ),
            _untrue(actual=mark("expectation.actual"), where=mark("expectation.where")),
            _untrue(pointer=mark("expectation.pointer")),
        ),
        gathered=(records.Gathered("plain", mark("gathered.many")),),
        profiles=(
            records.Profile(
                "chat",
                mark("profile.title"),
                mark("profile.why"),
                ("wrong",),
                (records.Dependence(("anthropic:clause",), mark("dependence.breaks"), (mark("dependence.evidence"),)),),
                mark("profile.short"),
            ),
        ),
        deviations=(
            records.Deviation(
                "seen", mark("deviation.states"), mark("deviation.breaks"), (mark("deviation.seen"),), ("named",)
            ),
        ),
    )


def _untrue(**told: str) -> records.Expectation:
    """One whose check fails otherwise than it says."""
    return handmade.expectation(check="plain", scenarios=("weak",), **told)


def _clause(name: str) -> records.Clause:
    others = ("anthropic:conflict",) if name == "clause" else ()
    address = "javascript:" + mark(f"{name}.url")
    texts = mark(f"{name}.text"), mark(f"{name}.source")
    return records.Clause(f"anthropic:{name}", Level.MUST, *texts, address, others)


def _scenario(name: str) -> records.Scenario:
    if name != "wrong":
        return records.Scenario(name, "area", "t", "w", "x:1")
    marked = (mark(f"scenario.{field}") for field in ("area", "title", "why", "where"))
    return records.Scenario(name, *marked, tags=(mark("scenario.tags"),))


def _check(name: str) -> records.Check:
    return records.Check(name, *((mark("check.title"), mark("check.why")) if name == "named" else ("Plain", "w")))


def _tried() -> records.Tried:
    told: dict[str, Any] = {name: mark(f"tried.{name}") for name in ("title", "client", "told", "raised", "key_as")}
    return records.Tried("maker", "text", outcome=Outcome.FAIL, **told)


def _told(*, broken: bool) -> list[Line | Record]:
    fails = "fail" if broken else "pass"
    clause: dict[str, Any] = {"clauses": ("anthropic:clause",)}
    wrong: dict[str, Any] = {
        "expected": mark("verdict.expected"),
        "actual": mark("verdict.actual"),
        "note": mark("verdict.note"),
    }
    where: dict[str, Any] = {
        "where": mark("plannedstep.where"),
        "exchanges": ("maker/wrong/ask/1.1",),
        "pointer": mark("verdict.pointer"),
    }
    undecided: dict[str, Any] = {
        "cause": Cause.TRANSPORT,
        "note": mark("undecided.note"),
        "exchanges": ("maker/open/ask/1.1",),
    }
    return [
        line("wrong", "named", fails, **clause, **(wrong if broken else {}), **where),
        *(line(name, "plain", fails, level="MAY", expected="x", actual="y") for name in ("weak", "weaker")),
        line("open", "plain", "inconclusive" if broken else "pass", **(undecided if broken else {})),
        line("accepted", "plain", "fail", expected="x", actual="y"),
        records.Planned("maker", "unasked", mark("planned.not_applicable")),
        line("fault", "plain", "harness-error", note=mark("fault.note")),
        records.Skipped("skipped", mark("skipped.reason")),
        records.Diagnosed("diagnosed", "odd", mark("diagnosed.sentence"), 2),
        line("wrong", "plain", "inconclusive", provider="diagnosed", cause=Cause.CONFIGURATION),
        _stream(),
        _nothing(),
        _tried(),
        handmade.footer(cost={mark("footer.cost"): 0.5}, spent=(_spent(),)),
    ]


def _spent() -> records.Spent:
    return records.Spent("maker", 2, 1.0, records.Tokens(1, 2), {mark("spent.cost"): 0.5})


def _stream() -> records.Exchange:
    fields = {"event": "event.name", "data": "event.data", "odd": "event.field", "": "event.comment"}
    frame = "".join(f"{key}: {mark(field)}\n" for key, field in fields.items()) + "\n"
    body = json.dumps({"text": mark("request.body")}, ensure_ascii=False).encode()
    address = f"https://api.maker.example/{mark('request.url')}"
    request = Request("POST", address, ((mark("request.header"), mark("request.value")),), body)
    headers = (("content-type", "text/event-stream"), (mark("response.header"), mark("response.value")))
    response = Response(200, headers, (Chunk(1.0, frame.encode()),))
    return handmade.exchange("wrong", request=request, response=response, key_env="MAKER_KEY")


def _nothing() -> records.Exchange:
    return handmade.exchange("open", response=None, failure=Failure("connect", mark("failure.detail")))
