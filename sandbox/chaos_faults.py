"""What goes wrong while chaos reigns: requests to both systems, and the webhooks between them."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import requests

MARK = "x-ms-client-request-id"
"""The header that the bridge sends and people do not: only the bridge's requests fail."""
HANG_SECONDS, SLOW_SECONDS = 4.0, 0.5
MIX: tuple[tuple[str, str, int], ...] = (
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

TIMEOUT = 60


class Trouble:
    """Faults in both systems, by one seed; `rate` is the share of the bridge's requests that fail."""

    def __init__(self, sales_url: str, commerce_url: str, seed: int, rate: float) -> None:
        self._systems = {"sales": sales_url, "commerce": commerce_url}
        self._seed, self._rate = seed, rate
        self._webhooks: Counter[str] = Counter()

    def begin(self) -> None:
        """Let requests fail from now on. The rules are asked in order, each of what the ones before let pass."""
        for number, (system, url) in enumerate(sorted(self._systems.items())):
            left = 1.0
            for place, (kind, moment, percent) in enumerate(MIX):
                share = self._rate * percent / 100
                self._add(url, kind, moment, share / left, f"{self._seed}-{number}-{place}")
                left -= share
            assert system in self._systems

    def disturb_webhooks(self, chance: random.Random) -> None:
        """Lose, repeat or reorder some of the next deliveries of Sales."""
        what, count = chance.choice(("drop", "repeat", "reorder")), chance.randint(1, 3)
        self._webhooks[f"webhook {what}"] += count if what != "reorder" else 1
        _post(f"{self._systems['sales']}/sandbox/webhooks/{what}", {"count": count, "seconds": 1.0})

    def calm(self) -> None:
        """No more disturbed webhooks."""
        for what, body in (("drop", {"count": 0}), ("repeat", {"count": 0}), ("reorder", {"seconds": 0})):
            _post(f"{self._systems['sales']}/sandbox/webhooks/{what}", body)

    def end(self) -> dict[str, int]:
        """Let every request pass again; how many faults there were of each kind."""
        found = Counter(self._webhooks)
        for system, url in self._systems.items():
            for rule in requests.get(f"{url}/sandbox/faults", timeout=TIMEOUT).json()["rules"]:
                found[f"{system} {rule['kind']} {rule['moment']}"] += rule["hits"]
            requests.delete(f"{url}/sandbox/faults", timeout=TIMEOUT).raise_for_status()
        return {kind: count for kind, count in sorted(found.items()) if count}

    def _add(self, url: str, kind: str, moment: str, rate: float, seed: str) -> None:
        seconds = SLOW_SECONDS if kind == "slow" else HANG_SECONDS
        rule: dict[str, Any] = {"kind": kind, "moment": moment, "rate": rate, "seconds": seconds, "header": MARK}
        _post(f"{url}/sandbox/faults", rule | {"seed": random.Random(seed).getrandbits(32)})


def _post(url: str, body: dict[str, Any]) -> None:
    requests.post(url, json=body, timeout=TIMEOUT).raise_for_status()
