"""The host's end of a worker, when the worker is killed at a bad moment."""

import os
import threading

import pytest

from sandbox.host.model import WorkerLost
from sandbox.host.worker import Worker
from tests.integration.host.conftest import SAMPLE_APP, Sample

pytestmark = pytest.mark.integration


def test_a_worker_that_died_before_it_could_read_a_question_can_still_be_stopped(sample: Sample) -> None:
    asked, lost, told = threading.Event(), threading.Event(), []

    def on_lost(worker: Worker, reason: str) -> None:
        asked.wait(10)
        worker.stop()
        told.append(reason)
        lost.set()

    worker = Worker(SAMPLE_APP, {**os.environ, **sample.env}, lambda log: None, on_lost)
    [work] = [function for function in worker.functions(30) if function.name == "work"]
    worker.process.kill()
    worker.process.wait()
    question = worker.invoke("1", work.id, [("message", ("string", "{}"))], {}, "")
    asked.set()
    with pytest.raises(WorkerLost):
        question.result(10)
    assert lost.wait(10), "whoever replaces it was not told"
    assert told == ["the worker exited with code -9"]
