"""$filter over rows, in both products' dialects."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.odata.dialects import DATAVERSE, FINANCE_AND_OPERATIONS, Dialect
from sandbox.odata.errors import ODataError
from sandbox.odata.filters import compile_filter

LEAD = {
    "leadid": "6d81597f-0f9f-e711-8122-000d3aa2331c",
    "subject": "Fabrikam's request",
    "statecode": 0,
    "revenue": 10.5,
    "donotemail": False,
    "companyname": None,
    "allocated": "a",
    "modifiedon": "2026-02-03T04:05:06Z",
    "parentaccountid": {"name": "Contoso"},
    "opportunities": [{"statecode": 1}, {"statecode": 0}],
}
PROSPECT = {"dataAreaId": "usmf", "IsB2BProspect": "Yes", "AllowOnAccount": "No", "CreditLimit": 100, "ProspectId": "P-1"}
YES = "Microsoft.Dynamics.DataEntities.NoYes'Yes'"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("subject eq 'FABRIKAM''S REQUEST'", True),
        ("subject ne null", True),
        ("companyname eq null", True),
        ("companyname ne 'x'", True),
        ("companyname gt 'x'", False),
        ("leadid eq 6D81597F-0F9F-E711-8122-000D3AA2331C", True),
        ("statecode eq 0 and (revenue gt 10 or donotemail eq true)", True),
        ("not (statecode eq 0)", False),
        ("contains(subject,'kam')", True),
        ("startswith(subject,'kam')", False),
        ("endswith(subject,'REQUEST') and allocated eq 'a'", True),
        ("modifiedon ge 2026-02-03T04:05:06Z", True),
        ("modifiedon lt 2026-02-03T05:05:06+01:00", False),
        ("modifiedon ge 2026-02-04", False),
        ("parentaccountid/name eq 'contoso'", True),
        ("opportunities/any(o:o/statecode eq 1)", True),
        ("opportunities/all(o:o/statecode eq 1)", False),
        ("""Microsoft.Dynamics.CRM.In(PropertyName='subject',PropertyValues=["x","Fabrikam's request"])""", True),
        ("Microsoft.Dynamics.CRM.In(PropertyName='allocated',PropertyValues=['b'])", False),
    ],
)
def test_dataverse_filter_selects_the_lead(text: str, expected: bool) -> None:
    assert compile_filter(text, DATAVERSE)(LEAD) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"IsB2BProspect eq {YES}", True),
        (f"IsB2BProspect ne {YES} or dataAreaId eq 'demf'", False),
        ("ProspectId eq 'P-*'", True),
        ("ProspectId eq '*-1'", True),
        ("ProspectId eq 'P*2*1'", False),
        ("ProspectId ne 'X*'", True),
        ("CreditLimit add 1 gt 100", True),
        ("dataAreaId eq 'NoYes''Yes'''", False),
    ],
)
def test_finance_and_operations_filter_selects_the_prospect(text: str, expected: bool) -> None:
    assert compile_filter(text, FINANCE_AND_OPERATIONS)(PROSPECT) is expected


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ("statecode in (0,1)", DATAVERSE),
        ("statecode add 1 eq 2", DATAVERSE),
        ("year(modifiedon) eq 2026", DATAVERSE),
        ("statecode eq", DATAVERSE),
        ("statecode has 1", DATAVERSE),
        ("contains(ProspectId,'P')", FINANCE_AND_OPERATIONS),
        ("ProspectId in ('P-1','P-2')", FINANCE_AND_OPERATIONS),
        ("opportunities/any(o:o/x eq 1)", FINANCE_AND_OPERATIONS),
    ],
)
def test_what_a_product_does_not_support_is_refused(text: str, dialect: Dialect) -> None:
    with pytest.raises(ODataError) as caught:
        compile_filter(text, dialect)
    assert caught.value.status == 400


TYPES = {
    "statecode": "Edm.Int32",
    "subject": "Edm.String",
    "leadid": "Edm.Guid",
    "IsB2BProspect": "Microsoft.Dynamics.DataEntities.NoYes",
}


def _type_of(path: tuple[str, ...]) -> str:
    return TYPES[path[0]]


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ("statecode eq '0'", DATAVERSE),
        ("leadid eq '6d81597f-0f9f-e711-8122-000d3aa2331c'", DATAVERSE),
        ("subject eq 5", DATAVERSE),
        ("IsB2BProspect eq 'Yes'", FINANCE_AND_OPERATIONS),
        (f"IsB2BProspect gt {YES}", FINANCE_AND_OPERATIONS),
    ],
)
def test_operands_of_different_types_are_refused(text: str, dialect: Dialect) -> None:
    with pytest.raises(ODataError, match="incompatible types"):
        compile_filter(text, dialect, type_of=_type_of)


def test_values_come_from_the_caller_where_it_says_how() -> None:
    def value_of(row: Any, path: tuple[str, ...]) -> Any:
        return row["_" + path[0]]

    assert compile_filter("x eq 1", DATAVERSE, value_of)({"_x": 1})
