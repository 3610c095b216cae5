"""The sales tables, as their reference pages give them: lengths, choices, states, navigation property names.

docs: lead, opportunity, opportunityclose, account, contact, annotation table/entity reference.
"""

from __future__ import annotations

from sandbox.sales.choices import ADDRESS_TYPES, CONTACT_METHODS, INDUSTRIES, LEAD_SOURCES, RATINGS
from sandbox.sales.columns import (
    ACTIVE_INACTIVE,
    choice,
    create_only,
    customer,
    day,
    flags,
    lookup,
    memo,
    money,
    number,
    read_only,
    required,
    states,
    table,
    texts,
)
from sandbox.sales.schema import Column, Kind, Table, Target

LEAD_STATES = {
    0: ("Open", {1: "New", 2: "Contacted"}),
    1: ("Qualified", {3: "Qualified"}),
    2: ("Disqualified", {4: "Lost", 5: "Cannot Contact", 6: "No Longer Interested", 7: "Canceled"}),
}
OPPORTUNITY_STATES = {
    0: ("Open", {1: "In Progress", 2: "On Hold"}),
    1: ("Won", {3: "Won"}),
    2: ("Lost", {4: "Canceled", 5: "Out-Sold"}),
}
OPPORTUNITYCLOSE_STATES = {0: ("Open", {1: "Open"}), 1: ("Completed", {2: "Completed"}), 2: ("Canceled", {3: "Canceled"})}


def sales_tables() -> list[Table]:
    """Fresh definitions of the tables that people work in."""
    return [_lead(), _opportunity(), _opportunityclose(), _account(), _contact(), _annotation()]


def _address() -> list[Column]:
    return [
        *texts(250, "address1_line1", "address1_line2", "address1_line3"),
        *texts(80, "address1_city", "address1_country"),
        *texts(50, "address1_stateorprovince", "address1_county"),
        *texts(20, "address1_postalcode", "address1_postofficebox"),
        *texts(100, "address1_name"),
        *texts(50, "address1_telephone1", "address1_telephone2", "address1_telephone3", "address1_fax"),
        choice("address1_addresstypecode", ADDRESS_TYPES),
        number("address1_latitude", -90, 90, Kind.DOUBLE),
        number("address1_longitude", -180, 180, Kind.DOUBLE),
        read_only(memo("address1_composite", 1000)),
    ]


def _consent() -> list[Column]:
    return flags("donotemail", "donotbulkemail", "donotphone", "donotfax", "donotpostalmail")


def _lead() -> Table:
    return table(
        "lead",
        "leads",
        4,
        "fullname",
        required(texts(300, "subject")[0]),
        texts(100, "companyname", "salutation", "jobtitle", "emailaddress1", "emailaddress2", "emailaddress3"),
        texts(50, "firstname", "middlename", "telephone1", "telephone2", "telephone3", "fax"),
        required(texts(50, "lastname")[0]),
        read_only(texts(160, "fullname")[0]),
        texts(20, "mobilephone", "pager", "sic"),
        texts(200, "websiteurl"),
        memo("description", 2000),
        memo("qualificationcomments", 2000),
        _address(),
        _consent(),
        number("numberofemployees", 0, 1_000_000),
        money("revenue", 0, 1e14),
        money("estimatedamount"),
        day("estimatedclosedate"),
        choice("leadsourcecode", LEAD_SOURCES),
        choice("leadqualitycode", RATINGS, 2),
        choice("industrycode", INDUSTRIES),
        choice("preferredcontactmethodcode", CONTACT_METHODS, 1),
        choice("need", {0: "Must have", 1: "Should have", 2: "Good to have", 3: "No need"}),
        choice("purchasetimeframe", {0: "Immediate", 1: "This Quarter", 2: "Next Quarter", 3: "This Year", 4: "Unknown"}),
        choice("purchaseprocess", {0: "Individual", 1: "Committee", 2: "Unknown"}),
        choice("initialcommunication", {0: "Contacted", 1: "Not Contacted"}),
        lookup("parentaccountid", "account", "lead_parent_account"),
        lookup("parentcontactid", "contact", "lead_parent_contact"),
        customer("customerid", "lead_customer"),
        lookup("qualifyingopportunityid", "opportunity", "opportunity_qualifying_lead"),
        lookup("transactioncurrencyid", "transactioncurrency", "transactioncurrency_lead"),
        lookup("campaignid", "campaign", "campaign_leads"),
        read_only(flags("merged")[0]),
        read_only(lookup("masterid", "lead", "lead_master_lead")),
        states(LEAD_STATES),
        label="Lead",
        change_tracking=True,
    )


def _opportunity() -> Table:
    return table(
        "opportunity",
        "opportunities",
        3,
        "name",
        required(texts(300, "name")[0]),
        texts(200, "stepname"),
        [memo(name, 2000) for name in ("description", "currentsituation", "customerneed", "proposedsolution")],
        money("estimatedvalue", -1e12),
        money("actualvalue", -1e12),
        money("budgetamount"),
        day("estimatedclosedate"),
        day("actualclosedate"),
        number("closeprobability", 0, 100),
        flags("isrevenuesystemcalculated"),
        choice("opportunityratingcode", RATINGS, 2),
        choice("salesstage", {0: "Qualify", 1: "Develop", 2: "Propose", 3: "Close"}, 0),
        choice("purchasetimeframe", {0: "Immediate", 1: "This Quarter", 2: "Next Quarter", 3: "This Year", 4: "Unknown"}),
        choice("purchaseprocess", {0: "Individual", 1: "Committee", 2: "Unknown"}),
        choice("need", {0: "Must have", 1: "Should have", 2: "Good to have", 3: "No need"}),
        create_only(lookup("originatingleadid", "lead", "opportunity_originating_lead")),
        lookup("parentaccountid", "account", "opportunity_parent_account"),
        lookup("parentcontactid", "contact", "opportunity_parent_contact"),
        customer("customerid", "opportunity_customer"),
        required(lookup("transactioncurrencyid", "transactioncurrency", "transactioncurrency_opportunity")),
        lookup("campaignid", "campaign", "campaign_opportunities"),
        states(OPPORTUNITY_STATES),
        label="Opportunity",
        change_tracking=True,
    )


def _opportunityclose() -> Table:
    return table(
        "opportunityclose",
        "opportunitycloses",
        4208,
        "subject",
        texts(200, "subject"),
        memo("description", 2000),
        money("actualrevenue", -1e12),
        day("actualend"),
        required(lookup("opportunityid", "opportunity", "Opportunity_OpportunityClose")),
        number("opportunitystatecode", 0, 2),
        number("opportunitystatuscode", 1, 5),
        states(OPPORTUNITYCLOSE_STATES),
        primary_id="activityid",
        label="Opportunity Close",
    )


def _account() -> Table:
    return table(
        "account",
        "accounts",
        1,
        "name",
        required(texts(160, "name")[0]),
        texts(160, "yominame"),
        texts(20, "accountnumber", "sic"),
        texts(10, "tickersymbol"),
        texts(100, "emailaddress1"),
        texts(50, "telephone1", "telephone2", "telephone3", "fax"),
        texts(200, "websiteurl"),
        memo("description", 2000),
        _address(),
        _consent(),
        number("numberofemployees", 0, 1e9),
        money("revenue", 0, 1e14),
        choice("industrycode", INDUSTRIES),
        choice("ownershipcode", {1: "Public", 2: "Private", 3: "Subsidiary", 4: "Other"}),
        choice("preferredcontactmethodcode", CONTACT_METHODS, 1),
        lookup("primarycontactid", "contact", "account_primary_contact"),
        lookup("parentaccountid", "account", "account_parent_account"),
        create_only(lookup("originatingleadid", "lead", "account_originating_lead")),
        lookup("transactioncurrencyid", "transactioncurrency", "transactioncurrency_account"),
        read_only(flags("merged")[0]),
        read_only(lookup("masterid", "account", "account_master_account")),
        states(ACTIVE_INACTIVE),
        label="Account",
        change_tracking=True,
    )


def _contact() -> Table:
    return table(
        "contact",
        "contacts",
        2,
        "fullname",
        texts(50, "firstname", "middlename", "telephone1", "telephone2", "telephone3", "fax", "pager", "home2", "mobilephone"),
        texts(50, "governmentid", "employeeid", "externaluseridentifier"),
        required(texts(50, "lastname")[0]),
        read_only(texts(160, "fullname")[0]),
        texts(100, "salutation", "jobtitle", "emailaddress1", "emailaddress2", "emailaddress3", "nickname", "managername"),
        texts(200, "websiteurl"),
        memo("description", 2000),
        _address(),
        _consent(),
        choice("preferredcontactmethodcode", CONTACT_METHODS, 1),
        Column(
            "parentcustomerid",
            Kind.LOOKUP,
            targets=(
                Target("account", "parentcustomerid_account", "contact_customer_accounts"),
                Target("contact", "parentcustomerid_contact", "contact_customer_contacts"),
            ),
        ),
        create_only(lookup("originatingleadid", "lead", "contact_originating_lead")),
        lookup("transactioncurrencyid", "transactioncurrency", "transactioncurrency_contact"),
        read_only(flags("merged")[0]),
        read_only(lookup("masterid", "contact", "contact_master_contact")),
        states(ACTIVE_INACTIVE),
        label="Contact",
        change_tracking=True,
    )


def _annotation() -> Table:
    related = ("lead", "Lead"), ("opportunity", "Opportunity"), ("account", "Account"), ("contact", "Contact")
    targets = tuple(Target(name, f"objectid_{name}", f"{schema}_Annotation") for name, schema in related)
    return table(
        "annotation",
        "annotations",
        5,
        "subject",
        texts(500, "subject"),
        memo("notetext", 100_000),
        texts(255, "filename"),
        texts(256, "mimetype"),
        memo("documentbody", 1_073_741_823),
        flags("isdocument"),
        Column("objectid", Kind.LOOKUP, targets=targets),
        label="Note",
    )
