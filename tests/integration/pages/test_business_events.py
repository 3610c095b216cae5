"""The business events workspace and its switches, by page."""

from __future__ import annotations

from collections.abc import Iterator

import flask
import pytest

from sandbox.web import running
from tests.integration.pages.people import HeadOffice


class Endpoint:
    """Counts the business events that it is sent, and answers as it is told."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.status = 200
        self.app = flask.Flask("endpoint")
        self.app.post("/")(self.take)

    def take(self) -> tuple[str, int]:
        self.taken.append(flask.request.get_json()["BusinessEventId"])
        return "", self.status


@pytest.fixture
def endpoint() -> Iterator[tuple[Endpoint, str]]:
    one = Endpoint()
    with running(one.app) as url:
        yield one, f"{url}/"


def test_an_endpoint_is_activated_with_a_test_event(office: HeadOffice, endpoint: tuple[Endpoint, str]) -> None:
    told, url = endpoint
    page = office.press("/business-events/activate", kind="business", url=url, legal_entities=["usmf"])
    assert page.messages == [("done", "business-1 is active.")]
    assert told.taken == ["BusinessEventsTestEndpointContract"]
    assert f"{url} usmf active" in page.text


def test_an_endpoint_that_refuses_the_test_event_is_not_active(office: HeadOffice, endpoint: tuple[Endpoint, str]) -> None:
    told, url = endpoint
    told.status = 500
    page = office.press("/business-events/activate", kind="business", url=url)
    assert page.messages == [("refused", "business-1 is not active: the test event was answered 500")]


def test_a_kind_that_nobody_knows_is_refused(office: HeadOffice) -> None:
    answer = office.send("/business-events/activate", kind="smoke", url="http://127.0.0.1:9/")
    assert answer.status_code == 422


def test_an_event_in_the_list_of_errors_is_sent_again(office: HeadOffice, endpoint: tuple[Endpoint, str]) -> None:
    told, url = endpoint
    office.world.clock = 0.01
    office.press("/business-events/activate", kind="business", url=url)
    told.status = 503
    _one_more_prospect(office)
    page = office.open("/business-events")
    assert "B2BProspectCreatedBusinessEvent business-1 error 503, 503, 503, 503" in page.text
    told.status = 200
    office.press_on(page, "/resend")
    assert office.world.background.wait_until_idle(5)
    assert "1 in the list of errors" not in office.open("/business-events").text


@pytest.mark.parametrize(("kind", "arrived"), [("lost", 0), ("repeated", 2)])
def test_a_trouble_changes_what_becomes_of_the_next_event(
    office: HeadOffice, endpoint: tuple[Endpoint, str], kind: str, arrived: int
) -> None:
    told, url = endpoint
    office.press("/business-events/activate", kind="business", url=url)
    office.press("/sandbox/switches/trouble", kind=kind, rate="1", moment="before", seconds="", times="1")
    _one_more_prospect(office)
    assert told.taken.count("B2BProspectCreatedBusinessEvent") == arrived


def test_what_was_held_back_is_let_go(office: HeadOffice, endpoint: tuple[Endpoint, str]) -> None:
    told, url = endpoint
    office.press("/business-events/activate", kind="business", url=url)
    office.press_on(office.open("/sandbox/switches"), "/hold")
    _one_more_prospect(office)
    page = office.open("/sandbox/switches")
    assert "Events are held back: 1 wait." in page.text
    assert told.taken.count("B2BProspectCreatedBusinessEvent") == 0
    assert office.press_on(page, "/let-go").messages == [("done", "1 events are let go.")]
    assert office.world.background.wait_until_idle(5)
    assert told.taken.count("B2BProspectCreatedBusinessEvent") == 1


def test_there_is_no_switch_of_another_name(office: HeadOffice) -> None:
    assert office.send("/sandbox/switches/events/explode").status_code == 404


def _one_more_prospect(office: HeadOffice) -> None:
    office.make_prospect()
    assert office.world.background.wait_until_idle(5)
