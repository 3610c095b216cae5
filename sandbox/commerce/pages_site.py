"""The start page, and the sign-up form of each B2B site."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from typing import TYPE_CHECKING

from flask import redirect, render_template, request, url_for

from sandbox.commerce.infolog import CommerceError, NotFound
from sandbox.commerce.onboarding_requests import IN_CHANNEL, IN_STAGING, OnboardingForm, submit
from sandbox.commerce.pages_environment import STATUSES, area, here
from sandbox.commerce.tables import Row
from sandbox.pages.forms import Field, filled

if TYPE_CHECKING:
    from werkzeug import Response as Answer

pages = area("site")


@pages.get("/")
def start() -> str:
    """Where everything is, and how much of it waits."""
    world = here().world
    with world.transaction():
        statuses = Counter(row["B2BProspectStatus"] for row in world["Prospects"])
        counts = {
            "channel": len(world.requests.find(stage=IN_CHANNEL)),
            "staging": len(world.requests.find(stage=IN_STAGING)),
            "mails": len(world.outbox),
        }
    by_status = {status: statuses[status] for status in STATUSES if statuses[status] or status != "Unknown"}
    return render_template("commerce/start.html", sites=_sites(), counts=counts, statuses=by_status)


@pages.get("/site/<channel>")
def form(channel: str) -> str:
    """The partner sign-up page of a site."""
    return render_template("commerce/site_form.html", site=_site(channel), fields=_fields(channel), refusal="")


@pages.post("/site/<channel>")
def apply(channel: str) -> Answer | tuple[str, int]:
    """Keep the request in the channel; a refused form comes back as it was filled in."""
    site, world = _site(channel), here().world
    known = {item.name for item in fields(OnboardingForm)}
    given = {name: value.strip() for name, value in request.form.items() if name in known}
    try:
        with world.transaction():
            kept = submit(world, OnboardingForm.parse(given | {"channel": channel}))
    except CommerceError as error:
        shown = filled(_fields(channel), request.form)
        return render_template("commerce/site_form.html", site=site, fields=shown, refusal=str(error)), 422
    return redirect(url_for("site.thanks", channel=channel, request_id=kept["request_id"]), 303)


@pages.get("/site/<channel>/thanks/<request_id>")
def thanks(channel: str, request_id: str) -> str:
    """What a visitor sees after the form; raises NotFound for a request that nobody made."""
    kept = here().world.requests.get(request_id)
    if kept is None:
        raise NotFound(f"there is no request '{request_id}'")
    return render_template("commerce/site_thanks.html", site=_site(channel), kept=kept)


def _sites() -> list[dict[str, str]]:
    return [_as_site(row) for row in here().world["OnlineChannels"]]


def _site(channel: str) -> dict[str, str]:
    row = here().world["OnlineChannels"].get(channel)
    if row is None:
        raise NotFound(f"there is no site of a channel '{channel}'")
    return _as_site(row)


def _as_site(row: Row) -> dict[str, str]:
    company = here().world["LegalEntities"].get(row["DefaultCustomerLegalEntity"]) or {}
    legal_entity = row["DefaultCustomerLegalEntity"]
    return {"channel": row["RetailChannelId"], "legal_entity": legal_entity, "company": company.get("Name", legal_entity)}


def _fields(channel: str) -> list[Field]:
    countries = {row["CountryRegion"]: row["CountryRegion"] for row in here().world["AddressCountryRegions"]}
    company = here().world["LegalEntities"].get(_site(channel)["legal_entity"]) or {}
    return [
        Field("first_name", "First name", autocomplete="given-name"),
        Field("last_name", "Last name", is_required=True, autocomplete="family-name"),
        Field("company", "Company", is_required=True, autocomplete="organization"),
        Field("email", "E-mail", kind="email", autocomplete="email", hint="You will sign in with it once you are a partner."),
        Field("phone", "Phone", kind="tel", autocomplete="tel"),
        Field("street", "Street", autocomplete="street-address"),
        Field("zip_code", "Postal code", autocomplete="postal-code"),
        Field("city", "City", autocomplete="address-level2"),
        Field("state", "State", autocomplete="address-level1"),
        Field("country", "Country", company.get("AddressCountryRegionId", ""), options=countries, autocomplete="country"),
        Field("comments", "What should we know about you?", kind="textarea"),
    ]
