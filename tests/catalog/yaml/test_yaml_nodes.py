from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from messages_conformance.catalog.yaml import nodes, parsing
from messages_conformance.errors import UserError

HERE = Path("file.yaml")


def value(text: str) -> Any:
    return nodes.parse(text, HERE).value


def complaints(text: str) -> list[tuple[int, str, str | None]]:
    with pytest.raises(UserError) as caught:
        nodes.parse(text, HERE)
    return [(p.where.line if p.where else 0, p.message, p.hint) for p in caught.value.problems]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2023-06-01", "2023-06-01"),
        ("2026-10-21T12:00:00Z", "2026-10-21T12:00:00Z"),
        ("no", "no"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("True", "True"),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("1:30", "1:30"),
        ("012", "012"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        (".inf", ".inf"),
        ("5", 5),
        ("-3", -3),
        ("0.28", 0.28),
        ("1e3", 1000.0),
        ("'5'", "5"),
        ('"true"', "true"),
        ("|\n  5\n", "5\n"),
    ],
)
def test_plain_words_are_read_by_json_rules(written: str, meant: object) -> None:
    got = value(f"key: {written}")["key"]

    assert (type(got), got) == (type(meant), meant)


def test_a_whole_number_keeps_all_its_digits() -> None:
    assert value("9" * 60) == int("9" * 60)


def test_every_key_and_item_has_its_line() -> None:
    document = nodes.parse("a:\n  b:\n    - 1\n    - c: 2\n      d:\n        3\n", HERE)

    lines = [
        document.where(*p).line for p in [("a",), ("a", "b"), ("a", "b", 0), ("a", "b", 1, "c"), ("a", "b", 1, "d")]
    ]
    assert lines == [1, 2, 3, 4, 5]


def test_a_place_that_is_not_there_has_the_line_of_what_is_around_it() -> None:
    document = nodes.parse("a:\n  b: 1\nc: 2\n", HERE)

    assert document.where("a", "x", "y").line == 1
    assert document.where("a", "b", "y").line == 2
    assert document.has("a", "b")
    assert not document.has("a", "x")


def test_an_alias_stands_where_it_is_used_and_its_inside_where_it_was_written() -> None:
    document = nodes.parse("one: &x\n  k: 1\ntwo: *x\n", HERE)

    assert document.value == {"one": {"k": 1}, "two": {"k": 1}}
    assert document.where("two").line == 3
    assert document.where("two", "k").line == 2


def test_merge_keys_yield_to_the_mapping_s_own_keys() -> None:
    text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*a, *b], x: 3}\nd: {x: 4, <<: *a}\n"

    assert value(text)["c"] == {"x": 3, "y": 1, "z": 2}
    assert value(text)["d"] == {"x": 4, "y": 1}


def test_all_duplicate_keys_are_reported_with_both_lines() -> None:
    assert complaints("a: 1\nb: {c: 1, c: 2}\na: 2\n") == [
        (2, "the key `c` is here twice", "it was first given in line 2"),
        (3, "the key `a` is here twice", "it was first given in line 1"),
    ]


def test_a_syntax_error_does_not_hide_the_duplicates_before_it() -> None:
    assert [line for line, _, _ in complaints("a: 1\na: 2\nb: [\n")] == [2, 4]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: [1, 2\nc: 3\n", 3, "not valid YAML"),
        ("a: !!python/object:os.system x\n", 1, "tag"),
        ("a: !secret x\n", 1, "tag"),
        ("a: 1\n---\nb: 2\n", 2, "second document"),
        ("1: a\n", 1, "the key `1` is not text"),
        ("a: 1\n? [b]\n: c\n", 2, "a key must be a plain text"),
        ("a: *nowhere\n", 1, "no finished anchor"),
        ("a: &a [*a]\n", 1, "no finished anchor"),
        ("a: 1\nb: " + "9" * 5000, 2, "too large"),
        ("a: 1e999\n", 1, "too large"),
        ("a: {<<: 5}\n", 1, "takes an alias of a mapping"),
        ("a: 1\nb: \x00\n", 2, "a character that it does not allow"),
        ("a: \ud800", 1, "a character that it does not allow"),
        ("[" * 100_000, 1, "nested more than"),
        ("- " * 100_000, 1, "nested more than"),
    ],
)
def test_what_is_not_strict_yaml_is_refused_in_place(text: str, line: int, words: str) -> None:
    ((at, message, _),) = complaints(text)

    assert at == line
    assert words in message


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("a:\n\t- b\n", "not with tabs"),
        ("a: b: c\n", "needs quotes"),
        ("a: @b\n", "needs quotes"),
        ("a:\n - b\n c: d\n", "same column"),
    ],
)
def test_common_slips_come_with_advice(text: str, advice: str) -> None:
    assert advice in str(complaints(text)[0][2])


def test_nested_aliases_cannot_blow_up() -> None:
    bomb = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    bomb += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 30)]

    assert "holds more than" in complaints("\n".join(bomb))[0][1]


def test_files_that_cannot_be_read_are_the_user_s_to_mend(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"a: 1\nb: \xe9\n")

    for path, words in [(tmp_path / "none.yaml", "No such file"), (tmp_path, "directory")]:
        with pytest.raises(UserError, match=words):
            nodes.read(path)
    with pytest.raises(UserError, match=r"latin\.yaml:2: is not UTF-8 text"):
        nodes.read(tmp_path / "latin.yaml")


def test_a_byte_order_mark_and_an_empty_file_are_fine(tmp_path: Path) -> None:
    (tmp_path / "bom.yaml").write_bytes(b"\xef\xbb\xbfa: 1\n")
    (tmp_path / "empty.yaml").write_bytes(b"# nothing\n")

    assert nodes.read(tmp_path / "bom.yaml").value == {"a": 1}
    assert nodes.read(tmp_path / "empty.yaml").value is None


def test_without_libyaml_the_same_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: [1, no, 2023-06-01, &x {b: 'c'}]\nd: *x\n"
    fast = value(text)
    monkeypatch.setattr(parsing, "_Loader", yaml.SafeLoader)

    assert value(text) == fast == {"a": [1, "no", "2023-06-01", {"b": "c"}], "d": {"b": "c"}}
    assert complaints("a: [")[0][0] == 1
    assert complaints("a: \x00")[0][0] == 1


words = st.text(
    st.characters(codec="utf-8", max_codepoint=0xFFFF)
)  # JSON escapes the rest as pairs, which YAML does not know
keys = words.filter(lambda word: len(word) < 100)  # YAML reads no key of more than 1,024 characters, escapes included
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_json_reads_as_itself(given_value: Any) -> None:
    assert value(json.dumps(given_value)) == given_value


yamlish = st.text(alphabet="ab01 \n\t:-?#&*!|>'\"%@`[]{},<=~.\\${}é\x85\u2028\ufeff\x00", max_size=60)


@given(st.text(alphabet=st.characters()) | yamlish | st.lists(yamlish).map("\n".join))
def test_any_text_gives_a_value_or_a_user_error(text: str) -> None:
    try:
        document = nodes.parse(text, HERE)
    except UserError as error:
        lines = len(re.split("[\n\r\x85\u2028\u2029]", text))  # what YAML takes for the end of a line
        assert all(p.where and 1 <= p.where.line <= lines + 1 for p in error.problems)  # noqa: PT017
    else:
        json.dumps(document.value)
