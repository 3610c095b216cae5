"""One message to the operator's webhook."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import requests

from shared import telemetry

TIMEOUT = (3.0, 7.0)
"""Seconds to connect, and for the answer."""


class Webhook:
    """Call it with a message; an empty address takes none."""

    def __init__(self, address: str) -> None:
        self._address = address

    def __call__(self, message: Mapping[str, Any]) -> bool:
        """Whether it was taken; the address is a secret, and is never logged."""
        if not self._address:
            return False
        try:
            answer = requests.post(self._address, json=message, timeout=TIMEOUT, allow_redirects=False)
        except requests.RequestException as error:
            telemetry.tell("alert-not-sent", level=logging.ERROR, error=type(error).__name__)
            return False
        if not answer.ok or answer.is_redirect:
            telemetry.tell("alert-not-sent", level=logging.ERROR, status=answer.status_code)
            return False
        return True
