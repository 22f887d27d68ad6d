"""What a provider may claim: the list, and what it says of words that are none."""

from __future__ import annotations

from pathlib import Path

import pytest
from making import scenario, step
from messages_conformance.catalog import load_contracts, load_providers
from messages_conformance.catalog.features import CORE, FEATURES, GENERALLY_AVAILABLE, load_features, misplaced_probes
from messages_conformance.catalog.yaml import strict
from messages_conformance.errors import UserError
from messages_conformance.locate import data

LIST = """\
core: [system]
features:
  - {id: tools, title: tools, probe: tools.plain/ask}
  - {id: rare, title: rare, by_default: false}
"""
USERS = """\
providers:
  mine:
    base_url: http://127.0.0.1:9
    auth: {style: none}
    models: {cheap: {id: m}}
    features: [streaming, system, toools]
"""


def test_editors_offer_exactly_the_features_that_are_listed() -> None:
    assert set(strict.schema("providers")["$defs"]["feature"]["enum"]) == FEATURES


def test_what_is_core_is_no_feature_and_betas_are_not_claimed_by_default() -> None:
    assert not CORE & FEATURES
    assert {feature for feature in FEATURES if feature.startswith("beta.")} <= FEATURES - GENERALLY_AVAILABLE


def test_a_list_is_read(tmp_path: Path) -> None:
    (path := tmp_path / "features.yaml").write_text(LIST)
    found = load_features(path)
    assert found.core == {"system"}
    assert [(f.id, f.by_default, f.probe) for f in found.known.values()] == [
        ("tools", True, ("tools.plain", "ask")),
        ("rare", False, None),
    ]


@pytest.mark.parametrize(
    ("needs", "name", "wrong"),
    [(("tools",), "ask", False), ((), "ask", True), (("tools",), "other", True)],
)
def test_a_probe_is_a_step_of_a_scenario_that_needs_its_feature(
    tmp_path: Path, needs: tuple[str, ...], name: str, wrong: bool
) -> None:
    (path := tmp_path / "features.yaml").write_text(LIST)
    known = load_features(path).known.values()
    problems = misplaced_probes(known, [scenario("tools.plain", step(name), needs=needs)])
    assert [problem.message for problem in problems] == [
        "the probe of `tools` is no step of a scenario that needs it"
    ] * wrong


def test_a_word_that_was_a_feature_once_says_so_in_an_old_file(tmp_path: Path) -> None:
    (path := tmp_path / "providers.yaml").write_text(USERS)
    with pytest.raises(UserError) as caught:
        load_providers([path], load_contracts(data("specs")))
    told = [(problem.message, problem.hint) for problem in caught.value.problems]
    assert told == [
        ("`system` is no feature any more: every provider is asked for it", "leave it out of `features`"),
        ("item 3 of `features` cannot be `toools`", "did you mean `tools`?"),
    ]
