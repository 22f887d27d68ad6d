"""A first draft of a scenario, added to its area's file as text, so that the rest of the file stays unchanged."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import yaml

from messages_conformance.authoring.implied import implied
from messages_conformance.catalog.model import VARIANT, Scenario
from messages_conformance.catalog.yaml import nodes, strict
from messages_conformance.errors import Problem, UserError, Where, nothing_named

Kind: TypeAlias = Literal["message", "stream", "error", "tokens"]
Entry: TypeAlias = Mapping[str, Any]

TWIN: Final = "messages.basic"

_PACKAGE: Final = Path(__file__).resolve().parents[1]
_SCHEMA: Final = (
    "# yaml-language-server: $schema=../messages_conformance/catalog/schemas/scenarios.schema.json\n"
    "area: {area}\n"
    "scenarios:\n"
)
_ORDER: Final = ("id", "title", "why", "accepts", "needs", "tags", "trials", "twin", "together", "steps")


@dataclass(frozen=True, slots=True)
class Draft:
    """A file with one more scenario, and the scenario's line. `before` is None for a new file."""

    where: Where
    text: str
    before: bytes | None


def draft(root: Path, scenarios: Iterable[Scenario], name: str, area: str, entry: Entry) -> Draft:
    """Add `entry`, under the id `name`, to the file of `area` below `root`. `area` is a file's name without its ending,
    the heading in it, or the full name of a file, which may be new.

    Raises UserError for a malformed or taken id, and for an area that does not exist.
    """
    if root.is_relative_to(_PACKAGE):
        hint = "clone the repository, `pip install --editable` it, and call this command again"
        raise UserError(Problem("an installed package has no suite/scenarios/ to write to", hint=hint))
    known = {scenario.id: scenario for scenario in scenarios}
    rule: Mapping[str, str] = strict.schema("scenarios")["$defs"]["name"]
    if not re.fullmatch(rule["pattern"], name):
        raise UserError(Problem(f"`{name}` cannot be the id of a scenario", hint=rule["description"]))
    if name in known:
        raise UserError(Problem(f"the id `{name}` is taken", known[name].where))
    path = _file(root, area)
    block = render({**entry, "id": name})
    if not path.exists():
        head = _SCHEMA.format(area=path.stem.replace("_", " "))
        return Draft(Where(path, head.count("\n") + 1), head + block, None)
    before = path.read_bytes()
    text, line = _inserted(before.decode(), block, path)
    return Draft(Where(path, line), text, before)


def save(made: Draft, load: Callable[[], object]) -> None:
    """Write the file and `load` the catalogue with it. If loading raises, the file is restored."""
    path = made.where.path
    path.write_bytes(made.text.encode())
    try:
        load()
    except BaseException:
        path.unlink() if made.before is None else path.write_bytes(made.before)
        raise


# --- what is written ------------------------------------------------------------------------------------------------


def template(name: str, kind: Kind) -> Entry:
    """A simple request of its kind that works unchanged, worded by `name` so that no other scenario sends the same."""
    words = re.sub(r"[._-]+", " ", name)
    turns = [{"role": "user", "content": f"Reply with exactly: {words}"}]
    match kind:
        case "message":
            title, why = "A question gets an answer", "A user gets an answer without any text."
            body = {"max_tokens": 64, "messages": turns}
            check = _demand("text.not-empty", "message.content")
        case "stream":
            title, why = "A question gets a streamed answer", "A user gets a stream without any text."
            body = {"max_tokens": 64, "stream": True, "messages": turns}
            check = _demand("text.not-empty", "event.content_block_delta.text_delta.text")
        case "error":
            title, why = (
                "A max_tokens that is not a number is refused",
                "A limit that is not understood does not limit anything.",
            )
            body = {"max_tokens": "many", "messages": turns}
            check = _demand("error.refused", "request.max_tokens.type")
        case "tokens":
            title, why = "A prompt is counted", "Agents use the count to decide when to compact a conversation."
            body = {"messages": turns}
            check = _demand("answer.accepted", "tokens.no-generation-fields")
    route = {"route": "count_tokens"} if kind == "tokens" else {}
    needs = sorted(implied(body, route.get("route", "messages"), {}))
    return {
        "title": title,
        "why": why,
        **({"accepts": ["anthropic:request.stream.accepted"]} if kind == "stream" else {}),
        **({"needs": needs} if needs else {}),
        **({"twin": TWIN} if kind == "error" else {}),
        "steps": [{"id": "ask", "expect": kind, **route, "body": body, "checks": [check]}],
    }


def _demand(check: str, clause: str) -> Entry:
    return {"check": check, "clauses": [f"anthropic:{clause}"]}


def copied(scenarios: Iterable[Scenario], like: str) -> Entry:
    """A copy of a scenario written by hand, as a variant: until it is changed, it repeats the original.

    Raises UserError for a scenario that does not exist, and for a generated one.
    """
    known = {scenario.id: scenario for scenario in scenarios}
    if like not in known:
        raise UserError(nothing_named("scenario", like, known))
    source = known[like]
    document = nodes.read(source.where.path)
    written: list[Entry] = document.value.get("scenarios") or []
    entry = next((entry for entry in written if entry["id"] == like), None)
    if entry is None:
        hint = "add a case to its generator, or copy a scenario that is written by hand"
        raise UserError(Problem(f"`{like}` is generated", source.where, hint))
    return {**entry, "tags": [VARIANT]}


# --- where it goes --------------------------------------------------------------------------------------------------


def _file(root: Path, area: str) -> Path:
    files = sorted(root.glob("*.yaml"))
    if area.endswith(".yaml"):
        path = root / Path(area).name
        if path.stem != area.removesuffix(".yaml") and Path(area).resolve() != path:
            raise UserError(Problem(f"{area} is not in {root}", hint=f"give the file's name only: {path.name}"))
        if not re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", path.stem):
            raise UserError(Problem(f"{path.name} is not a name for an area", hint="lower-case words, joined by _"))
        return path
    named = {path.stem: path for path in files}
    named |= {nodes.read(path).value["area"]: path for path in files}
    if area not in named:
        advice = strict.did_you_mean(area, named) or f"known: {', '.join(path.stem for path in files)}."
        hint = f"{advice} For a new area, give its file: NAME.yaml"
        raise UserError(Problem(f"there is no area `{area}`", hint=hint))
    return named[area]


def _inserted(text: str, block: str, path: Path) -> tuple[str, int]:
    """The text with `block` at the end of its `scenarios`, and the line on which the block begins."""
    keys = nodes.parse(text, path).root.children
    lines = text.split("\n")
    start = keys["scenarios"].line if "scenarios" in keys else keys["area"].line
    end = min((node.line - 1 for node in keys.values() if node.line > start), default=len(lines))
    while not lines[end - 1].strip() or lines[end - 1].startswith("#"):  # these belong to what comes next
        end -= 1
    opening = "\n" if "scenarios" in keys else "scenarios:\n"
    head = "\n".join(lines[:end]) + "\n" + opening
    rest = "\n".join(lines[end:])
    return head + block + rest, head.count("\n") + 1


# --- how it is written ----------------------------------------------------------------------------------------------


def render(entry: Entry) -> str:
    """An item of `scenarios` as YAML, with the order of keys and the indentation of the other files; aliases written
    out."""
    ordered = {key: entry[key] for key in _ORDER if key in entry}
    text: str = yaml.dump(
        [ordered], Dumper=_Writer, default_flow_style=None, sort_keys=False, allow_unicode=True, width=1_000_000
    )
    return "".join(f"  {line}\n" for line in text.removesuffix("\n").split("\n"))


class _Writer(yaml.SafeDumper):
    """PyYAML's writer, adapted to this suite's reader and to the style of its files."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 - lists are indented
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - an anchor would be one more name in the file
        return True

    def choose_scalar_style(self) -> str:
        chosen = super().choose_scalar_style()
        event: Any = self.event
        # PyYAML writes YAML 1.1, in which `1e5` is text; to our reader it is a number.
        looks_like_number = event.tag == "tag:yaml.org,2002:str" and event.value[:1] in "-0123456789"
        return '"' if chosen == "'" or looks_like_number else chosen
