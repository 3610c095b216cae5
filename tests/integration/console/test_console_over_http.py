"""The console and the JSON API as the host serves them: real HTTP, real storage, both systems."""

from __future__ import annotations

import re

import pytest
import requests

from sandbox.stack import Stack
from shared.models import ProspectKey
from tests.integration.app.scene import Scene, scene
from tests.integration.waiting import eventually

pytestmark = pytest.mark.integration


def test_every_page_opens_through_the_host(office: Scene, key: ProspectKey, browser: requests.Session) -> None:
    root = f"{office.host.url}/api/console"
    pages = ("", "/list/progress", "/list/all?text=wondrous", f"/onboarding/{key.text}", f"/onboarding/{key.text}/what-if", "/me")
    for page in pages:
        answer = browser.get(root + page)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8"), page
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert browser.get(f"{root}/list/progress.csv").text.startswith("\ufefflegal_entity,prospect_id,organization,")


def test_the_requester_is_shown_from_sales_and_is_in_no_table(office: Scene, key: ProspectKey, browser: requests.Session) -> None:
    assert "Quackenbush" in browser.get(f"{office.host.url}/api/console/onboarding/{key.text}").text
    assert "Quackenbush" not in str(office.rows("Onboardings")) + str(office.rows("Links")) + str(office.rows("Checkpoints"))


def test_a_form_is_sent_and_what_it_did_is_recorded(office: Scene, key: ProspectKey, browser: requests.Session) -> None:
    page = f"{office.host.url}/api/console/onboarding/{key.text}"
    token = re.search(r'name="csrf" value="([^"]+)"', browser.get(page).text)
    assert token
    answer = browser.post(f"{page}/note", data={"csrf": token[1], "note": "call back, ü"})
    assert "note kept" in answer.text and "call back, ü" in answer.text
    assert office.row(key).onboarding.operator_note == "call back, ü"
    assert browser.post(f"{page}/note", data={"csrf": "x", "note": "forged"}).status_code == 403


def test_looking_again_brings_what_no_event_told(office: Scene, key: ProspectKey, browser: requests.Session) -> None:
    before = office.row(key).onboarding.observed_at
    answer = browser.post(f"{office.host.url}/api/onboardings/{key.text}/look-again", json={})
    assert (answer.status_code, answer.json()["done"]) == (202, "look-again")
    eventually(lambda: office.row(key).onboarding.observed_at != before)


def test_the_reconcile_timer_folds_the_figures(office: Scene, key: ProspectKey, browser: requests.Session) -> None:
    def in_review() -> int:
        counts = browser.get(f"{office.host.url}/api/onboardings/counts").json()
        return int(counts["stages"]["in_review"])

    assert eventually(in_review) >= 1
    eventually(lambda: not office.store.uncounted("usmf", 9))


def test_errors_come_through_as_problems(office: Scene, key: ProspectKey, browser: requests.Session) -> None:
    root = f"{office.host.url}/api/onboardings"
    for path, status in ((f"{root}/usmf.P-0", 404), (f"{root}?limit=0", 400), (f"{root}/x/y/z", 404)):
        answer = browser.get(path)
        assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")


def test_without_sign_in_the_console_is_closed_whatever_key_is_sent(systems: Stack) -> None:
    with scene(systems, CONSOLE_DEVELOPER="false") as closed:
        for route in ("console", "onboardings", "console/me"):
            assert closed.request("GET", route).status_code == 401
