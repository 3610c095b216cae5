"""The canary through the whole sandbox: it comes through, fails at the hop that is broken, and leaves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from operations import in_sandbox
from operations.canary import APPROVE, REJECT, Canary, Flight
from operations.canary_people import HeadOffice
from operations.canary_record import keep, last_canary
from operations.doctor import examine
from operations.doctor_model import Context, Level
from operations.environment import Environment
from operations.provision_role import role_of, roles_of, user_of
from operations.provision_sales import provision
from sandbox.identity import CLIENT_ID

pytestmark = pytest.mark.integration
Json = dict[str, Any]


def ignore(line: str) -> None:
    """Nobody reads it."""


@pytest.fixture(scope="module")
def whole() -> Iterator[Environment]:
    """Both systems, storage and the app."""
    with in_sandbox.everything(ignore, {}) as environment:
        yield environment


def send(environment: Environment, decision: str, patience: float = 30.0, legal_entity: str = "usmf") -> Flight:
    def requester(marker: Any, entity: str) -> Any:
        return in_sandbox.request_on_the_site(environment, marker, entity)

    return Canary(environment, ignore, patience, requester, pause=0.05).send(decision, legal_entity)


def commerce(environment: Environment, method: str, path: str, body: Json | None = None) -> Json:
    """What people see and change in head office."""
    answer = requests.request(method, f"{environment.settings.commerce_url}/sandbox/{path}", json=body, timeout=10)
    assert answer.status_code < 300, answer.text
    return answer.json()  # type: ignore[no-any-return]


def left_in_sales(environment: Environment) -> dict[str, int]:
    state = requests.get(f"{environment.settings.sales_url}/sandbox/state", timeout=10).json()
    return {name: len(state[name]) for name in ("lead", "opportunity", "account", "contact", "annotation")}


def test_provisioned_twice_the_doctor_finds_nothing_wrong(whole: Environment) -> None:
    assert provision(whole.dataverse, whole.wanted, ignore, apply=True).done == []
    answers = list(examine(Context(whole)))
    assert {answer.code: answer.found for answer in answers if answer.status is not Level.OK} == {}


def test_in_the_sandbox_the_app_has_its_own_rights_and_no_administrators(whole: Environment) -> None:
    (found,) = [answer.found for answer in examine(Context(whole)) if answer.code == "S103"]
    assert found == f"all that the app needs, for {CLIENT_ID}"
    user = user_of(whole.dataverse, CLIENT_ID)
    assert user and roles_of(whole.dataverse, user["systemuserid"]) == {(role_of(whole.dataverse) or {})["roleid"]}


def test_a_rejected_canary_comes_through_leaves_nothing_and_is_kept_for_the_doctor(whole: Environment) -> None:
    """Its prospect is made in head office, as in an environment without a site of ours."""
    flight = Canary(whole, ignore, 30.0, pause=0.05).send(REJECT, "demf")
    assert flight.ok, flight.line
    assert list(flight.hops) == ["prospect", "lead", "disqualify", "rejected", "record", "note"]
    assert flight.left == [] and set(left_in_sales(whole).values()) == {0}
    assert flight.key and flight.key.legal_entity == "demf"
    prospects = {(row["dataAreaId"], row["ProspectId"]) for row in commerce(whole, "GET", "state")["Prospects"]}
    assert (flight.key.legal_entity, flight.key.prospect_id) not in prospects
    keep(whole, REJECT, flight.record())
    found = last_canary(whole, REJECT)
    assert found and found["ok"] and found["line"] == flight.line != (last_canary(whole, APPROVE) or {})["line"]


def test_an_approved_canary_comes_through_and_leaves_its_customers_on_hold(whole: Environment) -> None:
    flight = send(whole, APPROVE)
    assert flight.ok, flight.line
    hops = ["prospect", "lead", "qualify", "customers", "win", "approved", "hierarchy", "sign-in", "record", "note"]
    assert list(flight.hops) == hops and flight.left == [] and set(left_in_sales(whole).values()) == {0}
    assert flight.key
    accounts = {str(row["CustomerAccount"]) for row in HeadOffice(whole).customers(flight.marker, flight.key)}
    held = {row["OnHoldStatus"] for row in commerce(whole, "GET", "state")["CustomersV3"] if row["CustomerAccount"] in accounts}
    assert len(accounts) == 2 and held == {"All"}
    (hierarchy,) = set(flight.kept) - {f"customer {account} on hold" for account in accounts}
    assert hierarchy.startswith("hierarchy ") and len(flight.kept) == 3


@pytest.mark.parametrize(
    ("setting", "value", "healthy", "hop", "why"),
    [
        ("hierarchy", "missing", "created", "hierarchy", "no customer hierarchy with an Admin"),
        ("approval", "creates", "reuses", "sign-in", "customers have the requester's e-mail address"),
    ],
)
def test_what_commerce_does_not_do_is_named_by_its_hop(
    setting: str, value: str, healthy: str, hop: str, why: str, whole: Environment
) -> None:
    commerce(whole, "POST", "settings", {setting: value})
    try:
        flight = send(whole, APPROVE, patience=3.0)
    finally:
        commerce(whole, "POST", "settings", {setting: healthy})
    assert (flight.ok, flight.failed) == (False, hop), flight.line
    assert why in flight.why and set(left_in_sales(whole).values()) == {0}
