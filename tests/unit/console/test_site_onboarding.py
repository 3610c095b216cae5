"""What the page of one onboarding shows."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from shared.alerts import AUDIT, CANARIES
from shared.console_case import Links
from shared.console_site import create
from shared.errors import Refused, System
from shared.figures import Span
from shared.histograms import percentile
from shared.measuring import Hop
from shared.operating import By, note
from shared.principal import Role, SignIn
from shared.record import Stage
from tests.fakes.world import World
from tests.unit.console.site import CONSOLE, Visitor, fold, signed_in, site_of, words
from tests.unit.onboarding.steps import qualified, requested, times, unavailable, won


def test_an_onboardings_page_says_why_it_waits_and_shows_both_systems_its_way_and_history(world: World, ann: Visitor) -> None:
    key, opportunity = qualified(world, company="Contoso")
    text = words(ann.get(f"{CONSOLE}/onboarding/{key.text}").text)
    assert "it has waited for a seller to close the opportunity" in text
    assert "Prospect Pending" in text and "Opportunity open" in text
    assert f"Person customer {key.prospect_id}" in text
    assert "Qualified 2026-11-23 12:00:00" in text and "Complete not yet" in text
    assert "Lead created in Sales" in text and "Requested → In review" in text
    assert world.onboarding(key).correlation_id in text and opportunity.id in text


def test_a_history_begins_with_its_latest_lines_and_says_how_often_nothing_was_new(world: World, ann: Visitor) -> None:
    world.commerce.add_customer("US-004", email="jo@contoso.example")
    key = requested(world)
    for _ in range(3):
        world.clock.forward(hours=1)
        world.settle()
    for number in range(205):
        world.clock.forward(seconds=1)
        note(site_of(world).desk, key, By("8a5b"), f"line {number}.")
    page = f"{CONSOLE}/onboarding/{key.text}"
    text = words(ann.get(page).text)
    assert "Looked at 3 times without news since its last change, the last time at 2026-11-23 15:00:00 ." in text
    assert text.index("line 204.") < text.index("line 5.") and "line 4." not in text
    earlier = re.search(r'href="([^"]+)#history">Earlier lines', ann.get(page).text)
    assert earlier and "line 4." in ann.get(earlier[1].replace("&amp;", "&")).text


def test_a_lead_that_was_reactivated_is_closed_when_its_opportunity_is_won(world: World, ann: Visitor) -> None:
    key = requested(world)
    lead = world.sales.lead_of(key)
    world.sales.disqualify(lead)
    world.deliver_all()
    assert world.onboarding(key).closed_at == world.clock()
    world.sales.reactivate(lead)
    world.deliver_all()
    assert world.onboarding(key).closed_at is None
    world.clock.forward(days=3)
    opportunity = world.sales.qualify(lead)
    world.deliver_all()
    world.clock.forward(days=1)
    assert opportunity
    world.sales.win(opportunity)
    world.deliver_all()
    assert world.onboarding(key).closed_at == world.clock()
    fold(world)
    hops = site_of(world).figures.slots(("usmf",), Span.DAY, world.clock() - timedelta(days=9))[-1]
    assert percentile(hops.histogram(Hop.CLOSED), 0.5) == pytest.approx(86400, rel=0.06)
    assert percentile(hops.histogram(Hop.APPROVED), 0.5) == pytest.approx(0, abs=1)
    assert "Closed 2026-11-27 12:00:00 + 1 d" in words(ann.get(f"{CONSOLE}/onboarding/{key.text}").text)


def test_no_time_on_the_way_is_negative_where_a_clerk_was_first(world: World, ann: Visitor) -> None:
    key, opportunity = qualified(world)
    world.commerce.clerk_approves(key)
    world.reconcile(), world.settle()
    world.clock.forward(days=2)
    world.sales.win(opportunity)
    world.settle()
    text = words(ann.get(f"{CONSOLE}/onboarding/{key.text}").text)
    assert re.search(r"Closed 2026-11-25 \S+ \+ 2 d( \S+ \S+)? Sales", text) and "+ -" not in text
    assert re.search(r"Approved 2026-11-23 \S+ Commerce", text)


def test_ids_link_into_both_systems(world: World, ann: Visitor) -> None:
    key = won(world)
    known = world.onboarding(key)
    page = ann.get(f"{CONSOLE}/onboarding/{key.text}").text
    links = dict(re.findall(r'<a class="ref" href="([^"]+)"[^>]*>([^<]+)</a>', page))
    sales = {"lead": known.lead_id, "opportunity": next(iter(known.opportunities)), "account": known.account_id}
    for table, record_id in {**sales, "contact": known.contact_id}.items():
        assert links[f"https://sales.example/main.aspx?pagetype=entityrecord&amp;etn={table}&amp;id={record_id}"] == record_id
    assert 'href="https://commerce.example/?cmp=usmf"' in page
    assert {key.prospect_id, known.hierarchy_id} <= set(re.findall(r'<a class="ref"[^>]*>([^<]+)</a>', page))


def test_links_into_head_office_lead_where_a_setting_says(world: World) -> None:
    links = Links("https://s.example", "https://c.example", "/?cmp={legal_entity}&mi=P&q={prospect}", "/?mi=C&q={customer}{x}")
    page = Visitor(create(replace(site_of(world), links=links))).get(f"{CONSOLE}/onboarding/{won(world).text}").text
    assert 'href="https://c.example/?cmp=usmf&amp;mi=P&amp;q=P-000001"' in page
    assert 'href="https://c.example/?mi=C&amp;q=P-000001"' in page


def test_customers_that_commerce_made_are_shown_and_told_from_the_bridges(world: World, ann: Visitor) -> None:
    by_a_clerk = requested(world)
    world.commerce.clerk_approves(by_a_clerk)
    world.settle()
    by_the_bridge = won(world, email="b@b.example")
    before = times(world, "commerce.look")
    text = words(ann.get(f"{CONSOLE}/onboarding/{by_a_clerk.text}").text)
    made = {row.party.type: row.account for row in world.commerce.records.customers.values() if not row.by_the_bridge}
    for kind in ("Organization", "Person"):
        assert f"{kind} customer {made[kind]} made by Commerce" in text
    assert times(world, "commerce.look") - before <= 3
    text = words(ann.get(f"{CONSOLE}/onboarding/{by_the_bridge.text}").text)
    assert f"Organization customer {world.onboarding(by_the_bridge).organization_account} made by the bridge" in text
    assert "made by Commerce" not in text


def test_what_was_read_for_the_page_is_read_now_though_time_goes_on(world: World) -> None:
    key, site = requested(world), site_of(world)

    def later() -> datetime:
        world.clock.forward(seconds=2)
        return world.clock()

    ann = Visitor(create(replace(site, bridge=replace(site.bridge, now=later))))
    text = words(ann.get(f"{CONSOLE}/onboarding/{key.text}").text)
    assert (text.count("Read now."), "ago" in text) == (2, False)
    assert "Seen 4 s ago." in words(ann.get(f"{CONSOLE}/onboarding/{key.text}?recorded=1").text)


def test_the_requester_is_read_live_for_those_who_may_and_kept_nowhere(world: World, ann: Visitor) -> None:
    key = requested(world)
    page = f"{CONSOLE}/onboarding/{key.text}"
    assert "jo@contoso.example" in ann.get(page).text
    reader = Visitor(ann.app, signed_in(Role.READER))
    assert "jo@contoso.example" not in reader.get(page).text
    world.sales.edit(world.sales.lead_of(key), emailaddress1="new@contoso.example")
    assert "new@contoso.example" in ann.get(page).text
    assert "contoso.example" not in str(world.tables.tables)


def test_a_page_opens_though_a_system_does_not_answer_and_shows_what_was_seen_last(world: World, ann: Visitor) -> None:
    key = requested(world)
    world.calls.fail_next("sales.lead", unavailable(System.SALES))
    text = words(ann.get(f"{CONSOLE}/onboarding/{key.text}").text)
    assert "Not read now (HTTP 502)" in text and "Lead open" in text and "Prospect Pending" in text


def test_opening_a_page_writes_nothing_anywhere(world: World, ann: Visitor) -> None:
    key, _ = qualified(world)
    before = str(world.tables.tables)
    for path in (f"/onboarding/{key.text}", f"/onboarding/{key.text}/what-if", "", "/list/progress", "/me"):
        assert ann.get(CONSOLE + path).status_code == 200
    assert str(world.tables.tables) == before
    assert not [call for call in world.calls.names() if call == "sales.write_note"]


def test_what_a_system_said_when_it_refused_is_for_those_who_see_personal_data(world: World, ann: Visitor) -> None:
    key = requested(world)
    world.sales.qualify(world.sales.lead_of(key))
    world.calls.fail_next("commerce.create_customers", Refused(System.COMMERCE, "Jane Roe exists already", status=400))
    world.hear(), world.deliver(world.visible()[0])
    states, reader = site_of(world).states, Visitor(ann.app, signed_in(Role.READER))
    said = "commerce: Jane Roe exists already"
    violation = {"key": key.text, "kinds": ["no-lead"], "detail": said, "repair": "nothing by itself"}
    report = {"started_at": "", "onboardings": 1, "drift": 1, "lost": 1, "doubled": 0, "violations": [violation]}
    states.put_state(AUDIT, report, None)
    states.put_state(CANARIES["approve"], {"at": "", "ok": False, "line": said, "failed": "customers"}, None)
    until = {"until": "2026-11-23T12:05:00+00:00", "reason": said, "count": 1, "probing": False, "opened_at": None}
    states.put_state("breaker-commerce", until, None)
    one = f"/api/onboardings/{key.text}"
    for path, times_said in ((f"{CONSOLE}/onboarding/{key.text}", 2), (CONSOLE, 3), (one, 1), (f"{one}/history", 1)):
        assert (ann.get(path).text.count("Jane Roe"), reader.get(path).text.count("Jane Roe")) == (times_said, 0), path
    assert "failed at the hop customers" in reader.get(CONSOLE).text


def test_a_contradiction_shows_both_sides(world: World, ann: Visitor) -> None:
    key = requested(world)
    world.sales.disqualify(world.sales.lead_of(key))
    world.commerce.clerk_approves(key)
    world.settle()
    text = words(ann.get(f"{CONSOLE}/onboarding/{key.text}").text)
    assert "Commerce shows the prospect Approved" in text and "A person decided there; the bridge wrote nothing." in text
    assert "Sales shows the lead disqualified" in text
    assert "What Commerce decided stands" in text
    assert "Sales and Commerce decided differently; for" in text, "times and users stand beside the sentence"
    assert "Attention opened Contradiction: sales=disqualified" in text
    assert text.count("sales=disqualified") == 1, "the panel of both sides says it in words"
    assert "Note written for the seller Contradiction" in text


def test_what_if_nothing_would_change_names_the_stage_once(world: World, ann: Visitor) -> None:
    key = requested(world)
    text = words(ann.get(f"{CONSOLE}/onboarding/{key.text}/what-if").text)
    assert "Nothing would change." in text and "Stage In review as it is" in text


def test_where_sales_alone_contradicts_itself_the_page_names_nobody_who_decided(world: World, ann: Visitor) -> None:
    key, opportunity = qualified(world)
    world.sales.win(opportunity)
    world.sales.reactivate(world.sales.lead_of(key))
    world.settle()
    text = words(ann.get(f"{CONSOLE}/onboarding/{key.text}").text)
    assert "Commerce shows the prospect Pending" in text and "A person decided there" not in text


def test_an_opportunity_that_is_gone_is_not_shown_as_one_that_is_there(world: World, ann: Visitor) -> None:
    key, opportunity = qualified(world)
    world.sales.delete_opportunity(opportunity)
    world.settle()
    assert "Opportunity open" not in words(ann.get(f"{CONSOLE}/onboarding/{key.text}?recorded=").text)


def test_what_if_shows_field_by_field_what_would_be_written_and_which_mail_would_go(world: World, ann: Visitor) -> None:
    key, opportunity = qualified(world)
    world.sales.win(opportunity)
    world.lose_events()
    text = words(ann.get(f"{CONSOLE}/onboarding/{key.text}/what-if").text)
    assert "B2BProspectStatus Approved" in text and "Commerce mails the requester that the request was approved" in text
    assert (world.mails(key), world.onboarding(key).stage) == ([], Stage.QUALIFIED)


def test_what_if_hides_values_from_those_who_see_no_personal_data(world: World) -> None:
    admins_only = SignIn(easy_auth=True, in_azure=True, personal_data_roles=frozenset({Role.ADMIN}))
    key = requested(world)
    world.sales.qualify(world.sales.lead_of(key))
    world.lose_events()
    operator = Visitor(create(site_of(world, admins_only)), signed_in(Role.OPERATOR))
    text = words(operator.get(f"{CONSOLE}/onboarding/{key.text}/what-if").text)
    assert "PartyNumber your roles do not show it" in text and "jo@contoso.example" not in text
