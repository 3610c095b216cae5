"""The console's pages that show something."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from shared import console_filters
from shared.console_case import case
from shared.console_context import known, principal, site
from shared.console_lists import PATIENT, STAGES_OF, Filter, ListPage, View
from shared.console_live import Live, look
from shared.console_overview import overview
from shared.console_search import page_of
from shared.console_security import needs
from shared.policy import DecisionChannel
from shared.principal import Permission
from shared.rehearsing import rehearse
from shared.rows import Summary

pages = Blueprint("pages", __name__)

PAGE_SIZE, PAGE_IN_VAIN = 50, 100
"""Rows of a page, and those that one may read for nothing: somebody waits for it, and can look further."""
EXPORT_PAGE, EXPORT_ROWS = 500, 100_000
BYTE_ORDER_MARK = "\ufeff"
"""Excel takes a file without it for one of its own code page."""
HISTORY = 200
COLUMNS = (
    "legal_entity",
    "prospect_id",
    "organization",
    "stage",
    "attention",
    "because",
    "since",
    "assigned_to",
    "held",
    "correlation_id",
)


@pages.get("/")
@pages.get("", strict_slashes=False)
@needs(Permission.READ)
def show_overview() -> str:
    """What there is, where it piles up, how long it takes, and what watches over it."""
    here, entities = site(), _entities()
    clerks = here.bridge.policy.decision_channel is DecisionChannel.MANUAL
    shown = overview(
        here.store, here.figures, here.states, entities, here.bridge.now(), everywhere=here.legal_entities, clerks_decide=clerks
    )
    return render_template("overview.html", shown=shown, depths=here.depths(), entity=request.args.get("legal_entity", ""))


@pages.get("/list/<view>")
@needs(Permission.READ)
def show_list(view: str) -> ResponseReturnValue:
    """One list, filtered, a page of it."""
    asked = _filter(view)
    shown = _page(asked, PAGE_SIZE, request.args.get("cursor"), PAGE_IN_VAIN)
    if len(shown.named) == 1:
        return redirect(url_for("pages.show_onboarding", key=shown.named[0].key.text))
    query = console_filters.written(asked, principal().object_id)
    choices = {"stages": STAGES_OF[asked.view], "ages": console_filters.AGE_WORDS, "entities": site().legal_entities}
    return render_template(
        "list.html", asked=asked, shown=shown, query=query, now=site().bridge.now(), choices=choices, said=request.args
    )


@pages.get("/list/<view>.csv")
@needs(Permission.READ)
def export(view: str) -> Response:
    """The list as a file; ends after 100,000 rows and says so. Read whole before it is sent, so that none is cut by a failure."""
    answer = Response(BYTE_ORDER_MARK + "".join(_csv(_filter(view))), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{View(view)}.csv"'
    return answer


@pages.get("/onboarding/<key>")
@needs(Permission.READ)
def show_onboarding(key: str) -> str:
    """One onboarding: why it waits, both systems side by side, what can be done, what happened."""
    here, record = site(), known(key)
    cursor = request.args.get("history")
    live = Live() if "recorded" in request.args else look(here.bridge, record)
    history = here.store.history(record.key, HISTORY, cursor)
    now = here.bridge.now()
    shown = case(
        record, live, here.links, history.items, history.continuation, now, personal=principal().may(Permission.PERSONAL_DATA)
    )
    return render_template("onboarding.html", shown=shown, known=record, now=now, said=request.args)


@pages.get("/onboarding/<key>/what-if")
@needs(Permission.WHAT_IF)
def show_what_if(key: str) -> str:
    """What a replay would write where, field by field; nothing is written."""
    record = known(key)
    rehearsal = rehearse(site().bridge, record.key)
    return render_template("what_if.html", known=record, rehearsal=rehearsal, now=site().bridge.now())


@pages.get("/me")
def show_me() -> str:
    """One's own permissions."""
    return render_template("me.html")


# ---- what a request asks for


def _entities() -> tuple[str, ...]:
    asked = request.args.get("legal_entity", "").lower()
    return (asked,) if asked in site().legal_entities else site().legal_entities


def _filter(view: str) -> Filter:
    if view not in set(View):
        abort(404, "There is no such list.")
    return console_filters.read(View(view), request.args, site().legal_entities, principal().object_id)


def _page(asked: Filter, size: int, cursor: str | None, in_vain: int = PATIENT) -> ListPage:
    try:
        return page_of(site().store, asked, site().legal_entities, size, cursor, site().bridge.now(), in_vain)
    except ValueError:
        abort(400, "That page of the list does not exist.")


# ---- a list as a file


def _csv(asked: Filter) -> Iterator[str]:
    yield _line(COLUMNS)
    count, cursor = 0, None
    while True:
        shown = _page(asked, EXPORT_PAGE, cursor)
        yield "".join(_line(_cells(item)) for item in shown.items)
        count, cursor = count + len(shown.items), shown.cursor
        if cursor is None:
            return
        if count >= EXPORT_ROWS:
            yield _line(["...", f"the first {count} rows; narrow the list for the others"])
            return


def _cells(item: Summary) -> list[str]:
    since, held = item.since.isoformat(), "yes" if item.held else ""
    values = [item.key.legal_entity, item.prospect_id, item.organization_name, item.stage, item.attention or "", item.because]
    return [*values, since, item.assigned_to, held, item.correlation_id]


def _line(cells: Iterator[str] | list[str] | tuple[str, ...]) -> str:
    """One line; a cell that a spreadsheet would take for a formula is kept as text."""
    text = io.StringIO()
    csv.writer(text).writerow([f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell for cell in cells])
    return text.getvalue()
