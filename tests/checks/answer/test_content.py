from __future__ import annotations

from typing import Any

from messages_conformance.checks.answer.content import Content

TEXT = {"type": "text", "text": "Hel"}
CALL = {"type": "tool_use", "id": "toolu_1"}
BLOCKS: list[Any] = [TEXT, None, CALL, {}, {"text": "?"}, [TEXT], {"type": ["text"]}, {"type": "text", "text": 1}, TEXT]


def test_blocks_are_found_by_type_with_their_places() -> None:
    content = Content(BLOCKS)
    assert content.types == {"text", "tool_use"}
    assert content.of("text") == [(0, TEXT), (7, BLOCKS[7]), (8, TEXT)]
    assert content.of("thinking") == []


def test_several_types_stay_in_their_order() -> None:
    assert [at for at, _ in Content(BLOCKS).of("tool_use", "text", "thinking")] == [0, 2, 7, 8]


def test_text_is_joined_from_text_blocks_alone() -> None:
    assert Content(BLOCKS).text == "HelHel"


def test_what_is_no_object_or_has_no_member_is_placed_nowhere() -> None:
    content = Content(BLOCKS)
    assert [at for at, _ in content.placed] == [0, 2, 4, 6, 7, 8]
    assert len(content.objects) == len(content.placed) + 1
    assert content.all == BLOCKS
