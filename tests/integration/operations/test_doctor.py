"""Every check is broken once, and only it turns; what it keeps from looking says so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import flask
import pytest

from operations.doctor import CHECKS, as_json, exit_code
from operations.doctor_model import Level
from sandbox import azurite
from sandbox.commerce.world import World as CommerceWorld
from tests.integration.operations.breaks_of_storage import STORAGE_BREAKS
from tests.integration.operations.breaks_of_systems import BREAKS, NOWHERE
from tests.integration.operations.conftest import Sales, Site
from tests.integration.operations.patient import (
    Patient,
    Template,
    bridge_app,
    fill_commerce,
    fill_storage,
    settings_for,
    storage_of,
    turned,
)


@pytest.fixture(scope="module")
def healthy_storage(storage_accounts: azurite.Azurite) -> Iterator[str]:
    """An account that every test of another thing shares."""
    yield storage_accounts.account().connection_string


@pytest.fixture(scope="module")
def template() -> dict[str, Template]:
    """The provisioned Sales, once there is one."""
    return {}


@pytest.fixture
def patient(
    sales: Sales, commerce: CommerceWorld, sales_site: Site, commerce_site: Site, bridge_site: Site, healthy_storage: str,
    template: dict[str, Template],
) -> Patient:  # fmt: skip
    """A set-up with nothing wrong."""
    wanted = replace(sales.wanted, webhook_url=f"{bridge_site.url}/api/events/sales")
    if "sales" not in template:
        sales.provision(wanted)
        template["sales"] = Template.of(sales)
    else:
        template["sales"].put_into(sales)
    fill_commerce(commerce)
    bridge_site.stage.app, bridge_site.stage.answers = bridge_app(), []
    sites = {"sales": sales_site, "commerce": commerce_site, "bridge": bridge_site}
    variables = settings_for(sales_site.url, commerce_site.url, bridge_site.url, healthy_storage)
    made = Patient(sales, commerce, storage_of(healthy_storage), sites, variables)
    if "storage" not in template:
        fill_storage(made.storage, made.now_environment())
        template["storage"] = template["sales"]
    return made


@pytest.fixture
def own_storage(patient: Patient, storage_accounts: azurite.Azurite) -> Patient:
    """The same with an account of its own, filled as a running app fills it."""
    patient.variables["AzureWebJobsStorage"] = storage_accounts.account().connection_string
    patient.storage = storage_of(patient.variables["AzureWebJobsStorage"])
    fill_storage(patient.storage, patient.now_environment())
    return patient


def test_a_whole_set_up_has_nothing_but_ok(patient: Patient) -> None:
    answers = patient.answers()
    assert turned(answers) == {}
    assert {answer.status for answer in answers.values()} == {Level.OK}
    assert len(answers) == len(CHECKS) >= 30
    assert as_json(list(answers.values()))["ok"] is True and exit_code(list(answers.values())) == 0


@pytest.mark.parametrize("code", BREAKS)
def test_what_is_broken_is_named_by_its_code_alone(code: str, patient: Patient) -> None:
    level, broken = BREAKS[code]
    broken(patient)
    answers = patient.answers()
    assert turned(answers) == {code: level}
    if level is not Level.SKIPPED:
        assert answers[code].cause and answers[code].fix


@pytest.mark.parametrize("code", STORAGE_BREAKS)
def test_what_is_broken_in_storage_is_named_by_its_code_alone(code: str, own_storage: Patient) -> None:
    level, broken = STORAGE_BREAKS[code]
    broken(own_storage)
    answers = own_storage.answers(many_messages=2)
    assert turned(answers) == {code: level}
    assert answers[code].cause and answers[code].fix


# ---- the mapping file


MAPPINGS = {
    "B309": {"map": "prospect-to-lead", "target": "statecode", "source": "Note"},
    "S133": {"map": "prospect-to-lead", "target": "acme_vat", "source": "Note"},
    "C229": {"map": "prospect-to-person", "target": "AcmeVat", "source": "Note"},
}


@pytest.mark.parametrize("code", MAPPINGS)
def test_a_wrong_row_of_the_field_map_is_named_by_its_code_alone(code: str, patient: Patient, tmp_path: Path) -> None:
    file = tmp_path / "mapping.local.json"
    file.write_text(json.dumps({"rows": [MAPPINGS[code]]}), encoding="utf-8")
    patient.variables["MAPPING_FILE"] = str(file)
    assert turned(patient.answers()) == {code: Level.ERROR}


def test_every_check_is_broken_by_a_test() -> None:
    tested = {*BREAKS, *STORAGE_BREAKS, *MAPPINGS, "B301"}
    assert tested == {check.code for check in CHECKS}


def test_answers_that_take_long_are_warnings(patient: Patient) -> None:
    slow = turned(patient.answers(slow_seconds=-1))
    assert slow == {"B303": Level.WARNING, "C218": Level.WARNING, "C222": Level.WARNING}


def test_sales_without_an_answer_leaves_its_checks_skipped_with_the_reason(patient: Patient) -> None:
    patient.variables["SALES_URL"] = NOWHERE
    answers = patient.answers()
    assert answers["S105"].found == "needs S101, S104"
    assert exit_code(list(answers.values())) == 2


def test_an_address_without_tls_is_told_apart_from_one_without_an_answer(patient: Patient) -> None:
    patient.variables["SALES_URL"] = patient.variables["SALES_URL"].replace("http:", "https:")
    answers = patient.answers()
    assert turned(answers) == {"S100": Level.ERROR} and "no TLS connection" in answers["S100"].found


def test_a_check_that_meets_an_outage_is_skipped_with_what_it_met(patient: Patient) -> None:
    patient.stand_in("sales", r"GET .*/systemforms", 503)
    answer = patient.answers()["S108"]
    assert answer.status is Level.SKIPPED and "could not look" in answer.found


@pytest.mark.parametrize(("host", "level"), [("127.1", Level.ERROR), ("127.0.0.1", Level.WARNING)])
def test_a_console_that_is_open_to_all_is_wrong_but_on_a_developers_machine(patient: Patient, host: str, level: Level) -> None:
    patient.sites["bridge"].stage.app = bridge_app(opens_console=lambda header: True)
    patient.variables["BRIDGE_URL"] = patient.variables["BRIDGE_URL"].replace("127.0.0.1", host)
    assert patient.answers()["B325"].status is level


def test_a_console_that_nobody_can_sign_in_to_is_a_warning(patient: Patient) -> None:
    patient.stand_in("bridge", r"GET .*/api/console", 401)
    patient.variables["BRIDGE_URL"] = patient.variables["BRIDGE_URL"].replace("127.0.0.1", "127.1")
    answer = patient.answers()["B325"]
    assert (answer.status, answer.fix) == (Level.WARNING, "docs/setup.md, step 2")


def test_a_sign_in_that_is_asked_of_webhooks_too_is_named(patient: Patient) -> None:
    patient.sites["bridge"].stage.app.before_request(lambda: flask.redirect("https://login.example/authorize"))
    answers = patient.answers()
    assert turned(answers) == {"B303": Level.ERROR}
    assert "AllowAnonymous" in answers["B303"].fix


def test_a_check_that_meets_what_nobody_foresaw_is_skipped_and_the_others_go_on(patient: Patient) -> None:
    """Names that no public page states may be others in the next version."""
    patient.stand_in("commerce", r"GET /data/BatchJobs", 200, {"value": [{"JobDescription": "P-0001", "Status": "Waiting"}]})
    answers = patient.answers()
    assert turned(answers) == {"C215": Level.SKIPPED} and answers["C215"].found == "could not look: KeyError StartDateTime"
