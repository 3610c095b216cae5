"""docs/reliability.md says what the proofs do: every invariant in its own words, every planted fault with what caught it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.invariants import INVARIANTS
from tests.proofs.faults import FAULTS, Fault

DOCUMENT = (Path(__file__).parents[2] / "docs" / "reliability.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [invariant.__name__ for invariant in INVARIANTS])
def test_each_invariant_stands_in_the_document_in_its_own_words(name: str) -> None:
    words = next(" ".join((invariant.__doc__ or "").split()) for invariant in INVARIANTS if invariant.__name__ == name)
    assert f"{words} (`{name}`)" in DOCUMENT


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_each_planted_fault_stands_in_the_document_with_its_proof(fault: Fault) -> None:
    assert f"| {fault.name} | {fault.caught_by} |" in DOCUMENT
