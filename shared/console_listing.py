"""A list as a request asks for it: its filter, a part of it, and the page that shows one."""

from __future__ import annotations

from flask import abort, render_template, request

from shared import console_filters
from shared.console_context import principal, site
from shared.console_lists import PATIENT, STAGES_OF, Filter, ListPage, View
from shared.console_search import page_of

PAGE_SIZE, PAGE_IN_VAIN = 50, 100
"""Rows of a page, and those that one may read for nothing: somebody waits for it, and can look further."""


def filter_of(view: str) -> Filter:
    """What the query asks of that list; 404 where there is no such list."""
    if view not in set(View):
        abort(404, "There is no such list.")
    return console_filters.read(View(view), request.args, site().legal_entities, principal().object_id)


def part_of(asked: Filter, size: int, cursor: str | None, in_vain: int = PATIENT) -> ListPage:
    """A part of the list; 400 for a cursor that is none."""
    try:
        return page_of(site().store, asked, site().legal_entities, size, cursor, site().bridge.now(), in_vain)
    except ValueError:
        abort(400, "That page of the list does not exist.")


def page_asked(asked: Filter) -> ListPage:
    """The page that the query asks for."""
    return part_of(asked, PAGE_SIZE, request.args.get("cursor"), PAGE_IN_VAIN)


def list_shown(asked: Filter, shown: ListPage, problem: str = "") -> str:
    """The page; `problem`: why nothing was done, beside what was selected and typed."""
    query = console_filters.written(asked, principal().object_id)
    choices = {"stages": STAGES_OF[asked.view], "ages": console_filters.AGE_WORDS, "entities": site().legal_entities}
    return render_template(
        "list.html", asked=asked, shown=shown, query=query, now=site().bridge.now(), choices=choices, said=request.args,
        sent=request.form, problem=problem,
    )  # fmt: skip
