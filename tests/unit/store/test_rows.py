"""Keys and cells of rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.models import ProspectKey
from shared.rows import escape, history_rows, index_rows, onboarding_of, row_of, time_text, unescape, utc
from tests.fakes.table_rules import stored
from tests.unit.store.builders import FULL, NOW, line, onboarding

ZONES = st.sampled_from([UTC, timezone(timedelta(hours=-7)), timezone(timedelta(hours=5, minutes=30))])
TIMES = st.datetimes(datetime(1602, 1, 1), datetime(9998, 1, 1), timezones=ZONES)
KEYS = st.builds(
    ProspectKey.of,
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5).filter(str.strip),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(str.strip),
)


@pytest.mark.parametrize(
    ("part", "escaped"),
    [
        ("P-000123", "P-000123"),
        ("a.b_c", "a.b_c"),
        ("A/B", "A=2FB"),
        ("%~\\#?", "=25=7E=5C=23=3F"),
        ("a=2Fb", "a=3D2Fb"),
        ("a'b c", "a=27b=20c"),
        ("\t\x7f\x85", "=09=7F=C2=85"),
        ("Ü漢😀", "Ü漢😀"),
        ("\ud800", "=ED=A0=80"),
        ("", ""),
    ],
)
def test_a_part_of_a_key_is_escaped(part: str, escaped: str) -> None:
    assert escape(part) == escaped
    assert unescape(escaped) == part


@given(st.text(st.characters()))
def test_every_part_comes_back_from_its_key(part: str) -> None:
    assert unescape(escape(part)) == part


@given(st.text(st.characters()))
def test_an_escaped_part_holds_nothing_that_separates_or_is_forbidden(part: str) -> None:
    assert not set(escape(part)) & {"%", "~", "/", "\\", "#", "?", "'", " ", *map(chr, range(32)), *map(chr, range(127, 160))}


@given(TIMES, TIMES)
def test_times_in_keys_sort_as_times(one: datetime, other: datetime) -> None:
    assert len(time_text(one)) == len("20260203T040506.000007Z")
    assert (time_text(one) < time_text(other)) == (one < other)


def test_a_time_without_a_zone_is_no_time() -> None:
    with pytest.raises(ValueError, match="zone"):
        time_text(datetime(2026, 1, 1))


def test_a_time_in_another_zone_is_the_same_moment() -> None:
    assert utc(NOW.astimezone(timezone(timedelta(hours=-7)))) == NOW
    assert time_text(NOW.astimezone(timezone(timedelta(hours=-7)))) == "20260203T040506.000007Z"


@given(KEYS, TIMES)
def test_an_onboarding_of_any_key_and_time_comes_back_from_its_row(key: ProspectKey, at: datetime) -> None:
    known = replace(FULL, key=key, stage_since=utc(at), created_at=utc(at))
    row = stored(row_of(known, index_rows(known), "t"))
    assert onboarding_of(row) == known


@given(KEYS)
def test_every_row_of_an_onboarding_is_one_that_azure_takes(key: ProspectKey) -> None:
    known = replace(FULL, key=key)
    rows = [row_of(known, index_rows(known), "t"), *index_rows(known).values(), *history_rows(key, [line("x")], "t")]
    assert all(stored(row)["RowKey"] for row in rows)


def test_what_is_none_or_empty_is_left_out() -> None:
    row = row_of(onboarding(), (), "t")
    assert None not in row.values() and "" not in row.values()
    assert {"lead_id", "due", "attentions", "claim_owner", "opportunities", "notes", "verdict"}.isdisjoint(row)
    assert (row["epoch"], row["customers_held"]) == (1, False)


def test_a_row_of_an_older_version_without_later_fields_is_read() -> None:
    row = row_of(onboarding(), (), "t")
    for later in ("table_operations", "customers_held", "index_rows"):
        row.pop(later)
    assert onboarding_of(row) == onboarding()
