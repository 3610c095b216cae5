"""The queue trigger against a real Azurite: delivery, retry, poison, crash, time-out."""

import base64
import logging

import pytest
from azure.storage.queue import QueueClient

from sandbox.host import Host
from sandbox.host.queues import LEASE_VARIABLE
from tests.integration.host.conftest import SAMPLE_APP, Sample, eventually

pytestmark = pytest.mark.integration


def test_a_message_is_delivered_once_and_then_deleted(host: Host, sample: Sample) -> None:
    message_id = sample.send(do="ok")
    [seen] = eventually(lambda: sample.seen("work"))
    eventually(lambda: sample.waiting() == 0)
    assert (seen["id"], seen["attempt"]) == (message_id, 1)
    assert host.invoker.counts()["work"] == {"ok": 1, "failed": 0}


def test_a_failed_message_is_tried_again_when_its_visibility_timeout_is_over(host: Host, sample: Sample) -> None:
    sample.send(do="fail-once")
    first, second = eventually(lambda: len(seen := sample.seen("work")) == 2 and seen)
    assert (first["attempt"], second["attempt"]) == (1, 2)
    assert second["at"] - first["at"] >= 1.0
    eventually(lambda: sample.waiting() == 0)


def test_a_message_that_always_fails_ends_in_the_poison_queue_as_it_was(host: Host, sample: Sample) -> None:
    sample.send(do="fail")
    [poisoned] = eventually(lambda: sample.seen("poison"))
    assert poisoned["body"] == '{"do": "fail"}'
    assert [seen["attempt"] for seen in sample.seen("work")] == [1, 2, 3]
    eventually(lambda: sample.waiting() == 0)


def test_no_function_runs_for_a_message_that_failed_too_often_in_a_poison_queue(
    sample: Sample, caplog: pytest.LogCaptureFixture
) -> None:
    """A poison queue has no other behind it: the message stays where nobody sees it."""
    short = {**sample.env, "WORK_QUEUE": "work-poison", LEASE_VARIABLE: "1"}
    with QueueClient.from_connection_string(sample.env["AzureWebJobsStorage"], "work-poison") as poison:
        poison.create_queue()
        with Host(SAMPLE_APP, {**short, "AzureWebJobs.poison.Disabled": "true"}), caplog.at_level(logging.ERROR):
            poison.send_message(base64.b64encode(b'{"do": "fail"}').decode())
            eventually(lambda: "has reached MaxDequeueCount" in caplog.text)
        assert [seen["attempt"] for seen in sample.seen("work")] == [1, 2, 3]
        assert poison.get_queue_properties().approximate_message_count == 1


def test_a_message_that_is_not_base64_ends_in_the_poison_queue_without_an_invocation(host: Host, sample: Sample) -> None:
    with QueueClient.from_connection_string(sample.env["AzureWebJobsStorage"], "work") as plain:
        plain.send_message("not base64!")
    eventually(lambda: sample.waiting() == 0)
    with QueueClient.from_connection_string(sample.env["AzureWebJobsStorage"], "work-poison") as poison:
        assert poison.get_queue_properties().approximate_message_count == 1
    assert sample.seen("work") == []


def test_a_hidden_message_is_not_delivered_before_its_time(host: Host, sample: Sample) -> None:
    sample.queue.send_message('{"do": "ok"}', visibility_timeout=1)
    sample.send(do="ok")
    early, late = eventually(lambda: len(seen := sample.seen("work")) == 2 and seen)
    assert late["at"] - early["at"] >= 0.7


def test_at_most_a_batch_runs_at_once(host: Host, sample: Sample) -> None:
    for _ in range(10):
        sample.send(do="slow")
    runs = eventually(lambda: len(seen := sample.seen("slow")) == 10 and seen)
    at_once = max(sum(run["started"] <= other["started"] < run["at"] for run in runs) for other in runs)
    assert 2 <= at_once <= 4


def test_a_crashed_worker_is_replaced_and_its_message_tried_again(host: Host, sample: Sample) -> None:
    crashed = host.invoker.worker_pid
    sample.send(do="crash-once")
    first, second = eventually(lambda: len(seen := sample.seen("work")) == 2 and seen)
    assert first["pid"] == crashed != second["pid"]
    eventually(lambda: sample.waiting() == 0)
    assert host.invoker.restarts == 1


def test_a_worker_that_keeps_crashing_is_given_up(sample: Sample) -> None:
    reasons: list[str] = []
    with Host(SAMPLE_APP, sample.env, on_given_up=reasons.append) as host:
        sample.send(do="crash")
        eventually(lambda: sample.seen("poison"))
        sample.send(do="crash-once")
        eventually(lambda: reasons)
    assert reasons == ["the worker exited with code 3, for the 4th time"]
    assert host.invoker.restarts == 3


def test_a_function_over_its_time_fails_and_takes_the_worker_with_it(host: Host, sample: Sample) -> None:
    sample.send(do="hang-once")
    first, second = eventually(lambda: len(seen := sample.seen("work")) == 2 and seen)
    assert first["pid"] != second["pid"]
    eventually(lambda: sample.waiting() == 0)
    [timed_out] = [result for result in host.invoker.results if not result.ok]
    assert "Timeout value of 2.0 s was exceeded by function: Functions.work" in timed_out.error


def test_a_message_in_hand_when_the_host_stops_is_left_to_its_lease(host: Host, sample: Sample) -> None:
    sample.send(do="hang-once")
    eventually(lambda: sample.seen("work"))
    host.stop(drain=0)
    assert host.invoker.counts() == {}
    assert sample.waiting() == 1
    assert sample.queue.peek_messages() == []


def test_a_disabled_function_leaves_its_messages_alone(sample: Sample) -> None:
    with Host(SAMPLE_APP, {**sample.env, "AzureWebJobs.work.Disabled": "true", "EVERY": "* * * * * *"}):
        sample.send(do="ok")
        eventually(lambda: sample.seen("tick"))
    assert (sample.waiting(), sample.seen("work")) == (1, [])


def test_host_json_can_be_overridden_by_a_setting(sample: Sample) -> None:
    override = {"AzureFunctionsJobHost__extensions__queues__maxDequeueCount": "1"}
    with Host(SAMPLE_APP, {**sample.env, **override}):
        sample.send(do="fail")
        eventually(lambda: sample.seen("poison"))
    assert len(sample.seen("work")) == 1


def test_what_the_app_logs_comes_with_its_category(host: Host, sample: Sample) -> None:
    sample.send(do="ok")
    logged = eventually(lambda: [entry for entry in host.invoker.logs if entry.category == "sample"])
    assert logged[0].message == "working on ok"
    assert logged[0].invocation_id
