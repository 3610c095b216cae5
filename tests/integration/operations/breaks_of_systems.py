"""Ways to break one thing of a set-up: by the code that must name it, with the level at which it turns."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from operations.doctor_model import CONFIRMED, Level
from operations.environment import BRIDGE_URL
from sandbox.commerce.onboarding_requests import OnboardingForm, pull_requests, submit, synchronize_requests
from sandbox.sales import columns as short
from sandbox.sales.store import Reference
from sandbox.sales.values import stamp
from shared.principal import SignIn
from tests.integration.operations.patient import Patient, bridge_app

Break = Callable[[Patient], None]

NOBODY = "b2b0cccc-0000-4000-8000-00000000000c"


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


def _whoever_says_so(header: str) -> bool:
    """As the app is where WEBSITE_AUTH_ENABLED is set, and nobody takes made-up headers away."""
    return SignIn(easy_auth=True, in_azure=True).principal(header) is not None


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
    "C210": (Level.WARNING, _setting("ACCESS_MODEL", "contact")),
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
    "B325": (Level.ERROR, _receiver(opens_console=_whoever_says_so)),
    "B322": (Level.ERROR, _plain_webhook),
    "B308": (Level.WARNING, _late),
    "B311": (Level.WARNING, _setting("REJECT_HOLD", "00:00:00")),
}
