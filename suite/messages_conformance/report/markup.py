"""The templates: whole pages, and the evidence of a cell."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, TypeAlias, cast

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from messages_conformance.report.bytecode import compiled
from messages_conformance.report.evidence import evidence
from messages_conformance.report.failure import Teller, check_title, limited
from messages_conformance.report.words import (
    ANSWERS,
    CONFORMANCE,
    IMPACT_PAGE,
    KIND_LABELS,
    QUESTION_MEANS,
    QUESTION_WORDS,
    SEVERITIES,
    WORDS,
    duration,
    list_some,
    models,
    plural,
    visible,
)
from messages_conformance.results.reading import Cell, Result, Run
from messages_conformance.wire.exchange import Headers

Address: TypeAlias = Callable[[str, str], str]
"""Where a cell's evidence is: the ids of provider and scenario in, an address out."""


_POLICY = "default-src 'none'; style-src '{}'; script-src {}; base-uri 'none'; form-action 'none'"


def page(template: str, *styles: str, script: str = "", **shown: Any) -> str:
    """A page that opens anywhere: no server, no network. `template` extends `base.html.j2`; `styles` and `script` are
    names of assets. A policy in the page allows just these, by their hashes, so that even a mistake in a template would
    not run what a provider sent."""
    style = asset("cell.css") + asset("base.css") + "".join(map(asset, styles))
    code = asset(script) if script else ""
    policy = _POLICY.format(_hash(style), f"'{_hash(code)}'" if code else "'none'")
    found = environment().get_template(template)
    return found.render(style=Markup(style), script=Markup(code), policy=policy, **shown)  # noqa: S704  our own files


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def cell_html(telling: Teller, cell: Cell) -> str:
    """The evidence of a cell as a fragment that brings its own style and needs no script, for a page of others."""
    style = Markup(asset("cell.css"))  # noqa: S704  our own files
    return Markup("<style>{}</style>{}").format(style, fragment(telling, cell))


def fragment(telling: Teller, cell: Cell, address: Address | None = None) -> Markup:
    """The evidence of a cell. With `address` it is part of a page that has the other cells, and a script."""
    page = environment().get_template("cell.html.j2")
    return Markup(page.render(run=telling.run, evidence=evidence(telling, cell), address=address))  # noqa: S704  a template's, so escaped


@cache
def asset(name: str) -> str:
    """One of our own style sheets or scripts."""
    return files("messages_conformance.report").joinpath("templates", name).read_text(encoding="utf-8")


@cache
def environment() -> Environment:
    """The templates. Whatever they print is made visible and escaped, whoever wrote the template."""
    env = Environment(
        loader=PackageLoader("messages_conformance.report", "templates"),
        autoescape=True,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters, names = cast("dict[str, Any]", env.filters), cast("dict[str, Any]", env.globals)
    filters.update(plural=plural, duration=duration, some=list_some, limited=limited, verbatim=_verbatim)
    filters.update(header_lines=_header_lines)
    names.update(
        WORDS=WORDS, ANSWERS=ANSWERS, CONFORMANCE=CONFORMANCE, KIND_LABELS=KIND_LABELS, QUESTION_MEANS=QUESTION_MEANS
    )
    names.update(QUESTION_WORDS=QUESTION_WORDS, SEVERITIES=SEVERITIES, IMPACT_PAGE=IMPACT_PAGE)
    names.update(models=models, check_title=check_title, judged=_judged)
    env.bytecode_cache = compiled(env)
    return env


def _judged(run: Run, results: Iterable[Result]) -> Markup:
    """The list of checks that found nothing wrong: a hundred for each answer, so no template makes it."""
    lines = (_named(check_title(run, each.check), each.check) + _step(each.step, each.note) for each in results)
    return Markup(f"<ul>{''.join(lines)}</ul>\n")  # noqa: S704  each is escaped


@lru_cache(maxsize=5000)
def _named(title: str, check: str) -> str:
    """How a line of it begins, as HTML. The next cell has nearly all of them again."""
    return f"<li>{_escaped(title)} <code>{_escaped(check)}</code> "


@lru_cache(maxsize=5000)
def _step(step: str, note: str | None) -> str:
    """How such a line ends."""
    return f'<span class="quiet">step {_escaped(f"{step}: {note}" if note else step)}</span></li>\n'


def _escaped(text: str) -> Markup:
    return escape(visible(text))


def _shown(value: Any) -> Any:
    return visible(value) if type(value) is str else value  # and not Markup, which is a str of our own making


def _header_lines(headers: Headers) -> str:
    """One line for each: a page has thousands, and to escape each name and each value takes five times as long."""
    return "".join(f"{name}: {value}\n" for name, value in headers)


def _verbatim(text: str) -> Markup:
    """What is meant to be copied: escaped, and otherwise as it is, but for what UTF-8 cannot hold."""
    return escape(text.encode("utf-8", "backslashreplace").decode("utf-8"))
