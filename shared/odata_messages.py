"""What goes to an OData service and what comes back: requests, change sets, answers. Pure values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import quote

from requests.structures import CaseInsensitiveDict

from shared.models import Record

QUOTE = "'"
CODE_FIELDS = frozenset({
    "dataAreaId", "CustomerAccount", "PartyNumber", "PartyType", "CustomerGroupId", "SalesCurrencyCode", "LanguageId",
    "AddressBooks", "AllowOnAccount", "InvoiceAccount", "OnHoldStatus", "B2BProspectStatus",
    "DataAreaId", "ProspectId", "Decision",
})  # fmt: skip
"""Properties that hold codes and numbers, nothing personal: an operator must see them in an error text."""

_PLAIN = {"cross_company": "cross-company", "tag": "tag"}
_QUERY_SAFE = "$'(),/=:*"


@dataclass(frozen=True)
class Operation:
    """One request. `path` is relative to the service root, or to the host where it begins with `/`, and percent-encoded."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Record | None = None
    repeatable: bool = True
    """False: doing it twice does harm, so a lost answer leaves the outcome in doubt."""

    def content(self) -> bytes:
        """The body as JSON in plain ASCII; empty where there is none."""
        return b"" if self.body is None else json.dumps(self.body).encode("ascii")

    def all_headers(self) -> dict[str, str]:
        """Its own headers and, where there is a body, the body's type."""
        content = {"Content-Type": "application/json; charset=utf-8"} if self.body is not None else {}
        return {**content, **self.headers}

    def personal_values(self) -> tuple[str, ...]:
        """The texts in the body that may say something about a person or a company."""
        return tuple(_texts((self.body or {}).items()))


@dataclass(frozen=True)
class ChangeSet:
    """Writes of a $batch that take effect together or not at all."""

    operations: tuple[Operation, ...]


@dataclass(frozen=True)
class Answer:
    """A response, or one part of a $batch response."""

    status: int
    headers: CaseInsensitiveDict[str] = field(default_factory=CaseInsensitiveDict)
    body: bytes = b""

    @property
    def failed(self) -> bool:
        """Whether it is anything but a success."""
        return not 200 <= self.status < 300

    @property
    def is_html(self) -> bool:
        """Whether a gateway or a login page answered in the service's place."""
        return "html" in self.headers.get("Content-Type", "") or self.body.lstrip()[:1] == b"<"

    @cached_property
    def data(self) -> Record:
        """The JSON object, {} for an empty body, {"value": x} for JSON that is no object; raises ValueError for no JSON."""
        data = json.loads(self.body) if self.body.strip() else {}
        return data if isinstance(data, dict) else {"value": data}


def query(**options: str) -> str:
    """The query string of OData options (`select` -> `$select`); `cross_company` and `tag` have no dollar sign."""
    return "&".join(f"{_PLAIN.get(name, '$' + name)}={quote(value, safe=_QUERY_SAFE)}" for name, value in options.items())


def literal(text: str) -> str:
    """A text as an OData literal, its quotes doubled."""
    return QUOTE + text.replace(QUOTE, QUOTE * 2) + QUOTE


def key_path(entity_set: str, **keys: str) -> str:
    """The path of one record by its key properties, e.g. `Prospects(dataAreaId='usmf',ProspectId='P-1')`."""
    values = (f"{name}='{quote(value.replace(QUOTE, QUOTE * 2), safe='')}'" for name, value in keys.items())
    return f"{entity_set}({','.join(values)})"


def any_of(column: str, values: Iterable[str]) -> str:
    """A filter for records whose column is one of the values (neither system has `in`)."""
    return "(" + " or ".join(f"{column} eq {literal(value)}" for value in values) + ")"


def _texts(items: Iterable[tuple[str, object]]) -> Iterator[str]:
    for name, value in items:
        if isinstance(value, str) and value.strip() and name not in CODE_FIELDS and not name.endswith("@odata.bind"):
            yield value
        elif isinstance(value, Mapping):
            yield from _texts(value.items())
