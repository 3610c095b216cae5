"""Chaos: the story of the demo on two app processes, while both systems fail, webhooks go astray and processes are killed."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sandbox.chaos_faults import Trouble
from sandbox.chaos_hosts import Hosts
from sandbox.host.queues import LEASE_VARIABLE
from sandbox.play import NotInTime, Play
from sandbox.report import rests
from sandbox.stack import Stack
from shared.correlation import Correlation
from shared.models import ProspectKey
from shared.queues import EventQueues
from shared.record import Cause, Onboarding
from shared.storage import Storage, StorageSettings

SETTINGS = {
    "CLAIM_TIME": "00:00:15",
    "WRITE_TIMEOUT": "00:00:03",
    "CLOCK_SKEW": "00:00:01",
    "SETTLE_TIME": "00:00:06",
    "AzureFunctionsJobHost__extensions__queues__visibilityTimeout": "00:00:02",
    "AzureFunctionsJobHost__extensions__queues__maxPollingInterval": "00:00:00.500",
    LEASE_VARIABLE: "16",
}
"""Over the sandbox's own timings: what a crash leaves behind must be over within seconds, not minutes."""
HOSTS = 2
BETWEEN_KILLS = (4.0, 10.0)
"""Seconds."""
QUIET_FOR = 8.0
"""Seconds without anything to do: longer than two polls."""
HEALING = frozenset({Cause.IN_DOUBT, Cause.POISON, Cause.GAVE_UP})
"""Attentions that the bridge looks at again by itself."""


@dataclass
class Killer:
    """Kills a host or a worker every few seconds, in a thread of its own, and brings it back."""

    hosts: Hosts
    chance: random.Random
    kills: int = 0
    error: Exception | None = None
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Killer:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def check(self) -> None:
        """Raise what went wrong in the thread."""
        if self.error:
            raise self.error

    def _run(self) -> None:
        try:
            while not self._stop.wait(self.chance.uniform(*BETWEEN_KILLS)):
                self.hosts.revive()
                self._kill_one()
            self.hosts.revive()
        except Exception as error:  # noqa: BLE001 - told in the main thread
            self.error = error

    def _kill_one(self) -> None:
        number = self.chance.randrange(len(self.hosts))
        if self.chance.random() < 0.5:
            self.kills += self.hosts.kill_worker(number)
            return
        self.hosts.kill(number)
        self.kills += 1
        self._stop.wait(self.chance.uniform(0.0, 1.0))
        self.hosts.start(number)


class Silence:
    """Whether anything is left to do, asked of storage and of both systems."""

    def __init__(self, stack: Stack, play: Play) -> None:
        storage = Storage(StorageSettings(connection_string=stack.storage))
        self._store, self._queues, self._play = Correlation(storage.tables), EventQueues(storage.queue), play
        self._since = time.monotonic()
        self._seen: Mapping[ProspectKey, tuple[str, str | None]] = {}
        self.broken_by = ""

    def reigns(self) -> bool:
        """Whether nothing has moved for a while, nothing is left to do, and no message waits now.

        What waits for a person is looked at again and again, which moves nothing.
        """
        self.broken_by = self._work()
        if self.broken_by:
            self._since = time.monotonic()
        return time.monotonic() - self._since >= QUIET_FOR and not any(self._queues.depths().values())

    def _work(self) -> str:
        """What moves or is left to do, in words; empty: nothing."""
        before, self._seen = self._seen, rests(self._store)
        if moved := [key.text for key in self._seen if self._seen[key] != before.get(key)]:
            return f"moving: {moved}"
        if not (self._play.desk.is_idle() and self._play.office.is_idle()):
            return "events on their way"
        entities = {entity for entity, _ in self._play.keys.values()}
        return ", ".join(one.key.text for entity in entities for one in self._at_work(entity))

    def _at_work(self, legal_entity: str) -> list[Onboarding]:
        """Those claimed or due without a person having to do something first."""
        waiting = {key for key, _, _ in self._store.waiting(legal_entity, 1000).items}
        return [one for one in self._store.known(waiting).values() if _is_at_work(one)] if waiting else []


def play_in_chaos(stack: Stack, play: Play, trouble: Trouble, seed: int, say: Callable[[str], None]) -> tuple[int, float]:
    """The whole story, until all is quiet; how many processes were killed, and the seconds from the last act to quiet."""
    with Hosts(stack, HOSTS) as hosts:
        stack.announce(hosts.url(0), hosts.url(1))
        trouble.begin()
        with Killer(hosts, random.Random(f"kills-{seed}")) as killer:
            play.run()
        killer.check()
        say(f"the people are done, {killer.kills} processes were killed; waiting until all is quiet")
        return killer.kills, _until_quiet(stack, play, hosts)


def _until_quiet(stack: Stack, play: Play, hosts: Hosts) -> float:
    """The seconds that it took; raises NotInTime with what is still there."""
    begun, silence = time.monotonic(), Silence(stack, play)
    try:
        play.until(lambda: hosts.revive() == 0 and silence.reigns(), "quiet", every=0.5)
    except NotInTime as error:
        raise NotInTime(f"{error}; still there: {silence.broken_by}") from error
    return time.monotonic() - begun


def _is_at_work(known: Onboarding) -> bool:
    causes = {attention.cause for attention in known.attentions}
    return not causes or bool(causes & HEALING)
