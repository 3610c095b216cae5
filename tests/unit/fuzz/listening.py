"""Everything that is logged while something runs, whoever logs it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from tests.unit.fuzz.mutator import TRACES


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@contextmanager
def listening() -> Iterator[list[str]]:
    """The lines of every logger, tracebacks included."""
    lines, root, bridge = _Lines(), logging.getLogger(), logging.getLogger("prospect_bridge")
    level = bridge.level
    root.addHandler(lines)
    bridge.setLevel(logging.DEBUG)
    try:
        yield lines.lines
    finally:
        root.removeHandler(lines)
        bridge.setLevel(level)


def told_of_the_person(texts: list[str]) -> list[str]:
    """The texts with a trace of the canary; some of her name survives any way of escaping."""
    return [text[:300] for text in texts if any(trace in text for trace in TRACES)]
