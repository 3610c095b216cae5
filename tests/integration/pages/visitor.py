"""A visitor of the sandbox's pages without a browser: opens addresses, presses buttons, reads what the page says."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import TestResponse

_NOT_TEXT = re.compile(r"<head>.*?</head>|<option.*?</option>|<[^>]+>", re.DOTALL)
_MESSAGE = re.compile(r'<p class="message (\w+)"[^>]*>(.*?)</p>')
_ACTION = re.compile(r'<form [^>]*action="([^"]+)"')
_HREF = re.compile(r'href="(/[^"#]*)"')


@dataclass(frozen=True)
class Page:
    """What came back."""

    status: int
    address: str
    source: str
    headers: dict[str, str]

    @property
    def text(self) -> str:
        """What is to be read on it, in one line."""
        return " ".join(html.unescape(_NOT_TEXT.sub(" ", self.source)).split())

    @property
    def messages(self) -> list[tuple[str, str]]:
        """(done or refused, what it says)."""
        return [(kind, html.unescape(text)) for kind, text in _MESSAGE.findall(self.source)]

    @property
    def links(self) -> set[str]:
        """Addresses that one can go to from here."""
        return {html.unescape(href) for href in _HREF.findall(self.source)}

    @property
    def actions(self) -> set[str]:
        """Where the page's buttons send their forms."""
        return {html.unescape(action) for action in _ACTION.findall(self.source)}


class Visitor:
    """Keeps cookies from page to page."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self._client = app.test_client()

    def open(self, address: str) -> Page:
        """The page at an address."""
        return _page(address, self._client.get(address))

    def follow(self, link: str) -> Page:
        """Where a link of somebody else's leads to in the end."""
        return _page(link, self._client.get(link, follow_redirects=True))

    def tell_where(self, others: dict[str, str]) -> None:
        """Where the other systems are, as whoever starts them all tells it."""
        assert self._client.put("/sandbox/elsewhere", json=others).json == others

    def send(self, address: str, **fields: str | list[str]) -> TestResponse:
        """Send a form and look at the bare answer."""
        return self._client.post(address, data=fields)

    def press(self, address: str, **fields: str | list[str]) -> Page:
        """Send a form; the answer must lead to another page, which is opened."""
        answer = self.send(address, **fields)
        assert answer.status_code == 303, answer.text
        return self.open(answer.headers["Location"])

    def press_on(self, page: Page, ending: str, **fields: str | list[str]) -> Page:
        """Press the button of a page whose form goes to an address with this ending; it must be there, once."""
        (action,) = (action for action in page.actions if action.endswith(ending))
        return self.press(action, **fields)


def _page(address: str, answer: TestResponse) -> Page:
    with answer:
        return Page(answer.status_code, address, answer.text, dict(answer.headers))
