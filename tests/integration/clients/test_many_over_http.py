"""Reading many onboardings at once shows of each what reading it alone shows, in one request."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared import telemetry
from shared.models import LeadState, OpportunityState, ProspectKey, SalesView
from shared.observing import question
from shared.ports import Note
from shared.progress import begun
from shared.record import Claim
from tests.fakes.clock import START
from tests.integration.clients.conftest import CommerceEnvironment, SalesEnvironment

KEYS = [ProspectKey.of("usmf", f"P-{n}") for n in range(1, 6)]
MISSING = ProspectKey.of("usmf", "P-99")


def lead_id(key: ProspectKey) -> str:
    return str(key.identifier("lead"))


def plain(view: SalesView) -> SalesView:
    """Without the annotations that only the one or the other query has."""
    assert view.lead
    fields = {name: value for name, value in view.lead.fields.items() if "@" not in name}
    return replace(view, lead=replace(view.lead, fields=fields))


@pytest.fixture
def busy(sales: SalesEnvironment) -> SalesEnvironment:
    """Leads in every state: open, qualified, won, with two opportunities, merged."""
    for key in KEYS:
        note = Note(str(key.identifier("note")), ("leads", lead_id(key)), "Bridge", "text")
        sales.client.create_lead(lead_id(key), key, {"subject": key.text, "lastname": "Öst", "companyname": "Fabrikam"}, note)
    for key in KEYS[1:4]:
        sales.qualify(lead_id(key))
    won = sales.client.lead(lead_id(KEYS[2]), KEYS[2]).lead
    assert won
    sales.close("Win", won.opportunities[0].id, 3)
    return sales


def test_leads_are_shown_as_each_alone_in_one_request(busy: SalesEnvironment) -> None:
    with telemetry.work() as work:
        views = busy.client.leads([*KEYS, MISSING])
    assert work.counts == {"sales": 1}
    alone = {key: busy.client.lead(lead_id(key), key) for key in KEYS}
    assert {key: plain(view) for key, view in views.items()} == {key: plain(view) for key, view in alone.items()}
    leads = [view.lead for view in views.values() if view.lead]
    assert [lead.state for lead in leads].count(LeadState.QUALIFIED) == 3
    assert [o.state for lead in leads for o in lead.opportunities].count(OpportunityState.WON) == 1


def test_no_key_costs_no_request(sales: SalesEnvironment) -> None:
    with telemetry.work() as work:
        assert sales.client.leads([]) == {}
    assert not work.counts


def test_a_merged_lead_is_followed_among_many(busy: SalesEnvironment) -> None:
    target, subordinate = KEYS[0], KEYS[4]
    body = {
        "Target": {"leadid": lead_id(target), "@odata.type": "Microsoft.Dynamics.CRM.lead"},
        "Subordinate": {"leadid": lead_id(subordinate), "@odata.type": "Microsoft.Dynamics.CRM.lead"},
        "PerformParentingChecks": False,
    }
    busy.call("POST", "Merge", body)
    view = busy.client.leads(KEYS)[subordinate]
    assert plain(view) == plain(busy.client.lead(lead_id(subordinate), subordinate))
    assert view.survivor_key == target


def test_every_key_is_found_page_after_page_in_order(busy: SalesEnvironment) -> None:
    busy.call("POST", "leads", {"subject": "a stranger", "lastname": "Doe", "companyname": "X"})
    found, after = [], ""
    while True:
        page = busy.client.keys_of_leads(after, 2)
        found += page.items
        if page.continuation is None:
            break
        after = page.continuation
    assert found == [(key, lead_id(key)) for key in KEYS]


def test_prospects_are_shown_as_each_alone_in_one_request(commerce: CommerceEnvironment) -> None:
    keys = [ProspectKey.of("usmf", commerce.prospect(f"ann{n}@fabrikam.example")) for n in range(3)]
    client = commerce.client()
    asked = [question(begun(key, Claim("x", START, START), START), None, hierarchy=True) for key in keys]
    with telemetry.work() as work:
        views = client.look_all(asked)
    assert work.counts == {"commerce": 1}
    assert views == tuple(client.look(one) for one in asked)
    assert [view.prospect.key for view in views if view.prospect] == keys


def test_pending_prospects_can_be_read_from_the_middle_on(commerce: CommerceEnvironment) -> None:
    for n in range(3):
        commerce.prospect(f"ann{n}@fabrikam.example")
    client = commerce.client()
    every = list(client.pending(["usmf"]))
    assert list(client.pending(["usmf"], 1)) == every[1:]
    assert list(client.pending(["usmf"], 3)) == []
