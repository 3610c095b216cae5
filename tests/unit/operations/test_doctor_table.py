"""The table of checks and the report: codes, order, JSON, exit codes."""

from __future__ import annotations

import re

import pytest

from operations import cli
from operations.doctor import CHECKS, as_json, as_text, chosen, exit_code, settings_answers, summary
from operations.doctor_model import Answer, Level
from operations.provision_commerce import STEPS


def answer(level: Level, code: str = "S101") -> Answer:
    return Answer(code, "a title", level, "what was found", "a cause", "a fix")


def test_codes_are_stable_in_form_and_unique() -> None:
    codes = [check.code for check in CHECKS]
    assert len(codes) == len(set(codes)) >= 30
    assert all(re.fullmatch(r"S1\d\d|C2\d\d|B3\d\d", code) for code in codes)


def test_what_a_check_needs_comes_before_it() -> None:
    seen: set[str] = set()
    for check in CHECKS:
        assert set(check.needs) <= seen, check.code
        seen.add(check.code)


def test_each_step_of_head_office_is_checked_and_no_check_stands_in_two() -> None:
    codes = [code for step in STEPS for code in step.codes]
    assert all(step.codes for step in STEPS) and len(codes) == len(set(codes))
    assert set(codes) == {check.code for check in CHECKS if check.code.startswith("C")}


def test_the_report_as_json_has_the_promised_members() -> None:
    assert as_json([answer(Level.WARNING)]) == {
        "checks": [
            {
                "code": "S101",
                "title": "a title",
                "status": "warning",
                "found": "what was found",
                "cause": "a cause",
                "fix": "a fix",
            }
        ],
        "ok": True,
    }


@pytest.mark.parametrize(
    ("levels", "code", "is_ok"),
    [
        ([], 0, True),
        ([Level.OK, Level.SKIPPED], 0, True),
        ([Level.OK, Level.WARNING], 1, True),
        ([Level.WARNING, Level.ERROR, Level.OK], 2, False),
    ],
)
def test_the_exit_code_is_the_worst_level(levels: list[Level], code: int, is_ok: bool) -> None:
    answers = [answer(level) for level in levels]
    assert exit_code(answers) == code and as_json(answers)["ok"] is is_ok


def test_incomplete_settings_are_one_error_and_leave_the_rest_skipped() -> None:
    answers = settings_answers(["SALES_URL: missing", "LEGAL_ENTITIES: missing"])
    (wrong,) = [found for found in answers if found.status is Level.ERROR]
    assert wrong.code == "B301" and wrong.found == "SALES_URL: missing; LEGAL_ENTITIES: missing"
    assert len(answers) == len(CHECKS) and {found.status for found in answers} == {Level.ERROR, Level.SKIPPED}


def test_chosen_checks_bring_what_they_need_and_nothing_else() -> None:
    assert [check.code for check in chosen("s105")] == ["S100", "S101", "S104", "S105"]
    assert chosen("") == CHECKS


def test_codes_that_no_check_has_are_named_before_anything_is_looked_at(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(cli.parse(["doctor", "--json", "--only", "s105,S999,X1"])) == 2
    assert capsys.readouterr() == ("", "there is no check S999, X1\n")


def test_a_line_says_what_was_found_and_two_more_say_cause_and_fix() -> None:
    assert as_text(answer(Level.ERROR)).splitlines() == [
        "S101 ERROR   a title: what was found",
        "             cause: a cause",
        "             fix: a fix",
    ]


def test_the_summary_counts_what_there_is() -> None:
    assert summary([answer(Level.OK), answer(Level.OK), answer(Level.ERROR)]) == "2 ok, 1 error"
    assert summary([answer(Level.WARNING), answer(Level.WARNING), answer(Level.SKIPPED)]) == "2 warnings, 1 skipped"
