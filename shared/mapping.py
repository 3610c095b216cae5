"""What a prospect becomes in Sales, and what account and contact become in Commerce. Pure; no record's content makes it raise."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Mapping, Sequence
from html import escape
from typing import Protocol
from urllib.parse import quote

from shared.customer_values import organization_body, person_body
from shared.field_map import FieldMap, MapName, Row
from shared.field_values import Lookup, Mapped, Remark, What, cut, evaluate, found, length, present, text_of
from shared.models import PartyType, Prospect, ProspectKey, Record

__all__ = [
    "CustomerDefaults", "Lookup", "Mapped", "Remark",
    "accounts_for", "hierarchy_for", "lead_values", "note_text", "organization_values", "person_values", "prospect_record",
    "resolve",
]  # fmt: skip

_ACCOUNT_LENGTH = 20
"""CustomersV3.CustomerAccount and account.accountnumber."""
_NOTE_LENGTH = 100_000
"""annotation.notetext"""
_QUOTED_LENGTHS = (10_000, 1_000, 100, 0)
"""How much of one value the note quotes: the most that keeps the note within its length."""
_WORDS: dict[What, str] = {
    "cut": "shortened",
    "left-empty": "left empty",
    "unresolved": "left empty, not found in Sales",
    "name-split": "first and last name were told apart by the last blank",
    "default": "a default was written",
}
_QUOTED = ("cut", "left-empty", "unresolved")


class CustomerDefaults(Protocol):
    """What the channel's default customer gives to new customers; ports.ChannelDefaults is one."""

    @property
    def customer_group(self) -> str: ...
    @property
    def currency(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def address_books(self) -> Collection[str]: ...
    @property
    def allow_on_account(self) -> str: ...


def accounts_for(key: ProspectKey, party_type: str) -> tuple[str, str]:
    """(Organization account, Person account). The one of the prospect's party type must be the prospect id (F&O: prospect-party
    rule); the other, or both where the type is not known, is deterministic and at most 20 characters."""
    return (
        key.prospect_id if _is(party_type, PartyType.ORGANIZATION) else _own_id(key, PartyType.ORGANIZATION),
        key.prospect_id if _is(party_type, PartyType.PERSON) else _own_id(key, PartyType.PERSON),
    )


def hierarchy_for(key: ProspectKey) -> str:
    """The id of the customer hierarchy that the bridge makes for this prospect: 20 characters, as CustomerHierarchyId takes."""
    return _own_id(key, "Hierarchy")


def _is(party_type: str, wanted: PartyType) -> bool:
    return party_type.strip().casefold() == wanted.casefold()


def _own_id(key: ProspectKey, kind: str) -> str:
    digest = hashlib.sha256(f"{key.text}/{kind}".encode()).digest()
    return ("B" + base64.b32encode(digest).decode())[:_ACCOUNT_LENGTH]


def lead_values(prospect: Prospect, key_columns: Mapping[str, object], field_map: FieldMap, lengths: Mapping[str, int]) -> Mapped:
    """The lead that a prospect becomes. `key_columns` are written as they are (correlation id, alternate key); `lengths` are the
    environment's own limits by column and win over the map's."""
    mapped = evaluate(field_map.rows(MapName.PROSPECT_TO_LEAD), prospect_record(prospect), lengths)
    return Mapped({**mapped.values, **key_columns}, (*mapped.remarks, *_name_split(prospect)), mapped.lookups)


def resolve(mapped: Mapped, found_ids: Mapping[Lookup, str | None]) -> Mapped:
    """Binds what was found to its record; the rest is left empty with a remark, since a lookup never fails the lead."""
    bound: dict[str, object] = {}
    remarks = list(mapped.remarks)
    for lookup in mapped.lookups:
        if record_id := found_ids.get(lookup):
            bound[f"{lookup.target}@odata.bind"] = f"/{lookup.entity_set}({record_id})"
        else:
            remarks.append(Remark(lookup.target, "unresolved", f"no {lookup.column} of {lookup.entity_set} has this value"))
    return Mapped({**mapped.values, **bound}, tuple(remarks))


def organization_values(
    prospect: Prospect, lead_record: Record, account: Record, defaults: CustomerDefaults | None,
    account_number: str, party_number: str | None, field_map: FieldMap,
) -> Mapped:  # fmt: skip
    """The body of POST CustomersV3 for the company. With a party number it takes that party and writes none of its fields, since
    that would edit the prospect's party. Never an e-mail: it would be the second customer with it (docs: manage-b2b-users)."""
    request = prospect_record(prospect) | _default_record(defaults)
    body = organization_body(account, lead_record, request, field_map, takes_party=bool(party_number))
    fixed = _fixed(prospect, PartyType.ORGANIZATION, account_number, party_number)
    return Mapped({**body.values, **fixed}, body.remarks)


def person_values(
    prospect: Prospect, lead_record: Record, contact: Record, defaults: CustomerDefaults | None,
    account_number: str, party_number: str | None, invoice_account: str, field_map: FieldMap,
) -> Mapped:  # fmt: skip
    """The body of POST CustomersV3 for the requester, with the requester's e-mail whatever the contact's is. Invoiced to the
    organization, so that its credit limit applies (docs: payment-method)."""
    request = prospect_record(prospect) | _default_record(defaults)
    body = person_body(contact, lead_record, request, field_map, takes_party=bool(party_number))
    fixed = _fixed(prospect, PartyType.PERSON, account_number, party_number) | {"InvoiceAccount": invoice_account}
    return Mapped({**body.values, **fixed}, body.remarks)


def _fixed(prospect: Prospect, party_type: PartyType, account_number: str, party_number: str | None) -> dict[str, object]:
    named = {"dataAreaId": prospect.legal_entity, "CustomerAccount": account_number, "PartyType": party_type.value}
    return {**named, "PartyNumber": party_number} if party_number else {**named}


def prospect_record(prospect: Prospect) -> dict[str, object]:
    """The prospect's fields, and as `Request.*` what is derived from them: FirstName, MiddleName, LastName, Company, Title."""
    fields: dict[str, object] = {
        "PrimaryEmailAddress": prospect.email, "IsB2BProspect": prospect.is_b2b, "B2BProspectStatus": prospect.status.value,
        "RetailChannelOperatingUnitPartyNumber": prospect.channel, "ProspectPartyNumber": prospect.party_number,
        **{name: value for name, value in prospect.fields.items() if present(value) is not None},
        "dataAreaId": prospect.legal_entity, "ProspectId": prospect.prospect_id,
    }  # fmt: skip
    company = _company(prospect, fields)
    first, middle, last = _requester(prospect, fields)
    title = company or text_of(fields, "ProspectName") or " ".join(filter(None, (first, last))) or prospect.prospect_id
    names = {"FirstName": first, "MiddleName": middle, "LastName": last, "Company": company, "Title": title}
    return fields | {f"Request.{name}": value for name, value in names.items()}


def _company(prospect: Prospect, fields: Record) -> str:
    named = text_of(fields, "CompanyName")
    if named or not _is(prospect.party_type, PartyType.ORGANIZATION):
        return named
    return text_of(fields, "Party.OrganizationName") or text_of(fields, "ProspectName")


def _requester(prospect: Prospect, fields: Record) -> tuple[str, str, str]:
    """First, middle and last name: the party's, else the prospect's name split at its last blank."""
    named = _party_names(prospect, fields)
    if any(named):
        return named
    name = text_of(fields, "ProspectName")
    if _is(prospect.party_type, PartyType.ORGANIZATION) and name.casefold() == _company(prospect, fields).casefold():
        return "", "", ""  # the company's own name says nothing of who asks
    *first, last = name.rsplit(maxsplit=1) or [""]
    return "".join(first), "", last


def _party_names(prospect: Prospect, fields: Record) -> tuple[str, str, str]:
    if not _is(prospect.party_type, PartyType.PERSON):
        return "", "", ""
    first, middle, last = (text_of(fields, f"Party.Person{part}Name") for part in ("First", "Middle", "Last"))
    return (first, middle, last) if first or last else ("", "", "")


def _name_split(prospect: Prospect) -> tuple[Remark, ...]:
    split = any(_requester(prospect, prospect.fields)) and not any(_party_names(prospect, prospect.fields))
    return (Remark("lastname", "name-split", "the party gives no first and last name"),) if split else ()


def _default_record(defaults: CustomerDefaults | None) -> dict[str, object]:
    if defaults is None:
        return {}
    return {
        "Default.CustomerGroup": defaults.customer_group,
        "Default.Currency": defaults.currency,
        "Default.Language": defaults.language,
        "Default.AddressBooks": ";".join(sorted(defaults.address_books)),
        "Default.AllowOnAccount": defaults.allow_on_account,
    }


def note_text(prospect: Prospect, mapped: Mapped, field_map: FieldMap, headquarters_url: str, findings: Sequence[str]) -> str:
    """The lead's note (annotation.notetext, rich text): where the request came from, what stands against signing in (`findings`,
    in plain words), what was cut or left empty with its full text, and the field map's version."""
    text = ""
    for quoted in _QUOTED_LENGTHS:
        text = _note(prospect, mapped, field_map, headquarters_url, findings, quoted)
        if length(text) <= _NOTE_LENGTH:
            break
    return text


def _note(
    prospect: Prospect, mapped: Mapped, field_map: FieldMap, headquarters_url: str, findings: Sequence[str], quoted: int
) -> str:
    record = prospect_record(prospect)
    rows = {row.target: row for row in field_map.rows(MapName.PROSPECT_TO_LEAD)}
    losses = [escape(_loss(remark, rows.get(remark.target), record, quoted)) for remark in mapped.remarks]
    return "".join((
        "<p>This lead was made from a B2B sign-up request in Dynamics 365 Commerce.</p>",
        _list("", _origin(record, headquarters_url)),
        _list("Before this partner can sign in:", [escape(finding) for finding in findings]),
        _list("Not carried over as it was entered:", losses),
        f"<p>Attachments of the request, if any, are not carried over. Field map {escape(field_map.version)}.</p>",
    ))  # fmt: skip


def _origin(record: Record, headquarters_url: str) -> list[str]:
    legal_entity = text_of(record, "dataAreaId")
    named = {"Legal entity": "dataAreaId", "Prospect": "ProspectId", "Channel": "RetailChannelOperatingUnitPartyNumber"}
    lines = [f"{label}: {escape(value)}" for label, name in named.items() if (value := text_of(record, name))]
    if headquarters_url.startswith(("https://", "http://")):
        link = f"{headquarters_url.rstrip('/')}/?cmp={quote(legal_entity)}"
        lines.append(f'<a href="{escape(link)}">Open head office</a> (Customers &gt; All prospects)')
    return lines


def _loss(remark: Remark, row: Row | None, record: Record, quoted: int) -> str:
    """One remark in plain words, with the value that did not go through whole."""
    label = row.label or row.target if row else remark.target
    said = f"{label}: {_WORDS[remark.what]}" + (f" ({remark.detail})" if remark.detail else "")
    entered = [str(value) for value in found(row, record) if isinstance(value, str | int | float)] if row else []
    if remark.what not in _QUOTED or not entered or not quoted:
        return said
    text = "; ".join(entered)
    return f"{said}: {text if length(text) <= quoted else cut(text, quoted)}"


def _list(title: str, items: Sequence[str]) -> str:
    if not items:
        return ""
    return (f"<p>{title}</p>" if title else "") + "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>"
