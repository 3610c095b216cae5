"""A canary leaves a production system alone."""

from __future__ import annotations

import pytest

from operations.canary_guard import ALLOWED, organization_type, production_systems
from operations.environment import Environment
from sandbox.administrator import Administrator
from shared.settings import from_environment
from tests.integration.operations.conftest import SECRET, Sales

HERE = "http://127.0.0.1:7071"


def environment(sales_url: str, commerce_url: str, **more: str) -> Environment:
    given = {"SALES_URL": sales_url, "COMMERCE_URL": commerce_url, "LEGAL_ENTITIES": "usmf", "AzureWebJobsStorage": "x", **more}
    return Environment(from_environment(given), Administrator(SECRET), variables=given)


def test_dataverse_says_what_kind_of_environment_it_is(sales: Sales) -> None:
    assert organization_type(environment(sales.url, HERE)) == "CustomerTest"
    assert production_systems(environment(sales.url, HERE)) == []


def test_a_production_sales_is_refused(sales: Sales) -> None:
    sales.world.options.organization_type = "Customer"
    (reason,) = production_systems(environment(sales.url, HERE))
    assert reason == "Sales (127.0.0.1) is of the type Customer"


def test_a_sales_that_does_not_say_counts_as_production() -> None:
    (reason,) = production_systems(environment("http://127.0.0.1:9", HERE))
    assert "of the type unknown" in reason


@pytest.mark.parametrize(
    ("url", "is_production"),
    [
        ("https://contoso.operations.dynamics.com", True),
        ("https://contoso.sandbox.operations.dynamics.com", False),
        ("https://contosodev.cloudax.dynamics.com", False),
        ("https://cloudax.dynamics.com.example.com", True),
        ("http://127.0.0.1:1", False),
    ],
)
def test_commerce_is_judged_by_its_address(url: str, is_production: bool, sales: Sales) -> None:
    assert bool(production_systems(environment(sales.url, url))) is is_production


def test_hosts_can_be_allowed(sales: Sales) -> None:
    sales.world.options.organization_type = "Customer"
    allowed = {ALLOWED: "contoso.operations.dynamics.com, 127.0.0.1"}
    assert production_systems(environment(sales.url, "https://contoso.operations.dynamics.com", **allowed)) == []
