"""reconcile, audit and replay as an operator runs them, on real systems and a real storage account, while no app runs."""

from __future__ import annotations

import io
import json
import os
import signal
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from operations import cli
from operations.environment import IDENTITY
from sandbox.people import HeadOffice, SalesDesk
from sandbox.scenario import Applicant, Story
from sandbox.stack import Stack
from shared import composition
from shared.composition import App
from shared.models import ProspectKey
from shared.onboarding import converge
from shared.queues import QUEUES
from shared.record import Stage
from shared.replaying import hint
from shared.storage import Storage, StorageSettings
from tests.integration.demo.command import command

pytestmark = pytest.mark.integration


@dataclass
class Scene:
    """Both systems, and the app's own code without the app."""

    stack: Stack
    app: App
    settings: Path

    def __post_init__(self) -> None:
        self.office, self.desk = HeadOffice(self.stack.commerce.url), SalesDesk(self.stack.sales.url, self.stack.secret)
        self._number = 0

    def request(self) -> ProspectKey:
        """A new pending prospect."""
        self._number += 1
        visitor = Applicant(self._number, Story.WON, "usmf", "Zebulon", f"Quackenbush-{self._number}", f"Widgets {self._number}")
        self.office.submit_request(visitor.form())
        [made] = self.office.run_jobs()
        return ProspectKey.of(made["legal_entity"], made["prospect"])

    def look(self, key: ProspectKey) -> Stage:
        """What the app does with a hint."""
        assert converge(self.app.bridge, hint(key, None, self.app.bridge.now())).again is None
        return self.app.correlation.known([key])[key].stage

    def manage(self, *arguments: str) -> tuple[int, str]:
        """A command's exit code and what it printed to stdout, or said on stderr where it failed."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = cli.run(cli.parse([*arguments, "--settings", str(self.settings)]))
        return code, out.getvalue() or err.getvalue()

    def audit(self) -> dict[str, Any]:
        code, text = self.manage("audit", "--json", "--patience", "0")
        found: dict[str, Any] = json.loads(text)
        assert code == (1 if found["drift"] else 0)
        return found

    def empty_queues(self) -> int:
        """Take every message out; how many there were."""
        count = self.app.queues.waiting()
        storage = Storage(StorageSettings(connection_string=self.stack.storage))
        for queue in QUEUES:
            with storage.queue(queue) as client:
                client.clear_messages()
        return count


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One environment for the module; each test makes requests of its own."""
    before = {name: os.environ.get(name) for name in IDENTITY}
    with Stack(has_app=False) as stack:
        settings = tmp_path_factory.mktemp("commands") / "settings.json"
        settings.write_text(json.dumps({"IsEncrypted": False, "Values": stack.environment}), encoding="utf-8")
        os.environ.update({name: stack.environment[name] for name in IDENTITY})
        try:
            yield Scene(stack, composition.build(stack.environment), settings)
        finally:
            for name, value in before.items():
                os.environ.pop(name, None) if value is None else os.environ.update({name: value})


def test_reconcile_enqueues_what_nobody_announced(scene: Scene) -> None:
    scene.request()
    scene.empty_queues()
    code, text = scene.manage("reconcile")
    assert code == 0, text
    assert "1 requests that nobody announced" in text
    assert scene.empty_queues() == 1


def test_an_audit_finds_a_lost_event_replay_shows_what_it_would_do_and_then_does_it(scene: Scene) -> None:
    key = scene.request()
    for pending in (row["ProspectId"] for row in scene.office.state()["Prospects"]):
        scene.look(ProspectKey.of("usmf", pending))
    assert scene.audit()["drift"] == 0
    scene.desk.qualify(scene.desk.leads()[key.text])  # and nobody tells the app

    found = scene.audit()
    [violation] = found["violations"]
    assert (found["drift"], found["lost"], violation["key"]) == (1, 1, key.text)
    assert "customer" in violation["repair"]
    kept = scene.app.night.watch.state("audit")
    assert kept
    assert kept.values["drift"] == 1

    code, text = scene.manage("replay", "--key", f"usmf/{key.prospect_id}")
    assert code == 0, text
    assert "in_review -> qualified" in text
    assert "PartyType = Organization" in text
    assert "nothing was written: add --apply" in text
    assert scene.empty_queues() == 0
    assert scene.audit()["drift"] == 1

    code, text = scene.manage("replay", "--key", key.text, "--apply")
    assert (code, scene.empty_queues()) == (0, 1), text
    assert scene.look(key) is Stage.QUALIFIED
    assert scene.audit()["drift"] == 0
    code, text = scene.manage("replay", "--key", key.text)
    assert (code, text.splitlines()[-1]) == (0, "nothing was written"), text


def test_replay_by_stage_enqueues_every_onboarding_of_it_at_the_rate_that_was_asked(scene: Scene) -> None:
    keys = [scene.request() for _ in range(4)]
    for key in keys:
        scene.look(key)
    scene.empty_queues()
    code, text = scene.manage("replay", "--stage", "in_review", "--apply", "--rate", "50")
    assert code == 0, text
    assert scene.empty_queues() >= 4


def test_a_stopped_replay_leaves_nothing_half_done(scene: Scene) -> None:
    for _ in range(3):
        scene.look(scene.request())
    scene.empty_queues()
    given = ("replay", "--stage", "in_review", "--apply", "--rate", "0.2", "--settings", str(scene.settings))
    with command(*given) as running:
        while not scene.app.queues.waiting():
            assert running.process.poll() is None, running.text
        running.process.send_signal(signal.SIGINT)
        assert running.ended() == 130, running.text
    assert "stopped" in running.text
    assert scene.empty_queues() == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("replay", "--stage", "nowhere"), "--stage nowhere: there is requested"),
        (("replay", "--attention", "boredom"), "there is no-email"),
        (("replay", "--key", "usmf/"), "a prospect's key needs"),
    ],
)
def test_a_selection_that_makes_no_sense_is_said(scene: Scene, arguments: tuple[str, ...], words: str) -> None:
    code, text = scene.manage(*arguments)
    assert code == 2
    assert words in text


def test_replay_without_a_selection_is_a_usage_error() -> None:
    with command("replay") as running:
        assert running.ended() == 2
    assert "say which" in running.text
