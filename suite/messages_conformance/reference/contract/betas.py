"""The values of `anthropic-beta` that the reference knows; any other is refused.

Source: the names that the official Python SDK lists in `anthropic.types.anthropic_beta_param` (2.10.0), as far as they
concern Messages, count_tokens and models; and older names that clients and gateways still send: a value stays accepted
when its feature becomes generally available (https://platform.claude.com/docs/en/api/beta-headers).
"""

from __future__ import annotations

from typing import Any

from messages_conformance.reference.narrow import as_object

INTERLEAVED_THINKING = "interleaved-thinking-2025-05-14"
DISPLAY_UPDATES = "thinking-display-updates-2026-08-18"
MCP_CLIENTS = frozenset({"mcp-client-2025-11-20", "mcp-client-2026-09-15"})
"""The betas in which a toolset says which tools of an MCP server may be called."""

_OLDER = frozenset(
    [
        "messages-2023-12-15",  # this API itself; some gateways send it with every request
        "tools-2024-04-04",
        "tools-2024-05-16",
        "max-tokens-3-5-sonnet-2024-07-15",
        "fine-grained-tool-streaming-2025-05-14",
        # Claude Code names both with each request (https://github.com/anthropics/claude-code/issues/53855), and the API
        # takes the second still (https://github.com/vercel/ai/pull/14989).
        "claude-code-20250219",
        "effort-2025-11-24",
    ]
)
"""What the SDK's list leaves out: betas whose features are generally available by now, and a client's own name."""

BETAS = _OLDER | frozenset(
    [
        "advisor-tool-2026-03-01",
        "cache-diagnosis-2026-04-07",
        "code-execution-2025-05-22",
        "compact-2026-01-12",
        "compact-2026-09-04",
        "computer-use-2024-10-22",
        "computer-use-2025-01-24",
        "computer-use-2025-11-24",
        "context-1m-2025-08-07",
        "context-management-2025-06-27",
        "dev-full-thinking-2025-05-14",
        "extended-cache-ttl-2025-04-11",
        "fallback-credit-2026-06-01",
        "fallback-credit-2026-07-01",
        "fast-mode-2026-02-01",
        "files-api-2025-04-14",
        "inline-tools-2026-09-15",
        "interleaved-thinking-2025-05-14",
        "mcp-client-2025-04-04",
        "mcp-client-2025-11-20",
        "mcp-client-2026-09-15",
        "message-batches-2024-09-24",
        "message-threads-2026-08-12",
        "mid-conversation-output-config-2026-07-01",
        "mid-conversation-system-clear-at-2026-08-21",
        "mid-conversation-tool-changes-2026-07-01",
        "model-context-window-exceeded-2025-08-26",
        "output-128k-2025-02-19",
        "output-300k-2026-03-24",
        "pdfs-2024-09-25",
        "prompt-caching-2024-07-31",
        "server-side-fallback-2026-06-01",
        "server-side-fallback-2026-07-01",
        "skills-2025-10-02",
        "structured-outputs-2025-11-13",
        "task-budgets-2026-03-13",
        "thinking-binding-controls-2026-08-01",
        DISPLAY_UPDATES,
        "thinking-token-count-2026-05-13",
        "token-counting-2024-11-01",
        "token-efficient-tools-2025-02-19",
        "user-profiles-billing-2026-10-01",
    ]
)


def named(header: str) -> list[str]:
    """The values in one `anthropic-beta` header."""
    return [value for part in header.split(",") if (value := part.strip())]


def plain(body: Any, asked: frozenset[str]) -> Any:
    """`body` without the one value that the contract leaves to a beta: `display: updates` of thinking. The beta types
    of the official SDK name it, and Claude Code sends it by default; the reference shows all thinking then."""
    thinking = as_object(as_object(body).get("thinking"))
    if DISPLAY_UPDATES not in asked or thinking.get("display") != "updates":
        return body
    return {**body, "thinking": {**thinking, "display": None}}
