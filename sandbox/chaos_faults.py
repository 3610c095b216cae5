"""What goes wrong while chaos reigns: requests to both systems, and the events and webhook calls that they send."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import requests

MARK = "x-ms-client-request-id"
"""The header that the bridge sends and people do not: only the bridge's requests fail."""
SECONDS = {"timeout": 4.0, "slow": 0.5, "reordered": 2.0, "late": 2.0}
Mix = tuple[tuple[str, str, int], ...]
MIX: Mix = (
    ("429", "before", 15),
    ("500", "before", 10),
    ("500", "after", 5),
    ("502", "before", 5),
    ("502", "after", 5),
    ("503", "before", 15),
    ("504", "after", 10),
    ("timeout", "before", 2),
    ("timeout", "after", 3),
    ("reset", "before", 5),
    ("reset", "after", 10),
    ("truncate", "after", 10),
    ("slow", "before", 5),
)
"""Kind, before or after the effect, and its share in percent of all faults."""
ASTRAY: Mix = (
    ("lost", "before", 25),
    ("lost", "after", 10),
    ("repeated", "before", 20),
    ("repeated", "after", 10),
    ("reordered", "before", 25),
    ("late", "before", 5),
    ("late", "after", 5),
)
"""The same of deliveries: before or after they are received."""
PARTS: Mix = (("429", "before", 20), ("500", "before", 40), ("503", "before", 20), ("500", "after", 20))
"""The same of single parts of a $batch, of which far fewer fail than whole requests."""

TIMEOUT = 60


class Trouble:
    """Faults in both systems, by one seed; `rate` is the share of the bridge's requests, and of what it is told, that fails."""

    def __init__(self, sales_url: str, commerce_url: str, seed: int, rate: float) -> None:
        self._systems = {"sales": sales_url, "commerce": commerce_url}
        self._seed, self._rate = seed, rate

    def begin(self) -> None:
        """Let requests fail and deliveries go astray from now on."""
        for system, url in self._systems.items():
            for rule in rules(f"{self._seed}-{system}", self._rate):
                requests.post(f"{url}/sandbox/faults", json=rule, timeout=TIMEOUT).raise_for_status()

    def end(self) -> dict[str, int]:
        """Let everything pass again; how many faults there were of each kind."""
        found: Counter[str] = Counter()
        for system, url in self._systems.items():
            for rule in requests.get(f"{url}/sandbox/faults", timeout=TIMEOUT).json()["rules"]:
                found[f"{system} {'part ' if rule['part'] else ''}{rule['kind']} {rule['moment']}"] += rule["hits"]
            requests.delete(f"{url}/sandbox/faults", timeout=TIMEOUT).raise_for_status()
        return {kind: count for kind, count in sorted(found.items()) if count}


def rules(seed: str, rate: float) -> Iterator[dict[str, Any]]:
    """The rules of one system, each with a seed of its own."""
    yield from _mixed(f"{seed}-requests", MIX, rate, header=MARK)
    yield from _mixed(f"{seed}-parts", PARTS, rate / 5, header=MARK, part=True)
    yield from _mixed(f"{seed}-deliveries", ASTRAY, rate)


def _mixed(seed: str, mix: Mix, rate: float, **more: Any) -> Iterator[dict[str, Any]]:
    """One rule of each kind. They are asked in order, each of what the ones before let pass."""
    left = 1.0
    for place, (kind, moment, percent) in enumerate(mix):
        share = rate * percent / 100
        chance = {"rate": share / left, "seed": random.Random(f"{seed}-{place}").getrandbits(32)}
        yield {"kind": kind, "moment": moment, "seconds": SECONDS.get(kind), **chance, **more}
        left -= share
