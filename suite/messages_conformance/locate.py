"""Where the bundled data is: inside the installed package; in a checkout, in `suite/` or at the top."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal, TypeAlias

from messages_conformance.errors import HarnessError

DataName: TypeAlias = Literal[
    "specs",
    "scenarios",
    "providers.yaml",
    "kills",
    "field",
    "features.yaml",
    "profiles.yaml",
    "causes.yaml",
    "defects.json",
    "jobs.yaml",
]

_PACKAGE: Final = Path(__file__).resolve().parent


def data(name: DataName) -> Path:
    """The path of a bundled folder or file.

    Raises HarnessError if it is in neither: the build left it out.
    """
    return find(name, _PACKAGE)


def find(name: DataName, package: Path) -> Path:
    """`data`, for a package folder that lies at `package`."""
    places = [folder / name for folder in (package / "data", package.parent, package.parents[1])]
    for place in places:
        if place.exists():
            return place
    raise HarnessError(f"the bundled {name} is missing: looked for {', '.join(map(str, places))}")
