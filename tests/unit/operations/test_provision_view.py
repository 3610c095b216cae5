"""The view's XML, and what of another's view counts as a view of our leads."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from operations.provision_view import columns, fetch_xml, layout_xml, missing_columns, problems
from operations.provision_wanted import Wanted
from shared.field_map import Profile

OWN, PACKAGE = Wanted(prefix="acme"), Wanted(prefix="acme", profile=Profile.DUAL_WRITE)


def made(wanted: Wanted = OWN, **values: object) -> dict[str, object]:
    return {"fetchxml": fetch_xml(wanted), "layoutxml": layout_xml(wanted, 4), "statecode": 0, **values}


def test_our_own_view_has_no_problem() -> None:
    assert problems(made(), OWN) == [] and missing_columns(made(), OWN) == []


def test_the_grid_shows_the_columns_that_the_query_asks_for() -> None:
    fetch, layout = ElementTree.fromstring(fetch_xml(OWN)), ElementTree.fromstring(layout_xml(OWN, 4))
    asked = [attribute.get("name") for attribute in fetch.iter("attribute")]
    shown = [cell.get("name") for cell in layout.iter("cell")]
    assert asked == ["leadid", *shown] and shown == list(columns(OWN)) and "acme_legalentity" in shown
    assert layout.get("object") == "4"


@pytest.mark.parametrize(
    ("fetch", "problem"),
    [
        (
            "<fetch><entity name='lead'><order attribute='createdon' descending='true'/></entity></fetch>",
            "does not ask for leads",
        ),
        (fetch_xml(OWN).replace('"true"', '"false"'), "does not show the newest first"),
        (fetch_xml(OWN).replace("createdon", "fullname"), "does not show the newest first"),
        (fetch_xml(OWN).replace("not-null", "null"), "does not ask for leads"),
        ("no XML at all", "does not ask for leads"),
    ],
)
def test_a_view_that_is_of_no_use_is_told_why(fetch: str, problem: str) -> None:
    assert any(problem in found for found in problems(made(fetchxml=fetch), OWN))


def test_a_deactivated_view_is_of_no_use() -> None:
    assert problems(made(statecode=1), OWN) == ["it is deactivated"]


CONDITION = "<condition attribute='msdyn_b2bcommerceprospect' operator='eq' value='1'/>"
FLAG = f"<fetch><entity name='lead'><filter>{CONDITION}</filter></entity></fetch>"


def test_the_packages_own_view_counts_only_in_the_profile_dual_write() -> None:
    assert problems(made(fetchxml=FLAG), PACKAGE) == []
    assert problems(made(fetchxml=FLAG), OWN) != []


def test_a_column_that_was_taken_out_of_our_view_is_missed() -> None:
    layout = layout_xml(OWN, 4).replace('<cell name="companyname" width="200"/>', "")
    assert missing_columns(made(layoutxml=layout), OWN) == ["it does not show companyname"]
