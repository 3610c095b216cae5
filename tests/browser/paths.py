"""The paths of the sandbox's pages by name, one of each kind, for whoever checks or pictures all of them."""

from __future__ import annotations


def of_head_office(prospect: str, hierarchy: str, email: str) -> dict[str, str]:
    """Head office's and a site's; `prospect` is LEGAL-ENTITY/PROSPECT, approved, with a customer of that number."""
    return {
        "start": "/",
        "site-form": "/site/B2B-US",
        "site-thanks": "/site/B2B-US/thanks/REQ-000001",
        "jobs": "/jobs",
        "prospects": "/prospects",
        "prospect": f"/prospects/{prospect}",
        "prospect-edit": f"/prospects/{prospect}/edit",
        "customers": "/customers",
        "customer-new": "/customers/new",
        "customer": f"/customers/{prospect}",
        "customer-edit": f"/customers/{prospect}/edit",
        "hierarchies": "/hierarchies",
        "hierarchy": f"/hierarchies/{hierarchy}",
        "outbox": "/outbox",
        "sign-in": f"/sign-in?legal_entity={prospect.partition('/')[0]}&email={email}",
        "business-events": "/business-events",
        "switches": "/sandbox/switches",
    }


def of_sales(lead: str, opportunity: str, account: str, contact: str) -> dict[str, str]:
    """Sales', of these records by their ids."""
    return {
        "leads": "/",
        "lead-new": "/leads/new",
        "lead": f"/leads/{lead}",
        "opportunities": "/opportunities",
        "opportunity": f"/opportunities/{opportunity}",
        "accounts": "/accounts",
        "account": f"/accounts/{account}",
        "contacts": "/contacts",
        "contact": f"/contacts/{contact}",
        "webhooks": "/webhooks",
        "switches": "/sandbox/switches",
    }
