"""docs/fidelity.md: each row names files and tests that are there, and no test of a documented behaviour is left out."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/fidelity.md").read_text("utf-8")
HALVES = {"commerce": "## Commerce headquarters", "sales": "## Sales"}


@dataclass(frozen=True)
class Line:
    """One row of a table."""

    behaviour: str
    files: list[str]
    source: str
    tests: list[str]


def rows(half: str) -> list[Line]:
    """The rows of one half of the page."""
    part = PAGE.partition(HALVES[half])[2].partition("\n## ")[0]
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in part.splitlines() if line.startswith("|")]
    return [Line(behaviour, names.split(", "), source, tests.split(", ")) for behaviour, names, source, tests in cells[2:]]


def written(half: str) -> dict[str, str]:
    """Each contract test of a half as `file::test`, with its docstring."""
    return dict(_tests(ROOT / "tests/contract" / half))


def _tests(folder: Path) -> Iterator[tuple[str, str]]:
    for path in folder.glob("test_*.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield f"{path.stem}::{node.name}", ast.get_docstring(node) or ""


@pytest.mark.parametrize("half", HALVES)
def test_every_row_names_its_files_its_source_and_its_tests(half: str) -> None:
    found, there = rows(half), written(half)
    assert len(found) > 50
    for row in found:
        assert row.behaviour and row.source
        assert [name for name in row.files if not (ROOT / "sandbox" / name).is_file()] == [], row.behaviour
        assert [name for name in row.tests if name not in there] == [], row.behaviour


@pytest.mark.parametrize("half", HALVES)
def test_every_test_that_cites_a_document_holds_a_row(half: str) -> None:
    named = {name for row in rows(half) for name in row.tests}
    assert [name for name, told in written(half).items() if told.startswith("docs:") and name not in named] == []
