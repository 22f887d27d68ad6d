"""The house holds together only if imports run one way:
cli, pytest_plugin → traffic → documents, authoring → report → run → results → sdk → checks → wire → catalog → locate,
errors.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import messages_conformance
import pytest

PACKAGE = Path(messages_conformance.__file__).parent
ROOT = "messages_conformance"
MODULES = {".".join((ROOT, *path.relative_to(PACKAGE).with_suffix("").parts)): path for path in PACKAGE.rglob("*.py")}

DRIVER = f"{ROOT}.sdk.driver"

FLOORS: tuple[frozenset[str], ...] = (
    frozenset({"errors", "locate"}),
    frozenset({"catalog"}),
    frozenset({"wire"}),
    frozenset({"checks"}),
    frozenset({"sdk"}),
    frozenset({"results"}),
    frozenset({"run"}),
    frozenset({"report"}),
    frozenset({"documents", "authoring"}),
    frozenset({"traffic"}),
    frozenset({"cli", "library", "__main__", "pytest_plugin"}),
)
"""From the ground up. A module may import its own floor and those below."""


def part(module: str) -> str:
    """`run` for `messages_conformance.run.planning.plan`; the package itself (its version) is below everything."""
    inside = module.removeprefix(ROOT).strip(".").split(".")[0]
    return "" if inside == "__init__" else inside


@cache
def statements(path: Path) -> tuple[ast.Import | ast.ImportFrom, ...]:
    """The import statements of a module, at any depth."""
    tree = ast.parse(path.read_text("utf-8"))
    return tuple(node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom))


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Everything of this package that a module imports, at any depth, as (module, line)."""
    for node in statements(path):
        match node:
            case ast.Import(names=names):
                yield from ((name.name, node.lineno) for name in names if name.name.split(".")[0] == ROOT)
            case ast.ImportFrom(module=str(module), names=names, level=0) if module.split(".")[0] == ROOT:
                # `from messages_conformance.report import listing` imports a module, not a name of one.
                candidates = [f"{module}.{name.name}" for name in names]
                yield from ((c if _is_module(c) else module, node.lineno) for c in candidates)
            case _:
                pass


def _is_module(name: str) -> bool:
    return name in MODULES or f"{name}.__init__" in MODULES


def floor(name: str) -> int:
    return next((number for number, floor in enumerate(FLOORS) if name in floor), -1)


def test_every_module_has_a_place_in_the_house() -> None:
    known = {"", "reference"}.union(*FLOORS)
    assert {part(module) for module in MODULES} <= known
    assert len(MODULES) > 60


def test_no_relative_import_hides_from_this_test() -> None:
    relative = [
        f"{path}:{node.lineno}"
        for path in MODULES.values()
        for node in statements(path)
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []


def test_imports_run_one_way() -> None:
    wrong = [
        f"{path.relative_to(PACKAGE)}:{line} imports {imported}"
        for module, path in MODULES.items()
        if part(module) not in ("", "reference")  # the package itself is the face of all of it
        for imported, line in imports(path)
        if part(imported) != "reference" and floor(part(imported)) > floor(part(module))
    ]
    assert wrong == []


def test_a_run_is_planned_then_walked_then_judged_and_sending_rests_on_these() -> None:
    order = ("planning", "walking", "judging", "sending")
    writing = (f"{ROOT}.run.observing", f"{ROOT}.run.recorder")
    wrong = [
        f"{path.relative_to(PACKAGE)}:{line} imports {imported}"
        for module, path in MODULES.items()
        for number, room in enumerate(order)
        if module.startswith(f"{ROOT}.run.{room}.")
        for imported, line in imports(path)
        if part(imported) == "run" and not imported.startswith(tuple(f"{ROOT}.run.{r}." for r in order[: number + 1]))
        if room != "sending" or imported not in writing
    ]
    assert wrong == []


def test_the_judged_shares_no_code_with_the_judge() -> None:
    allowed = {f"{ROOT}.locate", f"{ROOT}.errors", ROOT}
    wrong = [
        f"{path.relative_to(PACKAGE)}:{line} imports {imported}"
        for module, path in MODULES.items()
        if part(module) == "reference"
        for imported, line in imports(path)
        if part(imported) != "reference" and imported not in allowed
    ]
    assert wrong == []


def test_text_leaves_through_one_door() -> None:
    """It makes what others wrote visible, so that neither a terminal nor a CI system obeys it. The plugin gives pytest
    what is visible already, and the driver of an SDK writes JSON to the process that started it."""
    ways = ("click.echo", "click.secho", "sys.stdout", "sys.stderr", "print", "rich.console", "rich.print")
    found = {
        (module.removeprefix(f"{ROOT}."), way)
        for module, path in MODULES.items()
        if part(module) != "reference" and module != DRIVER
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for way in ways
        if _names(node) == way
    }
    assert found == {("report.console", "rich.console")}


def _names(node: ast.AST) -> str:
    """What a node of a module names that may print: `click.echo`, or a module that is imported."""
    match node:
        case ast.Attribute(value=ast.Name(id=left), attr=right):
            return f"{left}.{right}"
        case ast.Call(func=ast.Name(id=name)):
            return name
        case ast.ImportFrom(module="rich", names=names):
            return f"rich.{names[0].name}"
        case ast.ImportFrom(module=str(module)):
            return module
        case _:
            return ""


def test_a_driver_runs_where_only_its_sdk_is_installed() -> None:
    named = {
        name.split(".")[0]
        for node in statements(MODULES[DRIVER])
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""])
    }
    assert named - sys.stdlib_module_names == {"anthropic", "pydantic"}


def test_only_the_commands_that_serve_it_and_look_its_defects_over_import_the_reference() -> None:
    found = {
        (module, imported)
        for module, path in MODULES.items()
        if part(module) != "reference"
        for imported, _ in imports(path)
        if part(imported) == "reference"
    }
    assert found == {
        (f"{ROOT}.cli.__init__", f"{ROOT}.reference.http.server"),
        (f"{ROOT}.cli.authoring", f"{ROOT}.reference.defects"),
    }


@pytest.mark.gate
def test_a_run_loads_nothing_of_the_comparison_of_documents(tmp_path: Path) -> None:
    """It is a tenth of the program, and no answer needs it. Its page is written when the last answer is there."""
    importers = {m for m, path in MODULES.items() for name, _ in imports(path) if part(name) == "documents"}
    assert {module for module in importers if part(module) != "documents"} == {
        f"{ROOT}.cli.__init__",
        f"{ROOT}.cli.catalogue",
    }
    script = """
import sys
from messages_conformance import cli
from messages_conformance.run import session
run = session.run
def watched(*arguments):
    result = run(*arguments)
    print([name for name in sys.modules if name.startswith("messages_conformance.documents")])
    return result
session.run = watched
cli.main(["run", "-p", "naga-guide-page", "-s", "messages.basic"])
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "\n[]\n" in f"\n{done.stdout}"
    assert (tmp_path / "reports" / "latest" / "documents.html").is_file()


def test_no_module_is_longer_than_a_sitting() -> None:
    long = {str(path.relative_to(PACKAGE)): len(path.read_text("utf-8").splitlines()) for path in MODULES.values()}
    assert {name: lines for name, lines in long.items() if lines > 500} == {}


def test_no_room_is_a_pile() -> None:
    """Twenty files in one folder have no order that a reader could guess; defects and their like are a list."""
    sizes = Counter(str(path.parent.relative_to(PACKAGE)) for path in MODULES.values())
    del sizes["reference/defects"]
    assert {room: files for room, files in sizes.items() if files > 14} == {}


def test_this_test_sees_imports_wherever_they_stand(tmp_path: Path) -> None:
    source = tmp_path / "module.py"
    source.write_text(
        "import messages_conformance.run.planning.plan\nfrom messages_conformance import __version__\n"
        "def f():\n    from messages_conformance.report import matrix, write_reports\n"
        "if TYPE_CHECKING:\n    from messages_conformance.errors import UserError\nimport json, httpx\n"
    )
    assert sorted(imports(source)) == [
        ("messages_conformance", 2),
        ("messages_conformance.errors", 6),
        ("messages_conformance.report", 4),
        ("messages_conformance.report.matrix", 4),
        ("messages_conformance.run.planning.plan", 1),
    ]
