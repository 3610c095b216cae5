"""What holds for every page of both systems, found by following links from the start."""

from __future__ import annotations

import re

from tests.integration.pages.people import HeadOffice, SalesDesk
from tests.integration.pages.visitor import Page, Visitor

_TITLE = re.compile(r"<title>\s*(\S.*?\S) –", re.DOTALL)
_HEADING = re.compile(r"<h1[ >]")
_ID = re.compile(r'\bid="([^"]+)"')


def test_every_link_of_head_office_leads_somewhere(office: HeadOffice) -> None:
    office.press_on(office.make_prospect(), "/approve")
    pages = _all_pages(office)
    assert len(pages) > 20
    _hold_to_the_rules(pages)


def test_every_link_of_sales_leads_somewhere(seller: SalesDesk) -> None:
    seller.opportunity()
    seller.make_lead()
    pages = _all_pages(seller)
    assert len(pages) >= 12
    _hold_to_the_rules(pages)


def _all_pages(visitor: Visitor) -> dict[str, Page]:
    """Every page that can be reached by links, each once; fails for a link that leads nowhere."""
    found: dict[str, Page] = {}
    waiting = ["/"]
    while waiting:
        address = waiting.pop()
        if address in found:
            continue
        page = visitor.open(address)
        assert page.status == 200, address
        if page.headers["Content-Type"].startswith("text/html"):
            found[address] = page
            waiting += page.links
    return found


def _hold_to_the_rules(pages: dict[str, Page]) -> None:
    titles = {address: _TITLE.search(page.source) for address, page in pages.items()}
    assert not [address for address, title in titles.items() if title is None]
    for address, page in pages.items():
        assert "default-src 'none'" in page.headers["Content-Security-Policy"], address
        assert len(_HEADING.findall(page.source)) == 1, address
        assert "<script" not in page.source and "style=" not in page.source, address
        ids = _ID.findall(page.source)
        assert len(ids) == len(set(ids)), f"{address} has an id twice"
