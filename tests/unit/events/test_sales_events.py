from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime

import pytest

from shared.errors import EventNotUnderstood
from shared.events import Parsed
from shared.models import EventType, Hint
from shared.sales_events import parse
from tests.unit.events.payloads import body, content, names

NOW = datetime(2026, 1, 3, 10, 5, tzinfo=UTC)
MODIFIED = datetime(2026, 1, 3, 9, 59, 50, tzinfo=UTC)
QUEUED = datetime(2026, 1, 3, 10, 0, tzinfo=UTC)
COLUMN = "b2b_prospectkey"
KEY = "usmf.P-000123"
LEAD = uuid.UUID("11aa22bb-0000-4000-8000-0000000000a1")
MERGED_LEAD = uuid.UUID("11aa22bb-0000-4000-8000-0000000000a2")
OPPORTUNITY = uuid.UUID("22bb33cc-0000-4000-8000-0000000000b1")
OPERATION = "33cc44dd-0000-4000-8000-0000000000c1"
ORGANIZATION = "44dd55ee-0000-4000-8000-0000000000d1"
SIZE_EXCEEDED = {"X-MS-Dynamics-Msg-Size-Exceeded": "true"}


def lead(message, state, *, key=None, at=MODIFIED, lead_id=LEAD) -> Hint:
    return Hint(
        type=EventType.LEAD_QUALIFIED if state == "qualified" else EventType.LEAD_DISQUALIFIED,
        key=key, lead_id=lead_id, state=state, source=message, occurred_at=at, first_seen=NOW,
        event_id=f"{OPERATION}:{message}:{lead_id}",
    )  # fmt: skip


def opportunity(message, state, *, lead_id=None, at=MODIFIED) -> Hint:
    return Hint(
        type=EventType.LEAD_QUALIFIED if message == "Create" else EventType.OPPORTUNITY_CLOSED,
        lead_id=lead_id, opportunity_id=OPPORTUNITY, state=state, source=message, occurred_at=at, first_seen=NOW,
        event_id=f"{OPERATION}:{message}:{OPPORTUNITY}",
    )  # fmt: skip


HINTS = {
    "qualify-lead": [lead("QualifyLead", "qualified", at=QUEUED)],
    "qualify-lead-id-in-parameter-only": [lead("QualifyLead", "qualified", at=QUEUED)],
    "lead-update-disqualified": [lead("Update", "disqualified")],
    "lead-update-qualified": [lead("Update", "qualified")],
    "lead-update-reactivated": [lead("Update", "open")],
    "lead-update-unknown-state": [lead("Update", None)],
    "lead-update-status-only": [lead("Update", None)],
    "lead-update-status-only-with-image": [lead("Update", "disqualified", key=KEY, at=QUEUED)],
    "lead-update-ours-by-image": [lead("Update", "disqualified", key=KEY)],
    "lead-update-ours-by-awkward-key": [lead("Update", "disqualified", key="usmf.EU~2F42")],
    "lead-update-malformed-key": [lead("Update", "disqualified")],
    "lead-update-platform-image-only": [lead("Update", "disqualified")],
    "lead-update-target-reference": [lead("Update", None, at=QUEUED)],
    "lead-update-without-type": [lead("Update", "disqualified", at=QUEUED)],
    "lead-update-stripped": [lead("Update", None, at=QUEUED)],
    "lead-update-other-letter-case": [lead("Update", "disqualified", key=KEY)],
    "lead-set-state": [lead("SetState", "disqualified", key=KEY, at=QUEUED)],
    "lead-delete": [lead("Delete", "deleted", key=KEY, at=QUEUED)],
    "lead-merge-both-ours": [
        lead("Merge", None, key=KEY, at=QUEUED),
        lead("Merge", "merged", at=QUEUED, lead_id=MERGED_LEAD),
    ],
    "opportunity-create": [opportunity("Create", "open", lead_id=LEAD)],
    "opportunity-create-lead-in-image": [opportunity("Create", "open", lead_id=LEAD)],
    "opportunity-create-stripped": [opportunity("Create", "open", at=QUEUED)],
    "opportunity-update-won": [opportunity("Update", "won")],
    "opportunity-update-lost": [opportunity("Update", "lost", lead_id=LEAD)],
    "opportunity-update-reopened": [opportunity("Update", "open")],
    "opportunity-update-stripped": [opportunity("Update", None, at=QUEUED)],
    "opportunity-set-state": [opportunity("SetState", "lost", at=QUEUED)],
    "opportunity-win": [opportunity("Win", "won", at=QUEUED)],
    "opportunity-win-opportunity": [opportunity("WinOpportunity", "won", at=QUEUED)],
    "opportunity-win-stripped": [opportunity("Win", "won", at=QUEUED)],
    "opportunity-lose": [opportunity("Lose", "lost", at=QUEUED)],
    "opportunity-lose-opportunity": [opportunity("LoseOpportunity", "lost", at=QUEUED)],
    "opportunity-delete": [opportunity("Delete", "deleted", lead_id=LEAD, at=QUEUED)],
}
IGNORED = {
    "lead-update-no-state": "no-state",
    "lead-update-not-ours": "not-ours",
    "lead-delete-not-ours": "not-ours",
    "lead-assign": "unused-message:Assign",
    "opportunity-create-without-lead": "no-originating-lead",
    "opportunity-update-no-state": "no-state",
    "opportunity-update-not-ours": "no-originating-lead",
    "contact-update": "unused-entity:contact",
}
ELSEWHERE = {"lead-merge", "lead-qualify-without-id"}


def encoded(value: object) -> bytes:
    return json.dumps(value).encode()


def changed(name: str, **members: object) -> bytes:
    return encoded(content("sales", name) | members)


@pytest.mark.parametrize("name", HINTS)
def test_a_documented_event_becomes_exactly_these_hints(name):
    assert parse(body("sales", name), {}, COLUMN, NOW) == Parsed(hints=tuple(HINTS[name]), organization_id=ORGANIZATION)


@pytest.mark.parametrize("name", IGNORED)
def test_what_is_proven_not_to_be_for_us_is_ignored_with_its_reason(name):
    assert parse(body("sales", name), {}, COLUMN, NOW) == Parsed(ignored=(IGNORED[name],), organization_id=ORGANIZATION)


def test_every_payload_file_is_in_a_table():
    assert {*HINTS, *IGNORED, *ELSEWHERE} == set(names("sales"))


def test_a_merge_of_a_stranger_still_tells_of_the_lead_that_was_merged_into_it():
    parsed = parse(body("sales", "lead-merge"), {}, COLUMN, NOW)
    assert parsed.ignored == ("not-ours",)
    assert parsed.hints == (lead("Merge", "merged", at=QUEUED, lead_id=MERGED_LEAD),)


def test_an_event_without_the_records_id_is_not_understood():
    with pytest.raises(EventNotUnderstood, match="an event of a lead without the record's id"):
        parse(body("sales", "lead-qualify-without-id"), {}, COLUMN, NOW)


@pytest.mark.parametrize(
    "sent", [b"[]", b"{}", b"7", b'"text"', b"null", b'{"MessageName": "Update"}', b'{"PrimaryEntityName": "lead"}']
)
def test_a_body_that_is_no_context_is_not_understood(sent):
    with pytest.raises(EventNotUnderstood, match="needs a MessageName and a PrimaryEntityName"):
        parse(sent, {}, COLUMN, NOW)


@pytest.mark.parametrize("name", ["lead-update-no-state", "lead-update-not-ours", "opportunity-create-without-lead"])
def test_nothing_is_concluded_from_what_is_missing_once_the_platform_said_that_it_left_things_out(name):
    parsed = parse(body("sales", name), SIZE_EXCEEDED, COLUMN, NOW)
    assert len(parsed.hints) == 1 and not parsed.ignored


def test_images_and_parameters_are_found_wherever_they_stand_in_their_lists():
    event = content("sales", "lead-update-ours-by-image")
    event["PostEntityImages"].reverse()
    event["InputParameters"] = [{"key": "ConcurrencyBehavior", "value": 0}, *event["InputParameters"]]
    event["InputParameters"][1]["value"]["Attributes"].reverse()
    assert parse(encoded(event), {}, COLUMN, NOW).hints == (lead("Update", "disqualified", key=KEY),)


def test_an_image_of_before_the_change_never_tells_the_state():
    event = content("sales", "lead-update-status-only")
    event["PreEntityImages"] = content("sales", "lead-update-ours-by-image")["PreEntityImages"]
    assert parse(encoded(event), {}, COLUMN, NOW).hints == (lead("Update", None, key=KEY),)


def test_an_image_of_another_table_or_without_columns_proves_nothing():
    event = content("sales", "lead-update-disqualified")
    event["PostEntityImages"] = [
        {"key": "a", "value": {"LogicalName": "contact", "Attributes": [{"key": "contactid", "value": str(LEAD)}]}},
        {"key": "b", "value": {"LogicalName": "lead", "Attributes": []}},
        {"key": "c", "value": None},
    ]
    assert parse(encoded(event), {}, COLUMN, NOW).hints == (lead("Update", "disqualified"),)


def test_the_key_column_is_the_one_that_the_settings_name_in_any_letter_case():
    event = body("sales", "lead-update-ours-by-image")
    assert parse(event, {}, "B2B_ProspectKey", NOW).hints[0].key == KEY
    assert parse(event, {}, "other_column", NOW).ignored == ("not-ours",)


@pytest.mark.parametrize(
    "spelled",
    [
        str(LEAD), str(LEAD).upper(), LEAD.hex, f"{{{LEAD}}}", f"({LEAD})", f" {LEAD} ",
    ],
)  # fmt: skip
def test_an_id_is_the_same_in_every_spelling(spelled):
    parsed = parse(changed("lead-update-disqualified", PrimaryEntityId=spelled), {}, COLUMN, NOW)
    assert parsed.hints == (lead("Update", "disqualified"),)


def test_an_unreadable_originating_lead_is_no_proof_that_there_is_none():
    event = content("sales", "opportunity-create")
    event["InputParameters"][0]["value"]["Attributes"][3]["value"] = {"Id": "unreadable"}
    assert parse(encoded(event), {}, COLUMN, NOW).hints == (opportunity("Create", "open"),)


@pytest.mark.parametrize("operation", [None, "", "00000000-0000-0000-0000-000000000000", "nina.holm@example.com"])
def test_without_an_operation_there_is_no_event_id_rather_than_one_that_repeats(operation):
    parsed = parse(changed("lead-update-disqualified", OperationId=operation), {}, COLUMN, NOW)
    assert parsed.hints[0].event_id == ""


@pytest.mark.parametrize("organization", [None, "contoso", 7])
def test_an_environment_that_does_not_say_who_it_is_has_no_id(organization):
    assert parse(changed("lead-assign", OrganizationId=organization), {}, COLUMN, NOW).organization_id is None


def test_a_strange_name_is_not_repeated_in_a_reason():
    parsed = parse(changed("lead-assign", MessageName="mail nina.holm@example.com"), {}, COLUMN, NOW)
    assert parsed.ignored == ("unused-message:?",)


def test_an_event_may_name_its_table_in_a_parameter_only():
    updated = parse(changed("lead-update-disqualified", PrimaryEntityName=None), {}, COLUMN, NOW)
    assert updated.hints == (lead("Update", "disqualified"),)
    assert parse(changed("lead-set-state", PrimaryEntityName=""), {}, COLUMN, NOW).hints == tuple(HINTS["lead-set-state"])
