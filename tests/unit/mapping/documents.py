"""Writes what is generated from the field map: `python -m tests.unit.mapping.documents` after each change of it."""

import json
from pathlib import Path

from shared.field_map import BUILT_IN, FieldMap, LocalFile, MapName, Profile, Row, Transform

ROOT = Path(__file__).parents[3]
SCHEMA = ROOT / "mapping.schema.json"
PAGE = ROOT / "docs" / "mapping.md"
START, END = "<!-- tables: start -->\n", "<!-- tables: end -->"

_TITLES = {
    MapName.PROSPECT_TO_LEAD: "Prospect to lead",
    MapName.ACCOUNT_TO_ORGANIZATION: "Account to Organization customer",
    MapName.CONTACT_TO_PERSON: "Contact to Person customer",
    MapName.PROSPECT_TO_ORGANIZATION: "Prospect to Organization customer",
    MapName.PROSPECT_TO_PERSON: "Prospect to Person customer",
}


def schema() -> str:
    """mapping.schema.json: what a company's own file may hold."""
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema", **LocalFile.model_json_schema()}
    return json.dumps(document, indent=2) + "\n"


def page() -> str:
    """docs/mapping.md with its tables made again."""
    text = PAGE.read_text("utf-8")
    return text[: text.index(START) + len(START)] + tables() + text[text.index(END) :]


def tables() -> str:
    """The built-in map, one table for each of its maps."""
    field_map = FieldMap.model_validate_json(BUILT_IN.read_text("utf-8"))
    parts = [f"Version {field_map.version}.\n"]
    for name, title in _TITLES.items():
        lines = [f"| {' | '.join(cells)} |" for cells in map(_cells, field_map.rows(name))]
        header = "| from | to | limit | rule |\n| --- | --- | --- | --- |"
        parts.append(f"### {title} (`{name}`)\n\n{header}\n" + "\n".join(lines) + "\n")
    return "\n" + "\n".join(parts) + "\n"


def _cells(row: Row) -> tuple[str, str, str, str]:
    between = " and " if row.transform is Transform.LINES else ", else "
    source = between.join(f"`{name}`" for name in row.source) or "-"
    return source, f"`{row.target}`", str(row.max_length or ""), "; ".join(_rules(row)).replace("|", "\\|")


def _rules(row: Row) -> list[str]:
    rules = [
        (row.transform, f"as {row.transform}"),
        (row.value_map, ", ".join(f"{key} = {json.dumps(value)}" for key, value in (row.value_map or {}).items())),
        (row.lookup, f"found in `{row.lookup.set}.{row.lookup.column}`" if row.lookup else ""),
        (row.when, " and ".join(f"only where {name} is {value}" for name, value in (row.when or {}).items())),
        (row.unless, f"only where `{row.unless}` got no value"),
        (row.default is not None, f"default `{row.default}`"),
        (row.minimum is not None or row.maximum is not None, f"{row.minimum} to {row.maximum}".replace(".0", "")),
        (row.too_long == "leave-empty", "never cut"),
        (row.group, f"part of the {row.group}"),
        (row.party, "of the party"),
        (row.profile is Profile.DUAL_WRITE, "dual-write columns only"),
        (row.note, row.note),
    ]
    return [text for holds, text in rules if holds]


if __name__ == "__main__":
    SCHEMA.write_text(schema(), "utf-8")
    PAGE.write_text(page(), "utf-8")
