"""Options of longer runs, and a closing section with what the proofs counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

COUNTED = pytest.StashKey[Counter[str]]()
TOLD = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`manage.py test` passes these on to pytest."""
    group = parser.getgroup("proofs", "how far the proofs of reliability go")
    group.addoption("--fuzz", type=int, default=5_000, metavar="N", help="bad inputs (default: 5000)")
    group.addoption("--steps", type=int, default=20_000, metavar="N", help="steps of the random histories (default: 20000)")
    group.addoption("--proof-seed", type=int, default=1, metavar="S", help="for everything that is sampled (default: 1)")


def pytest_configure(config: pytest.Config) -> None:
    """What the proofs count and tell is kept until the end."""
    config.stash[COUNTED], config.stash[TOLD] = Counter(), []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the counts, and with them the seed that repeats the run."""
    config = terminalreporter.config
    counts = [f"{number:>9,} {what}" for what, number in config.stash[COUNTED].items()]
    if counts or config.stash[TOLD]:
        terminalreporter.section(f"proofs (--proof-seed {config.getoption('--proof-seed')})")
        terminalreporter.write_line("\n".join([*counts, *config.stash[TOLD]]))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """One of several workers hands what it counted and told to the process that prints the closing section."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput |= {"counted": dict(session.config.stash[COUNTED]), "told": session.config.stash[TOLD]}


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker handed in; one that crashed has nothing."""
    output = getattr(node, "workeroutput", {})
    node.config.stash[COUNTED].update(output.get("counted", {}))
    node.config.stash[TOLD] += output.get("told", [])


@pytest.fixture
def counted(request: pytest.FixtureRequest) -> Callable[[str, int], None]:
    """Add to a count of the closing section, e.g. `crash points`."""
    return lambda what, number: request.config.stash[COUNTED].update({what: number})


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Say a line in the closing section."""
    return request.config.stash[TOLD].append


@pytest.fixture
def proof_seed(request: pytest.FixtureRequest) -> int:
    """The seed of whatever is sampled."""
    return int(request.config.getoption("--proof-seed"))
