"""What a list can be searched and ordered by beyond stage and cause. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_WORDS = re.compile(r"[^\W_]+")
_MOST_WORDS, _LONGEST = 5, 40
_END = datetime(9999, 12, 31, tzinfo=UTC)


def folded(text: str) -> str:
    """Words in small letters with one blank between, so that case, commas and points do not matter."""
    return " ".join(_WORDS.findall(text.casefold()))


def start_of(text: str) -> str:
    """What a search looks for, as long as what it is looked for in."""
    return folded(text)[:_LONGEST].rstrip()


def word_starts(name: str) -> list[str]:
    """The name from each of its first words on, e.g. `contoso bikes` and `bikes`: a search by its beginning finds either."""
    words = folded(name).split()
    return list(dict.fromkeys(start_of(" ".join(words[place:])) for place in range(min(len(words), _MOST_WORDS))))


def counting_down(at: datetime) -> str:
    """A time as text of one width that sorts the latest first."""
    return f"{(_END - at.astimezone(UTC)) // timedelta(microseconds=1):018}"
