"""QualifyLead (docs: QualifyLead action): what it creates, links and closes, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.sales import errors, privileges, records
from sandbox.sales.attribute_maps import LEAD_TO_ACCOUNT, LEAD_TO_CONTACT, LEAD_TO_OPPORTUNITY, mapped
from sandbox.sales.call import Call
from sandbox.sales.events import Event, OptionValue
from sandbox.sales.lifecycle import OPEN, check_status
from sandbox.sales.platform_changes import change, put
from sandbox.sales.store import Reference, Row

if TYPE_CHECKING:
    from sandbox.sales.world import World

QUALIFIED = 1


@dataclass(frozen=True)
class Qualification:
    """The action's parameters."""

    create_account: bool
    create_contact: bool
    create_opportunity: bool
    status: int = 3
    currency: Reference | None = None
    customer: Reference | None = None
    campaign: Reference | None = None

    def as_inputs(self, lead_id: str) -> dict[str, Any]:
        """The message's input parameters."""
        return {
            "LeadId": Reference("lead", lead_id),
            "CreateAccount": self.create_account,
            "CreateContact": self.create_contact,
            "CreateOpportunity": self.create_opportunity,
            "OpportunityCurrencyId": self.currency,
            "OpportunityCustomerId": self.customer,
            "SourceCampaignId": self.campaign,
            "Status": OptionValue(self.status),
        }


def qualify(world: World, call: Call, lead_id: str, wanted: Qualification) -> list[Reference]:
    """Qualify an open lead and return what was created; raises 400 for a lead that is closed."""
    with world.transaction():
        lead = _open_lead(world, call, lead_id)
        check_status(world.schema.tables["lead"], QUALIFIED, wanted.status)
        account = _new_account(world, call, lead) if wanted.create_account else None
        contact = _new_contact(world, call, lead, account) if wanted.create_contact else None
        links = {"parentaccountid": account or lead["parentaccountid"], "parentcontactid": contact or lead["parentcontactid"]}
        opportunity = _new_opportunity(world, call, lead | links, wanted) if wanted.create_opportunity else None
        created = [reference for reference in (account, contact, opportunity) if reference]
        links |= {"qualifyingopportunityid": opportunity} if opportunity else {}
        after = change(world, call, "lead", lead_id, links | {"statecode": QUALIFIED, "statuscode": wanted.status})
        inputs, outputs = wanted.as_inputs(lead_id), {"CreatedEntities": created}
        world.raise_event(Event("QualifyLead", "lead", lead_id, call, inputs, outputs, before=lead, after=after))
        return created


def _open_lead(world: World, call: Call, lead_id: str) -> Row:
    table = world.schema.tables["lead"]
    lead = records.existing(world, table, lead_id)
    privileges.require(world, call, "Write", table, lead)
    if lead["statecode"] != OPEN:
        raise errors.already_closed("lead")
    return lead


def _new_account(world: World, call: Call, lead: Row) -> Reference:
    return _create(world, call, "account", {"name": lead["lastname"]} | mapped(lead, LEAD_TO_ACCOUNT), lead)


def _new_contact(world: World, call: Call, lead: Row, account: Reference | None) -> Reference:
    values = mapped(lead, LEAD_TO_CONTACT) | {"parentcustomerid": account or lead["parentaccountid"]}
    contact = _create(world, call, "contact", values, lead)
    if account:
        put(world, "account", account.id, {"primarycontactid": contact})
    return contact


def _new_opportunity(world: World, call: Call, lead: Row, wanted: Qualification) -> Reference:
    base = next(row["basecurrencyid"] for row in world.store.rows("organization"))
    values = mapped(lead, LEAD_TO_OPPORTUNITY) | {
        "parentaccountid": lead["parentaccountid"],
        "parentcontactid": lead["parentcontactid"],
        "customerid": wanted.customer or lead["parentaccountid"] or lead["parentcontactid"],
        "transactioncurrencyid": wanted.currency or lead["transactioncurrencyid"] or base,
        "campaignid": wanted.campaign or lead["campaignid"],
    }
    return _create(world, call, "opportunity", values, lead)


def _create(world: World, call: Call, table: str, values: Row, lead: Row) -> Reference:
    """The caller needs the privilege to create; the rest is the platform's work. The lead's owner owns the new row."""
    definition = world.schema.tables[table]
    privileges.require(world, call, "Create", definition)
    links = {"originatingleadid": Reference("lead", lead["leadid"]), "ownerid": lead["ownerid"]}
    given = {name: value for name, value in values.items() if value is not None}
    return Reference(table, records.create(world, call.inner(), definition, given | links))
