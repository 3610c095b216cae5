"""The whole bridge on fakes: both systems, Storage, a clock, and the host's way with queue messages and timers.

Hosts deliver at least once: a message whose function raised comes back after two minutes, the fifth time it goes to the poison
queue; one whose process died comes back after ten. A poison queue has none behind it: a message whose function raised comes
back after ten minutes, and no function runs for one that was dequeued more than five times (WebJobs SDK: QueueProcessor).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import count

from shared.bridge import Bridge
from shared.checkpoints import Checkpoints
from shared.correlation import Correlation
from shared.dead_letters import DeadLetters
from shared.field_map import FieldMap, load
from shared.handling import Handler, handle, handle_poison
from shared.models import EventType, Hint, ProspectKey
from shared.onboarding import Outcome
from shared.policy import DecisionChannel, Policy
from shared.queues import POISON_QUEUES, QUEUES, EventQueues
from shared.receiving import Receiver
from shared.reconciler import Reconciler
from shared.reconciling import enqueue_due, reconcile
from shared.record import HistoryEntry, Onboarding
from shared.rows import history_entry_of, history_prefix, onboarding_of, onboarding_row_key, partition_of, utc
from shared.storage import ONBOARDINGS, TABLES
from shared.translation import Translation
from tests.fakes.blobs import FakeContainer
from tests.fakes.calls import Calls
from tests.fakes.clock import Clock
from tests.fakes.commerce import FakeCommerce
from tests.fakes.queues import FakeQueues
from tests.fakes.sales import FakeSales
from tests.fakes.tables import FakeTables

POLICY = Policy(decision_channel=DecisionChannel.STATUS)
LEGAL_ENTITIES = ("usmf", "demf")
MOST_DEQUEUES = 5
HIDDEN_AFTER_ERROR = timedelta(minutes=2)
HIDDEN_AFTER_CRASH = timedelta(minutes=10)
MOST_DELIVERIES = 5_000


class Crashed(BaseException):
    """The process died here: nothing after it ran. Raised by a test's hook."""


@dataclass
class Message:
    """One message in a queue; `number` is its place in the order of sending."""

    queue: str
    text: str
    visible_at: datetime
    number: int
    dequeues: int = 0


@dataclass
class Delivered:
    """What became of one message: the outcome, or the error that its function raised."""

    queue: str
    text: str
    outcome: Outcome | None = None
    error: BaseException | None = None


@dataclass
class World:
    """Everything, put together anew for each test. `hears_commerce`: this environment sends data events about prospects."""

    policy: Policy = POLICY
    hears_commerce: bool = False
    legal_entities: tuple[str, ...] = LEGAL_ENTITIES
    calls: Calls = field(default_factory=Calls)
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        calls, clock = self.calls, self.clock
        self.sales, self.commerce = FakeSales(clock, calls), FakeCommerce(clock, calls)
        self.commerce.decided_by_clerks = self.policy.decision_channel is DecisionChannel.MANUAL
        self.tables, self.fake_queues, self.blobs = FakeTables(calls), FakeQueues(calls), FakeContainer(calls)
        for table in TABLES:
            self.tables.create_table_if_not_exists(table)
        for queue in (*QUEUES, *POISON_QUEUES):
            self.fake_queues(queue).create_queue()
        calls.clear()
        self._assemble()
        self.messages: list[Message] = []
        self.delivered: list[Delivered] = []
        self._numbers = count()
        clock.before_move.append(self._collect)

    def _assemble(self) -> None:
        translation = Translation(_field_map(), customers=self.policy.customers, access_model=self.policy.access_model)
        correlation = Correlation(self.tables, self.clock)
        queues = EventQueues(self.fake_queues, sleep=lambda _: None)
        dead_letters = DeadLetters(self.tables, self.blobs, self.clock)
        self.bridge = Bridge(self.sales, self.commerce, correlation, translation, self.policy, self.clock)
        self.handler = Handler(self.bridge, queues, dead_letters)
        self.receiver = Receiver(queues, dead_letters)
        watch = Checkpoints(self.tables)
        self.reconciler = Reconciler(self.commerce, self.sales, correlation, watch, queues, self.legal_entities, self.clock)
        self.queues, self.correlation, self.dead_letters = queues, correlation, dead_letters

    # ---- what arrives

    def announce(self, key: ProspectKey, state: str | None = None) -> None:
        """A business event about a prospect was received."""
        kind, now = EventType.PROSPECT_CREATED, self.clock()
        self.send(Hint(type=kind, key=key.text, state=state, source="business-event", occurred_at=now, first_seen=now))

    def send(self, hint: Hint) -> None:
        """A receiver took an event."""
        self.queues.send(hint)

    def hear(self) -> None:
        """Every event that the systems raised is received, once."""
        events, self.sales.events = self.sales.events, []
        commerce, self.commerce.events = self.commerce.events, []
        for hint in (*events, *(commerce if self.hears_commerce else ())):
            self.send(hint)

    def lose_events(self) -> None:
        """What the systems raised so far is never received."""
        self.sales.events, self.commerce.events = [], []

    # ---- what the host does

    def deliver_all(self, shuffle: random.Random | None = None) -> list[Delivered]:
        """Deliver events and messages until no visible one is left, in the order of sending or shuffled."""
        before = len(self.delivered)
        for _ in range(MOST_DELIVERIES):
            self.hear()
            visible = self.visible()
            if not visible:
                return self.delivered[before:]
            self.deliver(shuffle.choice(visible) if shuffle else visible[0])
        raise AssertionError("messages without end")

    def visible(self) -> list[Message]:
        """The messages that a function may get now, the oldest first."""
        self._collect()
        now = self.clock()
        return sorted((m for m in self.messages if m.visible_at <= now), key=lambda m: (m.visible_at, m.number))

    def deliver(self, message: Message, ahead: timedelta = timedelta(0)) -> Delivered:
        """One dequeue of one message, by an instance whose clock is so much ahead of the others'."""
        self.messages.remove(message)
        message.dequeues += 1
        done = Delivered(message.queue, message.text)
        if message.dequeues > MOST_DEQUEUES:
            self._back(message, HIDDEN_AFTER_CRASH)
            return done
        try:
            done.outcome = self._function(message, self._instance(ahead))
        except Crashed as crash:
            done.error = crash
            self._back(message, HIDDEN_AFTER_CRASH)
        except Exception as error:  # noqa: BLE001 - whatever a function raises, the host hides the message and repeats it
            done.error = error
            self._back(message, HIDDEN_AFTER_CRASH if message.queue in POISON_QUEUES else HIDDEN_AFTER_ERROR)
        self.delivered.append(done)
        return done

    def tick_due(self) -> int:
        """The one-minute timer."""
        return enqueue_due(self.reconciler, self.clock())

    def reconcile(self) -> dict[str, int]:
        """The poll's timer."""
        return reconcile(self.reconciler, self.clock())

    def settle(self, within: timedelta = timedelta(minutes=45), shuffle: random.Random | None = None) -> None:
        """Run on, moving the clock from one happening to the next, until nothing happens within that time."""
        for _ in range(MOST_DELIVERIES):
            self.deliver_all(shuffle)
            following = self.next_happening()
            if following is None or following > self.clock() + within:
                return
            self.clock.to(following)
            self.commerce.later.catch_up()
            if self._due_at(self.clock()):
                self.tick_due()
        raise AssertionError("never quiet")

    def next_happening(self) -> datetime | None:
        """When the next message becomes visible, row becomes due, or effect comes."""
        self._collect()
        moments = [message.visible_at for message in self.messages] + [*self._dues()]
        effect = self.commerce.later.next()
        return min([*moments, effect] if effect else moments, default=None)

    # ---- what is on record, read without a call

    def onboarding(self, key: ProspectKey) -> Onboarding:
        """The record; fails where there is none."""
        found = self.find(key)
        assert found, f"no onboarding of {key.text}"
        return found

    def find(self, key: ProspectKey) -> Onboarding | None:
        """The record, or None."""
        entry = self.tables.tables[ONBOARDINGS].get((partition_of(key.legal_entity), onboarding_row_key(key)))
        return onboarding_of(entry[0]) if entry else None

    def history(self, key: ProspectKey) -> list[HistoryEntry]:
        """Its history, oldest first."""
        partition, prefix = partition_of(key.legal_entity), history_prefix(key)
        rows = sorted(
            (k, e[0]) for k, e in self.tables.tables[ONBOARDINGS].items() if k[0] == partition and k[1].startswith(prefix)
        )
        return [history_entry_of(row) for _, row in reversed(rows)]

    def mails(self, key: ProspectKey) -> list[str]:
        """The kinds of mails that went out about a request."""
        return [mail.kind for mail in self.commerce.records.outbox if mail.key == key]

    def notes(self) -> list[str]:
        """The subjects of the notes in Sales, in order of their first writing."""
        return [note.subject for note in self.sales.notes.values()]

    # ---- queues

    def _instance(self, ahead: timedelta) -> Handler:
        bridge = self.handler.bridge
        return replace(self.handler, bridge=replace(bridge, now=lambda: self.clock() + ahead)) if ahead else self.handler

    def _function(self, message: Message, handler: Handler) -> Outcome | None:
        if message.queue in POISON_QUEUES:
            handle_poison(handler, message.queue, message.text.encode())
            return None
        return handle(handler, message.text.encode())

    def _back(self, message: Message, hidden: timedelta) -> None:
        if message.dequeues >= MOST_DEQUEUES and message.queue in QUEUES:
            poison = Message(f"{message.queue}-poison", message.text, self.clock() + hidden, next(self._numbers))
            self.messages.append(poison)
            return
        message.visible_at = self.clock() + hidden
        self.messages.append(message)

    def _collect(self) -> None:
        """Take over what was sent since, with the moment at which it becomes visible."""
        now = self.clock()
        for queue, sent in self.fake_queues.messages.items():
            for one in sent:
                self.messages.append(Message(queue, one.text, now + timedelta(seconds=one.visible_after), next(self._numbers)))
            sent.clear()

    # ---- rows

    def _dues(self) -> Iterator[datetime]:
        areas = {partition_of(area) for area in self.legal_entities}
        rows = self.tables.tables[ONBOARDINGS].items()
        yield from (utc(entry[0]["due"]) for (area, row), entry in rows if row.startswith("d~") and area in areas)

    def _due_at(self, now: datetime) -> bool:
        return any(due <= now for due in self._dues())


@lru_cache(maxsize=1)
def _field_map() -> FieldMap:
    return load()
