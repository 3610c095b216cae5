"""One Commerce environment per test over real HTTP; the server itself is started once, since that is what takes time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.commerce.app import create_app
from sandbox.commerce.seed import new_world
from sandbox.commerce.settings import Settings
from sandbox.web import running
from tests.contract.commerce.environment import SECRET, Commerce
from tests.contract.commerce.receiver import Receiver, receiver_app


@dataclass
class Stage:
    """Passes each request on to the app of the test that is running."""

    app: Any = None
    url: str = ""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return self.app(environ, start_response)


@pytest.fixture(scope="package")
def stage() -> Iterator[Stage]:
    one = Stage()
    with running(one) as one.url:
        yield one


@pytest.fixture(scope="package")
def receivers() -> Iterator[tuple[str, dict[str, Receiver]]]:
    """A server for endpoints of ours, and the endpoints by name."""
    by_name: dict[str, Receiver] = {}
    with running(receiver_app(by_name)) as url:
        yield url, by_name


@pytest.fixture
def start(stage: Stage) -> Iterator[Callable[..., Commerce]]:
    """Starts an environment with settings of the test's choice, in place of the one before."""
    opened: list[Commerce] = []

    def start_one(clock: float = 0.01, **settings: object) -> Commerce:
        world = new_world(Settings().changed(settings), clock)
        stage.app = create_app(world, SECRET)
        opened.append(Commerce(world, stage.url))
        return opened[-1]

    yield start_one
    for commerce in opened:
        commerce.session.close()
        commerce.world.background.close()


@pytest.fixture
def commerce(start: Callable[..., Commerce]) -> Commerce:
    """An environment as it comes."""
    return start()


@pytest.fixture
def receiver(receivers: tuple[str, dict[str, Receiver]]) -> Receiver:
    """An endpoint that nobody else was told of."""
    url, by_name = receivers
    name = str(len(by_name) + 1)
    by_name[name] = Receiver(f"{url}/events/{name}")
    return by_name[name]
