"""What a profile says of its client is held to what the client did."""

from __future__ import annotations

from dataclasses import replace

import pytest
from impacts import IMPACTS
from making import HERE
from messages_conformance.authoring.lint_impact import unmeasured_profiles
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.impact import Impact, Seen, load_bundled_impacts
from messages_conformance.catalog.profiles import Beside, Dependence, Profile

SDK = "anthropic-sdk-python"
STOP, NEWLINES = "anthropic:stream.message-stop-last", "anthropic:message.no-leading-newline"
IDS, FILLERS = "anthropic:message.ids-unique", "anthropic:stream.text-delta-not-empty"


def depending(*clauses: str, although: str | None = None) -> Dependence:
    return Dependence(frozenset(clauses), "It is lost.", ("https://example.com",), although=although)


def told(*depends: Dependence, besides: tuple[Beside, ...] = ()) -> list[str]:
    profile = Profile(SDK, "An SDK", "Somebody.", ("*",), depends, HERE, besides=besides)
    problems = unmeasured_profiles({SDK: profile}, IMPACTS)
    assert all(problem.where == HERE and problem.hint for problem in problems)
    return [problem.message for problem in problems]


def test_a_profile_that_agrees_is_left_alone() -> None:
    assert told(depending(STOP), depending(NEWLINES)) == []
    assert told(depending(STOP, IDS), depending(NEWLINES, FILLERS)) == []


def test_what_the_client_notices_must_be_depended_on_or_argued() -> None:
    (problem,) = told(depending(STOP))
    assert problem == (
        f"the client of `{SDK}` silently hands over another text in 2 jobs, such as a plain answer with the defect "
        "`leading-newlines`, and the profile depends on none of the clauses that it breaks"
    )
    assert told(depending(STOP), besides=(Beside(("leading-newlines",), "Nobody minds."),)) == []


def test_how_mistakes_are_told_is_nothing_to_depend_on() -> None:
    def excused(seen: Seen) -> Seen:
        return replace(seen, noticed=tuple(replace(trace, mistake=True) for trace in seen.noticed))

    def excused_in(impact: Impact) -> Impact:
        return replace(impact, seen=tuple(map(excused, impact.seen)))

    known = replace(IMPACTS, defects={name: excused_in(impact) for name, impact in IMPACTS.defects.items()})
    profile = Profile(SDK, "An SDK", "Somebody.", ("*",), (), HERE)
    assert unmeasured_profiles({SDK: profile}, IMPACTS)
    assert not unmeasured_profiles({SDK: profile}, known)


def test_a_dependence_that_nothing_bears_out_is_found_or_argued() -> None:
    sound = (depending(STOP), depending(NEWLINES))
    (problem,) = told(*sound, depending(IDS))
    assert problem == f"the client of `{SDK}` notices none of the defects behind “It is lost.”: message-id-constant"
    assert told(*sound, depending(IDS, although="Its users compare them.")) == []


def test_what_was_not_tried_needs_no_argument() -> None:
    assert told(depending(STOP), depending(NEWLINES), depending("anthropic:thinking.adaptive")) == []


@pytest.mark.parametrize(
    ("clauses", "besides", "said"),
    [
        ((NEWLINES,), (), "`although` is not needed"),
        (("anthropic:thinking.adaptive",), ("leading-newlines",), "`although` is not needed"),
        ((IDS,), ("leading-newlines", "message-id-constant"), "`message-id-constant`, which anthropic-python does not"),
        ((IDS,), ("leading-newlines", "message-stop-missing"), "or which breaks what it depends on"),
    ],
)
def test_arguments_that_are_not_needed_are_found(clauses: tuple[str, ...], besides: tuple[str, ...], said: str) -> None:
    beside = (Beside(besides, "So."),) if besides else ()
    (problem,) = told(depending(STOP), depending(*clauses, although="So."), besides=beside)
    assert said in problem


def test_only_official_clients_are_held_to_their_profile(catalog: Catalog) -> None:
    assert unmeasured_profiles({}, IMPACTS) == []
    agent = replace(IMPACTS.clients[0], profile="coding-agent")
    seen = IMPACTS.defects["leading-newlines"].seen
    changed = {"x": replace(IMPACTS.defects["leading-newlines"], seen=(replace(seen[0], client=agent),))}
    known = replace(IMPACTS, clients=(agent,), defects=changed)
    assert unmeasured_profiles({"coding-agent": Profile("coding-agent", "t", "w", ("*",), (), HERE)}, known) == []
    assert unmeasured_profiles(catalog.profiles, load_bundled_impacts()) == []
