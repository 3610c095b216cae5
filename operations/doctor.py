"""`manage.py doctor`: every check in turn, each with what it found, the cause and the fix; the exit code is the worst of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from operations import doctor_bridge, doctor_commerce, doctor_commerce_setup, doctor_console, doctor_sales, doctor_sales_setup
from operations.doctor_bridge import REACHABLE_ERRORS
from operations.doctor_model import Answer, Check, Context, Level, Result, skipped, unforeseen

CHECKS: tuple[Check, ...] = (
    *doctor_bridge.FIRST,
    *doctor_sales.CHECKS,
    *doctor_commerce.CHECKS,
    *doctor_commerce_setup.CHECKS,
    *doctor_sales_setup.CHECKS,
    *doctor_bridge.CHECKS,
    *doctor_console.CHECKS,
)
"""In the order in which they run: what is needed by others comes first."""
_EXIT = {Level.OK: 0, Level.SKIPPED: 0, Level.WARNING: 1, Level.ERROR: 2}
_MARKS = {Level.OK: "ok     ", Level.WARNING: "WARNING", Level.ERROR: "ERROR  ", Level.SKIPPED: "skipped"}


def examine(context: Context, checks: Sequence[Check] = CHECKS) -> Iterator[Answer]:
    """The answers, as they come."""
    levels: dict[str, Level] = {}
    for check in checks:
        answer = _answer(check, _result(check, context, levels))
        levels[check.code] = answer.status
        yield answer


def unknown(codes: str) -> list[str]:
    """Which of these codes (comma-separated) no check has."""
    return sorted(_listed(codes) - {check.code for check in CHECKS})


def chosen(codes: str) -> Sequence[Check]:
    """The checks of these codes (comma-separated; none: all) with all that they need."""
    wanted = _listed(codes)
    if not wanted:
        return CHECKS
    for check in reversed(CHECKS):
        if check.code in wanted:
            wanted.update(check.needs)
    return [check for check in CHECKS if check.code in wanted]


def settings_answers(problems: Sequence[str]) -> list[Answer]:
    """The answers where not even the settings are complete: one error, the rest skipped."""
    first = next(check for check in CHECKS if check.code == "B301")
    wrong = Answer(first.code, first.title, Level.ERROR, "; ".join(problems), first.cause, first.fix)
    rest = (Answer(check.code, check.title, Level.SKIPPED, "needs B301") for check in CHECKS if check is not first)
    return [wrong, *rest]


def as_json(answers: Sequence[Answer]) -> dict[str, Any]:
    """{"checks": [{"code", "title", "status", "found", "cause", "fix"}], "ok"}."""
    rows: list[Mapping[str, str]] = [
        {
            "code": answer.code,
            "title": answer.title,
            "status": answer.status.value,
            "found": answer.found,
            "cause": answer.cause,
            "fix": answer.fix,
        }
        for answer in answers
    ]
    return {"checks": rows, "ok": not any(answer.status is Level.ERROR for answer in answers)}


def as_text(answer: Answer) -> str:
    """One line, and two more where something is wrong."""
    line = f"{answer.code} {_MARKS[answer.status]} {answer.title}: {answer.found}"
    further = [f"{'':13}{word}: {text}" for word, text in (("cause", answer.cause), ("fix", answer.fix)) if text]
    return "\n".join([line, *further])


def summary(answers: Sequence[Answer]) -> str:
    """How many of each, in one line."""
    counts = {level: sum(answer.status is level for answer in answers) for level in Level}
    return ", ".join(_counted(level, number) for level, number in counts.items() if number)


def exit_code(answers: Sequence[Answer]) -> int:
    """0: nothing is wrong; 1: a warning; 2: an error."""
    return max((_EXIT[answer.status] for answer in answers), default=0)


def printed(answers: Sequence[Answer]) -> str:
    """The JSON report as text."""
    return json.dumps(as_json(answers), indent=2)


def _counted(level: Level, number: int) -> str:
    is_noun = level in (Level.WARNING, Level.ERROR)
    return f"{number} {level}{'s' if is_noun and number > 1 else ''}"


def _listed(codes: str) -> set[str]:
    return {code.strip().upper() for code in codes.split(",") if code.strip()}


def _result(check: Check, context: Context, levels: Mapping[str, Level]) -> Result:
    unmet = [code for code in check.needs if levels.get(code) not in (Level.OK, Level.WARNING)]
    if unmet:
        return skipped(f"needs {', '.join(unmet)}")
    try:
        return check.run(context)
    except REACHABLE_ERRORS as problem:
        return skipped(f"could not look: {problem}")
    except Exception as problem:  # noqa: BLE001 - what nobody foresaw in one check must not hide what the others find
        return skipped(f"could not look: {unforeseen(problem)}", "tell the maintainers")


def _answer(check: Check, result: Result) -> Answer:
    if result.level is Level.OK:
        return Answer(check.code, check.title, result.level, result.found)
    if result.level is Level.SKIPPED:
        return Answer(check.code, check.title, result.level, result.found, fix=result.fix)
    return Answer(check.code, check.title, result.level, result.found, result.cause or check.cause, result.fix or check.fix)
