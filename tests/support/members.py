"""One test over a whole list, where a test for each member would spend more on pytest than on what it looks at."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any


def over(name: str, members: Iterable[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Call the test once for each member, given as the argument `name`, and fail at the end with all that failed.

    Fixtures are made once for all members. No members are a failure: such a test would look at nothing.
    """
    every = list(members)

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def whole(**fixtures: Any) -> None:
            assert every, f"{test.__name__} is over no member"
            failures = [failure for member in every if (failure := _tried(test, fixtures, name, member))]
            if failures:
                raise ExceptionGroup(f"{len(failures)} of {len(every)} failed", failures)

        signature = inspect.signature(test)
        others = [parameter for parameter in signature.parameters.values() if parameter.name != name]
        whole.__signature__ = signature.replace(parameters=others)  # type: ignore[attr-defined]  # what pytest fills in
        return whole

    return decorate


def _tried(test: Callable[..., None], fixtures: dict[str, Any], name: str, member: Any) -> Exception | None:
    try:
        test(**fixtures, **{name: member})
    except Exception as failure:  # noqa: BLE001  each is raised again, in a group
        failure.add_note(f"{name}: {member!r}")
        return failure
    return None
