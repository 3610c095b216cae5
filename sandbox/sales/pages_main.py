"""The address at which other programs open a record's form (docs: open-forms-views-dialogs-reports-url)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, request, url_for

from sandbox.sales.pages_desk import Refused, address_of, area

if TYPE_CHECKING:
    from werkzeug import Response as Answer

pages = area("main")


@pages.get("/main.aspx")
def show() -> Answer:
    """To the record's own page, or to the start; raises Refused for a table that has no pages here."""
    if request.args.get("pagetype") != "entityrecord":
        return redirect(url_for("leads.overview"))
    table, row_id = request.args.get("etn", ""), request.args.get("id", "").strip("{}")
    if address := address_of(table, row_id):
        return redirect(address)
    raise Refused(404, f"There are no pages of the table '{table}' here.")
