from __future__ import annotations

from pathlib import Path

import pytest
from messages_conformance import locate
from messages_conformance.errors import HarnessError


@pytest.mark.parametrize("name", ["specs", "scenarios", "providers.yaml"])
def test_a_checkout_has_all_data(name: locate.DataName) -> None:
    assert locate.data(name).exists()


def test_an_installed_package_prefers_the_data_beside_it(tmp_path: Path) -> None:
    package = tmp_path / "lib" / "messages_conformance"
    (package / "data" / "specs").mkdir(parents=True)
    (tmp_path / "specs").mkdir()

    assert locate.find("specs", package) == package / "data" / "specs"


def test_a_checkout_keeps_scenarios_beside_the_package(tmp_path: Path) -> None:
    (tmp_path / "suite" / "scenarios").mkdir(parents=True)

    assert locate.find("scenarios", tmp_path / "suite" / "messages_conformance") == tmp_path / "suite" / "scenarios"


def test_missing_data_is_our_own_fault(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"providers\.yaml is missing"):
        locate.find("providers.yaml", tmp_path / "suite" / "messages_conformance")
