"""What a qualified lead hands on (docs: map table columns; the out-of-the-box mappings of the lead's relationships)."""

from __future__ import annotations

from sandbox.sales.store import Row

ADDRESS = (
    "address1_line1 address1_line2 address1_line3 address1_city address1_stateorprovince address1_postalcode address1_country "
    "address1_county address1_postofficebox address1_telephone1 address1_fax"
).split()
LEAD_TO_ACCOUNT = {"companyname": "name"} | {
    name: name
    for name in (
        "telephone1",
        "fax",
        "websiteurl",
        "numberofemployees",
        "revenue",
        "sic",
        "industrycode",
        "emailaddress1",
        *ADDRESS,
    )
}
LEAD_TO_CONTACT = {
    name: name
    for name in (
        "firstname middlename lastname salutation jobtitle emailaddress1 emailaddress2 telephone1 telephone2 mobilephone fax "
        "pager websiteurl preferredcontactmethodcode donotemail donotbulkemail donotphone donotfax donotpostalmail"
    ).split()
} | {name: name for name in ADDRESS}
LEAD_TO_OPPORTUNITY = {"subject": "name", "estimatedamount": "estimatedvalue", "qualificationcomments": "description"} | {
    name: name for name in ("estimatedclosedate", "purchasetimeframe", "purchaseprocess", "need", "campaignid")
}


def mapped(lead: Row, columns: dict[str, str]) -> Row:
    """The values that the lead has, under the other table's column names."""
    return {target: lead[source] for source, target in columns.items() if lead.get(source) is not None}
