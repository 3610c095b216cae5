"""Making and removing columns (docs: create-update-column-definitions-using-web-api)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.sales import errors, privileges, references, solutions
from sandbox.sales.call import Call
from sandbox.sales.metadata import dependencies
from sandbox.sales.metadata.describe import Json, text_of
from sandbox.sales.schema import Column, Kind, Option, Table

if TYPE_CHECKING:
    from sandbox.sales.world import World

MAX_STRING = 4_000
FIRST_CUSTOM_VALUE = 100_000_000
_KINDS = {
    "String": Kind.STRING,
    "Memo": Kind.MEMO,
    "Integer": Kind.INTEGER,
    "BigInt": Kind.BIGINT,
    "Double": Kind.DOUBLE,
    "Decimal": Kind.DECIMAL,
    "Money": Kind.MONEY,
    "Boolean": Kind.BOOLEAN,
    "DateTime": Kind.DATETIME,
    "Picklist": Kind.PICKLIST,
}


def create(world: World, call: Call, table: Table, body: Json) -> Column:
    """Add a column to a table, and to the call's solution; raises 400 for a name that exists or a type that is not modelled."""
    privileges.require_named(world, call, "prvCreateAttribute")
    column = read(body)
    require_prefix(world, column.schema_name)
    if column.name in table.columns:
        message = (
            f"An attribute with the specified name {column.schema_name} already exists for entity with id {table.metadata_id}"
        )
        raise errors.rule(message, "0x80047013")
    table.columns[column.name] = column
    solutions.add_component(world, call, solutions.ATTRIBUTE, column.metadata_id)
    return column


def read(body: Json) -> Column:
    """A column from its definition's JSON."""
    type_name = str(body.get("@odata.type", "")).rpartition(".")[2].removeprefix("Complex").removesuffix("AttributeMetadata")
    schema_name = str(body.get("SchemaName") or "")
    if type_name not in _KINDS:
        raise errors.rule(f"Attribute type '{type_name}' is not valid here.", "0x80048403")
    kind = Kind.DATE if type_name == "DateTime" and body.get("Format") == "DateOnly" else _KINDS[type_name]
    return Column(
        schema_name.lower(),
        kind,
        label=text_of(body.get("DisplayName")),
        max_length=_max_length(kind, body),
        minimum=body.get("MinValue"),
        maximum=body.get("MaxValue"),
        options=_options(kind, body.get("OptionSet") or {}),
        required=(body.get("RequiredLevel") or {}).get("Value") in {"ApplicationRequired", "SystemRequired"},
        custom=True,
        schema_name=schema_name,
    )


def require_prefix(world: World, schema_name: str) -> None:
    """Raise 400 for a name that does not begin with the prefix of a publisher (code not verified)."""
    prefix, _, rest = schema_name.partition("_")
    publishers = {str(row.get("customizationprefix") or "").lower() for row in world.store.rows("publisher")} - {""}
    if not rest or prefix.lower() not in publishers:
        raise errors.rule(f"SchemaName {schema_name} must start with a valid customization prefix.", "0x8004701e")


def update(world: World, call: Call, column: Column, body: Json) -> None:
    """Change label, length and bounds (PUT of the whole definition)."""
    privileges.require_named(world, call, "prvWriteAttribute")
    if "DisplayName" in body:
        column.label = text_of(body["DisplayName"]) or column.label
    if column.max_length is not None and body.get("MaxLength"):
        column.max_length = _max_length(column.kind, body)
    column.minimum, column.maximum = body.get("MinValue", column.minimum), body.get("MaxValue", column.maximum)


def delete(world: World, call: Call, table: Table, column: Column) -> None:
    """Remove a custom column with its values; raises 400 while a key, a view or a form depends on it."""
    privileges.require_named(world, call, "prvDeleteAttribute")
    if not column.custom:
        raise errors.rule(f"The attribute {column.name} cannot be deleted: it is part of the system.", "0x80048404")
    if dependents := list(dependencies.of_column(world, table, column)):
        message = f"The Attribute({column.metadata_id}) component cannot be deleted because it is referenced by"
        raise errors.rule(f"{message} {len(dependents)} other components. For a list of referenced components, use the "
                          "RetrieveDependenciesForDeleteRequest.", "0x8004f01f")  # fmt: skip
    del table.columns[column.name]
    for row in world.store.rows(table.name):
        if column.name in row:
            kept = {name: value for name, value in row.items() if name != column.name}
            world.store.put(table.name, str(row[table.primary_id]), kept)
    references.leave_solutions(world, column.metadata_id)


def _max_length(kind: Kind, body: Json) -> int | None:
    if kind not in {Kind.STRING, Kind.MEMO}:
        return None
    length: Any = body.get("MaxLength")
    limit = MAX_STRING if kind is Kind.STRING else 1_048_576
    if not isinstance(length, int) or not 1 <= length <= limit:
        raise errors.rule(f"MaxLength must be between 1 and {limit}.", "0x8004431b")
    return length


def _options(kind: Kind, option_set: Json) -> list[Option]:
    if kind is Kind.BOOLEAN:
        pairs = [(0, option_set.get("FalseOption") or {}), (1, option_set.get("TrueOption") or {})]
        return [Option(value, text_of(option.get("Label")) or ("No", "Yes")[value]) for value, option in pairs]
    options: list[Option] = []
    for given in option_set.get("Options") or []:
        value = given.get("Value")
        options.append(Option(next_value(options) if value is None else int(value), text_of(given.get("Label"))))
    return options


def next_value(options: list[Option]) -> int:
    """The value that Dataverse assigns to an option that is given none (docs: create-update-optionsets)."""
    return max([FIRST_CUSTOM_VALUE - 1, *(option.value for option in options)]) + 1
