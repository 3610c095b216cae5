"""From the site's form to a prospect: a request waits in the channel database until two jobs have run.

docs: manage-b2b-users
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from sandbox.commerce.infolog import BadQuery
from sandbox.commerce.parties import ORGANIZATION, PERSON, create_party, full_name
from sandbox.commerce.prospects import create_prospect
from sandbox.commerce.tables import Row
from sandbox.commerce.world import World

IN_CHANNEL, IN_STAGING, DONE = "channel", "staging", "done"


@dataclass(frozen=True)
class OnboardingForm:
    """What a visitor fills in on the partner sign-up page; `channel` or `legal_entity` says which site."""

    first_name: str
    last_name: str
    company: str
    email: str
    phone: str = ""
    street: str = ""
    city: str = ""
    state: str = ""
    zip_code: str = ""
    country: str = ""
    comments: str = ""
    channel: str = ""
    legal_entity: str = ""

    @classmethod
    def parse(cls, body: dict[str, Any]) -> OnboardingForm:
        """The form from its JSON; raises BadQuery naming what is unknown or missing."""
        known = {item.name for item in fields(cls)}
        if unknown := sorted(set(body) - known):
            raise BadQuery(f"the form has no {', '.join(unknown)}")
        if missing := [name for name in ("last_name", "company") if not body.get(name)]:
            raise BadQuery(f"the form needs {', '.join(missing)}")
        return cls(**{"first_name": "", "email": ""} | {name: str(value) for name, value in body.items()})


def submit(world: World, form: OnboardingForm) -> Row:
    """Keep the request in the channel database; returns it with its `request_id`."""
    channel = _channel(world, form)
    request = {
        "request_id": world.next_number("request", "REQ-######"),
        "stage": IN_CHANNEL,
        "channel": channel["RetailChannelId"],
        "legal_entity": channel["DefaultCustomerLegalEntity"],
        "form": form,
        "prospect_key": "",
    }
    return world.requests.put(request)


def pull_requests(world: World) -> int:
    """Job P-0001: bring the waiting requests to head office's staging; returns how many."""
    waiting = world.requests.find(stage=IN_CHANNEL)
    for request in waiting:
        world.requests.put(request | {"stage": IN_STAGING})
    return len(waiting)


def synchronize_requests(world: World) -> list[Row]:
    """Job "Synchronize customers and channel requests": make a prospect of each staged request; returns the prospects."""
    return [_make_prospect(world, request) for request in world.requests.find(stage=IN_STAGING)]


def request_of(world: World, prospect: Row) -> OnboardingForm | None:
    """The request that the prospect was made from; None for one made by hand."""
    found = world.requests.find(prospect_key=_key(prospect))
    return found[0]["form"] if found else None


def _channel(world: World, form: OnboardingForm) -> Row:
    wanted = {"RetailChannelId": form.channel} if form.channel else {"DefaultCustomerLegalEntity": form.legal_entity or "usmf"}
    found = world["OnlineChannels"].find(**wanted)
    if not found:
        raise BadQuery(f"there is no online channel with {wanted}")
    return found[0]


def _make_prospect(world: World, request: Row) -> Row:
    form, company = request["form"], request["legal_entity"]
    channel = world["OnlineChannels"].find(RetailChannelId=request["channel"])[0]
    party_type = world.settings.party_type
    party = create_party(world, party_type, **_party_details(world, form, party_type))
    prospect = create_prospect(world, company, _prospect_fields(world, form, channel, party, party_type))
    world.requests.put(request | {"stage": DONE, "prospect_key": _key(prospect)})
    return prospect


def _party_details(world: World, form: OnboardingForm, party_type: str) -> dict[str, Any]:
    names = {"OrganizationName": form.company[:100]}
    if party_type == PERSON:
        names = {"PersonFirstName": form.first_name[:25], "PersonLastName": form.last_name[:25]}
    country = world["AddressCountryRegions"].find(CountryRegion=form.country) if form.country else []
    return names | {
        "Email": form.email,
        "Phone": form.phone,
        "AddressStreet": form.street,
        "AddressCity": form.city,
        "AddressState": form.state,
        "AddressZipCode": form.zip_code,
        "AddressCountryRegionId": form.country,
        "AddressCountryRegionISOCode": country[0]["ISOcode"] if country else "",
    }


def _prospect_fields(world: World, form: OnboardingForm, channel: Row, party: str, party_type: str) -> dict[str, Any]:
    default = world["CustomersV3"].get(channel["DefaultCustomerLegalEntity"], channel["DefaultCustomerAccount"]) or {}
    return {
        "IsB2BProspect": "Yes",
        "B2BProspectStatus": "Pending",
        "RetailChannelOperatingUnitPartyNumber": channel["OperatingUnitPartyNumber"],
        "ProspectName": form.company if party_type == ORGANIZATION else full_name(form.first_name, form.last_name),
        "ProspectPartyNumber": party,
        "ProspectPartyType": party_type,
        "ProspectRelationTypeId": "B2B prospect",
        "CompanyName": form.company[:100],
        "Note": form.comments,
        "LanguageId": default.get("LanguageId", "en-us"),
        "CustomerGroupId": default.get("CustomerGroupId", ""),
        "CurrencyCode": channel["Currency"],
    }


def _key(prospect: Row) -> str:
    return f"{prospect['dataAreaId']}/{prospect['ProspectId']}"
