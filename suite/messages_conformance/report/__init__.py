"""Outputs of a results stream. Each is made from a `Run` and from nothing else."""

from __future__ import annotations

import os
from pathlib import Path

from messages_conformance.errors import using


def write(path: Path, text: str) -> Path:
    """Write one page, whole or not at all. Raises UserError when its directory cannot be written to."""
    with using("write", path):
        path.parent.mkdir(parents=True, exist_ok=True)
        return _write(path, text)


def _write(path: Path, text: str) -> Path:
    """Through a file beside it: a reader, or an upload, never meets half a page."""
    import tempfile  # noqa: PLC0415  `--help` writes nothing

    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        temporary.chmod(0o644)  # mkstemp makes files that only their owner can read; a report is to be published
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return path
