"""Where the bundled data lies: beside the package once installed, in the repository in a checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal, TypeAlias

from messages_conformance.errors import HarnessError

DataName: TypeAlias = Literal["specs", "scenarios", "providers.yaml", "kills", "field", "profiles.yaml", "causes.yaml"]

_PACKAGE: Final = Path(__file__).resolve().parents[1]
_IN_CHECKOUT: Final[dict[DataName, str]] = {
    "specs": "specs",
    "scenarios": "suite/scenarios",
    "providers.yaml": "providers.yaml",
    "kills": "suite/kills",
    "field": "suite/field",
    "profiles.yaml": "suite/profiles.yaml",
    "causes.yaml": "suite/causes.yaml",
}


def data(name: DataName) -> Path:
    """The path of a bundled folder or file.

    Raises HarnessError when it is neither in the installed package nor in a checkout: the build left it out.
    """
    return find(name, _PACKAGE)


def find(name: DataName, package: Path) -> Path:
    """`data`, for a package folder that lies at `package`."""
    installed = package / "data" / name
    checkout = package.parents[1] / _IN_CHECKOUT[name]
    for place in (installed, checkout):
        if place.exists():
            return place
    raise HarnessError(f"the bundled {name} is missing: neither {installed} nor {checkout} exists")
