"""Create, update and delete: the checks, the computed columns, the events."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from sandbox.sales import drafts, errors, lifecycle, privileges, references, rules
from sandbox.sales.call import Call
from sandbox.sales.events import EntityValue, Event
from sandbox.sales.schema import Table
from sandbox.sales.store import Reference, Row
from sandbox.sales.values import checked, computed, stamp

if TYPE_CHECKING:
    from sandbox.sales.world import World

STATE_COLUMNS = frozenset({"statecode", "statuscode"})


def create(world: World, call: Call, table: Table, values: Row, row_id: str | None = None) -> str:
    """Create a row and return its id; raises 403, 412 for a key that exists, or 400 for what the table does not admit."""
    privileges.require(world, call, "Create", table)
    sent = _admitted(table, values, creating=True)
    row_id = str(row_id or sent.get(table.primary_id) or uuid4())
    if world.store.get(table.name, row_id) is not None or _blocked(world, table, row_id):
        raise errors.already_exists()
    row = _new_row(world, call, table, row_id, sent)
    _require_columns(table, row, sent, call)
    references.check(world, call, table, sent)
    _check_duplicates(world, call, table, row)
    _check_keys(world, table, row_id, row)
    rules.check(world, table.name, row, values)
    stored = world.store.put(table.name, row_id, row)
    added = {name: stored.get(name) for name in stored if name not in sent}
    target = EntityValue(table.name, row_id, sent, added)
    columns = frozenset(name for name, value in stored.items() if value is not None)
    world.raise_event(
        Event("Create", table.name, row_id, call, {"Target": target}, {"id": row_id}, columns=columns, after=stored)
    )
    return row_id


def update(world: World, call: Call, table: Table, row_id: str, values: Row) -> Row:
    """Change a row that exists and return it; state columns and others in one request are two passes of the pipeline."""
    before = existing(world, table, row_id)
    privileges.require(world, call, "Write", table, before)
    sent = _admitted(table, values, creating=False)
    lifecycle.check_update(table, before, sent, call)
    references.check(world, call, table, sent)
    sent |= lifecycle.completed_state(table, before, sent)
    after: Row = {**drafts.unpublished(world, table, before), **sent}
    _check_duplicates(world, call, table, after)
    _check_keys(world, table, row_id, after)
    rules.check(world, table.name, after, values)
    after |= {**computed(table, after), **_touched(world, call)}
    stored = world.store.put(table.name, row_id, drafts.hold_back(world, table, before, after))
    lifecycle.after_update(world, call, table, before, stored, update)
    # docs: special-update-operation-behavior: an update with state columns and others runs its steps twice
    for columns in (sent.keys() - STATE_COLUMNS, sent.keys() & STATE_COLUMNS):
        if columns:
            _raise_update(world, call, table, before, stored, {name: sent[name] for name in sent if name in columns})
    return stored


def delete(world: World, call: Call, table: Table, row_id: str) -> None:
    """Delete a row: what belongs to it goes with it, what points to it is unlinked."""
    row = existing(world, table, row_id)
    privileges.require(world, call, "Delete", table, row)
    references.release(world, call, table, row_id, delete)
    world.store.remove(table.name, row_id)
    world.raise_event(Event("Delete", table.name, row_id, call, {"Target": Reference(table.name, row_id)}, before=row))


def restore(world: World, call: Call, table: Table, row_id: str) -> None:
    """Bring a deleted row back from the recycle bin under its id (docs: restore-deleted-records); 404 where it is not there."""
    privileges.require(world, call, "Create", table)
    graves = [grave for grave in world.store.tombstones if (grave.table, grave.id) == (table.name, row_id)]
    if not graves or world.store.get(table.name, row_id) is not None:
        raise errors.not_found(table.name, row_id)
    stored = world.store.put(table.name, row_id, {**graves[-1].row, **_touched(world, call)})
    target = EntityValue(table.name, row_id, {table.primary_id: row_id})
    world.raise_event(Event("Restore", table.name, row_id, call, {"Target": target}, after=stored))


def existing(world: World, table: Table, row_id: str) -> Row:
    """The row, or 404."""
    row = world.store.get(table.name, row_id)
    if row is None:
        raise errors.not_found(table.name, row_id)
    return row


def find_by_key(world: World, table: Table, values: Row) -> Row | None:
    """The row with these alternate key values, text compared without regard to letter case."""
    wanted = {name: _comparable(value) for name, value in values.items()}
    for row in world.store.rows(table.name):
        if all(_comparable(row.get(name)) == value for name, value in wanted.items()):
            return row
    return None


def _blocked(world: World, table: Table, row_id: str) -> bool:
    return world.options.bin_blocks_ids and any(
        (grave.table, grave.id) == (table.name, row_id) for grave in world.store.tombstones
    )


def _comparable(value: object) -> object:
    return value.casefold() if isinstance(value, str) else value


def _admitted(table: Table, values: Row, creating: bool) -> Row:
    """The values that the operation takes: computed and read-only columns are ignored, as Dataverse does."""
    taken: Row = {}
    for name, value in values.items():
        column = table.columns[name]
        if (column.creatable if creating else column.updatable) and not (not creating and name == table.primary_id):
            taken[name] = checked(table, column, value)
    return taken


def _new_row(world: World, call: Call, table: Table, row_id: str, sent: Row) -> Row:
    defaults = {name: column.default for name, column in table.columns.items() if column.default is not None}
    row: Row = {**dict.fromkeys(table.columns), **defaults, **sent, table.primary_id: row_id}
    if table.owned and row.get("ownerid") is None:
        row["ownerid"] = Reference("systemuser", call.user_id)
    if "statuscode" in sent:
        lifecycle.check_status(table, int(row["statecode"]), sent["statuscode"])
    touched = _touched(world, call)
    row |= {**computed(table, row), **touched, "createdon": sent.get("overriddencreatedon") or touched["modifiedon"]}
    row["createdby"] = touched["modifiedby"]
    return row


def _touched(world: World, call: Call) -> Row:
    return {"modifiedon": stamp(world.now()), "modifiedby": Reference("systemuser", call.user_id)}


def _require_columns(table: Table, row: Row, sent: Row, call: Call) -> None:
    if call.platform:
        return
    for name, column in table.columns.items():
        if column.required and row.get(name) is None and name != "ownerid":
            raise errors.required_missing(name, table.name)


def _check_keys(world: World, table: Table, row_id: str, row: Row) -> None:
    for key in table.keys:
        values = {name: row.get(name) for name in key.columns}
        if key.status != "Active" or any(value is None for value in values.values()):
            continue
        other = find_by_key(world, table, values)
        if other is not None and other[table.primary_id] != row_id:
            raise errors.key_violation(key.label, key.schema_name)


def _check_duplicates(world: World, call: Call, table: Table, row: Row) -> None:
    """The default published rules: the same e-mail address on another open lead, contact or account."""
    if not call.detect_duplicates or not row.get("emailaddress1"):
        return
    for other in world.store.rows(table.name):
        same = _comparable(other.get("emailaddress1")) == _comparable(row["emailaddress1"])
        if same and other[table.primary_id] != row[table.primary_id] and other.get("statecode", 0) == 0:
            raise errors.duplicate_detected()


def _raise_update(world: World, call: Call, table: Table, before: Row, after: Row, sent: Row) -> None:
    row_id = str(after[table.primary_id])
    names = ["modifiedon", "modifiedby", *(name for name in computed(table, after) if before.get(name) != after.get(name))]
    target = EntityValue(table.name, row_id, sent, {name: after.get(name) for name in names})
    columns = frozenset(sent) | frozenset(names)
    inputs = {"Target": target, "SuppressDuplicateDetection": not call.detect_duplicates}
    world.raise_event(Event("Update", table.name, row_id, call, inputs, columns=columns, before=before, after=after))
