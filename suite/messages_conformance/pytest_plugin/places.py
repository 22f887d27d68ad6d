"""Where scenarios lie, the bundled ones and a user's own, and the node ids that stand for them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from messages_conformance.catalog import data

FOLDER = "conformance"
"""What node ids of bundled scenarios begin with, wherever they were installed."""


class Places:
    """The files of scenarios that pytest may collect; `folders` are the user's own, below `root` as a rule."""

    def __init__(self, folders: Sequence[Path], root: Path) -> None:
        self._bundled, self._root = data("scenarios"), root
        self._home = self._bundled.resolve()
        self._own = {path.resolve(): path for folder in folders for path in sorted(folder.rglob("*.yaml"))}

    def every(self) -> list[str]:
        """What pytest is given to collect all of them."""
        return [str(self._home), *map(str, self._own.values())]

    def read_as(self, path: Path) -> Path | None:
        """The catalogue's name for a file, or None if it holds no scenarios."""
        real = path.resolve()
        return self._bundled / real.name if real.parent == self._home else self._own.get(real)

    def node(self, path: Path) -> str:
        """What the node ids of a file begin with. One's own is where it is, as for any file that pytest collects."""
        if path.resolve().parent == self._home or not path.is_relative_to(self._root):
            return f"{FOLDER}/{path.name}"
        return path.relative_to(self._root).as_posix()

    def located(self, given: str) -> list[str]:
        """A node id as pytest printed it, or `conformance`, as the paths that it means."""
        name, mark, rest = given.partition("::")
        path = Path(name)
        if path.exists():
            return [given]
        if path.name == FOLDER:
            return self.every()
        if path.parent.name == FOLDER and (self._home / path.name).is_file():
            return [f"{self._home / path.name}{mark}{rest}"]
        return [given]
