"""The batch jobs of the pipeline, and the requests that are on their way through it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import render_template, url_for

from sandbox.commerce.jobs import run_job
from sandbox.commerce.onboarding_requests import IN_CHANNEL, IN_STAGING
from sandbox.commerce.pages_environment import area, change, here
from sandbox.commerce.seed import JOBS
from sandbox.commerce.tables import Row
from sandbox.commerce.world import World
from sandbox.pages.paging import page_of

if TYPE_CHECKING:
    from werkzeug import Response as Answer

pages = area("jobs")

_WHAT = {
    "P-0001": "brings the sites' requests to head office",
    "synchronize": "makes a prospect of each request that P-0001 brought",
    "1010": "sends customers to the channels, so that they can sign in",
}
_STAGES = {IN_CHANNEL: "waits for P-0001", IN_STAGING: "waits for the synchronize job", "done": "is prospect"}


@pages.get("/jobs")
def overview() -> str:
    """Each job with its last run, and every request."""
    world = here().world
    with world.transaction():
        jobs = [_job(world, name) for name in JOBS]
        requests = [_request(row) for row in world.requests]
    return render_template("commerce/jobs.html", jobs=jobs, requests=page_of(requests[::-1]))


@pages.post("/jobs/<name>")
def run(name: str) -> Answer:
    """Run one job now."""
    return change(lambda world: run_job(world, name), f"{JOBS.get(name, name)} has run.", url_for("jobs.overview"))


def _job(world: World, name: str) -> dict[str, Any]:
    row = world["BatchJobs"].find(JobDescription=JOBS[name])[0]
    waiting = {
        "P-0001": len(world.requests.find(stage=IN_CHANNEL)),
        "synchronize": len(world.requests.find(stage=IN_STAGING)),
    }
    has_run = row["EndDateTime"] >= row["StartDateTime"]
    return {
        "name": name,
        "title": JOBS[name],
        "what": _WHAT[name],
        "waiting": waiting.get(name),
        "last": row["EndDateTime"] if has_run else "",
    }


def _request(row: Row) -> dict[str, Any]:
    legal_entity, _, prospect = row["prospect_key"].partition("/")
    return {
        "id": row["request_id"],
        "channel": row["channel"],
        "company": row["form"].company,
        "state": _STAGES[row["stage"]],
        "legal_entity": legal_entity,
        "prospect": prospect,
    }
