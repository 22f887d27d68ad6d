"""What was made of the bundled files, kept for the processes that come after: making it takes half a second.

It is a file in the user's cache folder. One that was made of anything else, is damaged, or can be written by somebody
else is passed over and made anew, and so is one where nothing can be written: nobody is told, and nothing but time is
lost (decision 27).
"""

from __future__ import annotations

import io
import os
import pickle
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import fields, is_dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, TypeVar

from messages_conformance import __version__, errors

T = TypeVar("T")

_CODE: Final = (Path(__file__).parent, Path(errors.__file__))
"""The program that makes what is kept. In a checkout it changes, and its version does not."""

_MINE: Final = (f"{__package__}.", f"{errors.__name__}.")
_PATH: Final = type(Path())


def kept(name: str, sources: Iterable[Path], make: Callable[[], T]) -> T:
    """What `make` makes of files and whole folders: as it is kept under `name`, if it was made of the same, else made
    now. It holds plain data and classes of this room. Raises what `make` raises."""
    try:
        seal = _seal((*_CODE, *sources))
    except OSError:  # `make` finds the file too, and tells what is wrong with it
        return make()
    place = _place(name)
    told = _read(place) if place else None
    if told and told.startswith(seal) and (found := _unpacked(told[len(seal) :])) is not None:
        return found
    made = make()
    if place:
        with suppress(OSError):
            _write(place, seal + _packed(made))
    return made


def _place(name: str) -> Path | None:
    """One file for each installation and each Python that uses it, so that none grows old beside another."""
    told = os.environ.get("XDG_CACHE_HOME", "")
    try:
        caches = Path(told) if Path(told).is_absolute() else Path.home() / ".cache"
    except RuntimeError:  # this user has no home
        return None
    whose = sha256(os.fsencode(_CODE[0])).hexdigest()[:16]
    return caches / "messages-conformance" / f"{name}-{sys.implementation.cache_tag}-{whose}"


# --- what it was made of ----------------------------------------------------------------------------------------------


def _seal(sources: Iterable[Path]) -> bytes:
    """A digest of this program and of every source, by its path and its content: the lines that errors name are in
    what is kept. Raises OSError for what cannot be read."""
    seal = sha256(f"{__version__} {sys.version}".encode())
    for path in (path for source in sources for path in _files(source)):
        seal.update(os.fsencode(path) + b"\0" + sha256(path.read_bytes()).digest())
    return seal.digest()


def _files(source: Path) -> Iterator[Path]:
    if not source.is_dir():
        yield source
        return
    for folder, inner, names in os.walk(source):
        inner[:] = sorted(name for name in inner if name != "__pycache__")
        yield from (Path(folder, name) for name in sorted(names))


# --- the file ---------------------------------------------------------------------------------------------------------


def _read(place: Path) -> bytes | None:
    """The file; None if there is none, or somebody else can write it."""
    # Neither a link to elsewhere nor a pipe without an end is followed.
    careful = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        with open(place, "rb", opener=lambda path, flags: os.open(path, flags | careful)) as file:
            return file.read() if _is_mine(os.fstat(file.fileno())) else None
    except OSError:
        return None


def _is_mine(found: os.stat_result) -> bool:
    if not stat.S_ISREG(found.st_mode):
        return False
    return sys.platform == "win32" or (found.st_uid == os.geteuid() and not found.st_mode & 0o022)


def _write(place: Path, told: bytes) -> None:
    """Put the file there in one piece, readable by its owner alone, whoever else writes it at this moment."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    number, new = tempfile.mkstemp(dir=place.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(told)
        Path(new).replace(place)
    except BaseException:
        Path(new).unlink(missing_ok=True)
        raise


# --- what is in it ----------------------------------------------------------------------------------------------------


def _packed(made: Any) -> bytes:
    packed = io.BytesIO()
    _Pickler(packed, pickle.HIGHEST_PROTOCOL).dump(made)
    return sha256(packed.getvalue()).digest() + packed.getvalue()


def _unpacked(told: bytes) -> Any:
    """What was packed; None if it is not whole. A pickle may call whatever it names, so this one may name our own data
    only."""
    digest, packed = told[:32], told[32:]
    if sha256(packed).digest() != digest:
        return None
    try:
        return _Unpickler(io.BytesIO(packed)).load()
    except Exception:  # noqa: BLE001 - whatever it is, what is kept can be made anew
        return None


class _Pickler(pickle.Pickler):
    def reducer_override(self, obj: Any, /) -> Any:
        """A value is taken up again by its constructor: what dataclasses with slots bring for it takes three times as
        long."""
        if is_dataclass(obj) and not isinstance(obj, type):
            return type(obj), tuple(getattr(obj, field.name) for field in fields(obj))
        return NotImplemented


class _Unpickler(pickle.Unpickler):
    def find_class(self, module_name: str, global_name: str, /) -> Any:
        is_path = (module_name, global_name) == (_PATH.__module__, _PATH.__qualname__)
        if not is_path and not f"{module_name}.".startswith(_MINE):
            raise pickle.UnpicklingError(f"{module_name}.{global_name} is no data of ours")
        found = super().find_class(module_name, global_name)
        if not isinstance(found, type) or found.__module__ != module_name:
            raise pickle.UnpicklingError(f"{module_name}.{global_name} is no class of that module")
        return found
