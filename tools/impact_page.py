"""Writes what follows from the reference's defects and from `specs/impact.json`: `suite/defects.json`, by which the
catalogue knows what a defect is without asking the reference, and `docs/impact.md`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from messages_conformance.authoring.coverage import kills
from messages_conformance.catalog import load_catalog
from messages_conformance.catalog.contracts.loading import CANONICAL
from messages_conformance.catalog.impact import load_bundled_impacts
from messages_conformance.reference.defects import DEFECTS
from messages_conformance.report.impact.markdown import render_markdown

ROOT: Final = Path(__file__).parents[1]


def defects_json() -> str:
    """What each defect is, breaks and is told by: a line each, by name."""
    told = kills()
    facts = {
        name: {"statement": defect.statement, "check": told[name][0], "clauses": list(defect.clauses)}
        for name, defect in sorted(DEFECTS.items())
    }
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(fact)}" for name, fact in facts.items())
    return f"{{\n{lines}\n}}\n"


def impact_md() -> str:
    """The table of what real clients made of each defect, as people read it."""
    return render_markdown(load_bundled_impacts(), load_catalog().contracts[CANONICAL].clauses)


if __name__ == "__main__":
    (ROOT / "suite" / "defects.json").write_text(defects_json(), "utf-8")
    (ROOT / "docs" / "impact.md").write_text(impact_md(), "utf-8")
