"""Ways to break one thing in storage: by the code that must name it, with the level at which it turns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from operations.canary_record import keep
from operations.doctor_model import Level
from shared.correlation import Correlation
from shared.dead_letters import DeadLetters
from shared.models import ProspectKey
from shared.progress import begun
from shared.queues import POISON_QUEUES, QUEUES
from shared.record import Attention, Cause, Claim
from tests.integration.operations.patient import Patient

Break = Callable[[Patient], None]


def _empty_table(patient: Patient) -> None:
    patient.storage.tables.delete_table("Links")


def _no_queue(patient: Patient) -> None:
    patient.storage.queue(QUEUES[0]).delete_queue()


def _silent_timer(patient: Patient) -> None:
    patient.storage.tables.get_table_client("Checkpoints").delete_entity("lease", "due")


def _overdue(patient: Patient) -> None:
    key, hours_ago = ProspectKey.of("usmf", "P-9"), datetime.now(UTC) - timedelta(hours=2)
    claim = Claim("somebody", hours_ago, hours_ago + timedelta(minutes=4))
    assert Correlation(patient.storage.tables).open(begun(key, claim, hours_ago))


def _poison(patient: Patient) -> None:
    patient.storage.queue(POISON_QUEUES[0]).send_message("x")


def _backlog(patient: Patient) -> None:
    for _ in range(3):
        patient.storage.queue(QUEUES[0]).send_message("x")


def _failed_canary(decision: str) -> Break:
    values = {"at": datetime.now(UTC).isoformat(), "ok": False, "line": "FAILED at the hop lead"}
    return lambda patient: keep(patient.now_environment(), decision, values)


def _dead_letter(patient: Patient) -> None:
    DeadLetters(patient.storage.tables, patient.storage.dead_letter_bodies).keep("sales", "not JSON", b"x")


def _given_up(patient: Patient) -> None:
    key, now = ProspectKey.of("demf", "P-9"), datetime.now(UTC)
    onboarding = replace(
        begun(key, Claim("app", now, now + timedelta(minutes=4)), now), attentions=(Attention(Cause.GAVE_UP, now),)
    )
    assert Correlation(patient.storage.tables).open(onboarding)


STORAGE_BREAKS: dict[str, tuple[Level, Break]] = {
    "B302": (Level.ERROR, _empty_table),
    "B317": (Level.ERROR, _no_queue),
    "B304": (Level.ERROR, _silent_timer),
    "B305": (Level.WARNING, _overdue),
    "B306": (Level.ERROR, _poison),
    "B318": (Level.WARNING, _backlog),
    "B314": (Level.ERROR, _failed_canary("reject")),
    "C219": (Level.ERROR, _failed_canary("approve")),
    "B319": (Level.WARNING, _dead_letter),
    "B320": (Level.WARNING, _given_up),
}
