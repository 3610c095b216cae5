"""What every fake has in common: its calls in order, and a place to break before or after each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Hook = Callable[[str, tuple[Any, ...]], None]


def _nothing(name: str, args: tuple[Any, ...]) -> None:
    """The hook that lets every call pass."""


class Calls:
    """The calls of one or several fakes. A hook may raise: before a call it has no effect, after it the effect is there."""

    def __init__(self) -> None:
        self.made: list[tuple[str, tuple[Any, ...]]] = []
        self.before_call: Hook = _nothing
        self.after_call: Hook = _nothing

    def names(self) -> list[str]:
        """The names alone, e.g. `tables.get_entity`."""
        return [name for name, _ in self.made]

    def clear(self) -> None:
        """Forget the calls, keep the hooks."""
        self.made.clear()

    def fail_next(self, name: str, error: BaseException, *, after: bool = False) -> None:
        """Raise the error at the next call of that name: before it, or after its effect. Later calls pass."""

        def hook(called: str, _: tuple[Any, ...]) -> None:
            if called == name:
                self.heal()
                raise error

        if after:
            self.after_call = hook
        else:
            self.before_call = hook

    def heal(self) -> None:
        """Let every call pass from here on."""
        self.before_call = self.after_call = _nothing

    @contextmanager
    def around(self, name: str, *args: Any) -> Iterator[None]:
        """Note one call and give both hooks their turn."""
        self.made.append((name, args))
        self.before_call(name, args)
        yield
        self.after_call(name, args)
