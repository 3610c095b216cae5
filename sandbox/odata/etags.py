"""ETags and the two conditions of a request."""

from __future__ import annotations


def etag(version: int | str) -> str:
    """Return a row version as a weak ETag, `W/"42"`."""
    return f'W/"{version}"'


def matches(condition: str | None, current: str) -> bool:
    """Whether an If-Match condition holds for a row that exists; none and `*` always do."""
    return condition is None or current in {"*", *(tag.strip() for tag in condition.split(","))} or condition.strip() == "*"
