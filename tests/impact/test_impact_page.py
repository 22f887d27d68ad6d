"""What is generated from the reference's defects and from the table of impacts is as new as they are."""

from __future__ import annotations

import re

import pytest
from impact_page import ROOT, defects_json, impact_md
from messages_conformance.catalog.impact import load_bundled_impacts
from messages_conformance.reference.defects import DEFECTS

MADE_ANEW = "`make impact-page` writes it anew"


def test_the_catalogue_knows_of_each_defect_what_it_is() -> None:
    assert (ROOT / "suite" / "defects.json").read_text("utf-8") == defects_json(), MADE_ANEW


def test_the_page_says_what_the_table_says() -> None:
    assert (ROOT / "docs" / "impact.md").read_text("utf-8") == impact_md(), MADE_ANEW


def test_every_defect_was_tried() -> None:
    untried = DEFECTS.keys() - load_bundled_impacts().defects.keys()
    assert not untried, "`make impact` tries them"


def test_the_table_names_no_place_of_the_machine_that_made_it() -> None:
    text = (ROOT / "specs" / "impact.json").read_text("utf-8")
    assert re.findall(r"/[^\s\"]+/(?:node_modules|site-packages|\.venv|\.npm)[^\s\"]*", text) == []


@pytest.mark.parametrize("profile", ["anthropic-sdk-python", "anthropic-sdk-typescript"])
def test_the_official_sdks_were_tried(profile: str) -> None:
    assert profile in {client.profile for client in load_bundled_impacts().clients}
