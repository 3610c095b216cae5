"""Every check is broken once, and only it turns; what it keeps from looking says so."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from operations.canary_record import keep
from operations.doctor import CHECKS, as_json, exit_code
from operations.doctor_model import CONFIRMED, Level
from operations.environment import BRIDGE_URL
from sandbox import azurite
from sandbox.commerce.onboarding_requests import OnboardingForm, pull_requests, submit, synchronize_requests
from sandbox.commerce.world import World as CommerceWorld
from sandbox.sales import columns as short
from sandbox.sales.store import Reference
from sandbox.sales.values import stamp
from shared.correlation import Correlation
from shared.dead_letters import DeadLetters
from shared.models import ProspectKey
from shared.progress import begun
from shared.queues import POISON_QUEUES, QUEUES
from shared.record import Attention, Cause, Claim
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

NOBODY = "b2b0cccc-0000-4000-8000-00000000000c"
Break = Callable[[Patient], None]


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
        fill_storage(made.storage, replace_environment(made))
        template["storage"] = template["sales"]
    return made


def replace_environment(patient: Patient) -> Any:
    """The environment as it is now, without keeping it: a test may still change settings."""
    return Patient(patient.sales, patient.commerce, patient.storage, patient.sites, dict(patient.variables)).environment


@pytest.fixture
def own_storage(patient: Patient, storage_accounts: azurite.Azurite) -> Patient:
    """The same with an account of its own, filled as a running app fills it."""
    patient.variables["AzureWebJobsStorage"] = storage_accounts.account().connection_string
    patient.storage = storage_of(patient.variables["AzureWebJobsStorage"])
    fill_storage(patient.storage, replace_environment(patient))
    return patient


def test_a_whole_set_up_has_nothing_but_ok(patient: Patient) -> None:
    answers = patient.answers()
    assert turned(answers) == {}
    assert {answer.status for answer in answers.values()} == {Level.OK}
    assert len(answers) == len(CHECKS) >= 30
    assert as_json(list(answers.values()))["ok"] is True and exit_code(list(answers.values())) == 0


def _setting(name: str, value: str) -> Break:
    return lambda patient: patient.variables.update({name: value})


def _commerce_setting(**values: Any) -> Break:
    def change(patient: Patient) -> None:
        patient.commerce.settings = patient.commerce.settings.changed(values)

    return change


def _commerce_row(set_name: str, number: int = 0, **values: Any) -> Break:
    """Change a row of head office, or without values: delete it."""

    def change(patient: Patient) -> None:
        with patient.commerce.transaction():
            row = list(patient.commerce[set_name])[number]
            patient.commerce.update(set_name, row, **values) if values else patient.commerce[set_name].delete(row)

    return change


def _number_sequence(data_type: str, **values: Any) -> Break:
    def change(patient: Patient) -> None:
        with patient.commerce.transaction():
            table = patient.commerce["NumberSequencesV2References"]
            table.delete(next(iter(table.find(DataTypeName=data_type))))

    return change


def _sales_row(table: str, **values: Any) -> Break:
    return lambda patient: patient.sales.change(table, patient.sales.rows(table)[0], **values)


def _sales_answers(pattern: str, status: int) -> Break:
    return lambda patient: patient.stand_in("sales", pattern, status)


def _commerce_answers(pattern: str, status: int) -> Break:
    return lambda patient: patient.stand_in("commerce", pattern, status)


def _receiver(**behaviour: Any) -> Break:
    def change(patient: Patient) -> None:
        patient.sites["bridge"].stage.app = bridge_app(**behaviour)

    return change


def _stranger(patient: Patient) -> None:
    patient.user = "Stranger"


def _lost_privilege(patient: Patient) -> None:
    (role,) = [row for row in patient.sales.rows("role") if row["name"] == "B2B Prospect Bridge"]
    del patient.sales.world.role_privileges[role["roleid"]]["prvAppendTolead"]


def _lost_column(patient: Patient) -> None:
    del patient.sales.world.schema.tables["lead"].columns["b2b_language"]


def _failed_key(patient: Patient) -> None:
    patient.sales.world.schema.tables["lead"].keys[0].status = "Failed"


def _lost_message(patient: Patient) -> None:
    message = next(row["sdkmessageid"] for row in patient.sales.rows("sdkmessage") if row["name"] == "Win")
    (found,) = [row for row in patient.sales.rows("sdkmessagefilter") if row["sdkmessageid"] == Reference("sdkmessage", message)]
    patient.sales.world.store.remove("sdkmessagefilter", found["sdkmessagefilterid"])


def _failed_job(patient: Patient) -> None:
    step = patient.sales.rows("sdkmessageprocessingstep")[0]["sdkmessageprocessingstepid"]
    job = {
        "asyncoperationid": NOBODY,
        "statecode": 3,
        "statuscode": 31,
        "friendlymessage": "The webhook answered 401",
        "owningextensionid": Reference("sdkmessageprocessingstep", step),
        "completedon": stamp(datetime.now(UTC)),
    }
    columns = dict.fromkeys(patient.sales.world.schema.tables["asyncoperation"].columns)
    patient.sales.world.store.put("asyncoperation", NOBODY, {**columns, **job})


def _few_requests(patient: Patient) -> None:
    patient.sales.world.options.burst_requests = 450


def _lost_currency(patient: Patient) -> None:
    (euro,) = [row for row in patient.sales.rows("transactioncurrency") if row["isocurrencycode"] == "EUR"]
    patient.sales.world.store.remove("transactioncurrency", euro["transactioncurrencyid"])


def _dual_write(table: str) -> Break:
    def change(patient: Patient) -> None:
        name = "msdyn_dualwriteruntimeconfig"
        columns = short.texts(200, "msdyn_internalentityname", "msdyn_externalentityname")
        patient.sales.world.schema.add(short.table(name, f"{name}s", 10_500, "msdyn_internalentityname", columns, owned=False))
        row = {f"{name}id": NOBODY, "msdyn_internalentityname": table, "msdyn_externalentityname": "Prospects"}
        patient.sales.world.store.put(name, NOBODY, row)

    return change


def _second_bridge(patient: Patient) -> None:
    body = {"name": "copy", "url": "https://other.example/api/events/sales", "contract": 8, "authtype": 4, "authvalue": "x"}
    patient.sales.call("POST", "serviceendpoints", body)


def _short_company(patient: Patient) -> None:
    patient.sales.world.schema.tables["lead"].columns["companyname"].max_length = 40


def _other_metadata(patient: Patient) -> None:
    customers = patient.commerce.sets["CustomersV3"]
    kept = {name: value for name, value in customers.properties.items() if name != "OnHoldStatus"}
    patient.commerce.sets["CustomersV3"] = replace(customers, properties=kept)


def _organization_requests(patient: Patient) -> None:
    with patient.commerce.transaction():
        patient.commerce.settings = patient.commerce.settings.changed({"party_type": "Organization"})
        submit(patient.commerce, OnboardingForm.parse({"last_name": "Lee", "company": "Contoso", "email": "bo@contoso.example"}))
        pull_requests(patient.commerce)
        synchronize_requests(patient.commerce)


def _no_hierarchy(patient: Patient) -> None:
    _commerce_row("CustomerHiearchies")(patient)


def _unconfirmed(code: str) -> Break:
    def change(patient: Patient) -> None:
        patient.variables[CONFIRMED] = patient.variables[CONFIRMED].replace(code, "")

    return change


def _late(patient: Patient) -> None:
    patient.now += timedelta(minutes=5)


def _plain_webhook(patient: Patient) -> None:
    """127.1 is this machine, spelled so that nobody takes it for the sandbox."""
    address = patient.sites["bridge"].url.replace("127.0.0.1", "127.1")
    patient.variables[BRIDGE_URL] = address
    (endpoint,) = patient.sales.rows("serviceendpoint")
    patient.sales.change("serviceendpoint", endpoint, url=f"{address}/api/events/sales")


def _plain_commerce(patient: Patient) -> None:
    patient.variables["COMMERCE_URL"] = patient.variables["COMMERCE_URL"].replace("127.0.0.1", "127.1")


def _no_service(patient: Patient) -> None:
    patient.variables.update(DECISION_CHANNEL="service", DECISION_SERVICE="/api/services/no/such/thing")


NOWHERE = "http://127.0.0.1:9"
BREAKS: dict[str, tuple[Level, Break]] = {
    "B321": (Level.ERROR, _plain_commerce),
    "S100": (Level.ERROR, _setting("SALES_URL", NOWHERE)),
    "S101": (Level.ERROR, _stranger),
    "S102": (Level.ERROR, _setting("SALES_ORGANIZATION_ID", NOBODY)),
    "S103": (Level.ERROR, _lost_privilege),
    "S104": (Level.ERROR, _lost_column),
    "S105": (Level.ERROR, _failed_key),
    "S107": (Level.WARNING, _sales_row("savedquery", statecode=1, statuscode=2)),
    "S108": (Level.WARNING, _sales_row("systemform", formxml="<form/>")),
    "S109": (Level.ERROR, _sales_row("serviceendpoint", isauthvalueset=False)),
    "S110": (Level.ERROR, _sales_row("sdkmessageprocessingstep", statecode=1, statuscode=2)),
    "S111": (Level.ERROR, _lost_message),
    "S112": (Level.WARNING, _failed_job),
    "S128": (Level.WARNING, _few_requests),
    "S114": (Level.ERROR, _sales_answers(r"GET .*/opportunities\?.*modifiedon", 403)),
    "S116": (Level.ERROR, _setting("LEAD_REJECT_REASONS", "4,99")),
    "S117": (Level.ERROR, _setting("OPPORTUNITY_REJECT_REASONS", "99")),
    "S119": (Level.WARNING, _lost_currency),
    "S120": (Level.ERROR, _setting("LEAD_OWNER_TEAMS", json.dumps({"*": NOBODY}))),
    "S122": (Level.ERROR, _dual_write("lead")),
    "S123": (Level.ERROR, _dual_write("accounts")),
    "S124": (Level.ERROR, _setting("LEAD_PROFILE", "dual-write")),
    "S131": (Level.WARNING, _second_bridge),
    "S134": (Level.ERROR, _short_company),
    "C200": (Level.ERROR, _setting("COMMERCE_URL", NOWHERE)),
    "C201": (Level.ERROR, _commerce_setting(registered_apps=["another"])),
    "C202": (Level.ERROR, _other_metadata),
    "C203": (Level.ERROR, _commerce_setting(denied=["read:CustomerHierarchyNodes"])),
    "C204": (Level.ERROR, _commerce_setting(denied=["write:CustomersV3"])),
    "C205": (Level.ERROR, _setting("LEGAL_ENTITIES", "usmf,demf,xxmf")),
    "C206": (Level.SKIPPED, _no_hierarchy),
    "C207": (Level.SKIPPED, _unconfirmed("C207")),
    "C208": (Level.WARNING, _number_sequence("CustHierarchyId")),
    "C209": (Level.WARNING, _number_sequence("CustAccount")),
    "C210": (Level.ERROR, _setting("ACCESS_MODEL", "contact")),
    "C211": (Level.ERROR, _commerce_row("RetailChannels", DefaultCustomerAccount="")),
    "C212": (Level.ERROR, _commerce_row("CustomersV3", AddressBooks="")),
    "C213": (Level.ERROR, _commerce_row("RetailChannels", EventNotificationProfileId="")),
    "C214": (Level.ERROR, _commerce_row("CustomerGroups")),
    "C215": (Level.WARNING, _commerce_row("BatchJobs", Status="Error")),
    "C216": (Level.SKIPPED, _unconfirmed("C216")),
    "C217": (Level.WARNING, _commerce_row("BusinessEventsConfigurations")),
    "C218": (Level.ERROR, _commerce_answers(r"GET /data/Prospects\?.*B2BProspectStatus", 400)),
    "C221": (Level.ERROR, _commerce_answers(r"POST /data/\$batch", 400)),
    "C222": (Level.ERROR, _commerce_answers(r"GET /data/CustomersV3\?.*PrimaryContactEmail%20eq", 400)),
    "C226": (Level.WARNING, _organization_requests),
    "C230": (Level.SKIPPED, _unconfirmed("C230")),
    "C231": (Level.ERROR, _no_service),
    "B303": (Level.ERROR, _receiver(health=503)),
    "B307": (Level.ERROR, _receiver(events=401)),
    "B324": (Level.ERROR, _receiver(asks_for_key=False)),
    "B322": (Level.ERROR, _plain_webhook),
    "B308": (Level.WARNING, _late),
    "B311": (Level.WARNING, _setting("REJECT_HOLD", "00:00:00")),
}


@pytest.mark.parametrize("code", BREAKS)
def test_what_is_broken_is_named_by_its_code_alone(code: str, patient: Patient) -> None:
    level, broken = BREAKS[code]
    broken(patient)
    answers = patient.answers()
    assert turned(answers) == {code: level}
    if level is not Level.SKIPPED:
        assert answers[code].cause and answers[code].fix


# ---- storage: each with an account of its own


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
    return lambda patient: keep(replace_environment(patient), decision, values)


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


def test_a_check_that_meets_an_outage_is_skipped_with_what_it_met(patient: Patient) -> None:
    patient.stand_in("sales", r"GET .*/systemforms", 503)
    answer = patient.answers()["S108"]
    assert answer.status is Level.SKIPPED and "could not look" in answer.found
