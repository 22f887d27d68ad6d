"""The proof as JSON for machines, and as one page for people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from messages_conformance.catalog import Catalog
from messages_conformance.reference.defects import DEFECTS
from messages_conformance.reference.moods import MOODS

from proof.result import Proof

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def write(proof: Proof, catalog: Catalog, directory: Path, seconds: float) -> None:
    """Write `proof.json` and `index.html` into the directory."""
    directory.mkdir(parents=True, exist_ok=True)
    told = as_json(proof, catalog, seconds)
    (directory / "proof.json").write_text(json.dumps(told, indent=1, ensure_ascii=False), encoding="utf-8")
    page = _TEMPLATES.get_template("page.html.j2").render(told)
    (directory / "index.html").write_text(page, encoding="utf-8")


def as_json(proof: Proof, catalog: Catalog, seconds: float) -> dict[str, Any]:
    """Everything as plain data; the page shows the same."""
    broken = [mutant for mutant in proof.mutants if mutant.kind == "broken"]
    tolerated = [mutant for mutant in proof.mutants if mutant.kind == "tolerated"]
    return {
        "problems": proof.problems(),
        "seconds": round(seconds),
        "sound": sum(row.is_sound for row in proof.matrix),
        "one_cause": sum(len(row.causes) == 1 for row in proof.matrix),
        "defects": [
            {
                "id": row.defect,
                "statement": DEFECTS[row.defect].statement,
                "clauses": list(DEFECTS[row.defect].clauses),
                "kills": sorted(row.red & row.expected),
                "missed": sorted(row.missed),
                "collateral": sorted(row.collateral),
                "void": sorted(row.faults),
                "causes": {check: list(following) for check, following in row.causes.items()},
                "hurts": sorted(_hurt(catalog, DEFECTS[row.defect].clauses)),
                "seen": [url for d in catalog.deviations if row.defect in d.defects for url in d.seen],
            }
            for row in proof.matrix
        ],
        "checks": [
            {"id": check, "defects": defects, "mutants": len(mutants)}
            for check, (defects, mutants) in proof.killers.items()
        ],
        "mutants": {
            "broken": len(broken),
            "killed": sum(bool(mutant.red) for mutant in broken),
            "survivors": [mutant.name for mutant in broken if mutant.is_survivor],
            "tolerated": sorted({mutant.name for mutant in tolerated}),
            "false_reds": [mutant.name for mutant in tolerated if mutant.is_false_red],
            "other": sum(mutant.kind == "other" for mutant in proof.mutants),
        },
        "moods": [
            {
                "id": tried.mood,
                "statement": MOODS[tried.mood].statement if tried.mood in MOODS else "A mixture",
                "reds": tried.reds,
                "musts": str(tried.musts),
                "deeds": str(tried.deeds),
            }
            for tried in proof.moods
        ],
        "survivals": [
            {"mood": s.mood, "share": str(s.share), "kills": s.share.whole, "unseen": s.unseen} for s in proof.survivals
        ],
        "argued": {
            "checks": dict(proof.argued.checks),
            "survivors": dict(proof.argued.survivors),
            "causes": dict(proof.argued.causes),
        },
    }


def _hurt(catalog: Catalog, clauses: tuple[str, ...]) -> set[str]:
    """The kinds of clients that depend on any of the clauses that a defect violates."""
    broken = set(clauses)
    return {p.title for p in catalog.profiles.values() if any(broken & d.clauses for d in p.depends)}
