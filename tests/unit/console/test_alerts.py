"""Alerts: once when an incident begins, once when it is over, and again where the webhook did not take it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import requests

from sandbox.http_server import HttpServer
from shared.alert_rules import DEFAULT_RULES, Rule, When
from shared.alerts import ALERTS, AUDIT, CANARIES, Alerts
from shared.errors import Transient
from shared.record import Cause
from shared.watching import Watcher, keep_watch
from shared.webhook import Webhook
from tests.unit.console.account import Account

DRIFT = Rule(when=When.DRIFT)


@dataclass
class Operator:
    """The other end of the webhook."""

    takes: bool = True
    told: list[Mapping[str, Any]] = field(default_factory=list)

    def __call__(self, message: Mapping[str, Any]) -> bool:
        if self.takes:
            self.told.append(message)
        return self.takes

    def states(self) -> list[str]:
        return [str(message["state"]) for message in self.told]


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture
def operator() -> Operator:
    return Operator()


def alerts(account: Account, operator: Operator, *rules: Rule) -> Alerts:
    return Alerts(rules, account.store, account.checkpoints, ("usmf", "demf"), account.figures, operator)


def put(account: Account, name: str, values: dict[str, Any]) -> None:
    account.checkpoints.put_state(name, values, account.checkpoints.state(name))


def fold(account: Account) -> None:
    account.figures.fold("usmf"), account.figures.fold("demf")


@pytest.mark.parametrize("kept", ["2026-11-23T12:00:00+00:00", {"name": "drift", "since": "2026-11-23T12:00:00+00:00", "new": 1}])
def test_an_incident_that_another_version_kept_begins_anew(account: Account, operator: Operator, kept: Any) -> None:
    put(account, ALERTS, {"drift": kept})
    put(account, AUDIT, {"drift": 3})
    watched = alerts(account, operator, DRIFT)
    assert (watched.check(account.clock()), watched.check(account.clock())) == (["drift"], [])


def test_an_incident_is_told_once_and_its_end_once(account: Account, operator: Operator) -> None:
    watched = alerts(account, operator, DRIFT)
    put(account, AUDIT, {"drift": 0})
    assert watched.check(account.clock()) == []
    put(account, AUDIT, {"drift": 3})
    assert watched.check(account.clock()) == ["drift"]
    account.clock.forward(minutes=2)
    assert watched.check(account.clock()) == []
    put(account, AUDIT, {"drift": 0})
    account.clock.forward(minutes=2)
    assert watched.check(account.clock()) == ["drift"]
    assert watched.check(account.clock()) == []
    begun, over = operator.told
    assert (begun["state"], begun["text"], over["state"]) == ("begun", "The last audit found a drift of 3", "over")
    assert begun["incident"] == over["incident"] == "drift @ 2026-11-23T12:00:00Z"
    assert over["since"] == begun["at"]


def test_another_incident_of_the_same_rule_is_another_one(account: Account, operator: Operator) -> None:
    watched = alerts(account, operator, DRIFT)
    for drift in (1, 0, 2):
        put(account, AUDIT, {"drift": drift})
        watched.check(account.clock())
        account.clock.forward(minutes=1)
    assert operator.states() == ["begun", "over", "begun"]
    assert len({message["incident"] for message in operator.told}) == 2


def test_what_the_webhook_does_not_take_is_told_again_later(account: Account, operator: Operator) -> None:
    watched, operator.takes = alerts(account, operator, DRIFT), False
    put(account, AUDIT, {"drift": 3})
    assert watched.check(account.clock()) == watched.check(account.clock()) == []
    operator.takes = True
    assert watched.check(account.clock()) == ["drift"]
    operator.takes = False
    put(account, AUDIT, {"drift": 0})
    assert watched.check(account.clock()) == []
    operator.takes = True
    assert watched.check(account.clock()) == ["drift"]
    assert operator.states() == ["begun", "over"]


class Died(BaseException):
    """The process ended here."""


@pytest.mark.parametrize("state", ["begun", "over"])
def test_news_that_a_crash_repeats_are_the_same_incident(account: Account, operator: Operator, state: str) -> None:
    def dies(message: Mapping[str, Any]) -> bool:
        operator(message)
        raise Died

    put(account, AUDIT, {"drift": 3})
    if state == "over":
        alerts(account, operator, DRIFT).check(account.clock())
        put(account, AUDIT, {"drift": 0})
    with pytest.raises(Died):
        replace(alerts(account, operator, DRIFT), post=dies).check(account.clock())
    account.clock.forward(minutes=5)
    assert alerts(account, operator, DRIFT).check(account.clock()) == ["drift"]
    first, second = operator.told[-2:]
    assert (first["state"], first["incident"], first["since"]) == (second["state"], second["incident"], second["since"])
    assert first["state"] == state


def test_an_incident_that_begins_again_before_its_end_was_told_is_another_one(account: Account, operator: Operator) -> None:
    watched = alerts(account, operator, DRIFT)
    put(account, AUDIT, {"drift": 1})
    watched.check(account.clock())
    operator.takes = False
    put(account, AUDIT, {"drift": 0})
    watched.check(account.clock())
    operator.takes = True
    put(account, AUDIT, {"drift": 2})
    for _ in range(2):
        account.clock.forward(minutes=5)
        watched.check(account.clock())
    assert operator.states() == ["begun", "over", "begun"]
    assert len({message["incident"] for message in operator.told}) == 2


def test_what_began_before_there_was_a_webhook_is_told_when_there_is_one(account: Account, operator: Operator) -> None:
    put(account, AUDIT, {"drift": 3})
    replace(alerts(account, operator, DRIFT), post=Webhook("")).check(account.clock())
    account.clock.forward(days=1)
    assert alerts(account, operator, DRIFT).check(account.clock()) == ["drift"]
    assert operator.told[0]["incident"] == "drift @ 2026-11-23T12:00:00Z"


def test_an_incident_is_one_line_in_the_log_and_its_end_another(
    account: Account, operator: Operator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    operator.takes, watched = False, alerts(account, operator, DRIFT)
    put(account, AUDIT, {"drift": 3})
    watched.check(account.clock()), watched.check(account.clock())
    assert caplog.text.count('"event": "alert"') == 1
    operator.takes = True
    watched.check(account.clock())
    put(account, AUDIT, {"drift": 0})
    watched.check(account.clock())
    assert caplog.text.count('"event": "alert"') == 2


@pytest.mark.parametrize(
    ("rule", "link"),
    [
        (Rule(when=When.OLDEST, minutes=1), "/list/attention"),
        (Rule(when=When.ATTENTIONS, cause=Cause.NO_EMAIL), "/list/attention?cause=no-email"),
        (DRIFT, ""),
    ],
)
def test_a_message_links_to_what_it_is_about_where_the_apps_address_is_known(
    account: Account, operator: Operator, rule: Rule, link: str
) -> None:
    put(account, AUDIT, {"drift": 3})
    account.open(1, attentions=(account.attention(Cause.NO_EMAIL, minutes=5),))
    fold(account)
    replace(alerts(account, operator, rule), address="https://bridge.example").check(account.clock())
    assert operator.told[0]["link"] == f"https://bridge.example/api/console{link}"
    alerts(account, operator, Rule(when=When.ATTENTIONS, cause=Cause.NO_EMAIL, minutes=99)).check(account.clock())
    assert operator.told[-1]["link"] == ""


def test_a_rule_that_is_taken_out_ends_its_incident(account: Account, operator: Operator) -> None:
    put(account, AUDIT, {"drift": 3})
    alerts(account, operator, DRIFT).check(account.clock())
    alerts(account, operator).check(account.clock())
    assert operator.states() == ["begun", "over"]


# ---- the rules


def test_so_many_attentions_of_a_cause_in_so_many_minutes(account: Account, operator: Operator) -> None:
    rule = Rule(when=When.ATTENTIONS, cause=Cause.DUPLICATE_EMAIL, count=3, minutes=30)
    watched = alerts(account, operator, rule)
    for number, minutes in enumerate((5, 10, 45)):
        account.open(number, "demf", attentions=(account.attention(Cause.DUPLICATE_EMAIL, minutes=minutes),))
    account.open(8, attentions=(account.attention(Cause.NO_EMAIL, minutes=1),))
    assert watched.check(account.clock()) == []
    account.open(9, attentions=(account.attention(Cause.DUPLICATE_EMAIL, minutes=1),))
    assert watched.check(account.clock()) == ["attentions duplicate-email 3 in 30 min"]
    account.clock.forward(minutes=40)
    assert watched.check(account.clock()) == ["attentions duplicate-email 3 in 30 min"]
    assert operator.states() == ["begun", "over"]


def test_attentions_of_any_cause_are_counted_together(account: Account, operator: Operator) -> None:
    watched = alerts(account, operator, Rule(when=When.ATTENTIONS, count=2, minutes=30))
    account.open(1, attentions=(account.attention(Cause.NO_EMAIL),))
    fold(account)
    assert watched.check(account.clock()) == []
    account.open(2, "demf", attentions=(account.attention(Cause.POISON),))
    fold(account)
    assert len(watched.check(account.clock())) == 1


def test_the_oldest_attention_is_older_than(account: Account, operator: Operator) -> None:
    watched = alerts(account, operator, Rule(when=When.OLDEST, minutes=120))
    stored = account.open(1, attentions=(account.attention(Cause.NO_EMAIL, minutes=119),))
    fold(account)
    assert watched.check(account.clock()) == []
    account.clock.forward(minutes=2)
    assert watched.check(account.clock()) == ["oldest over 120 min"]
    assert operator.told[0]["text"] == "An attention (no-email) is open for more than 120 minutes: usmf.P-000001"
    account.move(stored, attentions=())
    fold(account)
    assert watched.check(account.clock()) == ["oldest over 120 min"]


def test_a_failed_canary(account: Account, operator: Operator) -> None:
    watched = alerts(account, operator, Rule(when=When.CANARY_FAILED))
    put(account, CANARIES["approve"], {"ok": True})
    assert watched.check(account.clock()) == []
    put(account, CANARIES["reject"], {"ok": False})
    watched.check(account.clock())
    assert operator.told[0]["text"] == "The last canary failed (reject)"


def test_an_open_breaker(account: Account, operator: Operator) -> None:
    watched = alerts(account, operator, Rule(when=When.BREAKER_OPEN))
    closed = {"until": account.clock().isoformat(), "reason": "429", "count": 1, "probing": False, "opened_at": None}
    put(account, "breaker-sales", closed)
    watched.check(account.clock())
    put(account, "breaker-sales", {**closed, "until": None})
    watched.check(account.clock())
    assert [message["text"] for message in operator.told] == ["Closed to traffic: sales", "Over: breaker-open"]


def test_looking_at_the_default_rules_costs_the_same_with_few_and_with_many(account: Account, operator: Operator) -> None:
    costs = []
    for number in range(100):
        account.open(number, attentions=(account.attention(Cause.NO_EMAIL, minutes=number),))
        if number in (20, 99):
            fold(account)
            alerts(account, operator, *DEFAULT_RULES).check(account.clock())
            account.calls.clear()
            alerts(account, operator, *DEFAULT_RULES).check(account.clock())
            costs.append(len(account.calls.made))
    assert costs[0] == costs[1] <= 20


def test_no_message_holds_a_name(account: Account, operator: Operator) -> None:
    account.open(1, attentions=(account.attention(Cause.NO_EMAIL, days=9),), organization_name="Fabrikam")
    fold(account)
    alerts(account, operator, *DEFAULT_RULES).check(account.clock())
    assert operator.told and "Fabrikam" not in json.dumps(operator.told)


# ---- the watch after each poll


def watching(account: Account, rules: Alerts) -> Watcher:
    return Watcher(account.store, account.figures, rules, account.dead_letters, account.checkpoints, ("usmf", "demf"))


def test_a_watch_folds_and_then_looks_one_at_a_time(account: Account, operator: Operator) -> None:
    watcher = watching(account, alerts(account, operator, DRIFT))
    account.open(1), account.open(2, "demf")
    put(account, AUDIT, {"drift": 1})
    assert keep_watch(watcher, account.clock()) == 2
    assert operator.states() == ["begun"]
    account.checkpoints.lease("watch", "another", 60, account.clock())
    account.open(3)
    assert keep_watch(watcher, account.clock()) == 0
    account.clock.forward(minutes=2)
    assert keep_watch(watcher, account.clock()) == 1


def test_a_watch_that_storage_interrupts_is_told_and_done_next_time(account: Account, operator: Operator) -> None:
    class Broken:
        def fold(self, legal_entity: str) -> int:
            raise Transient("storage", "no answer")  # type: ignore[arg-type]

    watcher = watching(account, alerts(account, operator))
    assert keep_watch(replace(watcher, figures=Broken()), account.clock()) == 0
    account.open(1)
    assert keep_watch(watcher, account.clock()) == 1


def test_a_watch_deletes_dead_letters_after_thirty_days(account: Account, operator: Operator) -> None:
    watcher = watching(account, alerts(account, operator))
    old = account.dead_letters.keep("sales", "not JSON", b"old")
    account.clock.forward(days=1)
    new = account.dead_letters.keep("sales", "not JSON", b"new")
    account.clock.forward(days=29, seconds=1)
    keep_watch(watcher, account.clock())
    assert [letter.id for letter in account.dead_letters.listed().items] == [new]
    assert (account.dead_letters.body(old), account.dead_letters.body(new)) == (None, b"new")


# ---- the webhook


@dataclass
class Receiver:
    """A WSGI application that answers with a status and keeps what it got."""

    status: str = "200 OK"
    got: list[Any] = field(default_factory=list)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.got.append(json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))))
        start_response(self.status, [("Content-Length", "0"), ("Location", "http://127.0.0.1:1/")])
        return [b""]


@pytest.fixture
def receiver() -> Iterator[tuple[Receiver, str]]:
    application = Receiver()
    server = HttpServer(application)
    server.start()
    yield application, f"{server.url}/hook?secret=5f1c"
    server.stop()


@pytest.mark.parametrize(("status", "taken"), [("200 OK", True), ("202 Accepted", True), ("302 Found", False), ("500 X", False)])
def test_a_webhook_takes_a_message_or_not(receiver: tuple[Receiver, str], status: str, taken: bool) -> None:
    application, address = receiver
    application.status = status
    assert Webhook(address)({"state": "begun"}) is taken
    assert application.got == [{"state": "begun"}]


def test_a_webhook_that_is_not_there_is_a_line_in_the_log_without_its_address(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    assert Webhook("http://127.0.0.1:1/secret-5f1c")({}) is False
    assert "alert-not-sent" in caplog.text and "5f1c" not in caplog.text.replace("urllib3", "")


def test_without_an_address_nothing_is_sent_and_nothing_counts_as_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "post", lambda *_, **__: pytest.fail("sent"))
    assert Webhook("")({}) is False
