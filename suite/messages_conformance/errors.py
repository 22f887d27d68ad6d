"""Errors that reach a person.

    SuiteError
     +- UserError      something the user wrote is wrong: exit code 2
     +- HarnessError   this program is at fault: exit code 4

Both render as plain text. A traceback never reaches a user.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Where:
    """A place in a file: path and 1-based line."""

    path: Path
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"

    @staticmethod
    def of_caller() -> Where:
        """Where the function that asks was called: the place of what it declares."""
        frame = sys._getframe(2)  # pyright: ignore[reportPrivateUsage]: `inspect` is slow, and may find none
        return Where(Path(frame.f_code.co_filename), frame.f_lineno)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, where, and what to do about it."""

    message: str
    where: Where | None = None
    hint: str | None = None

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f"\n    {self.hint}" if self.hint else ""
        return f"{place}{self.message}{advice}"


def nothing_named(kind: str, name: str, known: Iterable[str]) -> Problem:
    """The problem of a name that names nothing, with the nearest name that does."""
    from difflib import get_close_matches  # noqa: PLC0415  `--help` names nothing

    near = get_close_matches(name, list(known), n=1)
    return Problem(f"no {kind} is called `{name}`", hint=f"did you mean `{near[0]}`?" if near else None)


class SuiteError(Exception):
    """Base of every error that this program raises on purpose."""


class UserError(SuiteError):
    """Bad input: a YAML mistake, an unknown name, a missing key. Carries every problem found, not only the first."""

    def __init__(self, *problems: Problem | str) -> None:
        self.problems = tuple(p if isinstance(p, Problem) else Problem(p) for p in problems)
        super().__init__("\n".join(str(p) for p in self.problems))


class HarnessError(SuiteError):
    """A fault of this program, not of the user and not of a provider."""


_ADVICE: Mapping[int | None, str] = {
    errno.ENOSPC: "make room there, and try again",
    errno.EDQUOT: "make room there, and try again",
    errno.EFBIG: "a file must not grow larger here: see `ulimit -f`",
    errno.EACCES: "look at who owns it, and who may read and write it",
    errno.EPERM: "look at who owns it, and who may read and write it",
    errno.EROFS: "nothing can be written there: name another directory",
    errno.EMFILE: "too many files are open at once: see `ulimit -n`",
}
"""What a user can do, by the number of the system's error."""


def unusable(doing: str, what: object, error: OSError, advice: str | None = None) -> UserError:
    """The error of what the system does not let us do: `cannot write reports: No space left on device`."""
    told = f"cannot {doing} {what}: {error.strerror or error}"
    return UserError(Problem(told, hint=advice or _ADVICE.get(error.errno)))


@contextmanager
def using(doing: str, what: object, advice: str | None = None) -> Generator[None]:
    """Turn what the system refuses in the block into a UserError."""
    try:
        yield
    except OSError as error:
        raise unusable(doing, what, error, advice) from error
