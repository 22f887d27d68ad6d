"""The shards of one provider's run, put together: all of them, each once, and of the same provider."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import handmade
import pytest
from handmade import exchange, footer, line
from messages_conformance.checks.base import Outcome
from messages_conformance.errors import UserError
from messages_conformance.results.across.combining import combine
from messages_conformance.results.reading import read_run
from messages_conformance.results.records import (
    Criterion,
    Diagnosed,
    Exchange,
    Header,
    Judged,
    Probed,
    Provider,
    Record,
    Scenario,
    Shard,
    Skipped,
    Tokens,
    Tried,
    Verdict,
    to_line,
)

NAMES = ("a.one", "a.two", "a.three", "run.all")
SCENARIOS = {name: Scenario(name, "area", "A scenario", "w", "f.yaml:1") for name in NAMES}
HELD = {1: ("a.two", "run.all"), 2: ("a.one", "a.three", "run.all")}
"""What each of two shards asks; the last of it looks back."""


def part(
    path: Path,
    number: int,
    *more: Record,
    who: Sequence[Provider] = (handmade.provider(),),
    of: int = 2,
    complete: bool = True,
    skipped: Iterable[str] = (),
    **changes: Any,
) -> Path:
    """The directory of a job that has asked one shard."""
    able = [provider.id for provider in who if provider.id not in skipped]
    lines = [line(name, f"check.{name}", provider=provider) for provider in able for name in HELD.get(number, ())]
    asked = [exchange(each.scenario, provider=each.provider) for each in lines if each.scenario != "run.all"]
    given = {"scenarios": tuple(SCENARIOS[name] for name in HELD.get(number, ())), "shard": Shard(number, of, NAMES)}
    told = handmade.stream(handmade.header(*who, **(given | changes)), [*lines, *asked, *more], complete=complete)
    told[1:1] = [Skipped(name, "its key is not set") for name in skipped]
    directory = path / f"job-{len(list(path.iterdir()))}"
    directory.mkdir()
    stream = directory / "results.jsonl"
    stream.write_text("".join(map(to_line, told)), "utf-8")
    return stream


def judged_back(header: Header, provider: str, scenarios: Sequence[str], exchanges: Sequence[Exchange]) -> list[Judged]:
    """Tells how many exchanges it saw."""
    seen = f"{len(exchanges)} exchanges"
    number = header.criteria.index(Criterion("check.run.all", "drop-in", header.criteria[0].level, ("anthropic:x",)))
    verdict = Verdict("ask", (number,), Outcome.FAIL, None, "x", seen)
    return [Judged(provider, name, (verdict,)) for name in scenarios]


def refused(tmp_path: Path, *parts: Path) -> str:
    with pytest.raises(UserError) as said:
        combine(parts, [], tmp_path / "whole.jsonl", judged_back)
    assert not (tmp_path / "whole.jsonl").exists()
    return "\n".join(str(problem) for problem in said.value.problems).replace(str(tmp_path), "")


def test_the_whole_has_the_plan_of_an_undivided_run(tmp_path: Path) -> None:
    twin = exchange("a.one", "maker/a.one/ask/1.1", total_ms=9.0)  # drawn in, and planned by the second
    first = part(tmp_path, 1, twin, footer(exchanges=2, tokens=Tokens(2, 1)))
    second = part(tmp_path, 2, footer(exchanges=2, tokens=Tokens(5, 1)))
    combine([first, second], [], tmp_path / "whole.jsonl", judged_back)
    run = read_run(tmp_path / "whole.jsonl")
    assert [name for _, name in run.cells] == list(NAMES)
    assert [scenario.id for scenario in run.scenarios] == list(NAMES)
    assert run.header.shard is None
    assert {each.id: each.total_ms for each in run.exchanges} == {
        "maker/a.two/ask/1.1": 2.0,
        "maker/a.one/ask/1.1": 2.0,
        "maker/a.three/ask/1.1": 2.0,
    }
    back = run.cells["maker", "run.all"].results
    assert [result.actual for result in back] == ["3 exchanges"], "judged once, over all that is kept"
    assert run.footer
    assert run.footer.results == {"fail": 1, "pass": 3}
    assert run.footer.tokens == Tokens(7, 2), "what was spent"


def test_a_shard_that_was_cut_off_leaves_its_provider_incomplete_and_no_other(tmp_path: Path) -> None:
    other = handmade.provider("other")
    parts = [
        part(tmp_path, 1),
        part(tmp_path, 2, complete=False),
        part(tmp_path, 1, who=[other]),
        part(tmp_path, 2, who=[other]),
    ]
    combine(parts, [], tmp_path / "whole.jsonl", judged_back)
    run = read_run(tmp_path / "whole.jsonl")
    assert [run.is_whole(name) for name in ("maker", "other")] == [False, True]
    assert not run.complete


def test_of_what_several_were_told_one_answer_is_kept(tmp_path: Path) -> None:
    """A probe is sent by every shard that lacks the feature; a provider that answered one shard was not at its end."""
    told = Probed("maker", "tools", Outcome.PASS), Diagnosed("maker", "silence", "is silent", 3)
    tried = [Tried("maker", name, "a job", "anthropic 2.14.0", Outcome.PASS) for name in ("a", "b")]
    first, second = part(tmp_path, 1, *told, tried[0]), part(tmp_path, 2, told[0], *tried)
    combine([first, second], [], tmp_path / "whole.jsonl", judged_back)
    run = read_run(tmp_path / "whole.jsonl")
    assert len(run.probed) == 1
    assert [job.job for job in run.tried] == ["a", "b"]
    assert run.diagnoses == {}
    combine([first, part(tmp_path, 2, *told)], [], tmp_path / "again.jsonl", judged_back)
    assert read_run(tmp_path / "again.jsonl").diagnoses.keys() == {"maker"}


def test_a_provider_that_no_job_could_ask_is_skipped_once(tmp_path: Path) -> None:
    who = handmade.provider(), handmade.provider("keyless")
    parts = [part(tmp_path, number, who=who, skipped=["keyless"]) for number in (1, 2)]
    combine(parts, [], tmp_path / "whole.jsonl", judged_back)
    run = read_run(tmp_path / "whole.jsonl")
    assert run.skipped == {"keyless": "its key is not set"}
    assert [provider.id for provider in run.providers] == ["maker", "keyless"]


def test_a_shard_that_was_run_later_takes_the_place_of_a_skipped_one(tmp_path: Path) -> None:
    who = handmade.provider(), handmade.provider("keyless")
    parts = [part(tmp_path, 1, who=who), part(tmp_path, 2, who=who, skipped=["keyless"])]
    assert "of the run of `keyless`, shard 2/2 is missing (its key is not set)" in refused(tmp_path, *parts)
    combine([*parts, part(tmp_path, 2, who=who[1:])], [], tmp_path / "whole.jsonl", judged_back)
    assert all(read_run(tmp_path / "whole.jsonl").is_whole(provider.id) for provider in who)


def test_the_shard_that_is_missing_is_named(tmp_path: Path) -> None:
    many = [handmade.provider(f"p{number}") for number in range(6)]
    said = refused(tmp_path, part(tmp_path, 2, who=many, of=4))
    assert "of the run of `p0`, `p1`, `p2` and 3 more, shards 1/4, 3/4, 4/4 are missing" in said
    assert "--not-run" in said


@pytest.mark.parametrize(
    ("number", "changes", "complaint"),
    [
        (1, {}, "shard 1/2 of provider `maker` is in /job-0/results.jsonl and in /job-1/results.jsonl"),
        (
            2,
            {"of": 3},
            "provider `maker` is in /job-0/results.jsonl (shard 1/2) and in /job-1/results.jsonl (shard 2/3)",
        ),
        (2, {"shard": None}, "provider `maker` is in /job-0/results.jsonl (shard 1/2) and in /job-1/results.jsonl"),
        (2, {"shard": Shard(2, 2, NAMES[:2])}, "not in both: a.three, run.all"),
        (
            2,
            {"who": [handmade.provider(base_url="https://elsewhere.example")]},
            "/job-1/results.jsonl: base_url https://api.maker.example and https://elsewhere.example",
        ),
        (2, {"who": [handmade.provider(models={"cheap": "m2"})]}, "models {} and {'cheap': 'm2'}"),
    ],
)
def test_what_is_no_other_part_of_the_same_run_is_refused(
    tmp_path: Path, number: int, changes: dict[str, Any], complaint: str
) -> None:
    assert complaint in refused(tmp_path, part(tmp_path, 1), part(tmp_path, number, **changes))


def test_the_embedded_reference_may_be_at_another_port(tmp_path: Path) -> None:
    one = handmade.provider(kind="reference", base_url="http://127.0.0.1:4001")
    parts = part(tmp_path, 1, who=[one]), part(tmp_path, 2, who=[replace(one, base_url="http://127.0.0.1:4002")])
    combine(parts, [], tmp_path / "whole.jsonl", judged_back)
    assert read_run(tmp_path / "whole.jsonl").complete
