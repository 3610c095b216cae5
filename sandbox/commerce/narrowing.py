"""Finds the few rows that a $filter can be about through the tables' indexes, so that a lookup does not read every row."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from odata_query import ast
from odata_query.exceptions import ODataException
from odata_query.grammar import ODataParser

from sandbox.commerce.tables import Row, Table
from sandbox.odata.lexer import Lexer
from sandbox.odata.literals import enums_as_calls


def candidates(table: Table, text: str | None) -> list[Row]:
    """A superset of the rows that pass the $filter; every row where no index helps."""
    found = _narrowed(table, _parsed(text)) if text else None
    return list(table) if found is None else found


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Any:
    try:
        return ODataParser().parse(Lexer().tokenize(enums_as_calls(text)))
    except (ODataException, ValueError):
        return None  # compile_filter reports it


def _narrowed(table: Table, node: Any) -> list[Row] | None:
    if isinstance(node, ast.BoolOp):
        left, right = _narrowed(table, node.left), _narrowed(table, node.right)
        return _both(left, right) if isinstance(node.op, ast.And) else _either(left, right)
    if isinstance(node, ast.Compare) and isinstance(node.comparator, ast.Eq) and isinstance(node.left, ast.Identifier):
        value = _constant(node.right)
        return None if value is None else table.indexed(node.left.name, value)
    return None


def _both(left: list[Row] | None, right: list[Row] | None) -> list[Row] | None:
    if left is None or right is None:
        return right if left is None else left
    return min(left, right, key=len)


def _either(left: list[Row] | None, right: list[Row] | None) -> list[Row] | None:
    if left is None or right is None:
        return None
    return list({id(row): row for row in left + right}.values())


def _constant(node: Any) -> str | None:
    """The text that the property must equal; None for a wildcard or anything that is not text."""
    if isinstance(node, ast.Call) and node.func.namespace:
        return str(node.args[0].val)  # type: ignore[attr-defined]
    if isinstance(node, ast.String) and "*" not in node.val:
        return str(node.val)
    return None
