"""What a new customer says: chosen between what Sales has and what the request had. Pure; used by `mapping` alone."""

from __future__ import annotations

from collections.abc import Collection

from shared.field_map import FieldMap, Group, MapName, Row
from shared.field_values import Mapped, Remark, evaluate, found, is_cut_of, length, present, text_of
from shared.models import Record

_CODES = {"AddressState": "address1_stateorprovince", "AddressCounty": "address1_county"}
"""Head office takes ids of its own here, Sales takes any text: target -> column of the account."""
_COUNTRY, _COUNTRY_ISO, _COUNTRY_COLUMN = "AddressCountryRegionId", "AddressCountryRegionISOCode", "address1_country"
_ROLES = "AddressLocationRoles"

Rows = tuple[tuple[Row, ...], tuple[Row, ...]]
"""The rows from Sales and the rows from the request that lead to one customer."""


def organization_body(account: Record, lead: Record, request: Record, field_map: FieldMap, *, takes_party: bool) -> Mapped:
    """The company's fields; without those of its party where it takes the prospect's."""
    rows = field_map.rows(MapName.ACCOUNT_TO_ORGANIZATION), field_map.rows(MapName.PROSPECT_TO_ORGANIZATION)
    from_sales, from_request = _evaluated(rows, account, lead, request)
    sides = _grouped(from_sales, rows, Group.ADDRESS), _grouped(from_request, rows, Group.ADDRESS)
    address = _address(sides, account, request, field_map)
    body = _joined(_chosen(from_sales, from_request, rows), address)
    if not address.values:
        body = _without(body, {_ROLES})
    return _without(body, _party_targets(rows)) if takes_party else body


def person_body(contact: Record, lead: Record, request: Record, field_map: FieldMap, *, takes_party: bool) -> Mapped:
    """The requester's fields; without those of their party where the customer takes the prospect's."""
    rows = field_map.rows(MapName.CONTACT_TO_PERSON), field_map.rows(MapName.PROSPECT_TO_PERSON)
    body = _chosen(*_evaluated(rows, contact, lead, request), rows)
    return _without(body, _party_targets(rows)) if takes_party else body


def _evaluated(rows: Rows, record: Record, lead: Record, request: Record) -> tuple[Mapped, Mapped]:
    sales = {**record, **{f"Lead.{name}": value for name, value in lead.items()}}
    restored, lengths = _restored(rows, sales, request)
    return evaluate(rows[0], restored, lengths), evaluate(rows[1], request, {})


def _restored(rows: Rows, sales: Record, request: Record) -> tuple[Record, dict[str, int]]:
    """What Sales says, with the request's original for our own shortened values; it fits, since it came from Commerce."""
    originals = {row.target: str(values[0]) for row in rows[1] if (values := found(row, request))}
    restored, lengths = dict(sales), {}
    for row in rows[0]:
        for name in row.source:
            if is_cut_of(present(sales.get(name)), original := originals.get(row.target, "")):
                restored[name], lengths[row.target] = original, length(original)
    return restored, lengths


def _chosen(from_sales: Mapped, from_request: Mapped, rows: Rows) -> Mapped:
    """Names from one side as a whole; else Sales where it has a value. The address is chosen elsewhere."""
    names = _grouped(from_sales, rows, Group.NAME)
    names = names if names.values else _grouped(from_request, rows, Group.NAME)
    asked = _without(_grouped(from_request, rows, None), from_sales.values)
    return _joined(names, _joined(asked, _grouped(from_sales, rows, None)))


def _address(sides: tuple[Mapped, Mapped], account: Record, request: Record, field_map: FieldMap) -> Mapped:
    """The request's address with head office's own ids, unless the seller changed it and it still resolves there."""
    from_sales, from_request = sides
    rows = [row for row in field_map.rows(MapName.PROSPECT_TO_LEAD) if row.group is Group.ADDRESS]
    ours = evaluate(rows, request, {}).values
    changed = {row.target for row in rows if _differs(present(account.get(row.target)), ours.get(row.target))}
    if not changed:
        return from_request
    if _COUNTRY_COLUMN in changed and not _same_country(account, request):
        detail = "the seller's address is in another country than the request's, so the request's is kept"
        return _joined(from_request, Mapped(remarks=(Remark(_COUNTRY, "unresolved", detail),)))
    return _sellers_address(from_sales, from_request, changed)


def _sellers_address(from_sales: Mapped, from_request: Mapped, changed: Collection[str]) -> Mapped:
    """The seller's words; country, state and county as head office's ids, or not at all."""
    kept = {_COUNTRY, _COUNTRY_ISO, *(target for target, column in _CODES.items() if column not in changed)}
    detail = "the seller's text is not one of head office's ids"
    dropped = tuple(Remark(target, "left-empty", detail) for target, column in _CODES.items() if column in changed)
    words = _without(from_sales, {_COUNTRY, *_CODES})
    return _joined(_joined(words, _only(from_request, kept)), Mapped(remarks=dropped))


def _differs(sellers: object, ours: object) -> bool:
    """Whether the seller wrote something else; an empty or shortened value is no change."""
    if not isinstance(sellers, str):
        return False
    return sellers.casefold() != str(ours or "").casefold() and not is_cut_of(sellers, str(ours or ""))


def _same_country(account: Record, request: Record) -> bool:
    codes = {text_of(request, name).casefold() for name in (_COUNTRY_ISO, _COUNTRY)} - {""}
    return text_of(account, _COUNTRY_COLUMN).casefold() in codes


def _party_targets(rows: Rows) -> set[str]:
    return {row.target for side in rows for row in side if row.party}


def _grouped(mapped: Mapped, rows: Rows, group: Group | None) -> Mapped:
    return _only(mapped, {row.target for side in rows for row in side if row.group is group})


def _only(mapped: Mapped, targets: Collection[str]) -> Mapped:
    values = {target: value for target, value in mapped.values.items() if target in targets}
    return Mapped(values, tuple(remark for remark in mapped.remarks if remark.target in targets))


def _without(mapped: Mapped, targets: Collection[str]) -> Mapped:
    values = {target: value for target, value in mapped.values.items() if target not in targets}
    return Mapped(values, tuple(remark for remark in mapped.remarks if remark.target not in targets))


def _joined(first: Mapped, second: Mapped) -> Mapped:
    return Mapped({**first.values, **second.values}, (*first.remarks, *second.remarks))
