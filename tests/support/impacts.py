"""A small table of impacts, made by hand: of every severity one defect."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from messages_conformance.catalog import data
from messages_conformance.catalog.impact import load_impacts

TABLE: Final = Path(__file__).with_name("impact.json")
IMPACTS: Final = load_impacts(TABLE, data("defects.json"))
