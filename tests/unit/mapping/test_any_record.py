"""No record makes the mapping raise, and whatever it makes can be sent."""

import json
from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.field_map import FieldMap, MapName, Profile, load
from shared.field_values import length
from shared.mapping import accounts_for, lead_values, note_text, organization_values, person_values, resolve
from shared.models import Prospect, ProspectKey, ProspectStatus, Record
from tests.unit.mapping.examples import DEFAULTS

MAPS = [load(profile=profile) for profile in (Profile.OWN, Profile.DUAL_WRITE)]
TEXT = st.text(st.characters(), max_size=300) | st.sampled_from(["1900-01-01T12:00:00Z", "Yes", "x…", "Pending", "{ProspectId}"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.binary(max_size=5) | st.datetimes(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


def records(*maps: MapName) -> st.SearchStrategy[Record]:
    """Records with any value under the names that the maps read."""
    rows = [row for field_map in MAPS for one in maps for row in field_map.rows(one)]
    known = sorted({name for row in rows for name in (*row.source, *(row.when or ()))})
    known += ["CompanyName", "ProspectName", "Party.PersonFirstName", "Party.PersonLastName", "Party.OrganizationName"]
    return st.dictionaries(st.sampled_from(known) | st.text(max_size=5), ANYTHING, max_size=20)


PROSPECTS = st.builds(
    Prospect, key=st.just(ProspectKey.of("usmf", "P-1")), legal_entity=st.just("usmf"), prospect_id=st.just("P-1"),
    status=st.sampled_from(ProspectStatus), is_b2b=st.booleans(), party_number=TEXT,
    party_type=st.sampled_from(["Person", "Organization", "", "Team"]), email=TEXT, etag=st.just(""), channel=TEXT,
    fields=records(MapName.PROSPECT_TO_LEAD, MapName.PROSPECT_TO_ORGANIZATION),
)  # fmt: skip
ACCOUNTS = records(MapName.ACCOUNT_TO_ORGANIZATION)
CONTACTS = records(MapName.CONTACT_TO_PERSON)
LENGTHS = st.dictionaries(st.sampled_from(["lastname", "subject", "mobilephone"]), st.integers(-1, 60))
PARTIES = st.none() | st.just("000001")


def assert_sendable(values: Mapping[str, object], limits: Mapping[str, int | None]) -> None:
    assert all(isinstance(value, str | int | float | bool) for value in values.values())
    json.dumps(values, allow_nan=False, ensure_ascii=False).encode("utf-8")
    texts = [(value, limits.get(target)) for target, value in values.items() if isinstance(value, str)]
    assert all(limit is None or length(value) <= limit for value, limit in texts)


@settings(deadline=None)
@given(PROSPECTS, st.sampled_from(MAPS), LENGTHS)
def test_any_prospect_becomes_a_lead_with_a_note(prospect: Prospect, field_map: FieldMap, lengths: dict[str, int]) -> None:
    mapped = resolve(lead_values(prospect, {}, field_map, lengths), {})
    assert_sendable(mapped.values, {row.target: row.max_length for row in field_map.rows(MapName.PROSPECT_TO_LEAD)} | lengths)
    assert mapped.values.keys() >= {"subject", "lastname"} - lengths.keys()
    assert length(note_text(prospect, mapped, field_map, "https://x", ())) <= 100_000


@settings(deadline=None)
@given(PROSPECTS, ACCOUNTS, CONTACTS, PARTIES)
def test_any_account_becomes_an_organization_without_an_email(
    prospect: Prospect, account: Record, lead: Record, party: str | None
) -> None:
    mapped = organization_values(prospect, lead, account, DEFAULTS, "BORG", party, MAPS[0])
    assert_sendable(mapped.values, {})
    assert not [name for name in mapped.values if "email" in name.lower()]
    assert mapped.values.get("PartyNumber") == party


@settings(deadline=None)
@given(PROSPECTS, CONTACTS, ACCOUNTS, PARTIES)
def test_any_contact_becomes_a_person_invoiced_to_the_organization(
    prospect: Prospect, contact: Record, lead: Record, party: str | None
) -> None:
    mapped = person_values(prospect, lead, contact, None, "P-1", party, "BORG", MAPS[0])
    assert_sendable(mapped.values, {})
    assert mapped.values["InvoiceAccount"] == "BORG"
    assert (party is None) or not [name for name in mapped.values if name.startswith(("Person", "PrimaryContact"))]


@settings(deadline=None)
@given(st.text(max_size=60), st.text(max_size=20))
def test_any_party_type_gives_two_accounts(prospect_id: str, party_type: str) -> None:
    organization, person = accounts_for(ProspectKey("usmf", prospect_id), party_type)
    assert organization != person
