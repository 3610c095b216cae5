"""ETags and the two conditions of a request."""

from __future__ import annotations

from sandbox.odata.errors import ODataError


def etag(version: int | str) -> str:
    """Return a row version as a weak ETag, `W/"42"`."""
    return f'W/"{version}"'


def matches(condition: str | None, current: str) -> bool:
    """Whether an If-Match condition holds for a row that exists; none and `*` always do."""
    return condition is None or current in {"*", *(tag.strip() for tag in condition.split(","))} or condition.strip() == "*"


def require_match(condition: str | None, current: str, message: str, code: str = "") -> None:
    """Raise 412 where If-Match names another version than the row's."""
    if not matches(condition, current):
        raise ODataError(412, message, code)
