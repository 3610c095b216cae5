"""What the pages show."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from azure.core.exceptions import ServiceRequestError

from shared.alert_rules import Rule, When
from shared.alerts import AUDIT, CANARIES, Alerts
from shared.console_case import Links
from shared.console_site import create
from shared.correlation import Correlation
from shared.errors import Refused, System
from shared.figures import Span
from shared.histograms import percentile
from shared.measuring import Hop
from shared.operating import By, note
from shared.policy import DecisionChannel, Policy
from shared.principal import Role, SignIn
from shared.record import Stage
from shared.traffic import Traffic
from shared.watching import FOLDED
from tests.fakes.world import World
from tests.unit.console.site import Visitor, fold, signed_in, site_of
from tests.unit.onboarding.steps import disqualified, qualified, requested, times, unavailable, won

CONSOLE = "/api/console"


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def ann(world: World) -> Visitor:
    return Visitor(create(site_of(world)))


def words(html: str) -> str:
    """The text of a page, blanks folded."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


# ---- overview


def test_the_overview_counts_what_is_where(world: World, ann: Visitor) -> None:
    won(world), disqualified(world, email="b@b.example"), requested(world, email="c@c.example")
    world.commerce.add_customer("US-004", email="d@d.example")
    requested(world, email="d@d.example")
    fold(world)
    text = words(ann.get(CONSOLE).text)
    assert "1 onboarding needs a person" in text
    assert "Attention 1 In progress 2 In sync 2 Excluded 0" in text
    assert "Duplicate e-mail Another customer of the legal entity has the same e-mail address 1 " in text
    assert "Most of what is open waits in in review : 2" in text


def test_an_empty_overview_says_so(ann: Visitor) -> None:
    text = words(ann.get(CONSOLE).text)
    assert "Nothing waits" in text and "never ran" in text


def test_the_overview_shows_audit_canaries_breakers_and_queues(world: World, ann: Visitor) -> None:
    states = site_of(world).states
    violation = {"key": "usmf.P-1", "kinds": ["no-lead"], "detail": "x", "repair": "look again"}
    audit = {
        "started_at": "2026-11-23T02:00:00+00:00",
        "onboardings": 1200,
        "drift": 1,
        "lost": 1,
        "doubled": 0,
        "violations": [violation],
    }
    states.put_state(AUDIT, audit, None)
    assert "Submitted to prospect head office not visible to the bridge (jobs P-0001 and Synchronize)" in words(
        ann.get(CONSOLE).text
    )
    measured = {"hops": {"prospect": 312.0}, "on_site": True}
    canary = {"at": "2026-11-23T03:00:00+00:00", "ok": False, "line": "failed at qualified-customers", **measured}
    states.put_state(CANARIES["approve"], canary, None)
    closure = {"until": "2026-11-23T12:05:00+00:00", "reason": "429", "count": 1, "probing": False, "opened_at": None}
    states.put_state("breaker-commerce", closure, None)
    text = words(ann.get(CONSOLE).text)
    assert "2026-11-23 02:00:00, 1 200 onboardings: drift 1, 1 lost, 0 doubled" in text
    assert "failed at qualified-customers" in text and "no-lead" in text
    assert "Commerce Closed until 2026-11-23 12:05:00 429" in text
    assert "prospect-created 0 0" in text
    assert "Submitted to prospect head office 5 min 12 s for the last canary" in text
    assert "Hierarchy seen to sign-in head office not visible to the bridge (job 1010)" in text


def test_the_overview_says_up_to_when_it_is_counted_and_how_much_of_a_limit_is_used(world: World, ann: Visitor) -> None:
    assert "Not counted yet" in words(ann.get(CONSOLE).text)
    site, traffic = site_of(world), Traffic()
    for _ in range(1800):
        traffic.count("sales_requests")
    traffic.count("commerce_requests")
    Correlation(world.tables, world.clock, traffic).count_requests("usmf")  # type: ignore[arg-type]
    fold(world)
    site.states.advance(FOLDED, world.clock())
    world.clock.forward(minutes=50)
    text = words(ann.get(CONSOLE, legal_entity="demf").text)
    assert "Counted up to 2026-11-23 12:00:00" in text
    assert "Sales Open 1 800 0 72 000 2 % used" in text and "Commerce Open 1 0 none published" in text
    world.clock.forward(minutes=11)
    assert "Sales Open 0 0 72 000 0 % used" in words(ann.get(CONSOLE).text)


def test_the_overview_shows_the_alerts_that_are_under_way(world: World, ann: Visitor) -> None:
    states = site_of(world).states
    assert "Alerts under way" not in ann.get(CONSOLE).text
    states.put_state(AUDIT, {"started_at": "", "onboardings": 1, "drift": 3, "lost": 1, "doubled": 0}, None)
    rules = (Rule(when=When.DRIFT),)
    alerts = Alerts(rules, world.correlation, states, ("usmf",), site_of(world).figures, lambda message: False)
    alerts.check(world.clock())
    text = words(ann.get(CONSOLE).text)
    assert "drift The last audit found a drift of 3 2026-11-23 12:00:00 not told" in text
    replace(alerts, post=lambda message: True).check(world.clock())
    assert "12:00:00 told" in words(ann.get(CONSOLE).text)


# ---- lists


def test_lists_show_their_rows_and_filters_keep_what_was_chosen(world: World, ann: Visitor) -> None:
    requested(world, company="Contoso Bikes"), qualified(world, company="Fabrikam", email="f@f.example")
    page = ann.get(f"{CONSOLE}/list/progress", stage="qualified").text
    assert "Fabrikam" in page and "Contoso" not in page
    assert '<option value="qualified" selected>' in page
    assert "stage=qualified" in page


@pytest.mark.parametrize(
    "query", ["stage=nonsense", "cause=x", "older=9y", "legal_entity=zz", "assigned_to=" + "x" * 500, "text=" + "y" * 500]
)
def test_a_filter_that_is_none_shows_the_list(world: World, ann: Visitor, query: str) -> None:
    requested(world)
    assert ann.get(f"{CONSOLE}/list/progress?{query}").status_code == 200


def test_a_list_goes_on_page_by_page(world: World, ann: Visitor) -> None:
    for number in range(60):
        requested(world, company=f"Company {number:03}", email=f"a{number}@x.example")
        world.clock.forward(seconds=1)
    first = ann.get(f"{CONSOLE}/list/progress").text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following and "Company 049" in first and "Company 050" not in first
    second = ann.get(following[1].replace("&amp;", "&")).text
    assert "Company 050" in second and "Company 059" in second and "First page" in second and 'rel="next"' not in second


def test_an_id_opens_its_onboarding_at_once(world: World, ann: Visitor) -> None:
    key = requested(world)
    for text in (key.prospect_id, world.onboarding(key).lead_id, world.onboarding(key).correlation_id):
        assert ann.get(f"{CONSOLE}/list/all", text=text).location.endswith(f"/onboarding/{key.text}")


@pytest.mark.parametrize(
    "path", ["/list/nothing", "/list/progress?cursor=x", "/onboarding/usmf.P-9", "/onboarding/x", "/onboarding/frrt.P-1"]
)
def test_what_is_not_there_is_a_page_that_says_so(ann: Visitor, path: str) -> None:
    answer = ann.get(CONSOLE + path)
    assert answer.status_code in (400, 404) and "<h1>" in answer.text


def test_an_export_holds_the_whole_list_and_no_formula(world: World, ann: Visitor) -> None:
    for number in range(70):
        requested(world, company="=SUM(A1)" if number == 3 else f"Company {number}", email=f"a{number}@x.example")
    answer = ann.get(f"{CONSOLE}/list/progress.csv")
    assert answer.data.startswith(b"\xef\xbb\xbf"), "Excel reads it as UTF-8"
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert (answer.mimetype, len(rows)) == ("text/csv", 70)
    assert rows[3]["organization"] == "'=SUM(A1)"
    assert (rows[0]["stage"], rows[0]["legal_entity"], rows[0]["prospect_id"]) == ("in_review", "usmf", "P-000001")


def test_an_export_holds_what_the_list_shows_for_an_id(world: World, ann: Visitor) -> None:
    key = requested(world, company="Söhne")
    text = ann.get(f"{CONSOLE}/list/all.csv", text=key.prospect_id).data.decode("utf-8-sig")
    assert key.prospect_id in text and "Söhne" in text
    assert key.prospect_id not in ann.get(f"{CONSOLE}/list/sync.csv", text=key.prospect_id).text


def test_a_file_that_storage_does_not_give_to_its_end_is_not_sent_cut(world: World, ann: Visitor) -> None:
    requested(world), requested(world, legal_entity="demf", email="d@x.example")

    def fail_at_the_last_legal_entity(name: str, args: tuple[object, ...]) -> None:
        if name == "tables.query_entities" and world.calls.names().count(name) == 6:
            raise ServiceRequestError("no route")

    world.calls.clear()
    world.calls.before_call = fail_at_the_last_legal_entity
    answer = ann.get(f"{CONSOLE}/list/progress.csv")
    assert (answer.status_code, "storage account does not answer" in answer.text) == (503, True)


# ---- one onboarding


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


def test_where_clerks_decide_the_time_until_a_decision_is_head_offices() -> None:
    for channel, whose in ((DecisionChannel.STATUS, "the bridge"), (DecisionChannel.MANUAL, "head office")):
        world = World(policy=Policy(decision_channel=channel))
        text = words(Visitor(create(site_of(world))).get(CONSOLE).text)
        assert f"Won to approved {whose} " in text
