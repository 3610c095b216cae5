"""A fake system behind a breaker, as services puts the real one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shared.breaker import Breaker


class Behind:
    """A fake whose every call passes a breaker first."""

    def __init__(self, fake: object, breaker: Breaker) -> None:
        self._fake, self._breaker = fake, breaker

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._fake, name)

        def call(*args: Any) -> Any:
            with self._breaker.passage():
                return method(*args)

        return call
