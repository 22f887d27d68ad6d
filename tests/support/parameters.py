"""Parameters for every check that needs some, to call it with."""

from __future__ import annotations

from typing import Any

PARAMS: dict[str, dict[str, Any]] = {
    "thinking.display": {"is": "omitted"},
    "citations.present": {"types": ["char_location"]},
    "server-tools.called": {"name": "web_search"},
    "context.edit-applied": {"edit": "clear_tool_uses_20250919"},
    "error.names-field": {"field": "max_tokens"},
    "text.contains": {"all": ["one"], "any": ["two"]},
    "text.excludes": {"any": ["one"]},
    "prefill.continued": {"all": ["one"], "begun": ["two"]},
    "system.honoured": {"words": ["one"]},
    "stop-reason": {"is": "end_turn"},
    "stop-reason.max-tokens": {"after": "other"},
    "stop-sequence.named": {"one_of": ["5"], "after": "other"},
    "usage.agrees": {"with": "other"},
    "tokens.near-usage": {"step": "other"},
    "tokens.more-than": {"step": "other"},
    "tokens.served-alike": {"step": "other"},
    "cache.read": {"after": ["other"]},
    "cache.read-amount": {"step": "other"},
    "cache.written": {"step": "other"},
    "thinking.kept": {"step": "other"},
    "message.same-as": {"step": "other"},
    "message.same-envelope": {"step": "other"},
    "text.same-as": {"step": "other"},
    "http.any-client": {"step": "other"},
    "models.honoured": {"step": "other"},
    "models.next-page": {"step": "other", "size": 1},
    "tools.every-call-told": {"as_in": "other"},
    "tools.error-heard": {"unlike": "other"},
    "tools.results-matched": {"by_id": {"a": "1", "b": "2"}, "by_place": {"a": "2", "b": "1"}},
}
