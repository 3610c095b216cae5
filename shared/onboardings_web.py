"""The JSON API's routes: read a call, do one thing, answer with a model."""

from __future__ import annotations

from typing import TypeVar

from flask import Blueprint, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import NotFound

from shared import api_bulk as bulk
from shared import api_models as models
from shared import console_filters, operating
from shared.api_document import document
from shared.console_acts import A_SECOND, ASSIGNED_TO, DEEDS, MOST_AT_ONCE, Deed, carry_out
from shared.console_context import assignee, by, key_of, known, principal, shows, site
from shared.console_lists import Filter, ListPage
from shared.console_search import page_of
from shared.console_security import client_address, needs
from shared.errors import ClaimHeld, ClaimLost, Missing
from shared.principal import Permission
from shared.record import Stage
from shared.rehearsing import Write, rehearse
from shared.watching import FOLDED

api = Blueprint("api", __name__, url_prefix="/api/onboardings")

LONGEST_PAGE = 200
Body = TypeVar("Body", bound=BaseModel)


# ---- reading


@api.get("")
@api.get("/", strict_slashes=False)
@needs(Permission.READ)
def show_list() -> ResponseReturnValue:
    """A page of a list; the first one begins with what the text names exactly."""
    query = _query(models.ListQuery)
    asked = console_filters.read(query.view, request.args, site().legal_entities, principal().object_id)
    found = _part(asked, query.limit, query.cursor)
    items = [models.Item.of(summary) for summary in found.items]
    return _answer(models.ItemPage(items=items, cursor=found.cursor, unfinished=found.unfinished))


@api.get("/counts")
@needs(Permission.READ)
def show_counts() -> ResponseReturnValue:
    """How many are where."""
    standing = site().figures.standing(site().legal_entities)
    stages = {stage: max(0, standing.places[stage] + standing.places[f"{stage}!"]) for stage in Stage}
    attentions = {cause: standing.causes[cause] for cause in standing.open_causes}
    return _answer(
        models.Counts(at=site().bridge.now(), as_of=site().states.watermark(FOLDED), stages=stages, attentions=attentions)
    )


@api.get("/me")
def show_me() -> ResponseReturnValue:
    """Who calls."""
    who = principal()
    may = [permission.value for permission in Permission if who.may(permission)]
    return _answer(models.Me(object_id=who.object_id, roles=sorted(role.value for role in who.roles), permissions=may))


@api.get("/openapi.json")
@needs(Permission.READ)
def show_document() -> Response:
    """What this API is."""
    return jsonify(document())


@api.get("/<key>")
@needs(Permission.READ)
def show_one(key: str) -> ResponseReturnValue:
    """One onboarding."""
    return _answer(models.Shown.of(known(key), site().bridge.now(), shows))


@api.get("/<key>/history")
@needs(Permission.READ)
def show_history(key: str) -> ResponseReturnValue:
    """Its history."""
    page = site().store.history(known(key).key, LONGEST_PAGE, _query(models.HistoryQuery).cursor or None)
    lines = [models.Line.of(entry, shows) for entry in page.items]
    return _answer(models.LinePage(lines=lines, cursor=page.continuation))


@api.get("/<key>/what-if")
@needs(Permission.WHAT_IF)
def show_what_if(key: str) -> ResponseReturnValue:
    """What a replay would do."""
    found = rehearse(site().bridge, known(key).key)
    return _answer(
        models.WhatIf(
            key=found.key.text,
            stage=found.after.stage,
            attentions=[attention.cause for attention in found.after.attentions],
            writes=[_write(write) for write in found.writes],
            changes_nothing=found.changes_nothing,
            failed=bool(found.error),
        )
    )


def _write(write: Write) -> models.IntendedWrite:
    shown = {name: str(value) for name, value in write.fields.items()} if principal().may(Permission.PERSONAL_DATA) else None
    return models.IntendedWrite(system=write.system, record=write.record, fields=shown, mail=write.mail)


# ---- acts


@api.post("/<key>/look-again")
@needs(Permission.LOOK_AGAIN)
def look_again(key: str) -> ResponseReturnValue:
    """Have it looked at again."""
    _body(models.Nothing)
    operating.look_again(site().desk, key_of(key), by(client_address()))
    return _done(key, "look-again")


@api.post("/<key>/hold")
@needs(Permission.HOLD)
def hold(key: str) -> ResponseReturnValue:
    """Hold it."""
    operating.hold(site().desk, key_of(key), by(client_address()), _body(models.Because).reason)
    return _done(key, "hold")


@api.post("/<key>/release")
@needs(Permission.HOLD)
def release(key: str) -> ResponseReturnValue:
    """Release it."""
    operating.release(site().desk, key_of(key), by(client_address()), _body(models.Release).reason)
    return _done(key, "release")


@api.post("/<key>/settle")
@needs(Permission.SETTLE)
def settle(key: str) -> ResponseReturnValue:
    """Choose about an open attention."""
    body = _body(models.Settle)
    try:
        operating.settle(site().desk, key_of(key), by(client_address()), body.cause, body.choice, body.reason)
    except ValueError:
        abort(409, "That cannot be chosen about it now.")
    return _done(key, "settle")


@api.post("/<key>/close")
@needs(Permission.CLOSE)
def close(key: str) -> ResponseReturnValue:
    """Close its attentions."""
    body = _body(models.Close)
    operating.close(site().desk, key_of(key), by(client_address()), body.reason, body.cause)
    return _done(key, "close")


@api.post("/<key>/note")
@needs(Permission.NOTE)
def note(key: str) -> ResponseReturnValue:
    """Write the note."""
    operating.note(site().desk, key_of(key), by(client_address()), _body(models.Note).text)
    return _done(key, "note")


@api.post("/<key>/assign")
@needs(Permission.ASSIGN)
def assign(key: str) -> ResponseReturnValue:
    """Assign it."""
    operating.assign(site().desk, key_of(key), by(client_address()), assignee(_body(models.Assign).to))
    return _done(key, "assign")


# ---- many at once


@api.post("/bulk")
@needs(Permission.READ)
def act_on_many() -> ResponseReturnValue:
    """One act on many; what cannot be done with one does not stop the others."""
    body = _body(bulk.Bulk)
    deed = DEEDS[body.do.act]
    if not principal().may(deed.permission):
        abort(403, f"Your roles do not let you {deed.permission}.")
    keys, cursor = _which(body.which)
    results = [bulk.Result.of(key, _problem(deed, key, body, place / A_SECOND)) for place, key in enumerate(keys)]
    return _answer(bulk.Results(results=results, cursor=cursor))


def _which(which: bulk.Named | bulk.Listed) -> tuple[list[str], str | None]:
    """The keys, each once, and where the rest of the list begins."""
    if isinstance(which, bulk.Named):
        return list(dict.fromkeys(which.keys)), None
    query = {name: str(value) for name, value in which.model_dump(mode="json", exclude_none=True).items()}
    found = _part(
        console_filters.read(which.view, query, site().legal_entities, principal().object_id), MOST_AT_ONCE, which.cursor
    )
    return [item.key.text for item in found.items], found.cursor


def _problem(deed: Deed, key: str, body: bulk.Bulk, delay: float) -> str:
    """Do it; why it could not be done."""
    text = assignee(body.text) if deed.text == ASSIGNED_TO else body.text
    try:
        carry_out(deed, site().desk, key_of(key), by(client_address()), text, delay, body.cause)
    except (Missing, NotFound):
        return "There is no such onboarding."
    except (ClaimHeld, ClaimLost):
        return "It is being worked on at this moment. Try again in a few seconds."
    return ""


# ---- calls and answers


def _part(asked: Filter, size: int, cursor: str) -> ListPage:
    try:
        return page_of(site().store, asked, site().legal_entities, size, cursor or None, site().bridge.now())
    except ValueError:
        abort(404, "There is no such page of the list.")


def _query(model: type[Body]) -> Body:
    """The query as that model; 400 for what it does not know, so that a misspelt filter is not an unfiltered list."""
    try:
        return model.model_validate({name: values if len(values) > 1 else values[0] for name, values in request.args.lists()})
    except ValidationError as error:
        abort(400, _first(error))


def _body(model: type[Body]) -> Body:
    try:
        return model.model_validate_json(request.get_data())
    except ValidationError as error:
        abort(400 if error.errors()[0]["type"] == "json_invalid" else 422, _first(error))


def _first(error: ValidationError) -> str:
    """What is wrong, and where; never the value."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else str(first["msg"])


def _answer(model: BaseModel, status: int = 200) -> ResponseReturnValue:
    return Response(model.model_dump_json(), status=status, mimetype="application/json")


def _done(key: str, done: str) -> ResponseReturnValue:
    return _answer(models.Accepted(key=key_of(key).text, done=done), 202)
