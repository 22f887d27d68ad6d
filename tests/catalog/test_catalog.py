from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from messages_conformance import catalog
from messages_conformance.errors import UserError
from messages_conformance.locate import DataName

Write = Callable[[str, str], Path]


@pytest.fixture
def bundled(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small catalogue in the place of the bundled one."""
    write(
        "specs/anthropic/contract.yaml",
        """
        id: anthropic
        title: The contract
        path: /v1/messages
        sources: [{page: main, title: Page, url: "https://docs.example", retrieved: 2026-11-01}]
        model_classes: {generic: {title: Any, traits: [prefill]}}
        """,
    )
    write("providers.yaml", "providers: {reference: {embedded: reference}}\n")
    write("scenarios/a.yaml", scenario("streaming, prefill, keyed, own-trait"))
    write("profiles.yaml", "profiles: [{id: all, title: All, why: w, scenarios: [a]}]\n")
    write("causes.yaml", "causes: []\ngathered: []\n")

    def data(name: DataName) -> Path:
        return tmp_path / name

    monkeypatch.setattr(catalog, "data", data)
    return tmp_path


def scenario(needs: str) -> str:
    return f"""
        area: a
        scenarios:
          - {{id: s, title: t, why: w, needs: [{needs}], steps: [{{id: ask, expect: message}}]}}
    """


OWN = """
    providers:
      mine: {base_url: "http://localhost:1", auth: {style: none}, models: {cheap: {id: m, traits: [own-trait]}}}
"""


def test_everything_is_read_with_the_user_s_file_over_the_built_in_one(bundled: Path, write: Write) -> None:
    found = catalog.load_catalog(write("own/providers.yaml", OWN))

    assert list(found.contracts) == ["anthropic"]
    assert list(found.providers) == ["reference", "mine"]
    assert [s.id for s in found.scenarios] == ["s"]
    assert list(found.profiles) == ["all"]


def test_needs_must_be_claimable_by_some_provider_or_model(bundled: Path) -> None:
    with pytest.raises(UserError, match="`s` needs `own-trait`, which nothing claims"):
        catalog.load_catalog()


def test_problems_of_the_user_s_file_stop_the_reading(bundled: Path, write: Write) -> None:
    with pytest.raises(UserError, match=r"own\.yaml:1: `provider` is not a key"):
        catalog.load_catalog(write("own.yaml", "provider: {}\n"))


def test_scenarios_of_one_s_own_come_after_the_built_in_ones(bundled: Path, write: Write) -> None:
    own = write("mine/a.yaml", scenario("").replace("id: s", "id: mine, twin: s")).parent
    found = catalog.load_catalog(write("own/providers.yaml", OWN), more_scenarios=[own, own])
    assert [s.id for s in found.scenarios] == ["s", "mine"]
    assert [s.id for s in catalog.load_catalog(write("own/providers.yaml", OWN)).scenarios] == ["s"]


def test_an_id_that_is_taken_is_told_with_both_places(bundled: Path, write: Write) -> None:
    own = write("mine/a.yaml", scenario("")).parent
    with pytest.raises(UserError, match=r"mine/a\.yaml:3: the id `s` is here twice\n    first: .*scenarios/a\.yaml:3"):
        catalog.load_catalog(more_scenarios=[own])


def test_a_folder_without_scenarios_is_refused(bundled: Path, write: Write) -> None:
    with pytest.raises(UserError, match=r"no scenario is in .*mine\n    it needs files \*\.yaml"):
        catalog.load_catalog(more_scenarios=[write("mine/a.yml", "x").parent])
