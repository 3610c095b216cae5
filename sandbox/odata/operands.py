"""Whether a comparison's two sides have types that go together; the message is the OData library's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from odata_query import ast

from sandbox.odata.errors import bad_request

_LITERALS = {
    ast.String: "Edm.String",
    ast.GUID: "Edm.Guid",
    ast.Integer: "Edm.Int32",
    ast.Float: "Edm.Decimal",
    ast.Boolean: "Edm.Boolean",
    ast.DateTime: "Edm.DateTimeOffset",
    ast.Date: "Edm.Date",
}
_NUMBERS = {"Edm.Byte", "Edm.Int16", "Edm.Int32", "Edm.Int64", "Edm.Decimal", "Edm.Double", "Edm.Single"}
_MOMENTS = {"Edm.DateTimeOffset", "Edm.Date"}
_KINDS = {
    "eq": "Equal",
    "ne": "NotEqual",
    "gt": "GreaterThan",
    "ge": "GreaterThanOrEqual",
    "lt": "LessThan",
    "le": "LessThanOrEqual",
}


def check_operands(node: ast.Compare, name: str, type_of: Callable[[tuple[str, ...]], str | None]) -> None:
    """Raise 400 where the types differ, or where an enum is compared by anything but eq and ne."""
    left, right = _operand_type(node.left, type_of), _operand_type(node.right, type_of)
    if left is None or right is None:
        return
    ordered_enum = not left.startswith("Edm.") and name not in {"eq", "ne"}
    if _family(left) != _family(right) or ordered_enum:
        raise bad_request(
            "A binary operator with incompatible types was detected. "
            f"Found operand types '{left}' and '{right}' for operator kind '{_KINDS[name]}'."
        )


def _operand_type(node: Any, type_of: Callable[[tuple[str, ...]], str | None]) -> str | None:
    if isinstance(node, ast.Identifier):
        return type_of((node.full_name(),))
    if isinstance(node, ast.Attribute):
        return None
    if isinstance(node, ast.Call) and node.func.namespace:
        return node.func.full_name()
    return _LITERALS.get(type(node))


def _family(edm_type: str) -> str:
    if edm_type in _NUMBERS:
        return "number"
    return "moment" if edm_type in _MOMENTS else edm_type
