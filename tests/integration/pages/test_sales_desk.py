"""What a seller sees and does, by page; each step takes the Web API's own path, so its events are raised."""

from __future__ import annotations

import pytest

from sandbox.sales.events import Event
from sandbox.sales.seed import SALESPERSON, add_user
from sandbox.sales.store import Reference
from tests.integration.pages.people import LEAD, SalesDesk
from tests.integration.pages.visitor import Page


def test_the_view_of_b2b_leads_stands_beside_my_open_leads(seller: SalesDesk) -> None:
    mine = seller.make_lead(lastname="Mine")
    _b2b_lead(seller, lastname="Shared")
    page = seller.open("/")
    shared, own = page.text.split("My Open Leads", 1)
    assert "Ada Shared" in shared and "Ada Mine" not in shared
    assert "Ada Mine" in own
    assert mine.address in page.links


def test_without_the_view_the_page_says_who_makes_it(seller: SalesDesk) -> None:
    for row in seller.world.store.rows("savedquery"):
        seller.world.store.remove("savedquery", row["savedqueryid"])
    assert "provision makes it" in seller.open("/").text


def test_a_lead_has_the_sections_of_its_form_and_a_timeline(seller: SalesDesk) -> None:
    page = seller.make_lead()
    for words in ("Contact Topic Wants widgets", "Company Company Name Engines", "Timeline Nothing has happened yet."):
        assert words in page.text


def test_a_note_keeps_its_harmless_tags_alone(seller: SalesDesk) -> None:
    page = seller.make_lead()
    _note(seller, page, "<p>From <b>Commerce</b></p><script>alert(1)</script><img src=x>")
    source = seller.open(page.address).source
    assert "<p>From <b>Commerce</b></p>" in source
    assert "<script" not in source and "<img" not in source


def test_qualifying_makes_what_the_dialog_asks_for(seller: SalesDesk) -> None:
    page = seller.press_on(seller.make_lead(), "/qualify", contact="on")
    assert page.messages == [("done", "The lead is qualified.")]
    assert [len(seller.world.store.rows(table)) for table in ("account", "contact", "opportunity")] == [0, 1, 0]


def test_qualifying_to_an_existing_account_makes_no_second_one(seller: SalesDesk) -> None:
    seller.qualified()
    (account,) = seller.world.store.rows("account")
    page = seller.press_on(
        seller.make_lead(), "/qualify", account="on", contact="on", opportunity="on", existing_account=account["accountid"]
    )
    assert len(seller.world.store.rows("account")) == 1
    assert f"/accounts/{account['accountid']}" in page.links


def test_what_sales_refuses_is_told_in_its_own_words_and_leaves_nothing_behind(seller: SalesDesk) -> None:
    page = seller.make_lead()
    refused = seller.press_on(page, "/qualify", account="on", existing_account="00000000-0000-0000-0000-000000000009")
    assert refused.messages[0][0] == "refused"
    assert "Does Not Exist" in refused.messages[0][1]
    assert seller.world.store.rows("lead")[0]["statecode"] == 0


def test_a_disqualified_lead_can_be_reactivated(seller: SalesDesk) -> None:
    page = seller.press_on(seller.make_lead(), "/disqualify", reason="5")
    assert "Disqualified Cannot Contact" in page.text
    assert seller.press_on(page, "/reactivate").messages == [("done", "The lead is open again.")]
    assert seller.world.store.rows("lead")[0]["statecode"] == 0


def test_a_lead_that_is_assigned_to_me_is_among_my_open_leads(seller: SalesDesk) -> None:
    lead = _b2b_lead(seller, lastname="Shared")
    assert "You have no open lead." in seller.open("/").text
    seller.press_on(seller.open(lead), "/assign")
    assert "You have no open lead." not in seller.open("/").text


def test_merging_leaves_one_lead_and_says_so_on_the_other(seller: SalesDesk) -> None:
    kept, gone = seller.make_lead(lastname="Kept"), seller.make_lead(lastname="Gone")
    page = seller.press(f"{kept.address}/merge", other=gone.address.rpartition("/")[2])
    assert page.messages == [("done", "The other lead was merged into this one.")]
    other = seller.open(gone.address)
    assert "merged into Ada Kept" in other.text
    assert kept.address in other.links


def test_a_deleted_lead_is_gone(seller: SalesDesk) -> None:
    lead = seller.make_lead()
    assert seller.press_on(lead, "/delete").messages == [("done", "The lead is deleted.")]
    page = seller.open(lead.address)
    assert (page.status, "There is no such record" in page.text) == (404, True)


def test_a_lead_without_what_is_needed_comes_back_as_filled_in(seller: SalesDesk) -> None:
    answer = seller.send("/leads/new", **(LEAD | {"lastname": ""}))
    assert answer.status_code == 422
    assert "Required field missing" in answer.text.replace("&#39;", "'")
    assert 'value="Engines"' in answer.text


def test_a_qualified_lead_can_have_one_more_opportunity(seller: SalesDesk) -> None:
    page = seller.press_on(seller.qualified(), "/opportunity", name="Second offer")
    assert len([link for link in page.links if link.startswith("/opportunities/")]) == 2
    first, second = seller.world.store.rows("opportunity")
    assert second["name"] == "Second offer"
    assert [second[name] for name in ("customerid", "originatingleadid")] == [
        first[name] for name in ("customerid", "originatingleadid")
    ]


@pytest.mark.parametrize(("button", "reason", "shown"), [("win", "3", "Won"), ("lose", "5", "Lost Out-Sold")])
def test_a_closed_opportunity_says_how_and_why_and_can_be_reopened(
    seller: SalesDesk, button: str, reason: str, shown: str
) -> None:
    page = seller.press_on(seller.opportunity(), f"/{button}", reason=reason, description="as agreed", revenue="1250.50")
    assert f"Opportunity {shown}" in page.text
    assert "as agreed" in page.text
    assert "$1,250.50" in page.text
    reopened = seller.press_on(page, "/reopen")
    assert "(Canceled)" in reopened.text
    assert "Opportunity Open In Progress" in reopened.text


def test_accounts_and_contacts_are_there_to_read(seller: SalesDesk) -> None:
    seller.qualified()
    for kind, name in (("accounts", "Engines"), ("contacts", "Ada Byron")):
        overview = seller.open(f"/{kind}")
        (address,) = (link for link in overview.links if link.startswith(f"/{kind}/"))
        page = seller.open(address)
        assert name in page.text
        assert page.actions == {"/sign-in"}


def test_a_seller_is_chosen_on_the_page_and_acts_in_that_name(seller: SalesDesk) -> None:
    other = add_user(seller.world, "Somebody Else", SALESPERSON)
    page = seller.press("/sign-in", seller=other)
    assert f'value="{other}" selected' in page.source
    seller.make_lead()
    assert seller.world.store.rows("lead")[0]["ownerid"] == Reference("systemuser", other)
    assert seller.press("/sign-in", seller="nobody").status == 200


def test_what_is_pressed_raises_the_events_that_the_web_api_raises(seller: SalesDesk) -> None:
    raised: list[Event] = []
    seller.world.listeners.append(raised.extend)
    seller.press_on(seller.opportunity(), "/win", reason="3")
    messages = [(event.table, event.message) for event in raised]
    assert ("lead", "QualifyLead") in messages
    assert ("opportunity", "Win") in messages


def _b2b_lead(seller: SalesDesk, **changes: str) -> str:
    """A lead as the bridge makes it: with its key, owned by somebody else. Its address."""
    page = seller.make_lead(**changes)
    lead_id = page.address.rpartition("/")[2]
    row = seller.world.store.get("lead", lead_id) or {}
    owner = Reference("team", seller.world.store.rows("team")[0]["teamid"])
    seller.world.store.put("lead", lead_id, {**row, "b2b_prospectkey": "usmf.P-1", "ownerid": owner})
    return page.address


def _note(seller: SalesDesk, page: Page, text: str) -> None:
    from sandbox.sales import records
    from sandbox.sales.call import Call
    from sandbox.sales.seed import seed_id

    about = Reference("lead", page.address.rpartition("/")[2])
    values = {"subject": "Request", "notetext": text, "objectid": about}
    call = Call(seed_id("systemuser/Seller"))
    with seller.world.transaction():
        records.create(seller.world, call, seller.world.schema.tables["annotation"], values)
