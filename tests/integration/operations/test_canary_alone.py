"""The canary where there is no app: how it makes its request, and what it says when nothing comes of it."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import requests

from operations.canary import APPROVE, REJECT, Canary
from operations.canary_people import Marker
from operations.environment import Environment
from sandbox.commerce.world import World as CommerceWorld
from shared.settings import from_environment
from tests.integration.operations.conftest import SECRET, Administrator, Sales, Site


@pytest.fixture
def environment(sales: Sales, commerce: CommerceWorld, commerce_site: Site) -> Environment:
    """Both systems, Sales provisioned; nothing that works in between."""
    sales.provision()
    given = {"SALES_URL": sales.url, "COMMERCE_URL": commerce_site.url, "LEGAL_ENTITIES": "usmf", "AzureWebJobsStorage": "x"}
    return Environment(from_environment(given), Administrator(SECRET), variables=given)


def test_a_lead_that_never_comes_is_named_and_the_prospect_is_deleted(environment: Environment, commerce: CommerceWorld) -> None:
    flight = Canary(environment, print, patience=0.2, pause=0.05).send(REJECT, "usmf")
    assert (flight.ok, flight.failed, flight.left) == (False, "lead", [])
    assert "no lead of usmf.P-000001 after 0 s" in flight.line and not list(commerce["Prospects"])


def test_a_prospect_that_may_not_be_deleted_is_rejected_and_named(
    environment: Environment, commerce_site: Site, commerce: CommerceWorld
) -> None:
    commerce_site.stage.answers.append((r"DELETE /data/Prospects", 405, {"error": {"code": "", "message": "not supported"}}))
    flight = Canary(environment, print, patience=0.1, pause=0.05).send(APPROVE, "usmf")
    assert flight.left == ["prospect usmf.P-000001"]
    assert [row["B2BProspectStatus"] for row in commerce["Prospects"]] == ["Rejected"]


def test_an_outage_while_it_waits_is_waited_out(environment: Environment, sales_site: Site, sales: Sales) -> None:
    busy = (r"GET /api/data/v9.2/leads", 503, {"error": {"code": "", "message": "busy"}})
    sales_site.stage.answers.append(busy)
    over = threading.Timer(0.3, sales_site.stage.answers.clear)
    over.start()
    flight = Canary(environment, print, patience=1.0, pause=0.05).send(REJECT, "usmf")
    over.join()
    assert flight.failed == "lead" and flight.why.startswith("no lead of")


def test_where_head_office_takes_no_prospect_a_request_on_the_site_is_waited_for(
    environment: Environment, commerce_site: Site
) -> None:
    """A company may not let us write prospects; then the canary's request comes as every other does."""
    commerce_site.stage.answers.append((r"POST /data/Prospects", 403, {"error": {"code": "", "message": "denied"}}))
    lines: list[str] = []

    def visitor(line: str) -> None:
        lines.append(line)
        if line.startswith("submit a request"):
            company, email = (line.partition(word)[2].split(mark)[0] for word, mark in (("company ", ","), ("e-mail ", ";")))
            _apply(commerce_site.url, {"last_name": "Canary", "company": company, "email": email, "legal_entity": "usmf"})

    flight = Canary(environment, visitor, patience=2.0, pause=0.05).send(REJECT, "usmf")
    assert flight.key and flight.failed == "lead" and "head office takes no prospect from us" in lines[0]


def _apply(url: str, form: dict[str, Any]) -> None:
    for path, body in (("requests", form), ("jobs/P-0001", {}), ("jobs/synchronize", {})):
        requests.post(f"{url}/sandbox/{path}", json=body, timeout=10).raise_for_status()


def test_under_the_manual_channel_the_canary_writes_the_status_itself(environment: Environment, commerce: CommerceWorld) -> None:
    """That is how a company learns what the write brings before it lets the bridge do it."""
    canary = Canary(environment, print, patience=0.2, pause=0.05)
    prospect = canary.office.request(Marker(), "usmf")
    canary.until_decided(prospect, "Approved", 0.0)
    assert [row["B2BProspectStatus"] for row in commerce["Prospects"]] == ["Approved"]
    assert list(commerce["CustomerHiearchies"])
