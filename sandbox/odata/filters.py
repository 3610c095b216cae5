"""$filter: parsed by odata-query, evaluated here over rows in memory.

Rows hold JSON values: date-times as ISO 8601 text, GUIDs as text. Text compares without regard to letter case, as the
SQL collations of both products do. A null on either side of gt, ge, lt, le is false; `null ne 'a'` is true.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from dateutil.parser import isoparse
from odata_query import ast
from odata_query.exceptions import ODataException
from odata_query.grammar import ODataParser

from sandbox.odata.dialects import Dialect
from sandbox.odata.errors import bad_request
from sandbox.odata.lexer import Lexer
from sandbox.odata.literals import arrays_as_lists, enums_as_calls
from sandbox.odata.operands import check_operands

Row = Mapping[str, Any]
Path = tuple[str, ...]
ValueOf = Callable[[Row, Path], Any]
TypeOf = Callable[[Path], str | None]
Test = Callable[[Row], Any]

_COMPARE: dict[type, tuple[str, Callable[[Any, Any], bool]]] = {
    ast.Eq: ("eq", operator.eq),
    ast.NotEq: ("ne", operator.ne),
    ast.Gt: ("gt", operator.gt),
    ast.GtE: ("ge", operator.ge),
    ast.Lt: ("lt", operator.lt),
    ast.LtE: ("le", operator.le),
}
_COMPUTE: dict[type, tuple[str, Callable[[Any, Any], Any]]] = {
    ast.Add: ("add", operator.add),
    ast.Sub: ("sub", operator.sub),
    ast.Mult: ("mul", operator.mul),
    ast.Div: ("div", operator.truediv),
    ast.Mod: ("mod", operator.mod),
}
_TEXT: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startswith": lambda text, part: text.startswith(part),
    "endswith": lambda text, part: text.endswith(part),
}
_IN = "Microsoft.Dynamics.CRM.In"


def value_at(row: Row, path: Path) -> Any:
    """Return the value at a path of nested dict rows; None where any step is missing."""
    value: Any = row
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def compile_filter(
    text: str, dialect: Dialect, value_of: ValueOf = value_at, type_of: TypeOf | None = None
) -> Callable[[Row], bool]:
    """Return a test for rows; raises ODataError 400 for a filter that the product refuses.

    `type_of` gives a path's Edm type and raises for an unknown one; without it operand types go unchecked."""
    test = _Compiler(dialect, value_of, type_of or (lambda _path: None)).visit(_parse(text, dialect))
    return lambda row: test(row) is True


def _parse(text: str, dialect: Dialect) -> Any:
    try:
        return ODataParser().parse(Lexer().tokenize(_readable(text, dialect)))
    except (ODataException, ValueError) as error:
        raise bad_request(f"Syntax error in the $filter '{text}': {error}") from error


def _readable(text: str, dialect: Dialect) -> str:
    return enums_as_calls(text) if dialect.enum_literals else arrays_as_lists(text)


class _Compiler:
    """Turns each node of the parsed filter into a function of the row."""

    def __init__(self, dialect: Dialect, value_of: ValueOf, type_of: TypeOf) -> None:
        self.dialect, self.value_of, self.type_of = dialect, value_of, type_of

    def visit(self, node: Any) -> Test:
        visitor = getattr(self, f"_{type(node).__name__.lower()}", None)
        if visitor is not None:
            return visitor(node)
        if isinstance(node, ast._Literal):
            constant = node.py_val
            return lambda _row: constant
        raise bad_request(f"{self.dialect.name} does not support {type(node).__name__} in $filter.")

    def _identifier(self, node: ast.Identifier) -> Test:
        return self._property((node.full_name(),))

    def _attribute(self, node: ast.Attribute) -> Test:
        return self._property(path_of(node))

    def _property(self, path: Path) -> Test:
        self.type_of(path)
        return lambda row: self.value_of(row, path)

    def _boolop(self, node: ast.BoolOp) -> Test:
        left, right = self.visit(node.left), self.visit(node.right)
        if isinstance(node.op, ast.And):
            return lambda row: left(row) is True and right(row) is True
        return lambda row: left(row) is True or right(row) is True

    def _unaryop(self, node: ast.UnaryOp) -> Test:
        operand = self.visit(node.operand)
        return (lambda row: not operand(row)) if isinstance(node.op, ast.Not) else (lambda row: -operand(row))

    def _binop(self, node: ast.BinOp) -> Test:
        name, compute = _COMPUTE[type(node.op)]
        self._admit(name, self.dialect.operators)
        left, right = self.visit(node.left), self.visit(node.right)
        return lambda row: compute(left(row), right(row))

    def _compare(self, node: ast.Compare) -> Test:
        name, compare = _COMPARE.get(type(node.comparator), ("in", operator.contains))
        self._admit(name, self.dialect.operators)
        check_operands(node, name, self.type_of)
        left, right = self.visit(node.left), self.visit(node.right)
        if self.dialect.wildcards and name in {"eq", "ne"} and _is_wildcard(node.right):
            return _wildcard(left, node.right.val, wanted=name == "eq")
        return lambda row: _compared(compare, left(row), right(row))

    def _call(self, node: ast.Call) -> Test:
        if self.dialect.enum_literals and node.func.namespace:
            symbol = node.args[0].val
            return lambda _row: symbol
        name = node.func.full_name()
        self._admit(name, self.dialect.functions)
        if name == _IN:
            return self._in(node)
        text, part = self.visit(node.args[0]), self.visit(node.args[1])
        return lambda row: _TEXT[name](str(text(row) or "").casefold(), str(part(row)).casefold())

    def _in(self, node: ast.Call) -> Test:
        given = {argument.name.name: argument.param for argument in node.args}
        value = self._property((given["PropertyName"].val,))
        wanted = [item.val.casefold() for item in given["PropertyValues"].val]
        return lambda row: str(value(row)).casefold() in wanted

    def _collectionlambda(self, node: ast.CollectionLambda) -> Test:
        if not self.dialect.lambdas:
            raise bad_request(f"{self.dialect.name} does not support any and all in $filter.")
        owner = path_of(node.owner)
        self.type_of(owner)
        if node.lambda_ is None:
            return lambda row: bool(self.value_of(row, owner))
        inner = _Compiler(self.dialect, _member_values(self.value_of, node.lambda_.identifier.name), lambda _path: None)
        test, every = inner.visit(node.lambda_.expression), isinstance(node.operator, ast.All)
        return lambda row: (all if every else any)(test(item) is True for item in self.value_of(row, owner) or [])

    def _admit(self, name: str, admitted: frozenset[str]) -> None:
        if name not in admitted:
            raise bad_request(f"{self.dialect.name} does not support '{name}' in $filter.")


def path_of(node: Any) -> Path:
    """Return a property's path: `sdkmessageid/name` is ("sdkmessageid", "name")."""
    return (*path_of(node.owner), node.attr) if isinstance(node, ast.Attribute) else (node.full_name(),)


def _member_values(value_of: ValueOf, variable: str) -> ValueOf:
    return lambda row, path: value_of(row, path[1:] if path[0] == variable else path)


def _is_wildcard(node: Any) -> bool:
    return isinstance(node, ast.String) and "*" in node.val


def _wildcard(left: Test, pattern: str, wanted: bool) -> Test:
    pieces = pattern.casefold().split("*")
    return lambda row: _matches(str(left(row) or "").casefold(), pieces) is wanted


def _matches(text: str, pieces: list[str]) -> bool:
    if not text.startswith(pieces[0]) or not text[len(pieces[0]) :].endswith(pieces[-1]):
        return False
    position = len(pieces[0])
    for piece in pieces[1:-1]:
        found = text.find(piece, position)
        if found < 0:
            return False
        position = found + len(piece)
    return position <= len(text) - len(pieces[-1])


def _compared(compare: Callable[[Any, Any], bool], left: Any, right: Any) -> bool:
    if left is None or right is None:
        return compare is operator.eq and left is right or compare is operator.ne and left is not right
    left, right = _aligned(left, right)
    return compare(left, right)


def _aligned(left: Any, right: Any) -> tuple[Any, Any]:
    if isinstance(left, date) or isinstance(right, date):
        return _moment(left), _moment(right)
    return _plain(left), _plain(right)


def _plain(value: Any) -> Any:
    return str(value).casefold() if isinstance(value, str | UUID) else value


def _moment(value: Any) -> datetime:
    moment = isoparse(value) if isinstance(value, str) else value
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
