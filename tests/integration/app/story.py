"""The twelve stories played once on a stack of their own, as the demo does, with names that nothing else contains."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sandbox.play import Play
from sandbox.report import Result, results
from sandbox.scenario import Applicant, cast
from sandbox.stack import Stack
from shared.correlation import Correlation
from shared.storage import Storage, StorageSettings
from tests.integration.waiting import eventually

SECONDS = 90


@dataclass(frozen=True)
class Told:
    """What is left when the story is over, everything still running."""

    play: Play
    found: list[Result]
    storage: Storage
    store: Correlation
    logs: dict[str, str]
    """What the app and the host logged: file name -> text."""

    def rows(self, table: str) -> list[dict[str, Any]]:
        """All rows of a table."""
        with self.storage.tables.get_table_client(table) as client:
            return [dict(row) for row in client.list_entities()]


@contextmanager
def told(log_dir: Path) -> Iterator[Told]:
    """Play it to the end; whether it ended well is for the tests to say."""
    with Stack(log_dir=log_dir) as stack:
        storage = Storage(StorageSettings(stack.storage))
        store = Correlation(storage.tables)
        play = Play(stack, [renamed(applicant) for applicant in cast(12, seed=1)], say=lambda text: None)
        play.run()
        eventually(lambda: is_over(play, store), SECONDS)
        yield Told(play, results(play, store), storage, store, {"host": (log_dir / "host.log").read_text(encoding="utf-8")})


def is_over(play: Play, store: Correlation) -> bool:
    """Whether each onboarding is where it belongs and nothing is on its way any more."""
    return not any(found.problems for found in results(play, store)) and play.desk.is_idle() and play.office.is_idle()


def renamed(applicant: Applicant) -> Applicant:
    """The applicant under names that are no part of any other word, and a company that does not tell them."""
    names = {"first_name": "Zebulonia", "last_name": "Quackenbush", "company": f"Wondrous Widgets No {applicant.number}"}
    return replace(applicant, **names)
