"""What the two products admit in a $filter; everything else is a 400, as in the real systems."""

from __future__ import annotations

from dataclasses import dataclass

COMPARISONS = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
ARITHMETIC = frozenset({"add", "sub", "mul", "div", "mod"})


@dataclass(frozen=True)
class Dialect:
    """The operators and functions of one product, and how its strings and enums are written."""

    name: str
    operators: frozenset[str]
    functions: frozenset[str]
    lambdas: bool
    wildcards: bool
    enum_literals: bool


# docs: Query data using the Web API > Filter rows. `in` is the function Microsoft.Dynamics.CRM.In there.
DATAVERSE = Dialect(
    name="Dataverse",
    operators=COMPARISONS,
    functions=frozenset({"contains", "endswith", "startswith", "Microsoft.Dynamics.CRM.In"}),
    lambdas=True,
    wildcards=False,
    enum_literals=False,
)

# docs: Open Data Protocol (OData), finance and operations: no `has`, no `in`; contains is written eq '*text*';
# an enum is Ns.Type'Symbol'.
FINANCE_AND_OPERATIONS = Dialect(
    name="F&O",
    operators=COMPARISONS | ARITHMETIC,
    functions=frozenset(),
    lambdas=False,
    wildcards=True,
    enum_literals=True,
)
