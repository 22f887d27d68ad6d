"""What some jobs showed becomes part of a table; what it says of the others stays, with its date."""

from __future__ import annotations

from typing import Any

import pytest
from impact.merging import merged
from messages_conformance.errors import UserError

ORDER = ("text", "tool", "cache")
RAISES = {"outcome": "raises", "raised": {"type": "KeyError", "message": "usage", "status": None}}
WRONG = {"outcome": "wrong"}


def client(name: str, *jobs: str, day: str, left_out: str = "", version: str = "2.14.0") -> dict[str, Any]:
    out = {left_out: "it has no such call"} if left_out else {}
    return {"id": name, "version": version, "jobs": [*jobs], "left_out": out, "tried": {day: [*jobs, *out]}}


def cells(*fine: str, **noticed: Any) -> dict[str, Any]:
    return {"fine": [*fine], "noticed": noticed}


def of(clients: list[dict[str, Any]], made: str, *jobs: str, **found: dict[str, Any]) -> dict[str, Any]:
    """A table in which each defect has these cells, by client."""
    titled = [{"id": job, "title": f"a {job}"} for job in jobs]
    touched = {
        name: sorted({j for c in by.values() for j in (*c["fine"], *c["noticed"])}) for name, by in found.items()
    }
    defects = {name: {"touched": touched[name], "clients": by} for name, by in found.items()}
    return {"format": 1, "suite": "0.2.0", "made": made, "clients": clients, "jobs": titled, "defects": defects}


OLD = of(
    [client("sdk", "text", "tool", day="2026-11-29"), client("other", "text", day="2026-11-29", left_out="tool")],
    "2026-11-29",
    "text",
    "tool",
    lost={"sdk": cells("text", tool=RAISES), "other": cells("text")},
    late={},
)


def test_a_new_job_joins_the_others() -> None:
    new = of(
        [client("sdk", "cache", day="2026-11-30")], "2026-11-30", "cache", lost={}, late={"sdk": cells(cache=WRONG)}
    )
    made = merged(OLD, new, ORDER)

    assert made["made"] == "2026-11-30"
    assert [job["id"] for job in made["jobs"]] == ["text", "tool", "cache"]
    sdk, other = made["clients"]
    assert sdk["jobs"] == ["text", "tool", "cache"]
    assert sdk["tried"] == {"2026-11-29": ["text", "tool"], "2026-11-30": ["cache"]}
    assert other == OLD["clients"][1]
    assert made["defects"]["lost"] == OLD["defects"]["lost"]
    assert made["defects"]["late"] == {"touched": ["cache"], "clients": {"sdk": cells(cache=WRONG)}}


def test_a_job_that_is_done_again_counts_as_it_was_the_last_time() -> None:
    again = client("sdk", "text", day="2026-11-30", left_out="tool")
    new = of([again], "2026-11-30", "text", "tool", lost={"sdk": cells(text=WRONG)}, late={})
    made = merged(OLD, new, ORDER)

    sdk = made["clients"][0]
    assert (sdk["jobs"], sdk["left_out"]) == (["text"], {"tool": "it has no such call"})
    assert sdk["tried"] == {"2026-11-30": ["text", "tool"]}
    assert made["defects"]["lost"]["clients"] == {"sdk": cells(text=WRONG), "other": cells("text")}
    assert made["defects"]["lost"]["touched"] == ["text"]


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (
            of([client("sdk", "cache", day="2026-11-30", version="3.0.0")], "", lost={}),
            "sdk 3.0.0 has done no other job",
        ),
        (of([client("mine", "cache", day="2026-11-30")], "", lost={}), "mine 2.14.0 has done no other job"),
        (of([], "", lost={}, new={}), "no other job was done with new"),
    ],
)
def test_what_has_done_no_other_job_is_no_part_of_the_table(new: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        merged(OLD, new, ORDER)
