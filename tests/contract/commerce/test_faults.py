"""Faults on demand meet Commerce in its own shapes, before or after the effect."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.contract.commerce.environment import Commerce, address


def test_an_overloaded_system_says_so_in_its_own_words(commerce: Commerce) -> None:
    """docs: service-protection-retry-operations."""
    commerce.people("POST", "faults", {"kind": "429", "route": "/data/Prospects", "times": 1, "retry_after": "3"})
    answer = commerce.get("Prospects")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3")
    assert "high resource utilization" in answer.json()["error"]["message"]
    assert commerce.get("Prospects").status_code == 200


def test_a_500_without_an_infolog_is_no_business_rule(commerce: Commerce) -> None:
    commerce.people("POST", "faults", {"kind": "500"})
    inner = commerce.get("Prospects").json()["error"]["innererror"]
    assert "AxODataWriteException" not in inner["type"]


def test_a_gateway_answers_in_html(commerce: Commerce) -> None:
    """As captured: query errors can be HTML from a gateway."""
    commerce.people("POST", "faults", {"kind": "503"})
    assert commerce.get("Prospects").headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(("moment", "status", "mails"), [("before", "Pending", 0), ("after", "Approved", 1)])
def test_an_answer_can_be_lost_before_or_after_the_effect(commerce: Commerce, moment: str, status: str, mails: int) -> None:
    prospect = commerce.prospect()
    rule: dict[str, Any] = {"kind": "reset", "route": "/data/Prospects", "method": "PATCH", "moment": moment, "times": 1}
    commerce.people("POST", "faults", rule)
    with pytest.raises(requests.ConnectionError):
        commerce.set_status(prospect, "Approved")
    assert commerce.get(address(prospect)).json()["B2BProspectStatus"] == status
    assert len(commerce.outbox()) == mails
