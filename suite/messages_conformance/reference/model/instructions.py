"""What the reference's model understands: one rule per kind of request, tried in order.

The table in docs/architecture.md ("Reference") is the promise that the rules keep. A rule is a pattern searched in the
last user turn, and a function from the match to the answer; a function that returns None passes on to the next rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import cycle, islice

from messages_conformance.reference.model import numerals
from messages_conformance.reference.model.conversation import Conversation

Answer = Callable[[re.Match[str], Conversation], str | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """`standing` rules also hold when the system text gives them."""

    pattern: re.Pattern[str]
    answer: Answer
    standing: bool = False


FALLBACK = "Hello! I am glad to help. Tell me what you would like to know, and I will do my best."

_PROSE = (
    "the morning light fell on a quiet harbour where small boats waited for the tide and an old keeper climbed the "
    "stairs of the tower to look over the water as he had done every day since he was young counting the sails"
)

_CAPITALS = {"france": "Paris", "germany": "Berlin", "italy": "Rome", "japan": "Tokyo", "spain": "Madrid"}

_CODE_WORD = re.compile(
    r"\bcode ?words?\b(?:(?!\bcode ?word)[^.:?!\n]){0,60}?(?:\b(?:is|are)\b:?|:)\s*[\"'“‘*`]*([\w-]+)", re.IGNORECASE
)
_STOP_WORDS = "and in for please to then now so you that with only just what which the a there they"
_NO_CODE_WORD = frozenset(_STOP_WORDS.split())


def answer(conversation: Conversation) -> str:
    """The text that the model says when it calls no tool."""
    for rule in RULES:
        texts = (conversation.system, conversation.last.text) if rule.standing else (conversation.last.text,)
        for text in texts:
            match = rule.pattern.search(text)
            said = rule.answer(match, conversation) if match else None
            if said is not None:
                return said
    return FALLBACK


def code_words(texts: Iterable[str]) -> list[str]:
    """Every code word that the texts give away, in order, each once."""
    found = (word for text in texts for word in _CODE_WORD.findall(text))
    return list(dict.fromkeys(word for word in found if word.lower() not in _NO_CODE_WORD))


# --- one function per rule --------------------------------------------------------------------------------------------


def _after_colon(match: re.Match[str], _: Conversation) -> str:
    return _unwrapped(match["said"])


def _word(match: re.Match[str], _: Conversation) -> str:
    return _unwrapped(match["said"]).rstrip(".!?,;")


def _repeat(match: re.Match[str], _: Conversation) -> str:
    times = numerals.value(match["times"]) if match["times"] else 1
    return " ".join([_unwrapped(match["said"])] * (times or 1))


def _unwrapped(text: str) -> str:
    """`text` without the quotes around it, and without a closing "and nothing else"."""
    bare = re.sub(r",?\s*(?:and|with) nothing else\.?\s*$", "", text.strip())
    quoted = re.match(r"([\"'“‘`])(.+?)[\"'”’`]", bare, re.DOTALL)
    return quoted[2] if quoted and (quoted[1] != "'" or bare.rstrip(".").endswith("'")) else bare


def _code_words(_: re.Match[str], conversation: Conversation) -> str | None:
    found = code_words(conversation.everything)
    return ", ".join(found) if found else None


def _count(match: re.Match[str], conversation: Conversation) -> str | None:
    first, last = numerals.value(match["first"] or "1"), numerals.value(match["last"])
    if first is None or last is None:
        return None
    text = conversation.last.text
    if re.search(r"\bbackwards?\b", text) and first < last:
        first, last = last, first
    step = 1 if last >= first else -1
    numbers = range(first, last + step, step)
    in_words = re.search(r"\b(?:in|as|using) (?:english )?words\b|\bwords, not digits\b|\bspell", text, re.IGNORECASE)
    return _separator(text).join(numerals.in_words(n) if in_words else str(n) for n in numbers)


def _separator(text: str) -> str:
    named = {"space": " ", "newline": "\n", "new line": "\n", "dash": "-", "hyphen": "-", "semicolon": "; "}
    found = re.search(r"separated by (?:single |a )?(?P<name>\w+(?: line)?)", text, re.IGNORECASE)
    if re.search(r"one (?:number )?per line|each on (?:a|its own) (?:new )?line", text, re.IGNORECASE):
        return "\n"
    return named.get(found["name"].lower().rstrip("s"), ", ") if found else ", "


def _recall(match: re.Match[str], conversation: Conversation) -> str | None:
    thing = match["thing"] or "name"
    stated = re.compile(rf"\bmy {re.escape(thing)} is ([^.,!?\n]+)", re.IGNORECASE)
    found = [fact for text in conversation.everything for fact in stated.findall(text)]
    return f"Your {thing} is {found[-1].strip()}." if found else None


def _prose(match: re.Match[str], _: Conversation) -> str | None:
    words = numerals.value(match["words"]) if match["words"] else 180
    return _sentences(words) if words else None


def _sentences(words: int) -> str:
    said = list(islice(cycle(_PROSE.split()), words))
    for start in range(0, words, 12):
        said[start] = said[start].capitalize()
        end = min(start + 11, words - 1)
        said[end] += "."
    return " ".join(said)


def _arithmetic(match: re.Match[str], _: Conversation) -> str | None:
    a, b = (int(match[side].replace(",", "")) for side in ("a", "b"))
    match match["op"].lower():
        case "+" | "plus":
            return str(a + b)
        case "-" | "−" | "minus":
            return str(a - b)
        case "*" | "x" | "×" | "times" | "multiplied by":
            return str(a * b)
        case _:
            return f"{a / b:g}" if b else "A number cannot be divided by zero."


def _weeks(match: re.Match[str], _: Conversation) -> str:
    return f"{int(match['days']) / 7:g}"


def _capital(match: re.Match[str], _: Conversation) -> str | None:
    return _CAPITALS.get(match["country"].lower())


def _colour(_: re.Match[str], conversation: Conversation) -> str | None:
    colours = conversation.last.colours
    return ", ".join(colours) if colours else None


def _tool_failed(_: re.Match[str], conversation: Conversation) -> str | None:
    results = conversation.last.results
    return ("Yes" if any(result.is_error for result in results) else "No") if results else None


def _colours_and_code_words(match: re.Match[str], conversation: Conversation) -> str | None:
    found = [said for said in (_colour(match, conversation), _code_words(match, conversation)) if said]
    return ", ".join(found) or None


def _rule(pattern: str, says: Answer, *, standing: bool = False) -> Rule:
    return Rule(re.compile(pattern, re.IGNORECASE), says, standing)


_REPLY = r"\b(?:reply|respond|answer)\b"
_ASKS = r"(?:what|which|tell|list|give|say|repeat|name|state|reply|respond|answer|recall|remember)"
_QUOTED = r"(?P<said>\"[^\"\n]+\"|“[^”\n]+”|`[^`\n]+`|'[^'\n]+'(?!\w))"

RULES = (
    _rule(r"\bdid (?:the|that|any|this) (?:tool|call)\b[^.\n]*\bfail", _tool_failed),
    _rule(
        rf"{_REPLY}[^.:\n]*\b(?:exactly|only|just|precisely|verbatim|one word|the following)\b[^.:\n]*:"
        r"\s*(?P<said>\S[^\n]*)",
        _after_colon,
        standing=True,
    ),
    _rule(rf"{_REPLY} (?:with|using)\b[^.:\n\"]*?{_QUOTED}", _after_colon, standing=True),
    _rule(rf"{_REPLY}[^.:\n]*\bthe (?:single |one )?word:? (?P<said>[^\s.,!?]+)", _word, standing=True),
    _rule(r"\bcolou?rs\b[^.\n]*\bcode ?words?\b", _colours_and_code_words),
    _rule(rf"{_ASKS}\b[^.\n]*\bcode ?words?\b|\bcode ?words?\b[^.\n]*\?", _code_words),
    _rule(r"\brepeat\b[^:\n]*?(?:\b(?P<times>\w+) times\b[^:\n]*)?:\s*(?P<said>\S[\s\S]*)", _repeat),
    _rule(rf"\brepeat\b[^.:\n\"]*?{_QUOTED}(?:,? (?P<times>\w+) times)?", _repeat),
    _rule(r"\brepeat the word (?P<said>[^\s.,!?]+)(?:,? (?P<times>\w+) times)?", _repeat),
    _rule(
        r"\b(?:count|numbers?|integers?)\b[^.\n]*?\b(?:from (?P<first>[\w-]+) )?(?:up |down )?"
        r"(?:to|through|until) (?P<last>[\w-]+)",
        _count,
    ),
    _rule(r"\bsay(?: exactly| only| just)?(?: the (?:single |one )?word)?:? (?P<said>[^.!?\n]+)", _word),
    _rule(r"\bwhat(?:'s|’s| is| was)? my (?P<thing>[\w ]+?)\s*[?.]|\bwho am i(?P<_thing>)\b", _recall),
    _rule(r"\b(?:write|compose|tell|give|generate)\b[^.\n]*?\b(?P<words>\d+|\w+)[- ]words?\b", _prose),
    _rule(
        r"\b(?:write|compose|tell|describe|explain)\b[^.\n]*\b(?P<_long>long|story|essay|detail\w*|poem|paragraphs?)\b(?P<words>)",
        _prose,
    ),
    _rule(
        r"(?P<a>\d[\d,]*)\s*(?P<op>[-+*/×÷−]|x|plus|minus|times|multiplied by|divided by)\s*(?P<b>\d[\d,]*)",
        _arithmetic,
    ),
    _rule(r"\bhow many weeks\b[^.\n]*?\b(?P<days>\d+) days\b", _weeks),
    _rule(r"\bcapital(?: city)? of (?P<country>\w+)", _capital),
    _rule(r"\bcolou?rs?\b", _colour),
)
