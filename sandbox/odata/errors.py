"""The one error that the OData helpers raise; each server renders it in its own product's body shape."""

from __future__ import annotations


class ODataError(Exception):
    """A request that cannot be answered: HTTP `status`, the product's `code` (may be empty) and a `message`."""

    def __init__(self, status: int, message: str, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code


def bad_request(message: str) -> ODataError:
    """Return a 400 without a code."""
    return ODataError(400, message)
