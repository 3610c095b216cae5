"""The twelve stories from the form to the last decision, events and timers on: what is left in storage and in the logs."""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from sandbox.scenario import WINNERS, Story
from shared.models import ProspectKey
from shared.queues import POISON_QUEUES, QUEUES
from shared.storage import CHECKPOINTS, DEAD_LETTERS, LINKS, ONBOARDINGS
from tests.integration.app.story import Told, told

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    with told(tmp_path_factory.mktemp("logs")) as over:
        yield over


def test_every_onboarding_ends_where_it_should(story: Told) -> None:
    assert {result.row["prospect"]: result.problems for result in story.found if result.problems} == {}
    ends = Counter(result.applicant.story for result in story.found)
    assert (len(story.found), sum(ends[won] for won in WINNERS), ends[Story.LOST]) == (12, 4, 2)


def test_an_announced_prospect_came_by_its_event_and_the_others_by_the_poll(story: Told) -> None:
    first = {result.applicant.legal_entity: set[str]() for result in story.found}
    for result in story.found:
        history = story.store.history(ProspectKey.of(*story.play.keys[result.applicant.number])).items
        first[result.applicant.legal_entity].add([entry.detail for entry in history if entry.what == "hint"][-1])
    assert first["demf"] == {"reconcile Pending"}
    assert any(source.startswith("business-event") for source in first["usmf"])


def test_a_held_rejection_came_by_the_due_timer(story: Told) -> None:
    for result in story.found:
        if result.applicant.story is Story.DISQUALIFIED:
            history = story.store.history(ProspectKey.of(*story.play.keys[result.applicant.number])).items
            assert "due" in [entry.detail for entry in history if entry.what == "hint"]


def test_the_index_rows_are_exactly_those_that_the_rows_say(story: Told) -> None:
    rows = story.rows(ONBOARDINGS)
    said = {(row["PartitionKey"], key) for row in rows if "index_rows" in row for key in json.loads(row["index_rows"])}
    kinds = {key[:2] for _, key in said}
    assert {"s~", "a~"} <= kinds
    assert said == {(row["PartitionKey"], row["RowKey"]) for row in rows if row["RowKey"][:2] in kinds}
    assert len([row for row in rows if row["RowKey"].startswith("o~")]) == 12


def test_every_log_line_of_work_carries_its_onboardings_correlation_id(story: Told) -> None:
    known = {result.row["correlation_id"] for result in story.found}
    lines = [json.loads(found) for found in re.findall(r'\{"event": "converged".*\}', story.logs["host"])]
    assert {line["correlation_id"] for line in lines} == known


def test_nothing_failed_unforeseen_and_nothing_is_left_over(story: Told) -> None:
    assert "(Failed, Id=" not in story.logs["host"]
    assert story.rows(DEAD_LETTERS) == []
    assert all(depth(story, queue) == 0 for queue in POISON_QUEUES)


# ---- nothing personal


def test_no_queue_no_table_and_no_log_holds_anything_personal(story: Told) -> None:
    kept = everything_kept(story)
    assert all(kept.values()), "there is something to look at everywhere"
    for result in story.found:
        who, form = result.applicant, result.applicant.form()
        phone, names = form["phone"].removeprefix("+1 425 "), (who.first_name, who.last_name)
        for personal in (who.email, *names, phone, phone.replace(" ", ""), form["street"], form["comments"]):
            assert [place for place, text in kept.items() if personal.casefold() in text.casefold()] == [], personal


def test_the_organizations_name_is_on_its_rows_and_nowhere_else(story: Told) -> None:
    assert [place for place, text in everything_kept(story).items() if "wondrous" in text.casefold()] == [ONBOARDINGS]
    kinds = {row["RowKey"][:2] for row in story.rows(ONBOARDINGS) if "wondrous" in json.dumps(row, default=str).casefold()}
    assert "o~" in kinds
    assert "h~" not in kinds


def everything_kept(story: Told) -> dict[str, str]:
    """Place -> all its text."""
    tables = {table: json.dumps(story.rows(table), default=str) for table in (ONBOARDINGS, LINKS, CHECKPOINTS)}
    return {**tables, "queues": messages(story) or "(empty)", "log": story.logs["host"]}


def messages(story: Told) -> str:
    """What waits in all the queues."""
    texts = []
    for queue in (*QUEUES, *POISON_QUEUES):
        with story.storage.queue(queue) as client:
            texts += [base64.b64decode(message.content).decode() for message in client.peek_messages(32)]
    return "\n".join(texts)


def depth(story: Told, queue: str) -> int:
    with story.storage.queue(queue) as client:
        return client.get_queue_properties().approximate_message_count or 0
