"""What a mood is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from messages_conformance.reference.model.conversation import Conversation
from messages_conformance.reference.model.mind import Bend, Mind
from messages_conformance.reference.play import Play


@dataclass(frozen=True, slots=True)
class Mood:
    """One lawful way to be another model. A mood is a mind and nothing else, so that it cannot touch the wire."""

    id: str
    statement: str
    mind: Mind

    @property
    def play(self) -> Play:
        return Play(mind=lambda _, __: self.mind)


def of_words(name: str, statement: str, words: Bend[str]) -> Mood:
    """A mood that changes what the model says, and nothing that it does."""
    return Mood(name, statement, Mind(words=words))


def rewriting(change: Callable[[str], str]) -> Bend[str]:
    """Words that are changed alike, whatever was asked."""

    def bent(text: str, _: Conversation) -> str:
        return change(text)

    return bent


def saying(sentence: str) -> Bend[str]:
    """The same words always."""
    return rewriting(lambda _: sentence)
