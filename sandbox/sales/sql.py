"""?sql= (docs: webapi/query/sql, and the Python client's own text): one SELECT, answered by SQLite over what the caller may read.

The two sources disagree on TOP and OFFSET ... FETCH; they are taken, as the client sends them.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from typing import Any

from sandbox.odata.etags import etag
from sandbox.odata.options import QueryOptions
from sandbox.sales import errors
from sandbox.sales.query import Reader
from sandbox.sales.schema import Kind, Table
from sandbox.sales.store import Reference

Json = dict[str, Any]
_TEXT = re.compile(r"'(?:[^']|'')*'")
_NO_ALIAS = r"(?!(?:AS|INNER|LEFT|JOIN|ON|WHERE|GROUP|ORDER|OFFSET)\b)"
_FROM = re.compile(rf"\b(?:FROM|JOIN)\s+(\w+)(?:\s+(?:AS\s+)?{_NO_ALIAS}(\w+))?", re.I)
# docs: webapi/query/sql, not supported: several statements, comparisons of literals, subqueries, SELECT *, and these words
_REFUSED = re.compile(
    r";|\b(?:WHERE|AND|OR)[\s(]*(?:\d+|'')\s*[=<>!]|\bSELECT\b.*\bSELECT\b|\bSELECT\s+(?:DISTINCT\s+)?(?:TOP\s+\d+\s+)?\*"
    r"|\b(?:UNION|HAVING|CASE|COALESCE|OVER|EXISTS|WITH|LIMIT)\b|\b(?:CROSS|RIGHT|FULL)\s+(?:OUTER\s+)?JOIN\b",
    re.I | re.S,
)  # fmt: skip
_AGGREGATED = re.compile(r"\bDISTINCT\b|\bGROUP\s+BY\b|\b(?:COUNT|SUM|AVG|MIN|MAX)\s*\(", re.I)
_TOP = re.compile(r"\A(\s*SELECT\s+(?:DISTINCT\s+)?)TOP\s+(\d+)\s+", re.I)
_FETCH = re.compile(r"\bOFFSET\s+(\d+)\s+ROWS?(?:\s+FETCH\s+NEXT\s+(\d+)\s+ROWS?\s+ONLY)?\s*\Z", re.I)
_FUNCTIONS = {"count", "sum", "avg", "min", "max", "like"}
_VERSION = "@version"

sqlite3.register_converter("yes_no", lambda stored: stored == b"1")


def run(reader: Reader, table: Table, text: str) -> list[Json]:
    """The rows of a query that begins at `table`; raises 400 for what is no SELECT of the subset, or names what is not there."""
    bare = _TEXT.sub("''", text)
    named = _FROM.findall(bare)
    if not re.match(r"\s*SELECT\b", bare, re.I) or _REFUSED.search(bare) or not named:
        raise errors.rule("The SQL statement is not a SELECT of the supported subset.", "0x80041128")
    if named[0][0].lower() != table.name:
        raise errors.rule("The table of the SQL statement does not match that of the request.", "0x80041128")
    connection = sqlite3.connect(":memory:", detect_types=sqlite3.PARSE_DECLTYPES)
    try:
        for name in {name.lower() for name, _ in named}:
            _fill(connection, reader, name)
        return list(_answers(connection, table, _translated(text, bare, table, named[0][1] or named[0][0])))
    except sqlite3.Error as error:
        raise errors.rule(f"The SQL statement cannot be run: {error}.", "0x80041128") from error
    finally:
        connection.close()


def _fill(connection: sqlite3.Connection, reader: Reader, name: str) -> None:
    table = reader.world.schema.tables.get(name)
    if table is None:
        raise errors.rule(f"The entity with a name = '{name}' was not found in the MetadataCache.", "0x80041102")
    columns = [column for column in table.columns.values() if column.readable and column.name != "versionnumber"]
    declared = [f'"{column.name}" {"yes_no" if column.kind is Kind.BOOLEAN else ""} COLLATE NOCASE' for column in columns]
    connection.execute(f'CREATE TABLE "{name}" ({", ".join([*declared, "versionnumber"])})')
    rows = reader.select_rows(table, QueryOptions())
    names = [*(column.name for column in columns), "versionnumber"]
    places = ", ".join("?" * len(names))
    connection.executemany(f'INSERT INTO "{name}" VALUES ({places})', [[_plain(row.get(name)) for name in names] for row in rows])


def _translated(text: str, bare: str, table: Table, alias: str) -> str:
    """The statement as SQLite has it; rows that are not summed up carry their id and version too, as the answer has them."""
    limit = ""
    if top := _TOP.match(text):
        text, limit = _TOP.sub(r"\1", text), f" LIMIT {top[2]}"
    if page := _FETCH.search(text):
        text, limit = text[: page.start()], f" LIMIT {page[2] or -1} OFFSET {page[1]}"
    if not _AGGREGATED.search(bare):
        own = f'SELECT {alias}.{table.primary_id}, {alias}.versionnumber AS "{_VERSION}", '
        text = re.sub(r"\A\s*SELECT\s+", own, text, count=1, flags=re.I)
    return text + limit


def _answers(connection: sqlite3.Connection, table: Table, statement: str) -> Iterator[Json]:
    connection.create_function("like", 2, _like, deterministic=True)
    connection.set_authorizer(_only_reading)
    cursor = connection.execute(statement)
    names = [str(column[0]) for column in cursor.description]
    for values in cursor:
        body = dict(zip(names, values, strict=True))
        version = body.pop(_VERSION, None)
        yield body if version is None else {"@odata.etag": etag(version)} | body


def _only_reading(action: int, _: str | None, function: str | None, *__: str | None) -> int:
    allowed = action in {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ} or (
        action == sqlite3.SQLITE_FUNCTION and str(function).lower() in _FUNCTIONS
    )
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY


def _like(pattern: str, value: object) -> bool:
    """T-SQL's wildcards: %, _, and a character in brackets for itself."""
    pieces = re.findall(r"\[.\]|.", pattern, re.S)
    wild = {"%": ".*", "_": "."}
    expression = "".join(wild.get(piece, re.escape(piece[1] if len(piece) > 1 else piece)) for piece in pieces)
    return value is not None and re.fullmatch(expression, str(value), re.I | re.S) is not None


def _plain(value: Any) -> Any:
    return value.id if isinstance(value, Reference) else value
