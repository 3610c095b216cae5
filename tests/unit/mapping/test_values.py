"""Cutting text: whole characters, an ellipsis inside the limit, and recognising our own cut when it comes back."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.field_values import cut, is_cut_of, length

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@pytest.mark.parametrize(
    ("text", "limit", "written"),
    [
        ("abcdef", 4, "abc…"),
        ("abc def", 5, "abc…"),
        ("abcdef", 1, "…"),
        ("ab\U0001f600cd", 4, "ab…"),
        ("ab\U0001f600cd", 5, "ab\U0001f600…"),
        ("abe\u0301d", 4, "ab…"),
        ("a\U0001f44d\U0001f3fdb", 5, "a…"),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467 ok", 8, "…"),
    ],
)
def test_a_text_is_cut_in_whole_characters(text: str, limit: int, written: str) -> None:
    assert cut(text, limit) == written


@settings(deadline=None)
@given(TEXT, st.integers(1, 40))
def test_a_cut_text_fits_begins_like_the_original_and_is_recognised(text: str, limit: int) -> None:
    if length(text) <= limit:
        return
    short = cut(text, limit)
    assert length(short) <= limit
    assert text.startswith(short[:-1])
    rest = text[len(short) - 1 :].lstrip()
    assert not rest or short == "…" or not unicodedata.category(text[len(short) - 1]).startswith("M")
    assert is_cut_of(short, text) is (len(short) > 1 and len(text) > len(short))


def test_length_counts_as_the_databases_do() -> None:
    assert [length(text) for text in ("", "a", "é", "\U0001f600")] == [0, 1, 1, 2]


@pytest.mark.parametrize("value", [None, 5, "", "abc", "…", "abd…", "abc…"])
def test_what_is_not_a_beginning_of_the_original_is_not_our_cut(value: object) -> None:
    assert is_cut_of(value, "abcd") is False
    assert is_cut_of(value, "abcdef") is (value == "abc…")
