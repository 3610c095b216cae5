"""The checks of Commerce headquarters: identity, names, rights, and what the bridge's requests rest on."""

from __future__ import annotations

from time import monotonic
from xml.etree.ElementTree import ParseError

import requests

from operations.doctor_model import NOTHING, Check, Context, Result, error, ok, unless, warning
from operations.doctor_sales import reachable
from shared.commerce_questions import (
    CROSS_COMPANY,
    customer_path,
    decision_request,
    email_parts,
    pending_prospects,
    prospect_path,
)
from shared.errors import AccessRefused, Missing, Refused, ServiceError, Transient
from shared.field_map import MapName
from shared.odata import records
from shared.odata_messages import Operation, literal, query
from shared.policy import AccessModel, DecisionChannel

ENTITY_SETS: dict[str, str] = {
    "Prospects": "dataAreaId ProspectId IsB2BProspect B2BProspectStatus ProspectPartyNumber ProspectPartyType "
    "PrimaryEmailAddress ProspectName CompanyName RetailChannelOperatingUnitPartyNumber Party",
    "CustomersV3": "dataAreaId CustomerAccount PartyNumber PartyType PrimaryContactEmail AddressBooks OnHoldStatus "
    "InvoiceAccount CustomerGroupId SalesCurrencyCode LanguageId AllowOnAccount",
    "CustomerHiearchies": "CustomerHierarchyId OrganizationPartyNumber Purpose CustomerHierarchyNode",
    "CustomerHierarchyNodes": "CustomerHierarchyId NodePartyNumber Role VersionRemoved",
    "OnlineChannels": "RetailChannelId OperatingUnitPartyNumber DefaultCustomerLegalEntity",
    "RetailChannels": "dataAreaId RetailChannelId OperatingUnitPartyNumber DefaultCustomerAccount EventNotificationProfileId",
    "LegalEntities": "LegalEntityId",
}
"""What the bridge reads and writes, each set with its properties."""
CONTACT_SETS = {
    "ContactPersons": "dataAreaId ContactPersonId ContactPersonPartyNumber AssociatedPartyNumber PrimaryEmailAddress IsInactive"
}
ENUMS = {
    "RetailB2BProspectStatus": {"Pending", "Approved", "Rejected"},
    "CustHierarchyNodeRole": {"Admin"},
    "NoYes": {"Yes", "No"},
}
_OF_COMPANY = ("Prospects", "CustomersV3", "RetailChannels")


def commerce_answers(context: Context) -> Result:
    """C200: Commerce answers."""
    return reachable(f"{context.settings.commerce_url}/data")


def identity(context: Context) -> Result:
    """C201: Commerce accepts our identity."""
    try:
        context.environment.commerce.send(Operation("GET", f"LegalEntities?{query(select='LegalEntityId', top='1')}"))
    except AccessRefused as refused:
        return error(refused.message)
    return ok("accepted")


def metadata(context: Context) -> Result:
    """C202: entity sets, properties and enums."""
    try:
        found = context.metadata
    except (requests.RequestException, ParseError) as problem:
        return error(
            f"$metadata cannot be read: {type(problem).__name__}",
            "it takes too long, or is not XML",
            "try again; refresh the entity list",
        )
    wanted = {name: set(properties.split()) for name, properties in _sets(context).items()}
    problems = [f"no entity set {name}" for name in wanted if name not in found.sets]
    lacking = {name: properties - found.sets[name] for name, properties in wanted.items() if name in found.sets}
    problems += [f"{name} lacks {', '.join(sorted(missing))}" for name, missing in lacking.items() if missing]
    problems += [
        f"{name} lacks {', '.join(sorted(members - found.enums.get(name, set())))}"
        for name, members in ENUMS.items()
        if members - found.enums.get(name, set())
    ]
    return unless(problems, f"{len(wanted)} entity sets")


def reading(context: Context) -> Result:
    """C203: the service user may read."""
    problems = []
    for name in _sets(context):
        for condition in (
            [f"dataAreaId eq {literal(entity)}" for entity in context.settings.legal_entities] if name in _OF_COMPANY else [""]
        ):
            options = query(filter=condition, top="0") if condition else query(top="0")
            try:
                context.environment.commerce.send(Operation("GET", f"{name}?{CROSS_COMPANY}&{options}"))
            except (AccessRefused, Missing) as refused:
                problems.append(f"{name}: {refused.message}")
                break
    return unless(problems, f"{len(_sets(context))} entity sets")


def writing(context: Context) -> Result:
    """C204: the service user may change prospects and customers."""
    entity = context.settings.legal_entities[0]
    tries = {
        "Prospects": Operation("PATCH", prospect_path(entity, NOTHING), {"If-Match": "*"}, {"Note": ""}),
        "CustomersV3": Operation("PATCH", customer_path(entity, NOTHING), {"If-Match": "*"}, {"OnHoldStatus": "No"}),
    }
    refused = {name: _refusal(context, operation) for name, operation in tries.items()}
    return unless([f"{name}: {text}" for name, text in refused.items() if text], "tried on records that do not exist")


def legal_entities(context: Context) -> Result:
    """C205: the legal entities in scope."""
    there = {str(row["LegalEntityId"]).lower() for row in context.rows("LegalEntities", select="LegalEntityId")}
    return unless(
        [f"there is no {entity}" for entity in context.settings.legal_entities if entity not in there],
        ", ".join(context.settings.legal_entities),
    )


def access_model(context: Context) -> Result:
    """C210: the access model."""
    has_contacts = any("contact" in member.lower() for member in context.metadata.enums.get("CustHierarchyNodeType", ()))
    if has_contacts == (context.settings.access_model is AccessModel.CONTACT):
        return ok(context.settings.access_model.value)
    # No public page says how the node type of 10.0.48 is called, nor whether it is there before the feature is on.
    seen = "may have" if has_contacts else "seem to have no"
    return warning(f"ACCESS_MODEL is {context.settings.access_model}, but hierarchies {seen} contacts")


def poll(context: Context) -> Result:
    """C218: the poll of pending prospects."""
    operation, begun = pending_prospects(context.settings.legal_entities), monotonic()
    try:
        answer = context.environment.commerce.send(Operation("GET", f"{operation.path}&{query(top='1')}"))
    except (Refused, AccessRefused) as refused:
        return error(refused.message)
    seconds = monotonic() - begun
    found = "answers" if answer.data.get("value") is not None else "answers without a value"
    return (
        ok(f"{found} in {seconds:.1f} s")
        if seconds < context.slow_seconds
        else warning(f"{found} in {seconds:.1f} s", "many prospects, or a busy environment")
    )


def batch(context: Context) -> Result:
    """C221: reads in a $batch, told apart by what each asks for, so that their order is seen too."""
    entities = sorted(context.settings.legal_entities, reverse=True)
    conditions = [f"LegalEntityId eq {literal(name)}" for name in (NOTHING, *entities)]
    parts = [Operation("GET", f"LegalEntities?{query(filter=each, select='LegalEntityId')}") for each in conditions]
    try:
        answers = context.environment.commerce.send_batch(parts)
    except ServiceError as refused:
        return error(refused.message)
    found = [[str(row["LegalEntityId"]).lower() for row in records(answer.data)] for answer in answers]
    if found != [[], *([entity] for entity in entities)]:
        return error(f"{len(parts)} reads in one request are not answered in their order")
    return ok(f"{len(parts)} reads in one request, answered in their order")


def email_filter(context: Context) -> Result:
    """C222: customers by e-mail address."""
    parts = email_parts(context.settings.legal_entities[0], ["doctor@b2b-bridge.invalid"], contact_model=False)
    begun = monotonic()
    try:
        context.environment.commerce.send(next(iter(parts.values())))
    except (Refused, AccessRefused) as refused:
        return error(refused.message)
    seconds = monotonic() - begun
    return ok(f"{seconds:.1f} s") if seconds < context.slow_seconds else warning(f"{seconds:.1f} s")


def mapped_properties(context: Context) -> Result:
    """C229: properties of the field map."""
    field_map = context.field_map()
    sources = {name for map_name in MapName if map_name.startswith("prospect-") for name in field_map.columns(map_name)}
    targets = {row.target for map_name in MapName if map_name is not MapName.PROSPECT_TO_LEAD for row in field_map.rows(map_name)}
    problems = [f"Prospects has no {name}" for name in sorted(sources - context.metadata.sets["Prospects"])]
    problems += [f"CustomersV3 has no {name}" for name in sorted(targets - context.metadata.sets["CustomersV3"])]
    return unless(problems, f"{len(sources)} fields of a prospect, {len(targets)} of a customer")


def decision_channel(context: Context) -> Result:
    """C231: the channel of decisions."""
    channel = context.settings.decision_channel
    if channel is not DecisionChannel.SERVICE:
        return ok(channel.value)
    body = decision_request(context.settings.legal_entities[0], NOTHING, "Reject")
    try:
        context.environment.commerce.send(Operation("POST", context.settings.decision_service, body=body))
    except (Missing, AccessRefused) as refused:
        return error(f"{context.settings.decision_service}: {refused.message}")
    except (Refused, Transient) as said:
        return ok(f"the service answers, and knows no prospect {NOTHING} ({said.status})")
    return error(
        f"the service decided a prospect that does not exist, {NOTHING}", "it does not look at the key", "correct the service"
    )


def _sets(context: Context) -> dict[str, str]:
    return ENTITY_SETS | (CONTACT_SETS if context.settings.access_model is AccessModel.CONTACT else {})


def _refusal(context: Context, operation: Operation) -> str:
    """Why it is refused; empty where it is only missing, which is what it should be."""
    try:
        context.environment.commerce.send(operation)
    except Missing:
        return ""
    except (AccessRefused, Refused) as refused:
        return refused.message
    return "a record that should not exist was written"


CHECKS = (
    Check("C200", "Commerce answers", commerce_answers, "wrong address, no network, a proxy", "check COMMERCE_URL"),
    Check(
        "C201",
        "Commerce accepts our identity",
        identity,
        "the client id is not under Microsoft Entra ID applications, or COMMERCE_URL is another environment's",
        "register it there, with a service user",
        ("C200",),
    ),
    Check(
        "C205",
        "the legal entities in scope",
        legal_entities,
        "a typing error, or another environment",
        "correct LEGAL_ENTITIES",
        ("C201",),
    ),
    Check(
        "C202",
        "entity sets, properties and enums",
        metadata,
        "another version, or the entity list is not refreshed",
        "Data management > Framework parameters > Refresh entity list",
        ("C201",),
    ),
    Check(
        "C203",
        "the service user may read",
        reading,
        "a duty is missing",
        "give the service user the role of the set-up guide",
        ("C201", "C205"),
    ),
    Check(
        "C204",
        "the service user may change prospects and customers",
        writing,
        "a duty is missing, or the entity is read-only",
        "give the service user the role of the set-up guide",
        ("C201", "C205"),
    ),
    Check(
        "C210",
        "the access model",
        access_model,
        "the feature B2B Multi-Outlet Ordering (10.0.48) is on, or not",
        "correct ACCESS_MODEL",
        ("C202",),
    ),
    Check(
        "C218",
        "the poll of pending prospects",
        poll,
        "the filter is not understood",
        "see the maintainers' list of versions",
        ("C201", "C202"),
    ),
    Check(
        "C221",
        "reads in a $batch",
        batch,
        "this version does not have them",
        "tell the maintainers: the bridge needs one request for several reads",
        ("C201", "C205"),
    ),
    Check("C222", "customers by e-mail address", email_filter, "a slow join, or no index", "ask for an index", ("C201", "C202")),
    Check(
        "C229",
        "properties of the field map",
        mapped_properties,
        "a row of your own, or another version",
        "take the row out",
        ("B309", "C202"),
    ),
    Check(
        "C231",
        "the channel of decisions",
        decision_channel,
        "the service is not deployed, or has another path",
        "correct DECISION_SERVICE",
        ("C201", "C205"),
    ),
)
