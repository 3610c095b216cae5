"""The view All Commerce B2B Leads: every lead that came from a request on the B2B site, newest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

from operations.dataverse import LEAD, Dataverse, Row
from operations.plan import Found, Status
from operations.provision_dependents import SAVED_QUERY, removable
from operations.provision_wanted import B2B_FLAG, LEGAL_ENTITY, VIEW, Wanted
from shared.odata_messages import literal, query

_WIDTHS = {
    "fullname": 160,
    "companyname": 200,
    "emailaddress1": 180,
    "telephone1": 120,
    "statuscode": 110,
    "ownerid": 140,
    "createdon": 130,
}


@dataclass(frozen=True)
class View:
    """The public view. One that the dual-write package made is left as it is: it shows the same leads."""

    sales: Dataverse
    wanted: Wanted
    name: str = f"view {VIEW}"

    def look(self) -> Found:
        found = view_of(self.sales)
        if found is None:
            return Found(Status.CREATE)
        view_id, wrong = str(found["savedqueryid"]), problems(found, self.wanted)
        if self._is_ours(found):
            wrong += missing_columns(found, self.wanted)
            return Found(Status.CHANGE if wrong else Status.SAME, "; ".join(wrong), view_id)
        if wrong:
            return Found(Status.BLOCKED, f"a view of that name was made by somebody else, and {wrong[0]}: rename it")
        return Found(Status.SAME, "made by somebody else, shows our leads", view_id)

    def make(self, found: Found) -> None:
        type_code = int(self.sales.get(f"{LEAD}?{query(select='ObjectTypeCode')}")["ObjectTypeCode"])
        body = {
            "name": VIEW,
            "description": "Leads that came from requests on the B2B site.",
            "fetchxml": fetch_xml(self.wanted),
            "layoutxml": layout_xml(self.wanted, type_code),
        }
        if found.id:
            self.sales.change(f"savedqueries({found.id})", body)
        else:
            self.sales.create("savedqueries", {**body, "returnedtypecode": "lead", "querytype": 0})

    def look_back(self) -> Found:
        found = view_of(self.sales)
        if found is None:
            return Found(Status.SAME, "not there")
        if not self._is_ours(found):
            return Found(Status.KEEP, "not made by this solution")
        return removable(self.sales, str(found["savedqueryid"]), SAVED_QUERY)

    def remove(self, found: Found) -> None:
        self.sales.delete(f"savedqueries({found.id})")

    def _is_ours(self, found: Row) -> bool:
        return str(found["savedqueryid"]).lower() in self.sales.components()


def view_of(sales: Dataverse) -> Row | None:
    """The view's record, or None."""
    condition = f"returnedtypecode eq 'lead' and querytype eq 0 and name eq {literal(VIEW)}"
    return sales.first(f"savedqueries?{query(select='savedqueryid,name,fetchxml,layoutxml,statecode', filter=condition)}")


def problems(found: Row, wanted: Wanted) -> list[str]:
    """In what the view is of no use to a seller. Further columns and conditions are the company's own business."""
    return list(_problems(found, wanted))


def missing_columns(found: Row, wanted: Wanted) -> list[str]:
    """Which of its columns our own view has lost."""
    shown = {cell.get("name") for cell in _parsed(found.get("layoutxml")).iter("cell")}
    return [f"it does not show {name}" for name in columns(wanted) if name not in shown]


def columns(wanted: Wanted) -> dict[str, int]:
    """The view's columns with their widths in pixels."""
    names = list(_WIDTHS)
    names.insert(4, f"{wanted.prefix}_{LEGAL_ENTITY}")
    return {name: _WIDTHS.get(name, 110) for name in names}


def fetch_xml(wanted: Wanted) -> str:
    """The query: leads with our key, newest first."""
    attributes = "".join(f"<attribute name={quoteattr(name)}/>" for name in ("leadid", *columns(wanted)))
    condition = f'<filter type="and"><condition attribute="{wanted.key_column}" operator="not-null"/></filter>'
    order = '<order attribute="createdon" descending="true"/>'
    return f'<fetch version="1.0" mapping="logical"><entity name="lead">{attributes}{order}{condition}</entity></fetch>'


def layout_xml(wanted: Wanted, type_code: int) -> str:
    """The columns as a grid; `type_code` is the lead's ObjectTypeCode."""
    cells = "".join(f'<cell name="{name}" width="{width}"/>' for name, width in columns(wanted).items())
    row = f'<row name="result" id="leadid">{cells}</row>'
    return f'<grid name="resultset" object="{type_code}" jump="fullname" select="1" preview="1" icon="1">{row}</grid>'


def _problems(found: Row, wanted: Wanted) -> Iterator[str]:
    if found.get("statecode") not in (None, 0):
        yield "it is deactivated"
    fetch = _parsed(found.get("fetchxml"))
    conditions = list(fetch.iter("condition"))
    if any(_is_flag(condition, wanted) for condition in conditions):
        return
    if not any((each.get("attribute"), each.get("operator")) == (wanted.key_column, "not-null") for each in conditions):
        yield f"it does not ask for leads with {wanted.key_column}"
    order = fetch.find("./entity/order")
    if order is None or (order.get("attribute"), order.get("descending")) != ("createdon", "true"):
        yield "it does not show the newest first"


def _is_flag(condition: ElementTree.Element, wanted: Wanted) -> bool:
    return bool(wanted.package_columns()) and condition.get("attribute") == B2B_FLAG and condition.get("value") in ("1", "true")


def _parsed(text: object) -> ElementTree.Element:
    """The XML; an empty element for anything else."""
    try:
        return ElementTree.fromstring(str(text or ""))  # noqa: S314 - written by the environment's own administrators
    except ElementTree.ParseError:
        return ElementTree.Element("none")
