from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from messages_conformance.catalog.expectations import load_expectations, read_drafts
from messages_conformance.errors import UserError

Write = Callable[[str, str], Path]

FULL = """
    expectations:
      - provider: gateway
        check: stream.usage-*
        scenarios: [streaming.*]
        question: drop-in
        pointer: /usage
        actual: "no *"
        at_most: 4
        owner: the gateway's team
        added: 2026-03-01
        reason: The upstream tells its usage only at the end.
        issue: https://example.com/1
        expires: 2027-03-01
      - {provider: gateway, check: http.request-id, reason: Never sent., expires: 2027-03-01}
"""


def test_entries_are_read_whole_and_with_defaults(write: Write) -> None:
    path = write("expectations.yaml", FULL)
    full, short = load_expectations(path)

    assert (full.provider, full.check, full.scenarios) == ("gateway", "stream.usage-*", ("streaming.*",))
    assert (full.question, full.issue, full.expires) == ("drop-in", "https://example.com/1", "2027-03-01")
    assert (full.pointer, full.actual, full.at_most) == ("/usage", "no *", 4)
    assert (full.owner, full.added) == ("the gateway's team", "2026-03-01")
    assert full.where.line == 2
    assert (short.scenarios, short.question, short.issue) == (("*",), None, None)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{provider: p, check: c, reason: r}", "lacks the key `expires`"),
        ("{provider: p, check: c, reason: r, expires: 2027-02-30}", "`2027-02-30` is not a date"),
        ("{provider: p, check: c, reason: r, expires: 2027-02-01, until: x}", "`until` is not a key"),
        ("{provider: p, check: c, reason: r, expires: 2027-02-01, added: 2027-13-01}", "`2027-13-01` is not a date"),
        ("{provider: p, check: c, reason: r, expires: 9000-02-01, added: 8999-01-01}", "`8999-01-01` is still to come"),
        (
            "{provider: p, check: c, reason: r, expires: 2026-01-01, added: 2026-01-01}",
            "expires on 2026-01-01, and was",
        ),
        ("{provider: p, check: 'c.*', reason: r, expires: 2027-02-01}", "`c.*` may cover any number of failures"),
        ("{provider: p, check: c, reason: r, expires: 2027-02-01, at_most: 0}", "at_most"),
        ("{provider: p, check: c, reason: r, expires: 2027-02-01, flaky: false}", "`flaky: false` says nothing"),
        (
            "{provider: p, check: c, reason: r, expires: 2027-02-01, flaky: 0}",
            "`flaky` must be more than 0, but is `0`",
        ),
        ("{provider: p, check: c, reason: r, expires: 2027-02-01, flaky: 2}", "`flaky` must be at most 1, but is `2`"),
        ("{provider: p, check: c, reason: TODO, expires: 2027-02-01}", "the reason is still `TODO`"),
        ("{provider: p, check: c, reason: 'todo.', expires: 2027-02-01}", "the reason is still `TODO`"),
    ],
)
def test_mistakes_are_told_with_their_line(write: Write, entry: str, said: str) -> None:
    path = write("e.yaml", f"expectations:\n  - {entry}\n")
    with pytest.raises(UserError) as caught:
        load_expectations(path)
    assert said in str(caught.value)
    assert f"{path}:2" in str(caught.value)


@pytest.mark.parametrize(("said", "rate"), [("", None), (", flaky: true", 1.0), (", flaky: 0.2", 0.2)])
def test_what_fails_now_and_then_has_a_rate(write: Write, said: str, rate: float | None) -> None:
    path = write("e.yaml", f"expectations:\n  - {{provider: p, check: c, reason: r, expires: 2027-02-01{said}}}\n")
    (entry,) = load_expectations(path)
    assert entry.flaky == rate


def test_a_draft_may_lack_its_reason(write: Write) -> None:
    path = write("e.yaml", "expectations:\n  - {provider: p, check: c, reason: TODO, expires: 2027-02-01}\n")
    (draft,) = read_drafts(path)
    assert draft.reason == "TODO"
