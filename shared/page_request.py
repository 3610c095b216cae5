"""A request for a page and its answer, as functions and the WSGI application pass them to each other. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class PageRequest:
    """One HTTP request."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class PageAnswer:
    """Its answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes
