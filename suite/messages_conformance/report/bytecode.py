"""The bytecode of the templates, kept for the processes that come after: to compile them takes a tenth of a second, a
seventh of all that a run does after its last answer (decision 27)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import jinja2
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket

from messages_conformance.catalog.keeping import kept

_SOURCES: Final = (Path(__file__).parent, Path(jinja2.__file__).parent)
"""What is compiled, what it calls while it is compiled, and the compiler."""

_OFTEN: Final = ("base", "cell", "failure", "filters", "matrix", "overview", "page", "provider", "words")
"""The templates that the page of a run is made of. The others are compiled when they are asked for."""


class Bytecode(BytecodeCache):
    """Bytecode by the keys that jinja2 gives to templates. It uses none that was made of another source."""

    def __init__(self, code: dict[str, bytes]) -> None:
        self.code = code

    def load_bytecode(self, bucket: Bucket) -> None:
        if told := self.code.get(bucket.key):
            bucket.bytecode_from_string(told)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.code[bucket.key] = bucket.bytecode_to_string()


def compiled(env: Environment) -> Bytecode:
    """What the templates of an environment come to: as it is kept, else compiled now."""
    return Bytecode(kept("templates", _SOURCES, lambda: _compiled(env)))


def _compiled(env: Environment) -> dict[str, bytes]:
    found = Bytecode({})
    compiling = env.overlay(bytecode_cache=found)
    for name in _OFTEN:
        compiling.get_template(f"{name}.html.j2")
    return found.code
