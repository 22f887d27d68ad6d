"""Moods of words: the right thing said otherwise, the wrong thing, or nothing to the point."""

from __future__ import annotations

import re

from messages_conformance.reference.model import instructions, numerals
from messages_conformance.reference.model.conversation import Conversation, Said
from messages_conformance.reference.model.mind import Intent, Mind
from messages_conformance.reference.moods.base import Mood, of_words, rewriting, saying
from messages_conformance.reference.tools.hints import Hints

_WORD = re.compile(r"[^\W\d_]{4,}")
_NAME = re.compile(r"\b[A-Z][\w-]*")
_CODE = re.compile(r"\b[A-Z][A-Z-]{2,}\b")
_DIGITS = re.compile(r"\b\d+\b")

_BABBLE = (
    "and then there is more to say of it because one thing leads to another and the other leads back to the first so "
    "that nothing is ever quite done"
)
_FOREIGN_NAMES = {
    **{"Paris": "Parigi", "London": "Londra", "Berlin": "Berlino", "Tokyo": "東京", "Rome": "Рим", "Munich": "München"},
    **{"red": "rosso", "green": "verde", "blue": "blu", "yellow": "giallo", "Yes": "Sì", "No": "Não"},
}
_ACCENTS = str.maketrans("AEOUaeou", "ÀÉÖÜàéöü")


def _misspelled(text: str) -> str:
    """Every longer word with its last two letters the wrong way round, as small models spell rare words."""
    return _WORD.sub(lambda found: found[0][:-2] + found[0][-1] + found[0][-2], text)


def _misspelled_hints(hints: Hints, _: Conversation) -> Hints:
    return hints.spoken(_misspelled)


def _half(text: str) -> str:
    words = text.split(" ")
    return " ".join(words[: max(1, len(words) // 2)])


def _half_of_the_calls(intent: Intent, _: Conversation) -> Intent:
    return intent.but(calls=intent.calls[: (len(intent.calls) + 1) // 2])


def _between(text: str) -> str:
    return f"Sure, I can help with that! Here you are:\n\n{text}\n\nLet me know if you need anything else."


def _translated(text: str) -> str:
    """Names as another language has them: those that have one, and accents on all others."""
    for name, foreign in _FOREIGN_NAMES.items():
        text = re.sub(rf"\b{name}\b", foreign, text)
    return _NAME.sub(lambda found: found[0].translate(_ACCENTS), text)


def _translated_hints(hints: Hints, _: Conversation) -> Hints:
    return hints.spoken(_translated)


def _cited_no_more(intent: Intent, _: Conversation) -> Intent:
    return intent.but(calls=(), searches=False, remote=False, cites=False)


def _uncited(intent: Intent, _: Conversation) -> Intent:
    return intent.but(cites=False)


def _babbled(text: str) -> str:
    return f"{text} {' '.join([_BABBLE] * 40)}"


def _question(text: str, heard: Conversation) -> str:
    return heard.last.text.strip() or text


def _paraphrased(text: str) -> str:
    return _CODE.sub(lambda found: f"a word of {len(found[0])} letters from {found[0][0]} to {found[0][-1]}", text)


def _in_words(text: str) -> str:
    return _DIGITS.sub(lambda found: numerals.in_words(int(found[0])) if len(found[0]) < 4 else found[0], text)


def _in_digits(text: str) -> str:
    def digits(found: re.Match[str]) -> str:
        number = numerals.value(found[0])
        return found[0] if number is None else str(number)

    return re.sub(r"\b[a-z]+(?:-[a-z]+)?\b", digits, text, flags=re.IGNORECASE)


def _listed(text: str) -> str:
    points = [point.strip() for point in re.split(r"(?:, |\n|(?<=[.!?]) )", text)]
    return "\n".join(f"- {point}" for point in points if point)


def _mixed(text: str) -> str:
    words = text.split(" ")
    return " ".join(f"{word} 也就是" if number % 3 == 0 else word for number, word in enumerate(words))


def _spelled_out(text: str) -> str:
    return _WORD.sub(lambda found: "-".join(found[0]), text)


def _marked_up(text: str) -> str:
    return f"## Answer\n\n**{text}**\n\n```text\n{text}\n```"


def _with_pictures(text: str) -> str:
    return f"👩‍👩‍👧 {text.replace(' ', ' 🏳️‍🌈 ', 3)} — “voilà” שלום 👍🏽"


def _forgotten(_: str, heard: Conversation) -> str:
    """What a model says that read nothing but the words of the last turn."""
    last = [block for block in heard.last.blocks if block["type"] == "text"]
    said = "\n".join(block["text"] for block in last)
    alone = Said("user", tuple(last), said, (), ())
    return instructions.answer(Conversation("", (alone,), None))


def _silent(text: str, heard: Conversation) -> str:
    return "" if heard.last.results else text


_SORRY = "I am sorry, but I cannot help with this request. Is there anything else that I can do for you?"
_UNSURE = "I am not sure. I do not have enough information to answer that."
_GERMAN = "Grüß Gott! Dazu möchte ich nur auf Deutsch etwas sagen, und zwar in aller Kürze: Es geht mir gut."

MOODS = (
    Mood(
        "misspells",
        "Swaps the last letters of every longer word, also where it fills in arguments",
        Mind(words=rewriting(_misspelled), hints=_misspelled_hints),
    ),
    Mood(
        "halves",
        "Says the first half of what is due, and makes the first half of the calls",
        Mind(words=rewriting(_half), intent=_half_of_the_calls),
    ),
    of_words("chatters", "Puts the answer between chatter", rewriting(_between)),
    of_words("changes-case", "Turns capitals into small letters and small ones into capitals", rewriting(str.swapcase)),
    of_words("other-language", "Answers in another language, and not to the point", saying(_GERMAN)),
    Mood(
        "translates-names",
        "Says names as other languages have them, also where it fills in arguments",
        Mind(words=rewriting(_translated), hints=_translated_hints),
    ),
    Mood("declines", "Refuses politely in words, and does nothing", Mind(words=saying(_SORRY), intent=_cited_no_more)),
    Mood("does-not-know", "Knows nothing, and looks nothing up", Mind(words=saying(_UNSURE), intent=_cited_no_more)),
    of_words("babbles", "Goes on and on after the answer, in most requests until max_tokens", rewriting(_babbled)),
    of_words("dot", "Says one dot", saying(".")),
    of_words("echoes", "Repeats the question instead of answering it", _question),
    of_words("paraphrases", "Describes code words instead of saying them", rewriting(_paraphrased)),
    of_words("counts-in-words", "Writes every number in words", rewriting(_in_words)),
    of_words("counts-in-digits", "Writes every number in digits", rewriting(_in_digits)),
    of_words("lists", "Puts everything into a list", rewriting(_listed)),
    of_words("mixes-languages", "Mixes words of another language in", rewriting(_mixed)),
    of_words("spells-out", "Spells every longer word out, letter by letter", rewriting(_spelled_out)),
    of_words("marks-up", "Says it in bold, and once more in a block of code", rewriting(_marked_up)),
    of_words("says-twice", "Says everything twice", rewriting(lambda text: f"{text} {text}")),
    of_words("pads", "Begins and ends with empty lines", rewriting(lambda text: f"\n\n  {text}\n\n")),
    of_words("decorates", "Adds emoji of several code points and right-to-left text", rewriting(_with_pictures)),
    Mood(
        "forgets",
        "Reads only the words of the last turn: no system text, no earlier turn, no result, no file",
        Mind(words=_forgotten, intent=_uncited),
    ),
    of_words("silent-after-results", "Ends its turn without any text once a tool has answered", _silent),
)
