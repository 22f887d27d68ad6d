"""The argument that names a recorded run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from messages_conformance.run.keeping.directories import RESULTS


class _Recorded(click.Path):
    """A results stream, or the directory of a run that holds one."""

    def __init__(self) -> None:
        super().__init__(exists=True, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        path: Path = super().convert(value, param, ctx)  # pyright: ignore[reportAssignmentType]: click's is of any kind
        if not path.is_dir():
            return path
        if not (path / RESULTS).is_file():
            self.fail(f"there is no {RESULTS} in {path}: name the directory of a run", param, ctx)
        return path / RESULTS


results_argument = click.argument("results", type=_Recorded(), required=False)
