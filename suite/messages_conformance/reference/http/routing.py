"""Which play and which route a path means (docs/architecture.md, "Reference")."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce

from messages_conformance.reference.defects import DEFECTS
from messages_conformance.reference.dialects import dialect
from messages_conformance.reference.moods import mood_play
from messages_conformance.reference.play import CORRECT, Play, Route, compose
from messages_conformance.reference.states import STATES

MESSAGES_PATH = "/v1/messages"
_ALL_ROUTES: tuple[Route, ...] = ("messages", "count_tokens", "models", "model")


@dataclass(frozen=True, slots=True)
class Target:
    """A route of a play, or no route. `method` is the only method that the route accepts; None if there is no route."""

    play: Play
    route: Route
    model_id: str | None = None

    @property
    def method(self) -> str | None:
        match self.route:
            case "messages" | "count_tokens":
                return "POST"
            case "root":
                return "HEAD"
            case "nowhere":
                return None
            case _:
                return "GET"


def locate(path: str) -> Target:
    """The target of a path, upstream aside. A mood or a state stands before the path of any play, and is the model
    of it, or what befalls it."""
    match path.split("/"):
        case ["", "mood" | "state" as kind, name, *rest]:
            before, target = mood_play(name) if kind == "mood" else STATES.get(name), locate("/" + "/".join(rest))
            return replace(target, play=compose(before, target.play)) if before else Target(CORRECT, "nowhere")
        case ["", "as", contract, name, *rest]:
            played = dialect(contract, name)
            found = _route("/" + "/".join(rest), played.path, played.routes) if played else None
            play = played.play if played else CORRECT
        case ["", "with", names, *rest]:
            chosen = [DEFECTS.get(name) for name in names.split("+")]
            defects = [defect for defect in chosen if defect]
            known = len(defects) == len(chosen)
            found = _route("/" + "/".join(rest), MESSAGES_PATH, _ALL_ROUTES) if known else None
            play = reduce(compose, (defect.play for defect in defects), CORRECT)
        case _:
            found, play = _route(path, MESSAGES_PATH, _ALL_ROUTES), CORRECT
    return Target(play, *(found or ("nowhere", None)))


def _route(path: str, messages: str, offered: tuple[Route, ...]) -> tuple[Route, str | None] | None:
    """The route and model id of `path`, where the messages route is at `messages`. Every play has a root."""
    models = messages.removesuffix("/messages") + "/models"
    found: tuple[Route, str | None] | None = None
    if path == "/":
        return "root", None
    if path == messages:
        found = "messages", None
    elif path == messages + "/count_tokens":
        found = "count_tokens", None
    elif path == models:
        found = "models", None
    elif path.startswith(models + "/"):
        found = "model", path.removeprefix(models + "/")
    return found if found and found[0] in offered else None
