"""A run that is killed at any moment loses nothing that was judged. `bench/killing.py` tries more moments."""

from __future__ import annotations

from pathlib import Path

import pytest
from killing import killing
from messages_conformance.catalog import Catalog, Endpoint, adhoc_provider
from messages_conformance.run.embedded import REFERENCE_KEY
from messages_conformance.run.planning.plan import every, select
from messages_conformance.run.session import run

pytestmark = pytest.mark.gate

MOMENTS = ((0.0,), (0.05,), (0.1, 0.0), (0.2, 0.1))
"""Seconds after a stream is there: of the first run, and of those that went on with it."""


def test_whenever_it_is_killed_it_can_be_gone_on_with(
    catalog: Catalog, tmp_path: Path, reference_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OWN_KEY", REFERENCE_KEY)
    provider = adhoc_provider(Endpoint(reference_url, "reference", "OWN_KEY"), catalog.contracts)
    pairs = every([provider], select(catalog.scenarios, ["smoke", "errors", "run.*"]))  # nothing that a cache changes
    whole = run(catalog, pairs, tmp_path / "whole")
    found = [killing(catalog, pairs, whole, tmp_path / str(at), moments) for at, moments in enumerate(MOMENTS)]
    assert [each.faults for each in found] == [()] * len(MOMENTS), found
    assert len({each.left for each in found}) > 1, "it was killed at different moments"
