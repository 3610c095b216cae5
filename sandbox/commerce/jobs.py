"""The batch jobs of the pipeline, by the names that people look for (documents disagree on the second one's name)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.commerce.infolog import NotFound
from sandbox.commerce.onboarding_requests import pull_requests, synchronize_requests
from sandbox.commerce.seed import JOBS
from sandbox.commerce.sign_in import push_customers
from sandbox.commerce.world import World

_SYNCHRONIZE_NAMES = (
    "synchronize",
    "synchronize customers and channel requests",
    "synchronize orders and channel requests",
    "synchronize customers and business partners from async mode",
)


def run_job(world: World, name: str) -> dict[str, Any]:
    """Run one job now; returns what it did. Raises NotFound for a name that no document uses."""
    short = "synchronize" if name.lower() in _SYNCHRONIZE_NAMES else name.upper()
    if short not in _JOBS:
        raise NotFound(f"there is no job '{name}': {', '.join(_JOBS)}")
    result = _JOBS[short](world)
    _note_run(world, JOBS[short])
    return result


def _pull(world: World) -> dict[str, Any]:
    return {"pulled": pull_requests(world)}


def _synchronize(world: World) -> dict[str, Any]:
    prospects = synchronize_requests(world)
    return {"prospects": [{"legal_entity": row["dataAreaId"], "prospect": row["ProspectId"]} for row in prospects]}


def _push(world: World) -> dict[str, Any]:
    return {"pushed": push_customers(world)}


def _note_run(world: World, description: str) -> None:
    moment = world.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    for row in world["BatchJobs"].find(JobDescription=description):
        world.update("BatchJobs", row, StartDateTime=moment, EndDateTime=moment)


_JOBS: dict[str, Callable[[World], dict[str, Any]]] = {"P-0001": _pull, "synchronize": _synchronize, "1010": _push}
