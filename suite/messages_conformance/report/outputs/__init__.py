"""The list of outputs. A new format is one module beside this one, with a function `files(run, fail_on)`, and one line
below: the command line and pytest write what stands here, and nothing else knows a format by its name."""

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
    """One format: what it is called, the file or the folder it is written to, and the module that makes it."""

    name: str
    path: str
    module: str

    def files(self, run: Run, fail_on: Level) -> Mapping[str, str]:
        """Whole texts by their paths below the directory of reports; each path is `path`, or lies in it. The module is
        loaded only now: templates cost start-up time."""
        return import_module(f"{__name__}.{self.module}").files(run, fail_on)


OUTPUTS = (
    Output("page", "index.html", "html"),
    Output("markdown", "matrix.md", "markdown"),
    Output("summary", "summary.json", "summary"),
    Output("badges", "badges", "badges"),
    Output("digest", "digest.json", "digest"),
    Output("junit", "junit.xml", "junit"),
    Output("ctrf", "ctrf.json", "ctrf"),
)


def write_outputs(run: Run, directory: Path, fail_on: Level, names: Collection[str] = ()) -> Mapping[str, Path]:
    """Write the outputs of these names, or all of them, each file whole or not at all; returns their paths by name.

    Raises UserError when the directory cannot be written to.
    """
    wanted = [output for output in OUTPUTS if not names or output.name in names]
    for output in wanted:
        for path, text in output.files(run, fail_on).items():
            write(directory / path, text)
    return {output.name: directory / output.path for output in wanted}


def remove_outputs(directory: Path) -> None:
    """Remove every output: they would tell another story than the stream that is written beside them from now on."""
    for output in OUTPUTS:
        path = directory / output.path
        for file in path.glob("*.json") if path.is_dir() else [path]:
            file.unlink(missing_ok=True)
