from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest

from shared.errors import EventNotUnderstood
from shared.events import DEEPEST, Rejected, first_moment, guid, header, members, moment, read_json, whole_number

SAMPLE = datetime(2017, 9, 26, 7, 4, 8, tzinfo=UTC)
ID = uuid.UUID("6d81597f-0f9f-e711-8122-000d3aa2331c")


@pytest.mark.parametrize(
    ("sent", "value"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b'  \r\n{"a": "\\/Date(1)\\/"}', {"a": "/Date(1)/"}),
        ('{"a": "søn"}'.encode(), {"a": "søn"}),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b"-9223372036854775808", -9223372036854775808),
        (b'"\\ud800"', "\ud800"),
    ],
)
def test_json_is_read_as_dynamics_writes_it(sent, value):
    assert read_json(sent) == value


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (b"", "the body is empty"),
        (b" \r\n", "the body is empty"),
        (b"{", "not JSON: Expecting property name enclosed in double quotes (line 1, column 2)"),
        (b'{"a": 1}}', "not JSON: Extra data (line 1, column 9)"),
        ('{"a": 1}'.encode("utf-16"), "the body is UTF-16, not UTF-8"),
        ('{"a": 1}'.encode("utf-16-be"), "the body is UTF-16-BE, not UTF-8"),
        ('{"a": 1}'.encode("utf-32"), "the body is UTF-32, not UTF-8"),
        (b'{"a": "\xff"}', "the body is not UTF-8"),
        (b'{"a": "\xed\xa0\x80"}', "the body is not UTF-8"),
        (b'{"a": NaN}', "NaN and Infinity are not JSON"),
        (b'{"a": -Infinity}', "NaN and Infinity are not JSON"),
        (b"1e999", "a number is too large"),
        (b"1" * 5000, "a number with too many digits"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested too deeply"),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), "nested too deeply"),
    ],
)
def test_what_is_not_json_is_refused_with_its_reason(sent, reason):
    with pytest.raises(EventNotUnderstood) as raised:
        read_json(sent)
    assert str(raised.value) == reason


def test_as_many_levels_as_are_allowed_are_read():
    assert read_json(b"[" * DEEPEST + b"]" * DEEPEST)


@pytest.mark.parametrize(
    ("written", "when"),
    [
        ("/Date(1506409448000)/", SAMPLE),
        ("/Date(1506409448000-0700)/", SAMPLE),
        ("/Date(1506409448000+0200)/", SAMPLE),
        ("2017-09-26T07:04:08.3440655Z", SAMPLE.replace(microsecond=344065)),
        ("2017-09-26T07:04:08", SAMPLE),
        ("2017-09-26T09:04:08+02:00", SAMPLE),
        ("1900-01-01T00:00:00Z", None),
        ("1900-01-01", None),
        ("/Date(-2208988800000)/", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("/Date(99999999999999999)/", None),
        ("/Date(" + "9" * 5000 + ")/", None),
        ("yesterday", None),
        ("", None),
        (1506409448000, None),
        (None, None),
    ],
)
def test_a_date_is_read_in_every_spelling_and_nothing_else_is_one(written, when):
    assert moment(written) == when


def test_the_first_value_that_is_a_date_counts():
    assert first_moment("1900-01-01T00:00:00Z", None, "/Date(1506409448000)/", "2030-01-01") == SAMPLE
    assert first_moment(None, "") is None


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (str(ID), ID), (str(ID).upper(), ID), (ID.hex, ID), (f"{{{ID}}}", ID), (f"({ID})", ID),
        (str(uuid.UUID(int=0)), None), (f"{ID}0", None), (str(ID)[:-1], None), ("", None), (7, None), (None, None),
        (ID.hex.replace("0", "\u0660"), None),
    ],
)  # fmt: skip
def test_a_guid_is_read_in_every_spelling_and_zeros_are_none(written, expected):
    assert guid(written) == expected


@pytest.mark.parametrize(("value", "number"), [(3, 3), (3.0, 3), (3.5, None), (True, None), ("3", None), (None, None)])
def test_only_whole_numbers_are_numbers(value, number):
    assert whole_number(value) == number


def test_members_are_found_in_any_letter_case_and_the_last_of_two_counts():
    assert members({"EventId": 1, "eventID": 2}) == {"eventid": 2}
    assert members(["EventId"]) == members(None) == {}


def test_a_header_is_found_in_any_letter_case():
    assert header({"Aeg-Event-Type": "Notification"}, "aeg-event-type") == "Notification"
    assert header({}, "aeg-event-type") is None


def test_what_was_rejected_is_not_shown_where_the_value_is_printed():
    assert "nina" not in repr(Rejected("no data", b"nina.holm@example.com"))
