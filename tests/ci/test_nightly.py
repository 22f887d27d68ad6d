"""Whom a night asks, and three nights of five providers, from their jobs to what is published."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from messages_conformance.catalog import Catalog

pytestmark = pytest.mark.gate

TOOLS = Path(__file__).parents[2] / "tools"
SCRIPT = TOOLS / "nightly.sh"
BIN = Path(sys.executable).parent
CHANGING = ("", "/with/json-in-utf-16", "")
"""Where the provider `moving` is in each night."""


class Nights:
    """A directory of nights, as a cron job or a workflow keeps it."""

    def __init__(self, directory: Path, url: str) -> None:
        self.directory = directory
        self.url = url

    def run(self, *words: str | Path, **variables: str) -> int:
        given = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "KEY": "reference-key", **variables}
        return subprocess.run(words, cwd=self.directory, env=given, check=False, capture_output=True).returncode

    def night(self, number: int, **variables: str) -> None:
        addresses = {
            "steady": "",
            "faulty": "/with/json-in-utf-16",
            "moving": CHANGING[number],
            "keyless": "",
            "lost": "",
        }
        entry: dict[str, Any] = {
            "models": {"cheap": {"id": "reference", "class": "generic"}},
            "features": ["streaming"],
        }
        providers = {
            name: {
                **entry,
                "base_url": self.url + at,
                "auth": {"style": "x-api-key", "env": "NO_SUCH_KEY" if name == "keyless" else "KEY"},
            }
            for name, at in addresses.items()
        }
        (self.directory / "providers.yaml").write_text(json.dumps({"providers": providers}))
        jobs = Path("jobs") / str(number)
        asked = [name for name in providers if name != "lost"]

        def ask(name: str) -> int:
            words = ("messages-conformance", "run", "-p", name, "-s", "messages.basic", "--report", jobs / name)
            return self.run(*words)

        with ThreadPoolExecutor(2) as pool:
            codes = pool.map(ask, asked)
        assert dict(zip(asked, codes, strict=True)) == {
            "steady": 0,
            "faulty": 1,
            "moving": int(bool(CHANGING[number])),
            "keyless": 3,
        }
        assert self.run(SCRIPT, "nights", "public", *(jobs / name for name in providers), **variables) == 0

    def published(self, name: str) -> Any:
        return json.loads((self.directory / "public" / name).read_text("utf-8"))


def test_three_nights_are_joined_compared_kept_and_published(tmp_path: Path, reference_url: str) -> None:
    nights = Nights(tmp_path, reference_url)
    nights.night(0)
    nights.night(1)
    became = {one["after"]["provider"]: one["became"] for one in nights.published("compare.json")["comparisons"]}
    assert (became["moving"], became["steady"], became["faulty"]) == ("breaks", "stays the same", "stays the same")
    nights.night(2, KEEP="2")
    assert nights.published("compare.json")["changed"] is True
    kept = sorted(path.name for path in (tmp_path / "nights").iterdir())
    assert len(kept) == 2
    last = nights.published(f"{kept[-1]}/summary.json")["providers"]
    verdicts = {name: provider["verdict"] for name, provider in last.items()}
    assert verdicts == {
        "steady": "conforms",
        "faulty": "does-not-conform",
        "moving": "conforms",
        "keyless": "not-run",
        "lost": "not-run",
    }
    pages = {path.relative_to(tmp_path / "public").as_posix() for path in (tmp_path / "public").rglob("*.html")}
    assert {
        "index.html",
        "history.html",
        "compare.html",
        "impact.html",
        *(f"{name}/index.html" for name in kept),
    } == pages


def test_a_night_asks_whoever_is_in_the_public_network_each_with_its_own_secret(
    tmp_path: Path, catalog: Catalog
) -> None:
    own = {
        "mine": {"base_url": "https://gateway.example.com", "auth": {"style": "none"}, "models": {"cheap": {"id": "m"}}}
    }
    (tmp_path / "providers.yaml").write_text(json.dumps({"providers": own}))
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    told = subprocess.check_output([TOOLS / "whom.sh"], cwd=tmp_path, env=environment, text=True)
    name, _, matrix = told.removesuffix("\n").partition("=")
    asked = {one["provider"]: one["key_env"] for one in json.loads(matrix)["include"]}
    live = [provider for provider in catalog.providers.values() if provider.kind == "live"]
    hosted = {p.id: p.auth.env for p in live if not p.base_url.startswith("http://localhost:")}
    assert (name, asked) == ("matrix", {**hosted, "mine": ""})
