from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from members import over
from messages_conformance import catalog
from messages_conformance.catalog import keeping
from messages_conformance.catalog.keeping import kept
from messages_conformance.catalog.model import Source
from messages_conformance.catalog.yaml import nodes

Write = Callable[[str, str], Path]


class Kept:
    """What is kept of a folder of sources, whether it was made now, and the file that holds it."""

    def __init__(self, sources: Path, caches: Path) -> None:
        self._sources, self._caches = sources, caches

    def __call__(self) -> tuple[Any, bool]:
        made: list[bool] = []

        def make() -> dict[str, Any]:
            made.append(True)
            texts = {path.name: path.read_text() for path in self._sources.rglob("*") if path.is_file()}
            return {"texts": texts, "source": Source("p", "t", "u", "r"), "path": self._sources}

        return kept("thing", (self._sources,), make), bool(made)

    @property
    def place(self) -> Path:
        (place,) = self._caches.rglob("thing-*")
        return place


@pytest.fixture
def thing(tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> Kept:
    write("sources/inner/a.yaml", "a: 1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    found = Kept(tmp_path / "sources", tmp_path / "caches")
    assert found()[1]
    return found


def test_it_is_made_once_and_read_after_that(thing: Kept) -> None:
    (first, is_new), (second, _) = thing(), thing()
    assert not is_new
    assert first == second
    assert first["source"] == Source("p", "t", "u", "r")
    assert first["texts"] == {"a.yaml": "a: 1"}


def test_only_its_owner_can_read_what_is_kept(thing: Kept) -> None:
    assert thing.place.stat().st_mode & 0o777 == 0o600
    assert thing.place.parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in thing.place.parent.iterdir()] == [thing.place.name]


def test_another_content_another_file_and_a_file_less_are_seen(thing: Kept, tmp_path: Path) -> None:
    source = tmp_path / "sources" / "inner" / "a.yaml"
    before = source.stat()
    source.write_text("a: 2")
    os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))  # neither its size nor its time tells
    assert [thing()[1], thing()[0]["texts"]] == [True, {"a.yaml": "a: 2"}]
    (source.parent / "b.yaml").write_text("b: 1")
    assert thing()[1]
    source.rename(source.with_name("c.yaml"))
    assert thing()[1]
    source.with_name("c.yaml").unlink()
    assert thing()[0]["texts"] == {"b.yaml": "b: 1"}
    assert not thing()[1]


def test_another_version_another_python_and_another_program_make_it_anew(
    thing: Kept, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(keeping, "__version__", "0.0.0")
    assert thing()[1]
    monkeypatch.setattr(sys, "version", "another build")
    assert thing()[1]
    code = tmp_path / "code.py"
    code.write_text("")
    monkeypatch.setattr(keeping, "_CODE", (*keeping._CODE, code))  # pyright: ignore[reportPrivateUsage]
    assert thing()[1]
    code.write_text("changed")
    assert thing()[1]
    assert not thing()[1]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_is_damaged_is_made_anew_and_mended(thing: Kept, data: st.DataObject) -> None:
    whole = thing.place.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    damaged = data.draw(
        st.sampled_from([whole[:at], whole[:at] + bytes([whole[at] ^ 0x21]) + whole[at + 1 :], whole + b"."])
    )
    thing.place.write_bytes(damaged)
    (found, is_new), (_, again) = thing(), thing()
    assert (found["texts"], is_new, again) == ({"a.yaml": "a: 1"}, True, False)
    assert len(thing.place.read_bytes()) == len(whole)


def _linked(place: Path) -> None:
    place.rename(place.with_name("elsewhere"))
    place.symlink_to(place.with_name("elsewhere"))


def _piped(place: Path) -> None:
    place.unlink()
    os.mkfifo(place)


SEIZED: dict[str, Callable[[Path], None]] = {
    "others may write it": lambda place: place.chmod(0o602),
    "its group may write it": lambda place: place.chmod(0o620),
    "a link": _linked,
    "a pipe": _piped,
}


@pytest.mark.skipif(sys.platform == "win32", reason="there, nobody else gets into a user's folders")
@over("seized", SEIZED)
def test_what_somebody_else_may_have_written_is_passed_over(thing: Kept, seized: str) -> None:
    assert not thing()[1]
    SEIZED[seized](thing.place)
    assert thing()[1]


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such ids")
def test_a_file_of_another_user_is_passed_over(thing: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: thing.place.stat().st_uid + 1)
    assert thing()[1]
    assert thing()[1]


class _Calling:
    def __init__(self, told: Path) -> None:
        self._told = told

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self._told,)


def test_a_file_that_would_call_something_calls_nothing(thing: Kept, tmp_path: Path) -> None:
    told, whole = tmp_path / "called", thing.place.read_bytes()
    packed = pickle.dumps(_Calling(told))
    thing.place.write_bytes(whole[:32] + sha256(packed).digest() + packed)
    assert thing()[1]
    assert not told.exists()


def test_a_class_that_our_modules_only_import_is_none_of_ours(thing: Kept) -> None:
    packed = b"cmessages_conformance.catalog.keeping\nAny\n."
    thing.place.write_bytes(thing.place.read_bytes()[:32] + sha256(packed).digest() + packed)
    assert thing()[1]


def test_where_nothing_can_be_written_it_is_made_each_time(thing: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = thing.place.parent
    thing.place.unlink()
    folder.rmdir()
    folder.write_text("a file in the place of the folder")
    assert [thing()[1], thing()[1]] == [True, True]
    folder.unlink()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fdopen", full)
    assert [thing()[1], thing()[1]] == [True, True]
    assert list(folder.iterdir()) == []


def test_without_a_home_it_is_made_each_time(thing: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setenv("XDG_CACHE_HOME", "caches")  # a relative one counts for nothing
    monkeypatch.setattr(Path, "home", homeless)
    assert [thing()[1], thing()[1]] == [True, True]


def test_without_the_variable_it_is_in_the_home(thing: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    assert [thing()[1], thing()[1]] == [True, False]
    assert len(list((tmp_path / "home" / ".cache" / "messages-conformance").iterdir())) == 1


def test_what_cannot_be_made_is_told_as_ever_and_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    with pytest.raises(FileNotFoundError):
        kept("thing", (tmp_path / "nowhere",), (tmp_path / "nowhere").read_text)
    assert not (tmp_path / "caches").exists()


def test_the_catalogue_is_the_same_as_when_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept_before, told = catalog.load_again(), list[Path]()
    read = nodes.read

    def watched(path: Path) -> nodes.Document:
        told.append(path)
        return read(path)

    monkeypatch.setattr(nodes, "read", watched)
    assert catalog.load_again().scenarios == kept_before.scenarios
    assert told == []
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    made = catalog.load_again()
    assert len(told) > 50
    for name in ("contracts", "providers", "scenarios", "profiles", "deviations", "causes"):
        assert getattr(made, name) == getattr(kept_before, name), name


MANY = """
import sys
from messages_conformance.catalog.keeping import kept
from pathlib import Path
source = Path(sys.argv[1])
for turn in range(100):
    assert kept("thing", (source,), lambda: "what is kept" * 10_000) == "what is kept" * 10_000
    (Path(sys.argv[2]) / "messages-conformance").exists() and turn % 7 == 0 and [
        path.unlink(missing_ok=True) for path in Path(sys.argv[2]).rglob("thing-*")]
"""


def test_several_processes_at_once_never_see_a_part(tmp_path: Path, write: Write) -> None:
    """They write, read and remove the same file."""
    source, caches = write("sources/a.yaml", "a: 1"), tmp_path / "caches"
    environment = {**os.environ, "XDG_CACHE_HOME": str(caches)}
    command = [sys.executable, "-c", MANY, str(source), str(caches)]
    started = [subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) for _ in range(3)]
    assert [(process.communicate()[1], process.returncode) for process in started] == [(b"", 0)] * 3
    assert {path.name.partition("-")[0] for path in (caches / "messages-conformance").iterdir()} <= {
        "thing",
        "features",
    }
