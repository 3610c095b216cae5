"""What a fresh environment holds: organization, users with roles, currencies, teams, SDK messages, the lead's main form."""

from __future__ import annotations

from uuid import NAMESPACE_URL, uuid5

from sandbox.sales.store import Reference, Row
from sandbox.sales.values import stamp
from sandbox.sales.world import World

ADMINISTRATOR = "System Administrator"
SALESPERSON = "Salesperson"
SALES_TABLES = ("lead", "opportunity", "opportunityclose", "account", "contact", "annotation", "campaign")
READ_ONLY_TABLES = ("transactioncurrency", "team", "systemuser", "organization", "businessunit", "savedquery", "systemform")
NEW = {"customizationprefix": "new", "customizationoptionvalueprefix": 10_000}
RIGHTS = ("Create", "Read", "Write", "Delete", "Append", "AppendTo", "Assign")
CUSTOMIZER_PRIVILEGES = (
    *(f"prv{right}{what}" for right in ("Create", "Write", "Delete") for what in ("Entity", "Attribute", "EntityKey")),
    "prvPublishCustomization",
    "prvBypassCustomBusinessLogic",
)
_MESSAGES = "Assign Create CreateMultiple Delete Retrieve RetrieveMultiple SetState Update UpdateMultiple".split()
_LEAD_MESSAGES = ("Merge", "QualifyLead", "Restore")
_FORM = """<form><tabs><tab name="Summary"><columns><column><sections>
<section name="Contact" showlabel="true"><labels><label description="Contact" languagecode="1033"/></labels>
<rows>{contact}</rows></section>
<section name="Company" showlabel="true"><labels><label description="Company" languagecode="1033"/></labels>
<rows>{company}</rows></section>
<section name="Timeline" showlabel="true"><labels><label description="Timeline" languagecode="1033"/></labels>
<rows><row><cell><control id="notescontrol"/></cell></row></rows></section>
</sections></column></columns></tab></tabs></form>"""


def seed_id(name: str) -> str:
    """A GUID that is the same in every sandbox, from a name."""
    return str(uuid5(NAMESPACE_URL, f"sandbox/sales/{name}"))


def new_world(clock_factor: float | None = None) -> World:
    """An environment as it comes, which nobody has provisioned; time windows are `clock_factor` times shorter than documented."""
    world = World(clock_factor)
    unit = _put(world, "businessunit", "sandbox", {"name": "Sandbox"})
    dollar = _currency(world, "USD", "US Dollar", "$")
    _currency(world, "EUR", "Euro", "€")
    settings = {"expirechangetrackingindays": 7, "languagecode": 1033, "basecurrencyid": dollar}
    _put(world, "organization", "organization", {"name": "sandbox", **settings})
    # every environment comes with a publisher of its own; the prefix is chosen when it is made
    _put(world, "publisher", "default", {"uniquename": "DefaultPublisherForSandbox", "friendlyname": "Default Publisher"} | NEW)
    _roles(world, unit)
    for name, role in (("Admin", ADMINISTRATOR), ("Seller", SALESPERSON)):
        add_user(world, name, role)
    for name in ("B2B Sales USA", "B2B Sales Germany"):
        _put(world, "team", name, {"name": name})
    add_messages(world)
    _form(world)
    return world


def add_user(world: World, name: str, role: str, object_id: str = "", application_id: str = "") -> str:
    """Make a user with one role and return its id; a token matches by object id, application id or name."""
    ids = {"azureactivedirectoryobjectid": object_id or None, "applicationid": application_id or None}
    user = _put(
        world, "systemuser", name, {"fullname": name, "domainname": f"{name}@sandbox.invalid", "isdisabled": False, **ids}
    )
    world.user_roles[user.id] = {role_id(world, role)}
    return user.id


def role_id(world: World, name: str) -> str:
    """The id of a security role; raises StopIteration for one that does not exist."""
    return next(str(row["roleid"]) for row in world.store.rows("role") if row["name"] == name)


def add_messages(world: World) -> None:
    """(Re)make the SDK messages and filters; the names for a closed opportunity are an option of the environment."""
    close = ("Win", "Lose") if world.options.close_messages == "short" else ("WinOpportunity", "LoseOpportunity")
    for row in world.store.rows("sdkmessage"):
        if row["name"] in {"Win", "Lose", "WinOpportunity", "LoseOpportunity"} - set(close):
            world.store.remove("sdkmessage", row["sdkmessageid"])
    for table in ("lead", "opportunity", "account", "contact", "annotation", "opportunityclose"):
        extra = {"lead": _LEAD_MESSAGES, "opportunity": close, "account": ("Merge",), "contact": ("Merge",)}.get(table, ())
        for message in (*_MESSAGES, *extra):
            add_filter(world, message, table)


def add_filter(world: World, message: str, table: str) -> None:
    """Make a message and its filter for a table, where they are not there yet."""
    reference = Reference("sdkmessage", seed_id(f"sdkmessage/{message}"))
    if world.store.get("sdkmessage", reference.id) is None:
        _put(world, "sdkmessage", message, {"name": message})
    values = {"primaryobjecttypecode": table, "sdkmessageid": reference, "iscustomprocessingstepallowed": True}
    _put(world, "sdkmessagefilter", f"{message}/{table}", values)


def _roles(world: World, unit: Reference) -> None:
    for name in (ADMINISTRATOR, SALESPERSON):
        _put(world, "role", name, {"name": name, "businessunitid": unit})
    privileges = {f"prv{right}{table}": "Global" for table in SALES_TABLES for right in RIGHTS}
    privileges |= {f"prv{right}{table}": "Global" for table in READ_ONLY_TABLES for right in ("Read", "AppendTo")}
    world.role_privileges[role_id(world, SALESPERSON)] = privileges
    for table in world.schema.tables:
        add_privileges(world, table)
    for name in CUSTOMIZER_PRIVILEGES:
        _put(world, "privilege", name, {"name": name, "accessright": 0})


def add_privileges(world: World, table: str) -> None:
    """Make the privileges of a table."""
    for right in RIGHTS:
        _put(world, "privilege", f"prv{right}{table}", {"name": f"prv{right}{table}", "accessright": RIGHTS.index(right)})


def _currency(world: World, code: str, name: str, symbol: str) -> Reference:
    values = {
        "isocurrencycode": code,
        "currencyname": name,
        "currencysymbol": symbol,
        "exchangerate": 1.0,
        "statecode": 0,
        "statuscode": 1,
    }
    return _put(world, "transactioncurrency", code, values)


def _form(world: World) -> None:
    contact = "".join(
        _row(name) for name in ("subject", "firstname", "lastname", "jobtitle", "telephone1", "mobilephone", "emailaddress1")
    )
    company = "".join(_row(name) for name in ("companyname", "websiteurl", "address1_composite", "numberofemployees", "revenue"))
    form = {"name": "Lead", "objecttypecode": "lead", "type": 2, "formxml": _FORM.format(contact=contact, company=company)}
    _put(world, "systemform", "lead/main", form)


def _row(column: str) -> str:
    return f'<row><cell><control id="{column}" datafieldname="{column}"/></cell></row>'


def _put(world: World, table: str, name: str, values: Row) -> Reference:
    definition = world.schema.tables[table]
    row_id = seed_id(f"{table}/{name}")
    moment = stamp(world.now())
    defaults = {column.name: column.default for column in definition.columns.values() if column.default is not None}
    row = {**defaults, definition.primary_id: row_id, "createdon": moment, "modifiedon": moment, **values}
    world.store.put(table, row_id, row)
    return Reference(table, row_id)
