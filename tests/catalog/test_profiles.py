from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from messages_conformance.catalog import load_catalog
from messages_conformance.catalog.model import Contract
from messages_conformance.catalog.profiles import load_profiles
from messages_conformance.errors import UserError

Write = Callable[[str, str], Path]

PROFILE = """
    profiles:
      - id: first-look
        title: A first look
        why: Everybody.
        scenarios: [smoke]
      - id: sdk
        title: An SDK
        short: SDK
        why: Programs.
        scenarios: [streaming, "tools.*"]
        depends:
          - clauses: [stream.named-events, "message.stop-reason.*"]
            breaks: The answer seems empty.
            evidence: [https://example.com/sdk]
"""


@pytest.fixture(scope="module")
def canonical() -> Contract:
    contracts: Mapping[str, Contract] = load_catalog().contracts
    return contracts["anthropic"]


def test_profiles_are_read_and_their_globs_resolved(write: Write, canonical: Contract) -> None:
    first, sdk = load_profiles(write("profiles.yaml", PROFILE), canonical).values()

    assert (first.id, first.scenarios, first.depends, first.where.line) == ("first-look", ("smoke",), (), 2)
    assert (first.short, sdk.short) == (None, "SDK")
    (dependence,) = sdk.depends
    assert {"anthropic:stream.named-events", "anthropic:message.stop-reason.tool-use"} < dependence.clauses
    assert all(clause in {c.id for c in canonical.clauses.values()} for clause in dependence.clauses)
    assert (dependence.breaks, dependence.evidence) == ("The answer seems empty.", ("https://example.com/sdk",))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("stream.named-events", "stream.nmaed-events"), "did you mean `stream.named-events`?"),
        (("id: sdk", "id: first-look"), "the profile `first-look` is listed twice"),
        (("why: Programs.", "who: Programs."), "`who` is not a key"),
    ],
)
def test_mistakes_are_told_with_their_line(
    write: Write, canonical: Contract, change: tuple[str, str], said: str
) -> None:
    path = write("profiles.yaml", PROFILE.replace(*change))
    with pytest.raises(UserError) as caught:
        load_profiles(path, canonical)
    assert said in str(caught.value)
    assert f"{path}:" in str(caught.value)
