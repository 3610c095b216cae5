"""A month in the life of a bridge, played on the whole of it in memory: something of everything, for pages to show."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from shared.errors import System, Transient
from shared.models import ProspectKey
from shared.operating import By, Desk, assign, hold, note
from shared.policy import DecisionChannel, Policy
from tests.fakes.calls import Hook
from tests.fakes.clock import START, Clock
from tests.fakes.sales import CANNOT_CONTACT
from tests.fakes.world import World
from tests.unit.console.site import fold

COMPANIES = (
    "Contoso Bikes, Inc.", "Fabrikam Outdoor GmbH", "Adventure Works Cycles", "Northwind Traders", "Tailspin Toys",
    "Wide World Importers", "Alpine Ski House", "Blue Yonder Airlines", "Coho Winery", "Fourth Coffee",
    "Graphic Design Institute", "Humongous Insurance", "Lucerne Publishing", "Margie's Travel", "Proseware, Inc.",
    "School of Fine Art", "Southridge Video", "Trey Research", "The Phone Company", "VanArsdel, Ltd.", "Woodgrove Bank",
    "City Power & Light", "Consolidated Messenger", "Litware, Inc.", "Munson's Pickles", "Nod Publishers", "Relecloud",
    "Best For You Organics", "Bellows College", "First Up Consultants",
)  # fmt: skip
FIRST_NAMES = ("Ann", "Bola", "Chen", "Dara", "Emil", "Fatma", "Goran", "Hana", "Ines", "Jonas", "Kofi")
LAST_NAMES = ("Larsen", "Moreau", "Novak", "Okafor", "Petrov", "Quist", "Rossi", "Sato", "Tanaka", "Ueda", "Vogel", "Wu", "Young")
DAYS = 30
HOLD = timedelta(minutes=15)


@dataclass
class Story:
    """The world after the month, and the onboardings that tests and pictures name."""

    world: World
    chance: random.Random
    keys: dict[str, ProspectKey] = field(default_factory=dict)
    numbers: int = 0

    @property
    def desk(self) -> Desk:
        """Where operators act."""
        return Desk(self.world.correlation, self.world.queues, self.world.clock)

    def ask(self, entity: str = "", **form: object) -> ProspectKey:
        """One more company asks, and its lead is there a few seconds later."""
        name, number = COMPANIES[self.numbers % len(COMPANIES)], self.numbers
        self.numbers += 1
        entity = entity or self.chance.choice(["usmf", "usmf", "demf"])
        person = {"first_name": FIRST_NAMES[number % len(FIRST_NAMES)], "last_name": LAST_NAMES[number % len(LAST_NAMES)]}
        asked = {"email": f"owner{number}@partner{number}.example", "company": name, "legal_entity": entity, **person, **form}
        key = self.world.commerce.submit(**asked)  # type: ignore[arg-type]
        self.world.announce(key)
        self.wait(seconds=self.chance.uniform(1, 9))
        return key

    def wait(self, **parts: float) -> None:
        """Time passes, and what is due in it happens."""
        self.world.clock.forward(**parts)
        self.world.settle(within=HOLD)

    def decide(self, key: ProspectKey, end: str) -> None:
        """Sales people take it to that end."""
        sales = self.world.sales
        if end == "waits":
            return
        if end == "disqualified":
            sales.disqualify(sales.lead_of(key))
        else:
            opportunity = sales.qualify(sales.lead_of(key))
            self.wait(minutes=self.chance.uniform(5, 600))
            if opportunity and end == "won":
                sales.win(opportunity)
            if opportunity and end == "lost":
                sales.lose(opportunity)
        self.wait(minutes=self.chance.uniform(16, 40))


def play(seed: int = 7, requests_a_day: int = 3) -> Story:
    """The month; the same for the same seed."""
    clock = Clock(START - timedelta(days=DAYS))
    world = World(policy=Policy(decision_channel=DecisionChannel.STATUS), clock=clock)
    story = Story(world, random.Random(seed))
    world.calls.before_call = _time_passes(world, story.chance)
    ends = ["won"] * 5 + ["lost"] * 2 + ["disqualified"] * 2 + ["qualified"] + ["waits"]
    for day in range(DAYS):
        for _ in range(story.chance.randrange(requests_a_day * 2)):
            story.decide(story.ask(), story.chance.choice(ends))
        fold(world)
        world.clock.to(START - timedelta(days=DAYS - day - 1, hours=8))
    _troubles(story)
    _operators(story)
    world.reconcile()
    world.settle(within=HOLD)
    _present(story)
    fold(world)
    return story


def _troubles(story: Story) -> None:
    """One of each kind that a person must see."""
    world, keys = story.world, story.keys
    sales, commerce = world.sales, world.commerce
    keys["contradiction"] = story.ask("usmf")
    sales.disqualify(sales.lead_of(keys["contradiction"]))
    commerce.clerk_approves(keys["contradiction"])
    commerce.add_customer("US-004", email="owner-x@partner.example")
    keys["blocked"] = story.ask("usmf", email="owner-x@partner.example")
    story.decide(keys["blocked"], "won")
    keys["clerk first"] = story.ask("demf")
    commerce.clerk_approves(keys["clerk first"])
    keys["asked about"] = story.ask("usmf")
    sales.disqualify(sales.lead_of(keys["asked about"]), CANNOT_CONTACT)
    keys["no opportunity"] = story.ask("usmf")
    sales.qualify(sales.lead_of(keys["no opportunity"]), opportunity=False)
    keys["lead deleted"] = story.ask("demf")
    sales.delete_lead(sales.lead_of(keys["lead deleted"]))
    keys["not ours"] = story.ask("usmf", is_b2b=False)
    story.wait(minutes=90)
    keys["won"], keys["lost"] = story.ask("usmf"), story.ask("usmf")
    story.decide(keys["won"], "won")
    story.decide(keys["lost"], "lost")
    keys["in review"] = story.ask("usmf")


def _present(story: Story) -> None:
    """What is under way at this very moment: one in its hold, one that Commerce does not answer for."""
    world, keys = story.world, story.keys
    keys["missed"] = story.ask("usmf")
    world.sales.qualify(world.sales.lead_of(keys["missed"]))
    world.lose_events()
    keys["in its hold"], keys["failing"] = story.ask("usmf"), story.ask("usmf")
    world.sales.disqualify(world.sales.lead_of(keys["in its hold"]))
    world.deliver_all()
    world.clock.forward(minutes=4)
    world.calls.before_call = _outage_for(keys["failing"])
    world.sales.qualify(world.sales.lead_of(keys["failing"]))
    world.deliver_all()


def _time_passes(world: World, chance: random.Random) -> Hook:
    """Each request to a system takes a while."""

    def hook(name: str, args: tuple[Any, ...]) -> None:
        if name.startswith(("sales.", "commerce.")):
            world.clock.forward(seconds=chance.lognormvariate(-1, 0.6))

    return hook


def _outage_for(key: ProspectKey) -> Hook:
    def hook(name: str, args: tuple[Any, ...]) -> None:
        if name == "commerce.look" and args[0].key == key:
            raise Transient(System.COMMERCE, "bad gateway", status=502, request_id="5f1c0a7e-6d1b-4c1f-9b57-aa01")

    return hook


def _operators(story: Story) -> None:
    """What operators did meanwhile."""
    ann = By("0b0e6a2c-8a5b-4d5e-9c1f-2f6f6f0c7a11", "203.0.113.7")
    note(story.desk, story.keys["contradiction"], ann, "Head office and the seller talk on Thursday.")
    assign(story.desk, story.keys["contradiction"], ann, ann.object_id)
    keys = story.keys
    keys["held"] = story.ask("usmf")
    hold(story.desk, keys["held"], ann, "the company was sold, new papers come")
