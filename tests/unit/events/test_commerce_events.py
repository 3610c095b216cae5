from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from shared.commerce_events import ValidationReply, parse
from shared.errors import EventNotUnderstood
from shared.events import Parsed
from shared.models import EventType, Hint
from tests.unit.events.payloads import body, content, names

NOW = datetime(2026, 1, 2, 10, 5, tzinfo=UTC)
BUSINESS_ID = "7D0C5A52-3C4B-4E0F-9C11-5A0E6C1B7A01"
SECOND_ID = "7D0C5A52-3C4B-4E0F-9C11-5A0E6C1B7A05"
DATA_ID = "7D0C5A52-3C4B-4E0F-9C11-5A0E6C1B7A03"
CREATED = datetime(2026, 1, 2, 10, 0, 0, 123456, UTC)
ROUNDED = datetime(2026, 1, 2, 10, 0, tzinfo=UTC)
DATA_CHANGED = datetime(2026, 1, 2, 10, 1, 0, 765432, UTC)
GRID_TIME = datetime(2026, 1, 2, 10, 0, 2, 171813, UTC)


def business(key="usmf.P-000123", state=None, source="business-event", event_id=BUSINESS_ID, at=CREATED) -> Hint:
    return Hint(
        type=EventType.PROSPECT_CREATED, key=key, state=state, source=source, event_id=event_id, occurred_at=at, first_seen=NOW
    )


def data(state="Pending", source="data-event", event_id=DATA_ID, at=DATA_CHANGED) -> Hint:
    return business("usmf.P-000124", state, source, event_id, at)


MADE_ID = "3f0e3d40-1b3f-4f7e-8d2e-000000000002:updated:00002a1b-0000-0000-0f00-005001000000"
HINTS = {
    "business-event": [business()],
    "business-event-other-letter-case": [business()],
    "business-event-contract-members": [business("0031.P-000123", "Pending", at=ROUNDED)],
    "business-event-no-time": [business("usrt.P-000123", "Approved", at=None)],
    "business-event-custom-id": [business()],
    "business-event-awkward-id": [business("usmf.EU~2F42~20~26~20S~C3~98N~3A7")],
    "data-event-created": [data()],
    "data-event-updated": [data("Approved")],
    "data-event-updated-other-column": [data(None)],
    "data-event-deleted": [data("deleted")],
    "data-event-other-letter-case": [data("Rejected", event_id=MADE_ID, at=datetime(2026, 1, 2, 10, 1, 1, tzinfo=UTC))],
    "eventgrid-object": [business(source="business-event/eventgrid")],
    "eventgrid-text": [business(source="business-event/eventgrid")],
    "eventgrid-without-own-id": [
        business(source="business-event/eventgrid", event_id="9a8b7c6d-0000-4000-8000-000000000001", at=GRID_TIME)
    ],
    "eventgrid-data-event": [data(source="data-event/eventgrid")],
    "cloudevents-object": [business(source="business-event/cloudevents")],
    "cloudevents-text": [business(source="business-event/cloudevents")],
    "cloudevents-data-event": [data("deleted", source="data-event/cloudevents")],
    "cloudevents-without-own-id": [
        business(source="business-event/cloudevents", event_id="9a8b7c6d-0000-4000-8000-000000000001", at=GRID_TIME)
    ],
    "cloudevents-batch": [
        business(source="business-event/cloudevents"),
        business("usmf.P-000125", source="business-event/cloudevents", event_id=SECOND_ID),
    ],
}
IGNORED = {
    "test-event": "test-event",
    "eventgrid-test-event": "test-event",
    "business-event-unused": "unused-event:ContosoCustomerChangedBusinessEvent",
    "business-event-custom-id-without-key": "unused-event:ContosoProspectListPrintedEvent",
    "business-event-not-b2b": "not-a-b2b-prospect",
    "data-event-not-b2b": "not-a-b2b-prospect",
    "data-event-other-entity": "unused-entity:mserp_custcustomergroupentity",
    "data-event-unused-message": "unused-message:OnExternalRetrieved",
}
NOT_UNDERSTOOD = {
    "business-event-without-prospect-id": "a prospect's event without a usable legal entity and ProspectId",
    "data-event-stripped": "a prospect's event without a usable legal entity and ProspectId",
    "eventgrid-text-inside-text": "the envelope's data is neither an object nor the JSON text of one",
}
ELSEWHERE = {"eventgrid-batch-with-a-bad-member", "eventgrid-validation"}


def encoded(value: object) -> bytes:
    return json.dumps(value).encode()


def changed(name: str, **members: object) -> bytes:
    return encoded(content("commerce", name) | members)


@pytest.mark.parametrize("name", HINTS)
def test_a_documented_prospect_event_becomes_exactly_this_hint(name):
    assert parse(body("commerce", name), {}, NOW) == Parsed(hints=tuple(HINTS[name]))


@pytest.mark.parametrize("name", IGNORED)
def test_what_is_not_for_us_is_ignored_with_its_reason(name):
    assert parse(body("commerce", name), {}, NOW) == Parsed(ignored=(IGNORED[name],))


@pytest.mark.parametrize("name", NOT_UNDERSTOOD)
def test_what_cannot_be_understood_says_why_and_repeats_nothing_of_the_body(name):
    with pytest.raises(EventNotUnderstood) as raised:
        parse(body("commerce", name), {}, NOW)
    assert str(raised.value) == NOT_UNDERSTOOD[name]


def test_every_payload_file_is_in_a_table():
    assert {*HINTS, *IGNORED, *NOT_UNDERSTOOD, *ELSEWHERE} == set(names("commerce"))


def test_a_bad_member_of_a_batch_is_set_aside_and_the_rest_is_taken():
    name = "eventgrid-batch-with-a-bad-member"
    parsed = parse(body("commerce", name), {}, NOW)
    sent = content("commerce", name)
    assert [hint.key for hint in parsed.hints] == ["usmf.P-000123", "usmf.P-000125"]
    assert parsed.ignored == ("unused-event:ContosoCustomerChangedBusinessEvent",)
    assert [json.loads(rejected.raw) for rejected in parsed.rejected] == [sent[1], sent[4]]
    assert [rejected.reason for rejected in parsed.rejected] == [
        "not JSON: Expecting value (line 1, column 21)",
        "a prospect's event without a usable legal entity and ProspectId",
    ]


@pytest.mark.parametrize("member", [None, 7, "text", [], {}, {"eventType": "x"}, {"specversion": "1.0", "data": []}])
def test_a_member_that_is_no_event_never_harms_its_neighbour(member):
    parsed = parse(encoded([member, content("commerce", "business-event")]), {}, NOW)
    assert parsed.hints == (business(),)
    assert [json.loads(rejected.raw) for rejected in parsed.rejected] == [member]


def test_a_batch_of_which_nothing_is_understood_is_not_understood():
    with pytest.raises(EventNotUnderstood):
        parse(b"[{}, 1, null]", {}, NOW)


def test_an_empty_batch_is_valid_and_says_nothing():
    assert parse(b"[]", {}, NOW) == Parsed(ignored=("empty-batch",))


@pytest.mark.parametrize(
    "headers", [{}, {"aeg-event-type": "SubscriptionValidation"}, {"AEG-Event-Type": "SUBSCRIPTIONVALIDATION"}]
)
def test_the_subscription_handshake_gives_back_the_code(headers):
    reply = parse(body("commerce", "eventgrid-validation"), headers, NOW)
    assert reply == ValidationReply("0c1d2e3f-0000-4000-8000-00000000000a")


@pytest.mark.parametrize("data", [{}, {"validationCode": 7}, {"validationCode": "<script>"}, None])
def test_a_handshake_without_a_usable_code_is_not_understood(data):
    [event] = content("commerce", "eventgrid-validation")
    with pytest.raises(EventNotUnderstood):
        parse(encoded([event | {"data": data}]), {}, NOW)


def test_a_handshake_hidden_in_a_batch_is_not_answered():
    parsed = parse(encoded([*content("commerce", "eventgrid-validation"), content("commerce", "business-event")]), {}, NOW)
    assert isinstance(parsed, Parsed) and len(parsed.hints) == len(parsed.rejected) == 1


def test_the_end_of_a_subscription_is_ignored_whatever_its_body_says():
    parsed = parse(body("commerce", "eventgrid-object"), {"Aeg-Event-Type": "SubscriptionDeletion"}, NOW)
    assert parsed == Parsed(ignored=("subscription-deleted",))


def test_the_grid_header_of_an_ordinary_event_changes_nothing():
    parsed = parse(body("commerce", "eventgrid-object"), {"aeg-event-type": "Notification"}, NOW)
    assert parsed == Parsed(hints=tuple(HINTS["eventgrid-object"]))


@pytest.mark.parametrize(
    ("said", "state"),
    [
        (0, "Pending"), (1, "Approved"), (2, "Rejected"), (3, "Unknown"), (192350000, "Pending"), (192350002, "Rejected"),
        ({"Value": 192350001}, "Approved"), ("APPROVED", "Approved"), ("Pending ", "Pending"),
        (4, None), (-1, None), (192350009, None), ("Archived", None),
        (True, None), (None, None), ({"Value": None}, None), ([], None),
    ],
)  # fmt: skip
def test_the_status_is_told_by_symbol_or_number_and_a_strange_one_is_not_told(said, state):
    parsed = parse(changed("business-event", B2BProspectStatus=said), {}, NOW)
    assert parsed == Parsed(hints=(business(state=state),))


@pytest.mark.parametrize("said", [False, 0, 192350000, "No", "no", "false", {"Value": 0}])
def test_a_prospect_that_says_it_is_not_b2b_is_ignored(said):
    assert parse(changed("business-event", IsB2BProspect=said), {}, NOW) == Parsed(ignored=("not-a-b2b-prospect",))


@pytest.mark.parametrize("said", [True, 1, 192350001, "Yes", None, "", {"Value": None}])
def test_a_prospect_that_does_not_say_so_is_kept(said):
    assert parse(changed("business-event", IsB2BProspect=said), {}, NOW) == Parsed(hints=(business(),))


@pytest.mark.parametrize(
    "broken",
    [
        {"ProspectId": None}, {"ProspectId": 123}, {"ProspectId": "x" * 61},
        {"ProspectId": "\ud800"}, {"ProspectId": "\u20ac" * 60},
        {"BusinessEventLegalEntity": ""}, {"BusinessEventLegalEntity": None}, {"BusinessEventLegalEntity": "more than ten"},
    ],
)  # fmt: skip
def test_a_prospect_event_without_a_usable_key_is_not_understood(broken):
    with pytest.raises(EventNotUnderstood, match="without a usable legal entity and ProspectId"):
        parse(changed("business-event", **broken), {}, NOW)


@pytest.mark.parametrize("event_id", ["nina holm", "nina.holm@example.com", "", 7, None, "x" * 121, "a\nb"])
def test_an_event_id_that_is_no_id_is_left_out(event_id):
    assert parse(changed("business-event", EventId=event_id), {}, NOW) == Parsed(hints=(business(event_id=""),))


def test_a_strange_name_is_not_repeated_in_a_reason():
    parsed = parse(changed("business-event-unused", BusinessEventId="mail nina.holm@example.com"), {}, NOW)
    assert parsed == Parsed(ignored=("unused-event:?",))


def test_of_two_statuses_the_one_after_the_change_counts():
    event = content("commerce", "data-event-updated")
    event["PreEntityImages"] = [{"key": "before", "value": event["InputParameters"][1]["value"]}]
    assert parse(encoded(event), {}, NOW) == Parsed(hints=(data("Approved"),))


@pytest.mark.parametrize(
    ("message", "change", "state"),
    [
        ("OnExternalCreated", "created", "Pending"), ("Create", "created", "Pending"),
        ("onexternalupdated", "updated", "Pending"), ("Update", "updated", "Pending"),
        ("OnExternalDeleted", "deleted", "deleted"), ("DELETE", "deleted", "deleted"),
    ],
)  # fmt: skip
def test_a_data_event_without_an_id_gets_one_from_its_operation_change_and_record(message, change, state):
    parsed = parse(changed("data-event-created", MessageName=message, EventId=None), {}, NOW)
    assert parsed == Parsed(hints=(data(state, event_id=MADE_ID.replace("updated", change)),))


def test_a_data_event_may_name_its_table_in_the_target_only():
    assert parse(changed("data-event-created", PrimaryEntityName=None), {}, NOW) == Parsed(hints=(data(),))
    event = content("commerce", "data-event-created")
    del event["PrimaryEntityName"]
    assert parse(encoded(event), {}, NOW) == Parsed(hints=(data(),))


@pytest.mark.parametrize("member", ["eventType", "specversion"])
def test_a_business_event_may_have_members_with_the_names_of_an_envelopes(member):
    assert parse(changed("business-event", **{member: "x", "data": "y"}), {}, NOW) == Parsed(hints=(business(),))
