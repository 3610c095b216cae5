"""Sales' webhooks by page, and the switches of both systems."""

from __future__ import annotations

from collections.abc import Iterator

import flask
import pytest

from sandbox.identity import issue
from sandbox.sales.registration import register_webhooks
from sandbox.web import running
from tests.integration.pages.people import HeadOffice, SalesDesk
from tests.integration.pages.visitor import Visitor
from tests.integration.waiting import eventually

BOTH = ("commerce", "sales")
API = {"commerce": "/data/Prospects", "sales": "/api/data/v9.2/leads"}


@pytest.fixture
def called() -> Iterator[tuple[list[str], str]]:
    """The names of the messages that a webhook was called for, and its address."""
    names: list[str] = []
    app = flask.Flask("receiver")

    @app.post("/")
    def take() -> str:
        names.append(flask.request.headers["x-ms-dynamics-request-name"])
        return ""

    with running(app) as url:
        yield names, f"{url}/"


@pytest.fixture(params=BOTH)
def system(request: pytest.FixtureRequest, office: HeadOffice, seller: SalesDesk) -> tuple[Visitor, str]:
    """Each of the two systems, with an address of its documented API."""
    return {"commerce": office, "sales": seller}[request.param], API[request.param]


def test_steps_calls_and_jobs_are_shown(seller: SalesDesk, called: tuple[list[str], str]) -> None:
    names, url = called
    register_webhooks(seller.world, "http://127.0.0.1/api/data/v9.2", url, "key")
    seller.press_on(seller.make_lead(), "/disqualify", reason="4")
    eventually(lambda: "Update" in names)
    page = seller.open("/webhooks")
    assert f"is called at {url}" in page.text
    assert "B2B Prospect Bridge: Update of lead" in page.text
    assert "Update lead" in page.text
    assert "key" not in page.text


@pytest.mark.parametrize(("kind", "calls"), [("lost", 0), ("repeated", 2)])
def test_a_trouble_changes_what_becomes_of_the_next_call(
    seller: SalesDesk, called: tuple[list[str], str], kind: str, calls: int
) -> None:
    names, url = called
    register_webhooks(seller.world, "http://127.0.0.1/api/data/v9.2", url, "key")
    page = seller.press("/sandbox/switches/trouble", kind=kind, rate="1", moment="before", seconds="", times="1")
    assert "every one, 1 at most before anything is done 0" in page.text
    for _ in range(2):
        seller.press_on(seller.make_lead(), "/disqualify", reason="4")
    _until_settled(seller)
    assert names == ["Update"] * (calls + 1)


def test_calls_are_held_back_and_let_go(seller: SalesDesk, called: tuple[list[str], str]) -> None:
    names, url = called
    register_webhooks(seller.world, "http://127.0.0.1/api/data/v9.2", url, "key")
    lead = seller.make_lead()
    page = seller.press_on(seller.open("/sandbox/switches"), "/hold")
    assert "Calls are held back." in page.text
    seller.press_on(lead, "/disqualify", reason="4")
    assert names == []
    seller.press_on(page, "/let-go")
    eventually(lambda: names == ["Update"])


def test_an_outage_strikes_the_api_and_leaves_the_pages_alone(system: tuple[Visitor, str]) -> None:
    visitor, api = system
    page = visitor.press("/sandbox/switches/trouble", kind="503", rate="1", moment="before", seconds="")
    assert page.messages == [("done", "The trouble has started.")]
    assert visitor.open(api).status == 503
    assert visitor.open("/").status == 200
    assert "Down every one before anything is done 1" in visitor.open("/sandbox/switches").text
    visitor.press_on(visitor.open("/sandbox/switches"), "/end")
    assert visitor.open(api).status == 401
    assert "All is well." in visitor.open("/sandbox/switches").text


def test_slowness_lasts_as_long_as_it_is_said(system: tuple[Visitor, str]) -> None:
    visitor, api = system
    page = visitor.press("/sandbox/switches/trouble", kind="slow", rate="1", moment="before", seconds="0.01")
    assert "Slow by 0.01 s" in page.text
    assert visitor.open(api).status == 401


@pytest.mark.parametrize(
    "form",
    [
        {"kind": "earthquake"},
        {"rate": "often"},
        {"rate": "nan"},
        {"moment": "never"},
        {"kind": "slow", "seconds": "long"},
        {"times": "few"},
        {"kind": "reordered", "moment": "after"},
    ],
)
def test_a_trouble_that_cannot_be_made_is_refused(system: tuple[Visitor, str], form: dict[str, str]) -> None:
    visitor, api = system
    page = visitor.press("/sandbox/switches/trouble", **({"kind": "503", "rate": "1", "moment": "before", "seconds": "1"} | form))
    assert page.messages == [("refused", "That is no trouble that can be made.")]
    assert visitor.open(api).status == 401


def test_pages_need_no_token_and_give_none_away(system: tuple[Visitor, str]) -> None:
    visitor, _ = system
    assert issue("a secret", "http://localhost", "somebody")[:20] not in visitor.open("/").source
    assert "a secret" not in visitor.open("/").source


def _until_settled(seller: SalesDesk) -> None:
    eventually(lambda: '"idle":true' in seller.open("/sandbox/idle").source.replace(" ", ""))
