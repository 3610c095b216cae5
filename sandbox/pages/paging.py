"""Long lists in pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import request, url_for

T = TypeVar("T")
SIZE = 25


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some of a list's items; pages are numbered from 1."""

    items: Sequence[T]
    number: int
    count: int
    total: int
    parameter: str

    def link(self, number: int) -> str:
        """The present address with another page of this list."""
        arguments = {**(request.view_args or {}), **request.args.to_dict(), self.parameter: number}
        return url_for(str(request.endpoint), **arguments)


def page_of(items: Sequence[T], parameter: str = "page") -> Page[T]:
    """The page that the address asks for by `parameter`; the last one where it asks for more than there are."""
    count = max(1, -(-len(items) // SIZE))
    asked = request.args.get(parameter, 1, type=int)
    number = min(max(asked, 1), count)
    return Page(items[(number - 1) * SIZE : number * SIZE], number, count, len(items), parameter)
