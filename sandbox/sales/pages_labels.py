"""What Sales' forms call its columns, where the column itself has no label here."""

from __future__ import annotations

from sandbox.sales.schema import Column

_LABELS = {
    "subject": "Topic",
    "firstname": "First Name",
    "lastname": "Last Name",
    "jobtitle": "Job Title",
    "telephone1": "Business Phone",
    "mobilephone": "Mobile Phone",
    "emailaddress1": "Email",
    "companyname": "Company Name",
    "websiteurl": "Website",
    "address1_composite": "Address",
    "numberofemployees": "No. of Employees",
    "revenue": "Annual Revenue",
    "name": "Name",
    "accountnumber": "Account Number",
    "description": "Description",
    "primarycontactid": "Primary Contact",
    "parentcustomerid": "Company Name",
    "parentaccountid": "Account",
    "parentcontactid": "Contact",
    "originatingleadid": "Originating Lead",
    "transactioncurrencyid": "Currency",
    "estimatedvalue": "Est. Revenue",
    "estimatedclosedate": "Est. Close Date",
    "actualvalue": "Actual Revenue",
    "actualclosedate": "Actual Close Date",
    "ownerid": "Owner",
    "createdon": "Created On",
}


def label_of(column: Column) -> str:
    """The column's label for people."""
    return column.label or _LABELS.get(column.name, column.name)
