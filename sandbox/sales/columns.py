"""Short ways to write column definitions, so that a table reads as the reference page lists it."""

from __future__ import annotations

from sandbox.sales.schema import Column, Kind, Option, Table, Target

Choices = dict[int, str]


def texts(max_length: int, *names: str) -> list[Column]:
    """Single-line text columns of one length."""
    return [Column(name, Kind.STRING, max_length=max_length) for name in names]


def memo(name: str, max_length: int) -> Column:
    """A multiline text column."""
    return Column(name, Kind.MEMO, max_length=max_length)


def number(name: str, minimum: float, maximum: float, kind: Kind = Kind.INTEGER) -> Column:
    """A whole or decimal number within bounds."""
    return Column(name, kind, minimum=minimum, maximum=maximum)


def money(name: str, minimum: float = 0, maximum: float = 1e12) -> Column:
    """A currency amount within bounds."""
    return Column(name, Kind.MONEY, minimum=minimum, maximum=maximum)


def flags(*names: str) -> list[Column]:
    """Yes/no columns, No by default."""
    return [Column(name, Kind.BOOLEAN, default=False, options=[Option(0, "No"), Option(1, "Yes")]) for name in names]


def choice(name: str, options: Choices, default: int | None = None) -> Column:
    """A choice column."""
    return Column(name, Kind.PICKLIST, options=[Option(value, label) for value, label in options.items()], default=default)


def moment(name: str) -> Column:
    """A date and time column."""
    return Column(name, Kind.DATETIME)


def day(name: str) -> Column:
    """A date-only column."""
    return Column(name, Kind.DATE)


def lookup(name: str, table: str, collection: str = "", navigation: str = "") -> Column:
    """A lookup to one table; its navigation property is its own name unless told."""
    return Column(name, Kind.LOOKUP, targets=(Target(table, navigation or name, collection),))


def customer(name: str, prefix: str) -> Column:
    """A lookup to account or contact: navigation properties `{name}_account` and `{name}_contact`."""
    targets = tuple(Target(table, f"{name}_{table}", f"{prefix}_{table}s") for table in ("account", "contact"))
    return Column(name, Kind.LOOKUP, targets=targets)


def states(pairs: dict[int, tuple[str, dict[int, str]]]) -> list[Column]:
    """statecode and statuscode from {state: (label, {status: label})}; the first of each is the default."""
    default_state = next(iter(pairs))
    state_options = [Option(state, label) for state, (label, _) in pairs.items()]
    statuses = [Option(status, label, state) for state, (_, values) in pairs.items() for status, label in values.items()]
    return [
        Column("statecode", Kind.STATE, options=state_options, creatable=False, default=default_state),
        Column("statuscode", Kind.STATUS, options=statuses, default=statuses[0].value),
    ]


ACTIVE_INACTIVE = {0: ("Active", {1: "Active"}), 1: ("Inactive", {2: "Inactive"})}


def required(column: Column) -> Column:
    """The column, required for an application's create."""
    column.required = True
    return column


def read_only(column: Column) -> Column:
    """The column, computed by the platform: a value in a body is ignored."""
    column.creatable = column.updatable = False
    return column


def create_only(column: Column) -> Column:
    """The column, to be set on create alone."""
    column.updatable = False
    return column


def table(
    name: str,
    set_name: str,
    type_code: int,
    primary_name: str,
    *groups: Column | list[Column],
    owned: bool = True,
    **extra: object,
) -> Table:
    """A table with its own columns and the ones that every table of its ownership has."""
    primary_id = str(extra.pop("primary_id", f"{name}id"))
    own = [column for group in groups for column in (group if isinstance(group, list) else [group])]
    columns = [create_only(Column(primary_id, Kind.GUID)), *own, *_common(name, owned)]
    by_name = {column.name: column for column in columns}
    for column in by_name.values():
        column.schema_name = column.schema_name or column.name
    return Table(name, set_name, primary_id, primary_name, type_code, by_name, owned=owned, **extra)  # type: ignore[arg-type]


def _common(name: str, owned: bool) -> list[Column]:
    columns = [read_only(moment("createdon")), read_only(moment("modifiedon")), read_only(Column("versionnumber", Kind.BIGINT))]
    columns += [read_only(lookup("createdby", "systemuser")), read_only(lookup("modifiedby", "systemuser"))]
    columns += [create_only(moment("overriddencreatedon")), create_only(Column("importsequencenumber", Kind.INTEGER))]
    if owned:
        targets = (Target("systemuser", "ownerid"), Target("team", "ownerid"))
        columns.append(Column("ownerid", Kind.LOOKUP, targets=targets, required=True))
        columns.append(read_only(lookup("owninguser", "systemuser", f"user_{name}")))
        columns.append(read_only(lookup("owningteam", "team", f"team_{name}")))
    return columns
