"""Form fields as data, so that one template macro draws them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Field:
    """One control: `kind` is an input's type or `textarea`; with `options` (value: label) it is a choice."""

    name: str
    label: str
    value: str = ""
    kind: str = "text"
    options: Mapping[str, str] = field(default_factory=dict)
    is_required: bool = False
    length: int | None = None
    autocomplete: str = ""
    hint: str = ""


def filled(fields: Sequence[Field], values: Mapping[str, str]) -> list[Field]:
    """The fields with what somebody typed, so that a refused form loses nothing."""
    return [replace(each, value=values.get(each.name, each.value)) for each in fields]


def choices(values: Sequence[str]) -> dict[str, str]:
    """Options whose labels are their values."""
    return {value: value for value in values}


def with_any(label: str, options: Mapping[str, str]) -> dict[str, str]:
    """Options of a filter: first the empty one that filters nothing."""
    return {"": label, **options}
