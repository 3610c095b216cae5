"""What becomes of one event or webhook call on its way, beside what its receiver answers."""

from __future__ import annotations

from dataclasses import dataclass

LOST, REPEATED, REORDERED, LATE = "lost", "repeated", "reordered", "late"
DELIVERIES = {LOST, REPEATED, REORDERED, LATE}


@dataclass(frozen=True)
class Fate:
    """Of a delivery that no rule befalls: nothing. `moment` is before or after its reception.

    lost       it never goes out; after: it arrives, and its sender never learns so
    repeated   it goes out twice at once; after: it is received, and then goes out once more
    reordered  it waits so long that others may overtake it (before alone)
    late       it waits; after: its answer does
    """

    kind: str = ""
    moment: str = "before"
    seconds: float = 0.0

    def is_before(self, kind: str) -> bool:
        """Whether this befalls it before its reception."""
        return (self.kind, self.moment) == (kind, "before")

    def is_after(self, kind: str) -> bool:
        """Whether this befalls it after its reception."""
        return (self.kind, self.moment) == (kind, "after")

    @property
    def copies(self) -> int:
        """How often it goes out at once."""
        return 2 if self.is_before(REPEATED) else 1

    @property
    def wait(self) -> float:
        """Seconds until it goes out."""
        return self.seconds if self.kind == REORDERED or self.is_before(LATE) else 0.0

    @property
    def answer_wait(self) -> float:
        """Seconds that its answer takes longer."""
        return self.seconds if self.is_after(LATE) else 0.0


UNTOUCHED = Fate()
