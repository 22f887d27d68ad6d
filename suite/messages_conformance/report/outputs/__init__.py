"""The list of outputs. A new format is one module beside this one, with a function `render(run, fail_on)`, and one
line below: the command line and pytest write what stands here, and nothing else knows a format by its name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from messages_conformance.report import write

if TYPE_CHECKING:
    from messages_conformance.catalog.model import Level
    from messages_conformance.results.reading import Run


@dataclass(frozen=True, slots=True)
class Output:
    """One format: what it is called, the file it is written to, and the module that renders it."""

    name: str
    file: str
    module: str

    def render(self, run: Run, fail_on: Level) -> str:
        """The whole file. Its module is loaded only now: templates cost start-up time."""
        return import_module(f"{__name__}.{self.module}").render(run, fail_on)


OUTPUTS = (
    Output("page", "index.html", "html"),
    Output("markdown", "matrix.md", "markdown"),
    Output("junit", "junit.xml", "junit"),
    Output("ctrf", "ctrf.json", "ctrf"),
)


def write_outputs(run: Run, directory: Path, fail_on: Level, names: Collection[str] = ()) -> Mapping[str, Path]:
    """Write the outputs of these names, or all of them, each file whole or not at all; returns their paths by name.

    Raises UserError when the directory cannot be written to.
    """
    wanted = [output for output in OUTPUTS if not names or output.name in names]
    return {output.name: write(directory / output.file, output.render(run, fail_on)) for output in wanted}
