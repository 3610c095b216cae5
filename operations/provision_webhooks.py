"""The service endpoint with its secret, and the steps, each with the image that its events carry (docs: register-web-hook)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from operations.dataverse import Dataverse, Row
from operations.plan import Found, Status
from operations.provision_wanted import IMAGE, STEPS, TITLE, Step, Wanted, port_is_supported
from shared.errors import Refused
from shared.odata_messages import literal, query

WEBHOOK, WEBHOOK_KEY = 8, 4
"""contract and authtype (docs: serviceendpoint)"""
ASYNCHRONOUS, POST_OPERATION, ENABLED = 1, 40, 0
_STEP = "sdkmessageprocessingstepid,name,mode,stage,statecode,filteringattributes,asyncautodelete"
_IMAGES = "sdkmessageprocessingstepid_sdkmessageprocessingstepimage"
_IMAGE = "sdkmessageprocessingstepimageid,entityalias,imagetype,attributes"


@dataclass(frozen=True)
class Endpoint:
    """Where Sales sends its events."""

    sales: Dataverse
    wanted: Wanted
    name: str = f"service endpoint {TITLE}"

    def look(self) -> Found:
        if not self.wanted.webhook_url or not self.wanted.webhook_key:
            return Found(
                Status.BLOCKED, "the app's address and a function key are needed: BRIDGE_URL and BRIDGE_KEY, or --url and --key"
            )
        if not port_is_supported(self.wanted.webhook_url):
            return Found(Status.BLOCKED, "Dataverse calls ports 80 and 443 only")
        found = endpoint_of(self.sales)
        if found is None:
            return Found(Status.CREATE, self.wanted.webhook_url)
        if (found["url"], found["authtype"]) != (self.wanted.webhook_url, WEBHOOK_KEY):
            return Found(Status.CHANGE, f"{found['url']} -> {self.wanted.webhook_url}", str(found["serviceendpointid"]))
        return Found(Status.SAME, str(found["url"]), str(found["serviceendpointid"]))

    def make(self, found: Found) -> None:
        body = {"url": self.wanted.webhook_url, "authtype": WEBHOOK_KEY, "authvalue": self.wanted.webhook_key}
        if found.id:
            self.sales.change(f"serviceendpoints({found.id})", body)
        else:
            self.sales.create("serviceendpoints", {"name": TITLE, "contract": WEBHOOK, **body})

    def look_back(self) -> Found:
        found = endpoint_of(self.sales)
        if found is None:
            return Found(Status.SAME, "not there")
        if str(found["serviceendpointid"]).lower() not in self.sales.components():
            return Found(Status.KEEP, "not made by this solution")
        return Found(Status.REMOVE, id=str(found["serviceendpointid"]))

    def remove(self, found: Found) -> None:
        """Its steps go with it (docs: serviceendpoint_sdkmessageprocessingstep, Delete: Cascade)."""
        self.sales.delete(f"serviceendpoints({found.id})")


@dataclass(frozen=True)
class Secret:
    """The endpoint's secret. It cannot be read back, so that a wrong one shows in nothing but refused events."""

    sales: Dataverse
    wanted: Wanted
    name: str = "secret of the service endpoint"

    def look(self) -> Found:
        found = endpoint_of(self.sales)
        return Found(
            Status.AGAIN, "written at each run, since it cannot be read back", str(found["serviceendpointid"]) if found else ""
        )

    def make(self, found: Found) -> None:
        self.sales.change(f"serviceendpoints({found.id})", {"authvalue": self.wanted.webhook_key})

    def look_back(self) -> Found:
        return Found(Status.SAME, "goes with the endpoint")

    def remove(self, found: Found) -> None:
        """Nothing: it goes with the endpoint."""


@dataclass(frozen=True)
class StepPiece:
    """One registered event."""

    sales: Dataverse
    wanted: Wanted
    step: Step

    @property
    def name(self) -> str:
        return f"step {self.step.label}"

    def look(self) -> Found:
        message = message_for(self.sales, self.step)
        if message is None:
            return Found(
                Status.BLOCKED, f"this environment has none of the messages {', '.join(self.step.messages)} for {self.step.table}"
            )
        found = step_of(self.sales, self.step)
        if found is None:
            return Found(
                Status.CREATE, f"{message['sdkmessageid']['name']}{f', on {self.step.filtering}' if self.step.filtering else ''}"
            )
        wrong = list(step_problems(found, self.step, self.wanted))
        return Found(Status.CHANGE if wrong else Status.SAME, "; ".join(wrong), str(found["sdkmessageprocessingstepid"]))

    def make(self, found: Found) -> None:
        step_id = found.id or self._create()
        if found.id:
            body = {
                **_settings(self.step),
                "filteringattributes": self.step.filtering or None,
                "statecode": ENABLED,
                "statuscode": 1,
            }
            self.sales.change(f"sdkmessageprocessingsteps({step_id})", body)
        if self.step.image:
            self._make_image(step_id)

    def look_back(self) -> Found:
        return Found(Status.SAME, "goes with the endpoint")

    def remove(self, found: Found) -> None:
        """Nothing: it goes with the endpoint."""

    def _create(self) -> str:
        message, endpoint = message_for(self.sales, self.step), endpoint_of(self.sales)
        assert message is not None and endpoint is not None, "the endpoint comes first"
        bound = {
            "eventhandler_serviceendpoint": f"/serviceendpoints({endpoint['serviceendpointid']})",
            "sdkmessageid": f"/sdkmessages({message['sdkmessageid']['sdkmessageid']})",
            "sdkmessagefilterid": f"/sdkmessagefilters({message['sdkmessagefilterid']})",
        }
        body = {"name": f"{TITLE}: {self.step.label}", **_settings(self.step)}
        return self.sales.create("sdkmessageprocessingsteps", body | {f"{name}@odata.bind": path for name, path in bound.items()})

    def _make_image(self, step_id: str) -> None:
        there = step_of(self.sales, self.step)
        attributes = self.wanted.image_columns(self.step.table)
        if image := image_in(there or {}):
            self.sales.change(
                f"sdkmessageprocessingstepimages({image['sdkmessageprocessingstepimageid']})", {"attributes": attributes}
            )
            return
        assert self.step.image is not None
        first, *others = self.step.image.properties
        try:
            self._create_image(step_id, attributes, first)
        except Refused:
            if not others:
                raise
            self._create_image(step_id, attributes, others[0])

    def _create_image(self, step_id: str, attributes: str, property_name: str) -> None:
        assert self.step.image is not None
        body = {
            "name": IMAGE,
            "entityalias": IMAGE,
            "imagetype": self.step.image.kind,
            "messagepropertyname": property_name,
            "attributes": attributes,
            "sdkmessageprocessingstepid@odata.bind": f"/sdkmessageprocessingsteps({step_id})",
        }
        self.sales.create("sdkmessageprocessingstepimages", body)


def pieces(sales: Dataverse, wanted: Wanted) -> tuple[Endpoint | Secret | StepPiece, ...]:
    """The endpoint, its secret, and a piece for each step."""
    return (Endpoint(sales, wanted), Secret(sales, wanted), *(StepPiece(sales, wanted, step) for step in STEPS))


def endpoint_of(sales: Dataverse) -> Row | None:
    """Our endpoint's record, or None."""
    condition = f"contract eq {WEBHOOK} and name eq {literal(TITLE)}"
    return sales.first(f"serviceendpoints?{query(select='serviceendpointid,name,url,authtype,isauthvalueset', filter=condition)}")


def message_for(sales: Dataverse, step: Step) -> Row | None:
    """The filter of the step's message on its table, its message expanded; None: no such message (docs: bulk-operations)."""
    return named(messages_on(sales, step.table), step)


def messages_on(sales: Dataverse, table: str) -> dict[str, Row]:
    """The messages of a table, by name: their filters, each with its message expanded."""
    condition = f"primaryobjecttypecode eq {literal(table)}"
    options = query(select="sdkmessagefilterid", filter=condition, expand="sdkmessageid($select=sdkmessageid,name)")
    rows = [row for row in sales.rows(f"sdkmessagefilters?{options}") if row["sdkmessageid"]]
    return {str(row["sdkmessageid"]["name"]): row for row in rows}


def named(messages: Mapping[str, Row], step: Step) -> Row | None:
    """The first of the step's messages that there is."""
    return next((messages[name] for name in step.messages if name in messages), None)


def steps_of(sales: Dataverse) -> list[Row]:
    """The steps of our endpoint with their message, table and images; none where there is no endpoint."""
    endpoint = endpoint_of(sales)
    if endpoint is None:
        return []
    expand = f"sdkmessageid($select=name),sdkmessagefilterid($select=primaryobjecttypecode),{_IMAGES}($select={_IMAGE})"
    path = f"serviceendpoints({endpoint['serviceendpointid']})/serviceendpoint_sdkmessageprocessingstep"
    return sales.rows(f"{path}?{query(select=_STEP, expand=expand)}")


def step_of(sales: Dataverse, step: Step) -> Row | None:
    """The registered step for this event, or None."""
    return next((row for row in steps_of(sales) if is_for(row, step)), None)


def is_for(row: Row, step: Step) -> bool:
    """Whether a registered step is this one, by message and table."""
    table = (row.get("sdkmessagefilterid") or {}).get("primaryobjecttypecode")
    return table == step.table and (row.get("sdkmessageid") or {}).get("name") in step.messages


def step_problems(row: Row, step: Step, wanted: Wanted) -> Iterator[str]:
    """In what a registered step is not as it must be."""
    if (row["mode"], row["stage"]) != (ASYNCHRONOUS, POST_OPERATION):
        yield "it is not asynchronous after the operation"
    if row["statecode"] != ENABLED:
        yield "it is disabled"
    if _names(row["filteringattributes"]) != _names(step.filtering):
        yield f"it is filtered on {row['filteringattributes'] or 'nothing'}, not on {step.filtering or 'nothing'}"
    if not row["asyncautodelete"]:
        yield "its system jobs are kept when they succeed"
    image = image_in(row)
    if step.image and (image is None or not _names(wanted.image_columns(step.table)) <= _names(image["attributes"])):
        yield f"its image does not carry {wanted.image_columns(step.table)}"


def image_in(row: Row) -> Row | None:
    """Our image among a step's images."""
    return next((image for image in row.get(_IMAGES) or [] if image["entityalias"] == IMAGE), None)


def _settings(step: Step) -> Mapping[str, object]:
    fixed = {"mode": ASYNCHRONOUS, "stage": POST_OPERATION, "rank": 1, "supporteddeployment": 0, "asyncautodelete": True}
    return {**fixed, "filteringattributes": step.filtering} if step.filtering else fixed


def _names(text: object) -> set[str]:
    return {name.strip() for name in str(text or "").split(",") if name.strip()}
