"""The values of the choice columns that several tables share; order is value order, from 1."""

from __future__ import annotations

ADDRESS_TYPES = {1: "Bill To", 2: "Ship To", 3: "Primary", 4: "Other"}
RATINGS = {1: "Hot", 2: "Warm", 3: "Cold"}
CONTACT_METHODS = {1: "Any", 2: "Email", 3: "Phone", 4: "Fax", 5: "Mail"}
LEAD_SOURCES = {
    1: "Advertisement",
    2: "Employee Referral",
    3: "External Referral",
    4: "Partner",
    5: "Public Relations",
    6: "Seminar",
    7: "Trade Show",
    8: "Web",
    9: "Word of Mouth",
    10: "Other",
}
# The reference gives the range 1..33; labels are an organization's own to change.
INDUSTRIES = {value: f"Industry {value}" for value in range(1, 34)}
