"""The console's pages that show something."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from shared.console_case import case
from shared.console_context import known, principal, site
from shared.console_listing import filter_of, list_shown, page_asked, part_of
from shared.console_lists import Filter, View
from shared.console_live import Live, look
from shared.console_overview import overview
from shared.console_security import needs
from shared.policy import DecisionChannel
from shared.principal import Permission
from shared.rehearsing import rehearse
from shared.rows import Summary

pages = Blueprint("pages", __name__)

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
    here, entity = site(), request.args.get("legal_entity", "").lower()
    entities = (entity,) if entity in here.legal_entities else here.legal_entities
    clerks = here.bridge.policy.decision_channel is DecisionChannel.MANUAL
    shown = overview(
        here.store, here.figures, here.states, entities, here.bridge.now(), everywhere=here.legal_entities, clerks_decide=clerks
    )
    only = entity if entity in here.legal_entities else None
    return render_template("overview.html", shown=shown, depths=here.depths(), only=only, entities=here.legal_entities)


@pages.get("/list/<view>")
@needs(Permission.READ)
def show_list(view: str) -> ResponseReturnValue:
    """One list, filtered, a page of it."""
    asked = filter_of(view)
    shown = page_asked(asked)
    if len(shown.named) == 1:
        return redirect(url_for("pages.show_onboarding", key=shown.named[0].key.text))
    return list_shown(asked, shown)


@pages.get("/list/<view>.csv")
@needs(Permission.READ)
def export(view: str) -> Response:
    """The list as a file; ends after 100,000 rows and says so. Read whole before it is sent, so that none is cut by a failure."""
    answer = Response(BYTE_ORDER_MARK + "".join(_csv(filter_of(view))), mimetype="text/csv")
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


# ---- a list as a file


def _csv(asked: Filter) -> Iterator[str]:
    yield _line(COLUMNS)
    count, cursor = 0, None
    while True:
        shown = part_of(asked, EXPORT_PAGE, cursor)
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
