"""Who can sign in to the B2B site, and why not (docs: manage-b2b-users, b2b-multi-outlet)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.commerce.environment import Commerce

Json = dict[str, Any]
EMAIL = "ann@fabrikam.example"


def sign_in(commerce: Commerce, email: str = EMAIL, legal_entity: str = "usmf") -> Json:
    return commerce.people("GET", f"sign-in?legal_entity={legal_entity}&email={email}")


def reasons(commerce: Commerce) -> list[str]:
    return [reason.partition(":")[0] for reason in sign_in(commerce)["reasons"]]


def approved(commerce: Commerce) -> Json:
    prospect = commerce.prospect()
    commerce.people("POST", f"prospects/usmf/{prospect['ProspectId']}/approve")
    return prospect


def other_customer(**changes: str) -> Json:
    fields = {"dataAreaId": "usmf", "CustomerAccount": "OLD-1", "PartyType": "Person", "PersonLastName": "Lee"}
    return fields | {"CustomerGroupId": "B2B", "SalesCurrencyCode": "USD", "PrimaryContactEmail": EMAIL} | changes


def test_an_approved_user_can_sign_in_after_job_1010(commerce: Commerce) -> None:
    approved(commerce)
    assert reasons(commerce) == ["not-pushed"]
    commerce.people("POST", "jobs/1010")
    assert sign_in(commerce) == {"email": EMAIL, "can_sign_in": True, "reasons": [], "role": "Admin"}


def test_an_email_that_another_customer_has_locks_the_user_out(commerce: Commerce) -> None:
    """The primary e-mail must be unique among the legal entity's customers; letter case does not count."""
    commerce.people("POST", "customers", other_customer(PrimaryContactEmail=EMAIL.upper()))
    approved(commerce)
    commerce.people("POST", "jobs/1010")
    assert "email-not-unique" in reasons(commerce)


def test_the_same_email_in_another_legal_entity_does_no_harm(commerce: Commerce) -> None:
    commerce.people("POST", "customers", other_customer(dataAreaId="demf", SalesCurrencyCode="EUR"))
    approved(commerce)
    commerce.people("POST", "jobs/1010")
    assert sign_in(commerce)["can_sign_in"]


def test_a_customer_outside_the_channels_address_book_is_not_sent(commerce: Commerce) -> None:
    default = {"dataAreaId": "usmf", "CustomerAccount": "B2B-US-DEFAULT", "AddressBooks": "Retail"}
    commerce.people("PUT", "rows/CustomersV3", default)
    approved(commerce)
    commerce.people("POST", "jobs/1010")
    assert reasons(commerce) == ["address-book"]


def test_a_pending_requester_cannot_sign_in(commerce: Commerce) -> None:
    commerce.prospect()
    assert reasons(commerce) == ["no-customer"]


def test_a_removed_node_leaves_a_customer_who_can_still_sign_in(commerce: Commerce) -> None:
    """Removing a user removes the hierarchy node (soft-versioned), not the customer."""
    prospect = approved(commerce)
    commerce.people("POST", "jobs/1010")
    [node] = commerce.rows(f"CustomerHierarchyNodes?$filter=NodePartyNumber eq '{prospect['ProspectPartyNumber']}'")
    commerce.people("PUT", "rows/CustomerHierarchyNodes", node_key(node) | {"VersionRemoved": 2})
    assert (sign_in(commerce)["can_sign_in"], sign_in(commerce)["role"]) == (True, "")


def node_key(node: Json) -> Json:
    return {name: node[name] for name in ("CustomerHierarchyId", "NodePartyNumber")}


@pytest.mark.parametrize("party_type", ["Person", "Organization"])
def test_in_the_contact_model_only_an_enabled_contact_can_sign_in(start: Callable[..., Commerce], party_type: str) -> None:
    """docs: b2b-multi-outlet: only enabled contacts can sign in."""
    commerce = start(access_model="contact", party_type=party_type)
    approved(commerce)
    commerce.people("POST", "jobs/1010")
    assert reasons(commerce) == ["contact-not-enabled"]
    [contact] = commerce.rows("ContactPersons")
    commerce.people("POST", f"contacts/usmf/{contact['ContactPersonId']}/enable")
    assert sign_in(commerce)["can_sign_in"]
