"""The folders of clients in Python. Drivers run only in environments of their own; here just their shape is held."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import yaml
from members import over

CLIENTS = Path(__file__).parents[3] / "tools" / "impact" / "clients"
FOLDERS = [path.parent for path in sorted(CLIENTS.glob("*/driver.py"))]

PINNED = re.compile(r"[A-Za-z0-9._-]+==[A-Za-z0-9._!+-]+")
"""A name and a version: no address, no path, no range."""


def requirements(folder: Path) -> list[str]:
    lines = (folder / "requirements.txt").read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@over("folder", FOLDERS)
def test_a_client_says_who_it_is(folder: Path) -> None:
    client = yaml.safe_load((folder / "client.yaml").read_text("utf-8"))

    assert set(client) - {"profile"} == {"title", "package", "registry", "language"}
    assert (client["registry"], client["language"]) == ("PyPI", "Python")


@over("folder", FOLDERS)
def test_everything_is_pinned_the_client_too(folder: Path) -> None:
    pinned = requirements(folder)
    package = yaml.safe_load((folder / "client.yaml").read_text("utf-8"))["package"]

    assert [line for line in pinned if not PINNED.fullmatch(line)] == []
    assert any(line.startswith(f"{package}==") for line in pinned)


@over("folder", FOLDERS)
def test_a_driver_serves_what_it_does(folder: Path) -> None:
    tree = ast.parse((folder / "driver.py").read_text("utf-8"))
    does = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "do"]

    assert [[argument.arg for argument in node.args.args] for node in does] == [["task", "seen"]]
    assert ast.unparse(tree.body[-1]) in ("serve(do)", "serve(do, ALSO)")


@over("folder", FOLDERS)
def test_a_driver_takes_nothing_from_the_suite(folder: Path) -> None:
    """Its environment has only the client."""
    tree = ast.parse((folder / "driver.py").read_text("utf-8"))
    sources = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names = [name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names]

    assert [name for name in [*sources, *names] if name and name.startswith("messages_conformance")] == []
