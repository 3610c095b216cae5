"""What can go wrong, a class per decision that a caller can make.

BridgeError
  SettingsInvalid            settings are missing or wrong; every one is named at once
  MappingInvalid             the field map is wrong; the rows are named
  EventNotUnderstood         an event's body cannot be parsed: 400 and a dead letter
  ServiceError               Sales, Commerce or Storage answered, or did not
    Transient                try again later: 408, 429, 502-504, network, an HTML page from a gateway
      Closed                 its breaker is closed to traffic: no request was made
    Refused                  a business rule said no: the message is theirs
    Missing                  404
    Outdated                 412, or a record that is there already: observe again
    AccessRefused            401 after a new token, 403: the whole system is affected, not this case
    InDoubt                  a write was sent and its outcome is not known
  ClaimHeld                  another invocation works on this onboarding
  ClaimLost                  ours ran out or was taken over: abandon, write nothing more
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum


class System(StrEnum):
    """The systems that the bridge calls."""

    SALES = "sales"
    COMMERCE = "commerce"
    STORAGE = "storage"


class BridgeError(Exception):
    """Base of every error that the bridge names."""


class SettingsInvalid(BridgeError):
    """Settings are missing or wrong; `problems` has one line for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class MappingInvalid(BridgeError):
    """The field map is wrong; `problems` names each row."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class EventNotUnderstood(BridgeError):
    """An event cannot be parsed; the text is one line and holds nothing of the body."""


class ServiceError(BridgeError):
    """A call failed. `request_id` is ours, sent as x-ms-client-request-id; `status` is None where no answer came."""

    def __init__(self, system: System, message: str, *, status: int | None = None, code: str = "", request_id: str = "") -> None:
        super().__init__(f"{system}: {message}" + (f" (HTTP {status})" if status else ""))
        self.system, self.message, self.status, self.code, self.request_id = system, message, status, code, request_id


class Transient(ServiceError):
    """Worth another attempt; `retry_after` is the server's own wish, if it said one."""

    def __init__(
        self,
        system: System,
        message: str,
        *,
        status: int | None = None,
        code: str = "",
        request_id: str = "",
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(system, message, status=status, code=code, request_id=request_id)
        self.retry_after = retry_after


class Closed(Transient):
    """The system's breaker is closed to traffic: no request was made. `retry_after`: for how long."""


class Refused(ServiceError):
    """A business rule or a validation said no; trying again with the same data is useless."""


class Missing(ServiceError):
    """The record does not exist, or is not visible to us."""


class Outdated(ServiceError):
    """The record changed since it was read, or is there already."""


class AccessRefused(ServiceError):
    """The identity is not accepted or lacks a privilege."""


class InDoubt(ServiceError):
    """A write was sent; whether it took effect is not known."""


class ClaimHeld(BridgeError):
    """Another invocation holds the onboarding until `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"claimed until {until:%H:%M:%S}")
        self.until = until


class ClaimLost(BridgeError):
    """Our claim ran out, or another invocation took it over."""
