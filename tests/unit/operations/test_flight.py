"""A canary's verdict in one line."""

from __future__ import annotations

from operations.canary import Flight
from operations.canary_people import Marker
from shared.models import ProspectKey

MARKER = Marker("0a1b2c3d")


def test_a_marker_is_the_same_everywhere_and_its_mail_reaches_nobody() -> None:
    assert (MARKER.company, MARKER.email) == ("Canary 0a1b2c3d", "canary-0a1b2c3d@canary.invalid")
    assert Marker().token != Marker().token


def test_one_that_came_through_says_how_long_each_hop_took() -> None:
    flight = Flight("reject", MARKER, ProspectKey.of("usmf", "P-1"), hops={"prospect": 0.5, "lead": 1.25})
    assert flight.ok and flight.line == "canary reject usmf.P-1: ok in 1.8 s (prospect 0.5 s, lead 1.2 s)"


def test_one_that_did_not_names_the_hop_and_what_was_waited_for() -> None:
    flight = Flight(
        "approve", MARKER, hops={"prospect": 1.0}, failed="lead", why="no lead after 60 s", kept=["hierarchy CH-1"],
        left=["prospect usmf.P-1"],
    )  # fmt: skip
    assert flight.line == (
        "canary approve Canary 0a1b2c3d: FAILED at the hop lead: no lead after 60 s (prospect 1.0 s); "
        "kept: hierarchy CH-1; left behind: prospect usmf.P-1"
    )
    assert flight.record()["ok"] is False and flight.record()["failed"] == "lead"
