"""Hand-made results streams: three providers and one that was skipped, six scenarios, every state a cell can have."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import handmade
from handmade import Line
from messages_conformance.catalog.model import Level
from messages_conformance.checks.base import Cause, Outcome
from messages_conformance.results import records
from messages_conformance.results.reading import Run
from messages_conformance.results.records import Record
from messages_conformance.results.vocabulary import Question
from messages_conformance.wire.exchange import Chunk, Failure, Request, Response
from obeyed import COMMANDS

DOCS = "https://platform.claude.com/docs/en"

PROVIDERS = [
    ("reference", "Reference", "reference", "anthropic", None),
    ("naga", "NagaAI", "live", "naga", "Bills by the request."),
    ("aisa", "AISA", "played", "aisa", None),
    ("bifrost", "Bifrost", "live", "bifrost", None),
]
MISSING = "errors.max-tokens-missing"
WHY = "Agents join the pieces; a lost one breaks the call."
SCENARIOS = [
    ("streaming.text", "streaming", "A streamed text answer", WHY, None),
    ("streaming.tools", "streaming", "A streamed tool call", WHY, None),
    (MISSING, "errors", "A request without max_tokens is refused", "People must learn why.", "streaming.text"),
    ("errors.wrong-key", "errors", "A wrong key is refused", "Users are told to check the key.", "streaming.text"),
    ("thinking.enabled", "thinking", "Thinking comes before the answer", "Coding agents show it.", None),
    ("thinking.round-trip", "thinking", "The own thinking block is accepted back", "Agents replay it.", None),
]
CLAUSES = [
    ("anthropic:stream.named-events", "MUST", "Every frame has an event line whose name equals the type of its data."),
    ("anthropic:stream.message-stop-last", "MUST", "A stream ends with exactly one message_stop and nothing after it."),
    ("anthropic:stream.no-done-sentinel", "MUST", "A stream has no [DONE] line."),
    ("anthropic:stream.incremental", "SHOULD", "Text arrives in more than one piece."),
    ("anthropic:error.type-invalid-request", "MUST", "An invalid request is answered with invalid_request_error."),
    ("anthropic:error.names-field", "MAY", "The message names the field at fault."),
    ("anthropic:thinking.first", "MUST", "A thinking block precedes text and tool use."),
    ("naga:stream.openai-end", "MUST", "Streams follow Anthropic's event order."),
    ("naga:errors.shape", "SHOULD", "Errors have a type and a message."),
    ("aisa:stream.any", "SHOULD", "Streams are server-sent events."),
    ("aisa:errors.any", "MUST", "Errors carry an error object."),
    ("naga:stream.done", "MAY", "A stream's example ends with [DONE]."),
]
CONFLICTS = {"naga:stream.openai-end": ("naga:stream.done",)}
PROFILES = (
    records.Profile(
        "chat",
        "a chat application",
        "Programs that stream text to a reader.",
        depends=(
            records.Dependence(
                ("anthropic:stream.named-events",), "Nothing appears on the screen.", ("https://example.com/chat",)
            ),
        ),
    ),
    records.Profile(
        "agent",
        "a coding agent",
        "Users of agents.",
        depends=(
            records.Dependence(
                ("anthropic:error.type-invalid-request", "anthropic:thinking.first"),
                "The session is stuck.",
                ("https://example.com/agent",),
            ),
        ),
    ),
)
DEVIATIONS = (
    records.Deviation(
        "frames-without-names",
        "Frames have no event line.",
        "The answer seems empty.",
        ("https://example.com/seen/1",),
        ("streaming.text/stream.named",),
    ),
)
IMPACTS = (
    handmade.impact(
        "frames-unnamed",
        "stream.named",
        "anthropic:stream.named-events",
        clients="an agent 2.1 raises Odd on a streamed answer; 2 clients notice nothing",
    ),
    handmade.impact("error-type-foreign", "error.type", "anthropic:error.type-invalid-request", severity="unnoticed"),
)
CHECKS = [
    ("stream.named", "Every event is named", "Clients dispatch on the name."),
    ("stream.end", "The stream ends with message_stop", "A client waits for it."),
    ("stream.pieces", "Text comes in pieces", "One big piece is not streaming."),
    ("error.type", "The refusal has the right type", "Clients retry on one type and give up on another."),
    ("error.field", "The refusal names the field", "People fix what is named."),
    ("thinking.order", "Thinking comes first", "Clients render blocks in order."),
]

STREAM = [
    (212.0, 'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_01","content":[]}}\n\n'),
    (
        240.5,
        'event: content_block_start\ndata: {"type":"content_block_start","index":0}\n\nevent: content_block_delta\nda',
    ),
    (301.2, 'ta: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"1, 2"}}\n\n'),
    (388.0, 'data: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}\n\ndata: [DONE]\n\n'),
]
REFUSED = (
    '{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: required"},"request_id":"req_7"}'
)


def header(**changes: Any) -> records.Header:
    given: dict[str, Any] = {
        "expectations": (
            handmade.expectation(
                provider="aisa",
                check="error.type",
                scenarios=("errors.wrong-key",),
                question="drop-in",
                reason="The page shows an error type of its own.",
                where="work/expectations.yaml:2",
            ),
        ),
        "profiles": PROFILES,
        "deviations": DEVIATIONS,
        "impacts": IMPACTS,
        "contracts": tuple(records.Contract(c, c.title()) for c in ("anthropic", "naga", "aisa", "bifrost")),
        "clauses": tuple(
            records.Clause(
                name,
                Level(level),
                text,
                "Streaming Messages",
                f"{DOCS}/{name.partition(':')[2]}",
                CONFLICTS.get(name, ()),
            )
            for name, level, text in CLAUSES
        ),
        "scenarios": tuple(
            records.Scenario(name, area, title, why, f"suite/scenarios/{area}.yaml:{3 + 10 * number}", twin=twin)
            for number, (name, area, title, why, twin) in enumerate(SCENARIOS)
        ),
        "checks": tuple(records.Check(*check) for check in CHECKS),
    }
    providers = (
        handmade.provider(
            name,
            title=title,
            kind=kind,
            contract=contract,
            features=("streaming", "tools"),
            models={"cheap": "claude-haiku", "thinking": "claude-sonnet"},
            note=note,
        )
        for name, title, kind, contract, note in PROVIDERS
    )
    return handmade.header(*providers, **{**given, **changes})


def exchange(provider: str, scenario: str, attempt: int = 1, **changes: Any) -> records.Exchange:
    request = Request(
        "POST",
        f"https://api.{provider}.example/v1/messages",
        (("x-api-key", "[redacted]"), ("content-type", "application/json")),
        b'{"model":"claude-haiku","max_tokens":64,"stream":true,"messages":[{"role":"user","content":"Hi"}]}',
    )
    given: dict[str, Any] = {"request": request, "response": stream(), "first_byte_ms": 212.0, "total_ms": 391.4}
    name = f"{provider}/{scenario}/ask/1.{attempt}"
    return handmade.exchange(scenario, name, provider=provider, attempt=attempt, key_env="KEY", **{**given, **changes})


def stream(chunks: Iterable[tuple[float, str]] = STREAM) -> Response:
    headers = (("content-type", "text/event-stream"), ("request-id", "req_1"))
    return Response(200, headers, tuple(Chunk(at, text.encode()) for at, text in chunks))


def answer(status: int, text: str, kind: str = "application/json") -> Response:
    return Response(status, (("content-type", kind),), (Chunk(90.0, text.encode()),))


def result(provider: str, scenario: str, check: str, question: Question, outcome: str | None, **more: Any) -> Line:
    given: dict[str, Any] = {"where": "suite/scenarios/streaming.yaml:12"}
    if outcome:
        given["exchanges"] = (f"{provider}/{scenario}/ask/1.1",)
    return handmade.line(scenario, check, outcome, question, provider=provider, **{**given, **more})


NAMED, END, DONE, PIECES, TYPE, FIELD, FIRST = ((clause,) for clause, _, _ in CLAUSES[:7])
NAGA_END, NAGA_ERRORS, AISA_STREAM, AISA_ERRORS = ((clause,) for clause, _, _ in CLAUSES[7:11])


def _reference() -> Iterable[Line]:
    """Passes everything it is asked; one scenario does not concern it."""
    for scenario in ("streaming.text", "streaming.tools"):
        yield result("reference", scenario, "stream.named", "drop-in", "pass", clauses=NAMED)
        yield result("reference", scenario, "stream.end", "drop-in", "pass", clauses=END)
    yield result("reference", MISSING, "error.type", "drop-in", "pass", clauses=TYPE)
    yield result("reference", "errors.wrong-key", "error.type", "drop-in", "pass", clauses=TYPE)
    yield result("reference", "thinking.enabled", "thinking.order", "drop-in", "pass", clauses=FIRST)


def _naga() -> Iterable[Line]:
    """Broken streams (the same check in two scenarios), a weak deviation, a rate limit, and one check never judged."""
    unnamed = {"expected": "event: message_delta", "actual": "no event: line", "event": 4, "clauses": NAMED}
    ended = {"expected": "message_stop is the last event", "actual": "data: [DONE]", "event": 5}
    for scenario in ("streaming.text", "streaming.tools"):
        yield result("naga", scenario, "stream.named", "drop-in", "fail", **unnamed)
        yield result("naga", scenario, "stream.end", "drop-in", "fail", **ended, clauses=END)
    yield result("naga", "streaming.text", "stream.pieces", "drop-in", "pass", level="SHOULD", clauses=PIECES)
    yield result("naga", "streaming.text", "stream.end", "as-documented", "fail", **ended, clauses=NAGA_END)
    yield result("naga", "streaming.tools", "stream.end", "as-documented", "pass", clauses=NAGA_END)
    weak = {"level": "MAY", "pointer": "/error/message", "clauses": FIELD}
    unasked = {"level": "SHOULD", "clauses": NAGA_ERRORS, "note": "the page shows no refusal"}
    yield result("naga", MISSING, "error.type", "drop-in", "pass", clauses=TYPE)
    yield result("naga", MISSING, "error.field", "drop-in", "fail", expected="max_tokens", actual="bad request", **weak)
    yield result("naga", MISSING, "error.type", "as-documented", "not-applicable", **unasked)
    limited = {
        "cause": Cause.RATE_LIMIT,
        "note": "429 twice, the last asked to wait 60 s",
        "exchanges": tuple(f"naga/errors.wrong-key/ask/1.{n}" for n in (1, 2)),
    }
    weak = {"level": "SHOULD", "clauses": NAGA_ERRORS}
    yield result("naga", "errors.wrong-key", "error.type", "drop-in", "inconclusive", clauses=TYPE, **limited)
    yield result("naga", "errors.wrong-key", "error.type", "as-documented", "inconclusive", **weak, **limited)


def _aisa() -> Iterable[Line]:
    """Differs from the API wherever its document does, and keeps what the document says."""
    unnamed = {"expected": "event: message_start", "actual": "no event: line", "event": 1, "clauses": NAMED}
    for scenario in ("streaming.text", "streaming.tools"):
        yield result("aisa", scenario, "stream.named", "drop-in", "fail", **unnamed)
        yield result("aisa", scenario, "stream.named", "as-documented", "pass", level="SHOULD", clauses=AISA_STREAM)
    yield result("aisa", MISSING, "error.type", "drop-in", "harness-error", note="KeyError: 'type'", clauses=TYPE)
    yield result("aisa", MISSING, "error.type", "as-documented", "pass", clauses=AISA_ERRORS)
    wrong = {"expected": "401 authentication_error", "actual": "403 forbidden", "pointer": "/error/type"}
    yield result("aisa", "errors.wrong-key", "error.type", "drop-in", "fail", clauses=TYPE, **wrong)
    yield result("aisa", "errors.wrong-key", "error.type", "as-documented", "pass", clauses=AISA_ERRORS)


def told() -> list[Line | Record]:
    """What the stream holds beside its header: what NagaAI does not show of thinking was planned and never judged."""
    lines = [*_reference(), *_naga(), *_aisa()]
    lines.append(result("naga", "thinking.enabled", "thinking.order", "drop-in", None, clauses=FIRST))
    out: list[Line | Record] = [records.Skipped("bifrost", "BIFROST_KEY is not set")]
    for provider in ("reference", "naga", "aisa"):
        for scenario, *_ in SCENARIOS:
            mine = [line for line in lines if (line.provider, line.scenario) == (provider, scenario)]
            out += mine or [records.Planned(provider, scenario, "does not claim the feature thinking")]
            out += _exchanges(provider, scenario) if any(line.outcome for line in mine) else ()
    outcomes = [str(line.outcome) for line in lines if line.outcome]
    out.append(
        handmade.footer(
            finished="2026-11-20T10:02:00Z",
            results={outcome: outcomes.count(outcome) for outcome in sorted(set(outcomes))},
            exchanges=sum(isinstance(record, records.Exchange) for record in out),
            tokens=records.Tokens(12345, 2345),
            cost={"USD": 0.0123},
            spent=(
                records.Spent("reference", 5, 1.5, records.Tokens(345, 45), {}),
                records.Spent("naga", 5, 65.0, records.Tokens(12000, 2300), {"USD": 0.0123}),
            ),
        )
    )
    return out


def _exchanges(provider: str, scenario: str) -> list[records.Exchange]:
    if not scenario.startswith("errors."):
        return [exchange(provider, scenario)]
    if (provider, scenario) == ("naga", "errors.wrong-key"):
        cut = Failure("timeout", "no byte for 120 s")
        return [
            exchange(provider, scenario, response=answer(429, '{"type":"error","error":{"type":"rate_limit_error"}}')),
            exchange(provider, scenario, 2, response=None, failure=cut, first_byte_ms=None, total_ms=120000.0),
        ]
    return [exchange(provider, scenario, response=answer(400, REFUSED))]


def run(*, complete: bool = True, **changes: Any) -> Run:
    """The run of these samples, with changes to its header."""
    return handmade.run(header(**changes), *(told() if complete else told()[:-1]), complete=complete)


def untrue() -> Run:
    """The same run with expectations that do not hold: one has expired, the other no longer fails."""
    return run(
        expectations=(
            handmade.expectation(
                provider="naga",
                check="stream.end",
                expires="2026-11-08",
                owner="gateway team",
                issue="https://example.com/7",
                where="work/expectations.yaml:3",
            ),
            handmade.expectation(provider="reference", check="error.type", where="work/expectations.yaml:9"),
        )
    )


HOSTILE = (
    "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
    "\x1b[31m|\n# [a](http://b) \u202e \ud800\n" + "\n".join(COMMANDS)
)


def hostile_run() -> Run:
    """The same run, where a provider put markup, control characters and a lone surrogate wherever it has a say."""
    first = header()
    reference, naga, *others = first.providers
    broken, *scenarios = first.scenarios
    clause, *clauses = first.clauses
    hostile = replace(
        first,
        providers=(reference, replace(naga, title=HOSTILE), *others),
        scenarios=(replace(broken, title=HOSTILE), *scenarios),
        clauses=(replace(clause, url="javascript:document.title='owned'"), *clauses),
    )
    return handmade.run(hostile, *map(_hostile, told()))


def _hostile(entry: Line | Record) -> Line | Record:
    match entry:
        case Line(outcome=Outcome.FAIL):
            return replace(entry, said={**entry.said, "actual": HOSTILE})
        case records.Exchange(provider="naga", response=Response() as response):
            event = f"event: {HOSTILE.replace(chr(10), ' ')}\ndata: {json.dumps(HOSTILE)}\n\n"
            chunks = (Chunk(1.0, event.encode("utf-8", "surrogatepass")), Chunk(2.0, b"\xff\xfe\n"))
            headers = (*response.headers, ("x-note", HOSTILE))
            body = json.dumps({"id": HOSTILE}, ensure_ascii=False).encode(errors="backslashreplace")  # sent back
            return replace(
                entry,
                request=replace(entry.request, body=body),
                response=replace(response, headers=headers, chunks=chunks),
            )
        case records.Skipped():
            return replace(entry, reason=HOSTILE)
        case _:
            return entry
