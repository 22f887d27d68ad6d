"""Hand-made results streams: three providers and one that was skipped, six scenarios, every state a cell can have."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable
from typing import Any

from messages_conformance.results.reading import Run, assemble

Json = dict[str, Any]
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
CONFLICTS = {"naga:stream.openai-end": ["naga:stream.done"]}
PROFILES = [
    {
        "id": "chat",
        "title": "a chat application",
        "why": "Programs that stream text to a reader.",
        "depends": [
            {
                "clauses": ["anthropic:stream.named-events"],
                "breaks": "Nothing appears on the screen.",
                "evidence": ["https://example.com/chat"],
            },
        ],
    },
    {
        "id": "agent",
        "title": "a coding agent",
        "why": "Users of agents.",
        "depends": [
            {
                "clauses": ["anthropic:error.type-invalid-request", "anthropic:thinking.first"],
                "breaks": "The session is stuck.",
                "evidence": ["https://example.com/agent"],
            },
        ],
    },
]
DEVIATIONS = [
    {
        "id": "frames-without-names",
        "states": "Frames have no event line.",
        "breaks": "The answer seems empty.",
        "seen": ["https://example.com/seen/1"],
        "checks": ["streaming.text/stream.named"],
    }
]
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


def header() -> Json:
    return {
        "kind": "header",
        "format": 1,
        "suite": {"name": "messages-conformance", "version": "0.1.0"},
        "started": "2026-11-20T10:00:00Z",
        "expectations": [
            {
                "provider": "aisa",
                "check": "error.type",
                "scenarios": ["errors.wrong-key"],
                "question": "drop-in",
                "reason": "The page shows an error type of its own.",
                "issue": None,
                "expires": "2027-01-01",
                "where": "work/expectations.yaml:2",
            }
        ],
        "profile": None,
        "profiles": PROFILES,
        "deviations": DEVIATIONS,
        "providers": [
            {
                "id": name,
                "title": title,
                "kind": kind,
                "contract": contract,
                "base_url": f"https://api.{name}.example",
                "path": "/v1/messages",
                "version": "2023-06-01",
                "auth": "x-api-key",
                "features": ["streaming", "tools"],
                "models": {"cheap": "claude-haiku", "thinking": "claude-sonnet"},
                "note": note,
            }
            for name, title, kind, contract, note in PROVIDERS
        ],
        "contracts": [{"id": c, "title": c.title()} for c in ("anthropic", "naga", "aisa", "bifrost")],
        "clauses": [
            {
                "id": name,
                "level": level,
                "text": text,
                "source": "Streaming Messages",
                "url": f"{DOCS}/{name.partition(':')[2]}",
                **({"conflicts": CONFLICTS[name]} if name in CONFLICTS else {}),
            }
            for name, level, text in CLAUSES
        ],
        "scenarios": [
            {
                "id": name,
                "area": area,
                "title": title,
                "why": why,
                "where": f"suite/scenarios/{area}.yaml:{3 + 10 * number}",
                "tags": [],
                "twin": twin,
            }
            for number, (name, area, title, why, twin) in enumerate(SCENARIOS)
        ],
        "checks": [{"id": name, "title": title, "why": why} for name, title, why in CHECKS],
    }


def exchange(provider: str, scenario: str, **changes: Any) -> Json:
    step, trial, attempt = changes.pop("step", "ask"), changes.pop("trial", 1), changes.pop("attempt", 1)
    request = {
        "method": "POST",
        "url": f"https://api.{provider}.example/v1/messages",
        "headers": [["x-api-key", "[redacted]"], ["content-type", "application/json"]],
        "body": '{"model":"claude-haiku","max_tokens":64,"stream":true,"messages":[{"role":"user","content":"Hi"}]}',
    }
    return {
        "kind": "exchange",
        "id": f"{provider}/{scenario}/{step}/{trial}.{attempt}",
        "provider": provider,
        "scenario": scenario,
        "step": step,
        "trial": trial,
        "attempt": attempt,
        "started": "2026-11-20T10:00:01Z",
        "request": request,
        "curl": f"curl -sS {request['url']} \\\n  -H \"x-api-key: $KEY\" \\\n  -d '{request['body']}'",
        "response": stream(),
        "failure": None,
        "first_byte_ms": 212.0,
        "total_ms": 391.4,
        **changes,
    }


def stream(chunks: Iterable[tuple[float, str]] = STREAM) -> Json:
    return {
        "status": 200,
        "headers": [["content-type", "text/event-stream"], ["request-id", "req_1"]],
        "chunks": [{"at_ms": at, "text": text} for at, text in chunks],
    }


def answer(status: int, text: str, kind: str = "application/json") -> Json:
    return {"status": status, "headers": [["content-type", kind]], "chunks": [{"at_ms": 90.0, "text": text}]}


def result(provider: str, scenario: str, check: str, question: str, outcome: str, **more: Any) -> Json:
    step = more.pop("step", "ask")
    return {
        "kind": "result",
        "provider": provider,
        "scenario": scenario,
        "step": step,
        "check": check,
        "question": question,
        "outcome": outcome,
        "level": more.pop("level", "MUST"),
        "clauses": more.pop("clauses"),
        "where": "suite/scenarios/streaming.yaml:12",
        "exchanges": more.pop("exchanges", [f"{provider}/{scenario}/{step}/1.1"]),
        **more,
    }


NAMED, END, DONE, PIECES, TYPE, FIELD, FIRST = ([clause] for clause, _, _ in CLAUSES[:7])
NAGA_END, NAGA_ERRORS, AISA_STREAM, AISA_ERRORS = ([clause] for clause, _, _ in CLAUSES[7:11])


def _reference() -> Iterable[Json]:
    """Passes everything it is asked; one scenario does not concern it."""
    for scenario in ("streaming.text", "streaming.tools"):
        yield result("reference", scenario, "stream.named", "drop-in", "pass", clauses=NAMED)
        yield result("reference", scenario, "stream.end", "drop-in", "pass", clauses=END)
    yield result("reference", MISSING, "error.type", "drop-in", "pass", clauses=TYPE)
    yield result("reference", "errors.wrong-key", "error.type", "drop-in", "pass", clauses=TYPE)
    yield result("reference", "thinking.enabled", "thinking.order", "drop-in", "pass", clauses=FIRST)


def _naga() -> Iterable[Json]:
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
        "cause": "rate-limit",
        "note": "429 twice, the last asked to wait 60 s",
        "exchanges": [f"naga/errors.wrong-key/ask/1.{n}" for n in (1, 2)],
    }
    weak = {"level": "SHOULD", "clauses": NAGA_ERRORS}
    yield result("naga", "errors.wrong-key", "error.type", "drop-in", "inconclusive", clauses=TYPE, **limited)
    yield result("naga", "errors.wrong-key", "error.type", "as-documented", "inconclusive", **weak, **limited)


def _aisa() -> Iterable[Json]:
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


def records() -> list[Json]:
    """A whole stream, footer included."""
    results = [*_reference(), *_naga(), *_aisa()]
    out = [header(), {"kind": "skipped", "provider": "bifrost", "reason": "BIFROST_KEY is not set"}]
    for provider in ("reference", "naga", "aisa"):
        for scenario, *_ in SCENARIOS:
            mine = [r for r in results if (r["provider"], r["scenario"]) == (provider, scenario)]
            out.append(_planned(provider, scenario, mine))
            out += _exchanges(provider, scenario) if mine else []
    out += results
    outcomes = [r["outcome"] for r in results]
    footer = {
        "kind": "footer",
        "finished": "2026-11-20T10:02:00Z",
        "results": {outcome: outcomes.count(outcome) for outcome in sorted(set(outcomes))},
        "exchanges": sum(r["kind"] == "exchange" for r in out),
        "tokens": {"input": 12345, "output": 2345},
        "cost": {"USD": 0.0123},
    }
    return [*out, footer]


def _planned(provider: str, scenario: str, results: list[Json]) -> Json:
    """What was judged was planned; beside that, NagaAI has a check that was planned and never judged."""
    checks = [[r["step"], r["check"], r["question"]] for r in results]
    reason = None if checks else "does not claim the feature thinking"
    if (provider, scenario) == ("naga", "thinking.enabled"):
        checks, reason = [["ask", "thinking.order", "drop-in"]], None
    return {
        "kind": "planned",
        "provider": provider,
        "scenario": scenario,
        "not_applicable": reason,
        "checks": checks,
    }


def _exchanges(provider: str, scenario: str) -> list[Json]:
    if not scenario.startswith("errors."):
        return [exchange(provider, scenario)]
    if (provider, scenario) == ("naga", "errors.wrong-key"):
        cut = {"kind": "timeout", "detail": "no byte for 120 s"}
        return [
            exchange(provider, scenario, response=answer(429, '{"type":"error","error":{"type":"rate_limit_error"}}')),
            exchange(provider, scenario, attempt=2, response=None, failure=cut, first_byte_ms=None, total_ms=120000.0),
        ]
    return [exchange(provider, scenario, response=answer(400, REFUSED))]


def run() -> Run:
    return assemble(records())


HOSTILE = (
    "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
    "\x1b[31m|\n# [a](http://b) \u202e \ud800"
)


def hostile_run() -> Run:
    """The same run, where a provider put markup, control characters and a lone surrogate wherever it has a say."""
    out = copy.deepcopy(records())
    for record in out:
        if record["kind"] == "result" and record["outcome"] == "fail":
            record["actual"] = HOSTILE
        if record["kind"] == "exchange" and record["provider"] == "naga" and record["response"]:
            record["response"]["headers"].append(["x-note", HOSTILE])
            record["response"]["chunks"] = [
                {"at_ms": 1.0, "text": f"event: {HOSTILE.replace(chr(10), ' ')}\ndata: {json.dumps(HOSTILE)}\n\n"},
                {"at_ms": 2.0, "base64": "//4K"},
            ]
    out[0]["providers"][1]["title"] = HOSTILE
    out[0]["scenarios"][0]["title"] = HOSTILE
    out[0]["clauses"][0]["url"] = "javascript:document.title='owned'"
    out[1]["reason"] = HOSTILE
    return assemble(out)
