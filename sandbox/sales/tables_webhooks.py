"""The tables behind webhooks: endpoints, messages and filters, steps and images, System Jobs (docs: their entity references)."""

from __future__ import annotations

from sandbox.sales.columns import (
    choice,
    flags,
    lookup,
    memo,
    moment,
    number,
    read_only,
    required,
    states,
    table,
    texts,
)
from sandbox.sales.schema import Column, Kind, Table, Target

ASYNC_STATES = {
    0: ("Ready", {0: "Waiting For Resources"}),
    1: ("Suspended", {10: "Waiting"}),
    2: ("Locked", {20: "In Progress", 21: "Pausing", 22: "Canceling"}),
    3: ("Completed", {30: "Succeeded", 31: "Failed", 32: "Canceled"}),
}
STEP_STATES = {0: ("Enabled", {1: "Enabled"}), 1: ("Disabled", {2: "Disabled"})}
CONTRACTS = {1: "OneWay", 2: "Queue", 3: "Rest", 4: "TwoWay", 5: "Topic", 6: "Queue (Persistent)", 7: "Event Hub", 8: "Webhook"}
STEP_IMAGES = "sdkmessageprocessingstepid_sdkmessageprocessingstepimage"
AUTH_TYPES = {1: "ACS", 2: "SAS Key", 3: "SAS Token", 4: "Webhook Key", 5: "Http Header", 6: "Http Query String"}


def webhook_tables() -> list[Table]:
    """Fresh definitions of the tables that register and record webhook calls."""
    return [_serviceendpoint(), _sdkmessage(), _sdkmessagefilter(), _step(), _sdkmessageprocessingstepimage(), _async_operation()]


def _serviceendpoint() -> Table:
    return table(
        "serviceendpoint",
        "serviceendpoints",
        4618,
        "name",
        required(texts(256, "name")[0]),
        texts(2000, "url"),
        required(choice("contract", CONTRACTS)),
        choice("authtype", AUTH_TYPES),
        _write_only(texts(2048, "authvalue")[0]),
        read_only(flags("isauthvalueset")[0]),
        choice("messageformat", {1: "Binary XML", 2: "Json", 3: "Text XML"}, 2),
        choice("messagecharset", {0: "Default", 1: "UTF8"}, 1),
        choice("connectionmode", {1: "Normal", 2: "Federated"}, 1),
        choice("userclaim", {1: "None", 2: "UserId", 3: "UserInfo"}, 1),
        texts(2000, "description"),
        owned=False,
        label="Service Endpoint",
    )


def _sdkmessage() -> Table:
    return table("sdkmessage", "sdkmessages", 4606, "name", texts(256, "name"), owned=False, label="Sdk Message")


def _sdkmessagefilter() -> Table:
    return table(
        "sdkmessagefilter",
        "sdkmessagefilters",
        4607,
        "primaryobjecttypecode",
        texts(100, "primaryobjecttypecode"),
        lookup("sdkmessageid", "sdkmessage", "sdkmessageid_sdkmessagefilter"),
        flags("iscustomprocessingstepallowed"),
        owned=False,
        label="Sdk Message Filter",
    )


def _sdkmessageprocessingstepimage() -> Table:
    return table(
        "sdkmessageprocessingstepimage",
        "sdkmessageprocessingstepimages",
        4615,
        "name",
        required(texts(256, "name")[0]),
        required(texts(256, "entityalias")[0]),
        required(texts(256, "messagepropertyname")[0]),
        required(choice("imagetype", {0: "PreImage", 1: "PostImage", 2: "Both"})),
        memo("attributes", 100_000),
        required(lookup("sdkmessageprocessingstepid", "sdkmessageprocessingstep", STEP_IMAGES)),
        owned=False,
        label="Sdk Message Processing Step Image",
    )


def _step() -> Table:
    handler = (
        Target("serviceendpoint", "eventhandler_serviceendpoint", "serviceendpoint_sdkmessageprocessingstep"),
        Target("plugintype", "eventhandler_plugintype"),
    )
    return table(
        "sdkmessageprocessingstep",
        "sdkmessageprocessingsteps",
        4608,
        "name",
        texts(256, "name", "description"),
        required(choice("mode", {0: "Synchronous", 1: "Asynchronous"})),
        required(choice("stage", {10: "Pre-validation", 20: "Pre-operation", 40: "Post-operation"})),
        required(number("rank", 0, 2**31 - 1)),
        choice("supporteddeployment", {0: "Server Only", 1: "Microsoft Dynamics 365 Client for Outlook Only", 2: "Both"}, 0),
        choice("invocationsource", {-1: "Internal", 0: "Parent", 1: "Child"}, 0),
        flags("asyncautodelete", "canbebypassed"),
        memo("filteringattributes", 100_000),
        memo("configuration", 2**30),
        Column("eventhandler", Kind.LOOKUP, targets=handler),
        required(lookup("sdkmessageid", "sdkmessage", "sdkmessageid_sdkmessageprocessingstep")),
        lookup("sdkmessagefilterid", "sdkmessagefilter", "sdkmessagefilterid_sdkmessageprocessingstep"),
        lookup("impersonatinguserid", "systemuser"),
        states(STEP_STATES),
        owned=False,
        label="Sdk Message Processing Step",
    )


def _async_operation() -> Table:
    regarding = tuple(Target(name, f"regardingobjectid_{name}") for name in ("lead", "opportunity", "account", "contact"))
    return table(
        "asyncoperation",
        "asyncoperations",
        4700,
        "name",
        texts(256, "name", "messagename"),
        memo("friendlymessage", 1_048_576),
        memo("message", 1_048_576),
        number("errorcode", -(2**31), 2**31 - 1),
        number("operationtype", 0, 1000),
        number("retrycount", 0, 1000),
        [moment("startedon"), moment("completedon"), Column("correlationid", Kind.GUID)],
        lookup("owningextensionid", "sdkmessageprocessingstep", "SdkMessageProcessingStep_AsyncOperations"),
        Column("regardingobjectid", Kind.LOOKUP, targets=regarding),
        states(ASYNC_STATES),
        label="System Job",
    )


def _write_only(column: Column) -> Column:
    column.readable = False
    return column
