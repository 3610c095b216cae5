"""What becomes of each prospect in the story: who does what, and where it must end."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum
from itertools import cycle

from sandbox.stack import LEGAL_ENTITIES


class Story(StrEnum):
    """One prospect's fate."""

    WON = "won"
    WON_OF_SEVERAL = "won, one of several opportunities"
    WON_TOLD_TWICE = "won, the event delivered twice"
    LOST = "lost"
    DISQUALIFIED = "disqualified"
    IN_REVIEW = "still in review"
    DUPLICATE_EMAIL = "won, but the e-mail is another customer's"
    CLERK_FIRST = "approved by a clerk first"


WINNERS = frozenset({Story.WON, Story.WON_OF_SEVERAL, Story.WON_TOLD_TWICE})
QUALIFIED = WINNERS | {Story.LOST, Story.DUPLICATE_EMAIL}

ENDS: dict[Story, tuple[str, str | None]] = {
    Story.WON: ("approved", None),
    Story.WON_OF_SEVERAL: ("approved", None),
    Story.WON_TOLD_TWICE: ("approved", None),
    Story.LOST: ("rejected", None),
    Story.DISQUALIFIED: ("rejected", None),
    Story.IN_REVIEW: ("in_review", None),
    Story.DUPLICATE_EMAIL: ("qualified", "duplicate-email"),
    Story.CLERK_FIRST: ("approved", "decided-in-commerce"),
}
"""Where each must end: stage and attention."""

EVENTFUL, POLLED = LEGAL_ENTITIES
TWELVE: tuple[tuple[Story, str], ...] = (
    (Story.WON, EVENTFUL),
    (Story.WON, POLLED),
    (Story.WON_OF_SEVERAL, POLLED),
    (Story.WON_TOLD_TWICE, POLLED),
    (Story.LOST, EVENTFUL),
    (Story.LOST, POLLED),
    (Story.DISQUALIFIED, EVENTFUL),
    (Story.DISQUALIFIED, EVENTFUL),
    (Story.IN_REVIEW, EVENTFUL),
    (Story.IN_REVIEW, POLLED),
    (Story.DUPLICATE_EMAIL, EVENTFUL),
    (Story.CLERK_FIRST, EVENTFUL),
)

_FIRST = "Ada Ben Chloe Dario Elif Farid Greta Hana Igor Jana Kofi Lena Maja Nils Ola Petra Quinn Rosa Sven Tara".split()
_LAST = "Almeida Berg Costa Demir Eriksen Fischer Garcia Haddad Ito Jansen Kowalski Lund Moreau Novak Okafor Petrov".split()
_TRADES = "Bakery Bicycles Books Cafe Cycles Garden Hardware Hotel Kitchens Music Outdoor Paper Print Sports Tools Toys".split()


def _in_seattle(number: int) -> dict[str, str]:
    phone, street = f"+1 425 555 {number:04}", f"{number} Harbour Street"
    return {"phone": phone, "street": street, "city": "Seattle", "zip_code": "98101", "country": "USA"}


def _in_hamburg(number: int) -> dict[str, str]:
    phone, street = f"+49 40 66969 {number:03}", f"Hafenstraße {number}"
    return {"phone": phone, "street": street, "city": "Hamburg", "zip_code": "20359", "country": "DEU"}


_WHERE = {"usmf": _in_seattle, "demf": _in_hamburg}
"""Where the companies of each legal entity's site are. Nobody has these telephone numbers: they are kept for stories."""


@dataclass(frozen=True)
class Applicant:
    """One visitor of the site, and what is going to happen to the request."""

    number: int
    story: Story
    legal_entity: str
    first_name: str
    last_name: str
    company: str

    @property
    def email(self) -> str:
        """Invented, and different for each."""
        return f"{self.first_name}.{self.last_name}.{self.number}@example.com".lower()

    def form(self) -> dict[str, str]:
        """What is filled in on the sign-up page."""
        return {
            "legal_entity": self.legal_entity,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "company": self.company,
            "email": self.email,
            "comments": "We would like to order on account.",
            **_WHERE[self.legal_entity](self.number),
        }


def cast(prospects: int, seed: int) -> list[Applicant]:
    """The applicants: the twelve stories as often as it takes, in an order that the seed decides."""
    chance = random.Random(seed)
    parts = [TWELVE[n % len(TWELVE)] for n in range(prospects)]
    chance.shuffle(parts)
    # Each name once before one comes again.
    names = [cycle(chance.sample(names, len(names))) for names in (_FIRST, _LAST, _TRADES)]
    return [
        Applicant(number, story, entity, first, last, f"{last} {trade} {number}")
        for number, ((story, entity), first, last, trade) in enumerate(zip(parts, *names, strict=False), start=1)
    ]
