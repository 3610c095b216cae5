"""What the overview and the lists show."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace

import pytest
from azure.core.exceptions import ServiceRequestError

from shared.alert_rules import Rule, When
from shared.alerts import AUDIT, CANARIES, Alerts
from shared.console_site import create
from shared.correlation import Correlation
from shared.policy import DecisionChannel, Policy
from shared.traffic import Traffic
from tests.fakes.world import World
from tests.unit.console.site import CONSOLE, Visitor, fold, site_of, words
from tests.unit.onboarding.steps import disqualified, qualified, requested, won

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


def test_the_overview_of_one_legal_entity_leads_to_its_lists(world: World, ann: Visitor) -> None:
    world.commerce.add_customer("US-004", email="d@d.example")
    requested(world, email="d@d.example"), requested(world, legal_entity="demf", email="e@e.example")
    fold(world)
    page = ann.get(CONSOLE, legal_entity="usmf").text
    assert '<option value="usmf" selected>USMF</option>' in page
    links = re.findall(r'href="([^"]+/list/[^"]+)"', page.partition("<main")[2])
    assert len(links) > 8 and all("legal_entity=usmf" in link for link in links)
    assert "legal_entity=" not in "".join(re.findall(r'href="([^"]+)"', ann.get(CONSOLE, legal_entity="frrt").text))


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
    traffic = Traffic()
    for _ in range(1800):
        traffic.count("sales_requests")
    traffic.count("commerce_requests")
    Correlation(world.tables, world.clock, traffic).count_requests("usmf")  # type: ignore[arg-type]
    fold(world)
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


def test_where_clerks_decide_the_time_until_a_decision_is_head_offices() -> None:
    for channel, whose in ((DecisionChannel.STATUS, "the bridge"), (DecisionChannel.MANUAL, "head office")):
        world = World(policy=Policy(decision_channel=channel))
        text = words(Visitor(create(site_of(world))).get(CONSOLE).text)
        assert f"Won to approved {whose} " in text


# ---- lists


def test_lists_show_their_rows_and_filters_keep_what_was_chosen(world: World, ann: Visitor) -> None:
    requested(world, company="Contoso Bikes"), qualified(world, company="Fabrikam", email="f@f.example")
    page = ann.get(f"{CONSOLE}/list/progress", stage="qualified").text
    assert "Fabrikam" in page and "Contoso" not in page
    assert '<option value="qualified" selected>' in page
    assert "stage=qualified" in page


def test_operators_are_shown_by_the_labels_of_a_setting_and_suggested(world: World) -> None:
    key, other = requested(world), requested(world, company="Fabrikam", email="f@f.example")
    ann = Visitor(create(replace(site_of(world), operators={"77aa": "Bob B", "8a5b": "Ann A"})))
    page = f"{CONSOLE}/onboarding/{key.text}"
    ann.send(f"{page}/assign", {"assigned_to": "bob b"}, page=page)
    assert world.onboarding(key).assigned_to == "77aa"
    shown = ann.get(page).text
    assert "Assigned to <span" in shown and '<option value="Bob B">' in shown
    assert "Assigned Bob B you" in words(shown)
    progress = f"{CONSOLE}/list/progress"
    assert "Bob B" in ann.get(progress).text and ">Bob B</option>" in ann.get(progress).text
    assert other.prospect_id not in ann.get(progress, assigned_to="77aa").text
    assert key.prospect_id not in words(ann.get(progress, assigned_to="nobody").text)


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
