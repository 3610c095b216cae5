"""What sellers do: qualify, win, lose, reopen, merge."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.sales.environment import ADMIN, Sales, error_of

CLOSED_LEAD, CLOSED_OPPORTUNITY = (400, "0x80040519"), (400, "0x80040515")
QUALIFY = {"CreateAccount": True, "CreateContact": True, "CreateOpportunity": True, "Status": 3}


def _qualified(sales: Sales) -> tuple[str, str]:
    lead_id = sales.lead()
    return lead_id, sales.qualify(lead_id)[2]["opportunityid"]


def _types(created: list[dict[str, Any]]) -> list[str]:
    return [row["@odata.type"].rpartition(".")[2] for row in created]


def test_qualifying_creates_account_contact_and_opportunity_and_links_them(sales: Sales) -> None:
    """docs: QualifyLead action; relationship mappings lead -> account, contact, opportunity."""
    lead_id = sales.lead(
        emailaddress1="ada@engines.example", mobilephone="123", websiteurl="https://engines.example", revenue=5.0
    )
    created = sales.qualify(lead_id)
    assert _types(created) == ["account", "contact", "opportunity"]
    expand = "parentaccountid($select=name,websiteurl,revenue),parentcontactid($select=fullname,emailaddress1,mobilephone)"
    lead = sales.get(f"leads({lead_id})?$select=statecode,statuscode,_qualifyingopportunityid_value&$expand={expand}")
    assert (lead["statecode"], lead["statuscode"]) == (1, 3)
    assert lead["_qualifyingopportunityid_value"] == created[2]["opportunityid"]
    assert (lead["parentaccountid"]["name"], lead["parentaccountid"]["websiteurl"]) == ("Engines", "https://engines.example")
    assert (lead["parentcontactid"]["fullname"], lead["parentcontactid"]["emailaddress1"]) == ("Ada Byron", "ada@engines.example")


def test_the_opportunity_belongs_to_the_new_account_and_names_its_lead(sales: Sales) -> None:
    """docs: opportunity reference: originatingleadid, customerid, parentaccountid, transactioncurrencyid."""
    lead_id = sales.lead()
    account, contact, opportunity = sales.qualify(lead_id)
    row = sales.get(f"opportunities({opportunity['opportunityid']})?$expand=transactioncurrencyid($select=isocurrencycode)")
    assert row["_originatingleadid_value"] == lead_id
    assert (row["_customerid_value"], row["_parentaccountid_value"]) == (account["accountid"], account["accountid"])
    assert row["_parentcontactid_value"] == contact["contactid"]
    assert (row["name"], row["statecode"], row["transactioncurrencyid"]["isocurrencycode"]) == ("Request", 0, "USD")
    person = sales.get(f"contacts({contact['contactid']})?$select=_parentcustomerid_value,_originatingleadid_value")
    assert (person["_parentcustomerid_value"], person["_originatingleadid_value"]) == (account["accountid"], lead_id)


def test_qualifying_uses_the_account_and_contact_that_the_lead_already_has(sales: Sales) -> None:
    """docs: qualify-lead-convert-opportunity: an existing account or contact is chosen instead of creating one."""
    account = sales.create("accounts", {"name": "Known"})
    lead_id = sales.lead(**{"parentaccountid@odata.bind": f"/accounts({account})"})
    created = sales.qualify(lead_id, account=False)
    assert _types(created) == ["contact", "opportunity"]
    opportunity = sales.get(f"opportunities({created[1]['opportunityid']})?$select=_parentaccountid_value")
    assert opportunity["_parentaccountid_value"] == account


def test_a_lead_can_be_qualified_without_an_opportunity(sales: Sales) -> None:
    """docs: QualifyLead action, CreateOpportunity."""
    lead_id = sales.lead()
    assert _types(sales.qualify(lead_id, opportunity=False)) == ["account", "contact"]
    assert (
        sales.get(f"leads({lead_id})?$select=statecode,_qualifyingopportunityid_value")["_qualifyingopportunityid_value"] is None
    )


def test_the_opportunity_takes_the_currency_and_customer_that_are_given(sales: Sales) -> None:
    """docs: QualifyLead action, OpportunityCurrencyId and OpportunityCustomerId."""
    euro = sales.get("transactioncurrencies?$filter=isocurrencycode eq 'EUR'")["value"][0]["transactioncurrencyid"]
    account = sales.create("accounts", {"name": "Known"})
    prefix = "Microsoft.Dynamics.CRM"
    body = QUALIFY | {
        "OpportunityCurrencyId": {"@odata.type": f"{prefix}.transactioncurrency", "transactioncurrencyid": euro},
        "OpportunityCustomerId": {"@odata.type": f"{prefix}.account", "accountid": account},
    }
    created = sales.send("POST", f"leads({sales.lead()})/{prefix}.QualifyLead", body).json()["value"]
    row = sales.get(f"opportunities({created[2]['opportunityid']})?$select=_transactioncurrencyid_value,_customerid_value")
    assert (row["_transactioncurrencyid_value"], row["_customerid_value"]) == (euro, account)


@pytest.mark.parametrize("missing", list(QUALIFY))
def test_every_required_parameter_of_qualify_is_required(sales: Sales, missing: str) -> None:
    """docs: QualifyLead action."""
    body = {name: value for name, value in QUALIFY.items() if name != missing}
    assert sales.send("POST", f"leads({sales.lead()})/Microsoft.Dynamics.CRM.QualifyLead", body).status_code == 400


def test_a_lead_is_qualified_once_and_with_a_qualified_status(sales: Sales) -> None:
    """docs: web-service-error-codes LeadAlreadyInClosedState, InvalidStateCodeStatusCode."""
    lead_id = sales.lead()
    address = f"leads({lead_id})/Microsoft.Dynamics.CRM.QualifyLead"
    assert error_of(sales.send("POST", address, QUALIFY | {"Status": 4})) == (400, "0x80048408")
    sales.qualify(lead_id)
    assert error_of(sales.send("POST", address, QUALIFY)) == CLOSED_LEAD
    assert len(sales.get("accounts?$select=name")["value"]) == 1


def test_winning_closes_the_opportunity_with_an_activity(sales: Sales) -> None:
    """docs: use-web-api-actions, WinOpportunity; opportunityclose reference."""
    _, opportunity = _qualified(sales)
    response = sales.close("Win", opportunity, 3, actualrevenue=100, actualend="2026-07-12")
    assert (response.status_code, response.content) == (204, b"")
    row = sales.get(f"opportunities({opportunity})?$expand=Opportunity_OpportunityClose")
    assert (row["statecode"], row["statuscode"], row["actualvalue"], row["actualclosedate"]) == (1, 3, 100, "2026-07-12")
    close = row["Opportunity_OpportunityClose"][0]
    assert (close["subject"], close["statecode"], close["opportunitystatecode"]) == ("Win", 1, 1)


@pytest.mark.parametrize("status", [4, 5])
def test_losing_takes_a_lost_status(sales: Sales, status: int) -> None:
    """docs: LoseOpportunity; opportunity statuscode."""
    _, opportunity = _qualified(sales)
    assert error_of(sales.close("Lose", opportunity, 3)) == (400, "0x80048408")
    assert sales.close("Lose", opportunity, status).status_code == 204
    row = sales.get(f"opportunities({opportunity})?$select=statecode,statuscode")
    assert (row["statecode"], row["statuscode"]) == (2, status)


def test_a_closed_opportunity_is_closed_until_it_is_reopened(sales: Sales) -> None:
    """docs: web-service-error-codes OpportunityIsAlreadyClosed; reopening cancels the closing activity."""
    _, opportunity = _qualified(sales)
    sales.close("Win", opportunity, 3)
    assert error_of(sales.close("Lose", opportunity, 4)) == CLOSED_OPPORTUNITY
    assert error_of(sales.send("PATCH", f"opportunities({opportunity})", {"name": "X"})) == CLOSED_OPPORTUNITY
    assert sales.send("PATCH", f"opportunities({opportunity})", {"statecode": 0, "statuscode": 1}).status_code == 204
    row = sales.get(f"opportunities({opportunity})?$expand=Opportunity_OpportunityClose($select=statecode)", If_None_Match="null")
    assert (row["statecode"], row["actualclosedate"]) == (0, None)
    assert [close["statecode"] for close in row["Opportunity_OpportunityClose"]] == [2]
    assert sales.close("Lose", opportunity, 4).status_code == 204


def test_an_opportunity_is_not_closed_by_an_update(sales: Sales) -> None:
    """docs: opportunityclose: WinOpportunity and LoseOpportunity are the way."""
    _, opportunity = _qualified(sales)
    assert sales.send("PATCH", f"opportunities({opportunity})", {"statecode": 1, "statuscode": 3}).status_code == 400


def test_merging_deactivates_the_subordinate_and_moves_its_notes(sales: Sales) -> None:
    """docs: merge: the subordinate looks disqualified, `merged` and `masterid` tell the difference."""
    master, lesser = sales.lead(), sales.lead(firstname="Augusta", jobtitle="Countess")
    note = sales.create("annotations", {"subject": "n", "objectid_lead@odata.bind": f"/leads({lesser})"})
    kind = {"@odata.type": "Microsoft.Dynamics.CRM.lead"}
    body = {
        "Target": kind | {"leadid": master},
        "Subordinate": kind | {"leadid": lesser},
        "UpdateContent": kind | {"leadid": "00000000-0000-0000-0000-000000000000", "jobtitle": "Countess"},
        "PerformParentingChecks": False,
    }
    assert sales.send("POST", "Merge", body).status_code == 204
    row = sales.get(f"leads({lesser})?$select=statecode,merged,_masterid_value")
    assert (row["statecode"], row["merged"], row["_masterid_value"]) == (2, True, master)
    assert sales.get(f"leads({master})?$select=jobtitle,statecode")["jobtitle"] == "Countess"
    assert sales.get(f"annotations({note})?$select=_objectid_value")["_objectid_value"] == master
    assert error_of(sales.send("POST", "Merge", body)) == (400, "0x80045304")
    assert error_of(sales.send("POST", "Merge", body | {"Subordinate": body["Target"]})) == (400, "0x80045305")


def test_who_am_i_names_user_organization_and_business_unit(sales: Sales) -> None:
    """docs: WhoAmI function, with and without parentheses."""
    for path in ("WhoAmI", "WhoAmI()"):
        assert {"UserId", "OrganizationId", "BusinessUnitId"} <= sales.get(path).keys()


def test_the_current_organization_says_of_what_type_it_is(sales: Sales) -> None:
    """docs: RetrieveCurrentOrganization function: AccessType is required; a production system is of the type Customer."""
    function = "RetrieveCurrentOrganization(AccessType=@kind)?@kind=Microsoft.Dynamics.CRM.EndpointAccessType'Default'"
    detail = sales.get(function)["Detail"]
    assert (detail["OrganizationId"], detail["OrganizationType"]) == (sales.get("WhoAmI")["OrganizationId"], "CustomerTest")
    sales.control("settings", {"organization_type": "Customer"})
    assert sales.get(function)["Detail"]["OrganizationType"] == "Customer"
    assert sales.send("GET", "RetrieveCurrentOrganization").status_code == 400


def test_a_users_privileges_are_listed_with_their_depth(sales: Sales) -> None:
    """docs: RetrieveUserPrivileges function."""
    user = sales.get("WhoAmI")["UserId"]
    answer = sales.get(f"systemusers({user})/Microsoft.Dynamics.CRM.RetrieveUserPrivileges()", user=ADMIN)
    depths = {row["PrivilegeName"]: row["Depth"] for row in answer["RolePrivileges"]}
    assert depths["prvCreatelead"] == "Global"
    assert "prvCreateserviceendpoint" not in depths
