"""The security role with what the app does and nothing more, and the app's user who has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from operations.dataverse import Dataverse, Row
from operations.plan import Found, Status
from operations.provision_wanted import POINTED_TO, PRIVILEGES, TITLE, Wanted
from shared.odata_messages import any_of, literal, query

DEPTH = "Global"
"""The app reads leads of every business unit (docs: security-roles-privileges: organization level)."""


@dataclass(frozen=True)
class Role:
    """The role. What somebody else put into it stays."""

    sales: Dataverse
    wanted: Wanted
    name: str = f"security role {TITLE}"

    def look(self) -> Found:
        role = role_of(self.sales)
        if role is None:
            return Found(Status.CREATE, f"{len(needed(self.sales, self.wanted))} privileges")
        missing = self._missing(str(role["roleid"]))
        return Found(Status.CHANGE if missing else Status.SAME, _listed(missing), str(role["roleid"]))

    def make(self, found: Found) -> None:
        role_id = found.id or self._create()
        unit, missing = root_unit(self.sales), self._missing(role_id)
        privileges = [{"PrivilegeId": privilege, "Depth": DEPTH, "BusinessUnitId": unit} for privilege in missing.values()]
        if privileges:
            self.sales.call(f"roles({role_id})/Microsoft.Dynamics.CRM.AddPrivilegesRole", {"Privileges": privileges})

    def look_back(self) -> Found:
        role = role_of(self.sales)
        if role is None:
            return Found(Status.SAME, "not there")
        if str(role["roleid"]).lower() not in self.sales.components():
            return Found(Status.KEEP, "not made by this solution")
        return Found(Status.REMOVE, id=str(role["roleid"]))

    def remove(self, found: Found) -> None:
        self.sales.delete(f"roles({found.id})")

    def _create(self) -> str:
        unit = root_unit(self.sales)
        return self.sales.create("roles", {"name": TITLE, "businessunitid@odata.bind": f"/businessunits({unit})"})

    def _missing(self, role_id: str) -> dict[str, str]:
        """Privileges that the role lacks or has at a lower depth: name -> id."""
        answer = self.sales.get(f"RetrieveRolePrivilegesRole(RoleId={role_id})")
        held = {str(row["PrivilegeId"]).lower() for row in answer["RolePrivileges"] if row["Depth"] == DEPTH}
        return {name: privilege for name, privilege in needed(self.sales, self.wanted).items() if privilege not in held}


@dataclass(frozen=True)
class ApplicationUser:
    """The user of the app's identity, with the role (docs: manage-application-users)."""

    sales: Dataverse
    wanted: Wanted

    @property
    def name(self) -> str:
        return f"application user {self.wanted.application_id or '(client id not given)'}"

    def look(self) -> Found:
        if not self.wanted.application_id:
            return Found(Status.KEEP, f"give --client-id, or give the role {TITLE} to the app's user by hand")
        user = user_of(self.sales, self.wanted.application_id)
        if user is None:
            return Found(Status.CREATE)
        role, user_id = role_of(self.sales), str(user["systemuserid"])
        if role and str(role["roleid"]) in roles_of(self.sales, user_id):
            return Found(Status.SAME, id=user_id)
        return Found(Status.CHANGE, "gets the role", user_id)

    def make(self, found: Found) -> None:
        role = role_of(self.sales)
        assert role is not None, "the role comes first"
        user_id = found.id or self._create()
        path = f"systemusers({user_id})/systemuserroles_association/$ref"
        self.sales.call(path, {"@odata.id": f"{self.sales.root}/roles({role['roleid']})"})

    def look_back(self) -> Found:
        return Found(Status.KEEP, "a user is never removed; the role goes")

    def remove(self, found: Found) -> None:
        """Nothing: Dataverse deletes no users."""

    def _create(self) -> str:
        body = {
            "applicationid": self.wanted.application_id,
            "businessunitid@odata.bind": f"/businessunits({root_unit(self.sales)})",
        }
        return self.sales.create("systemusers", body, in_solution=False)


def role_of(sales: Dataverse) -> Row | None:
    """The role's record in the root business unit (its copies in others follow it), or None."""
    condition = f"name eq {literal(TITLE)} and _businessunitid_value eq {root_unit(sales)}"
    return sales.first(f"roles?{query(select='roleid,name', filter=condition)}")


def root_unit(sales: Dataverse) -> str:
    """The id of the business unit without a parent."""
    found = sales.first(f"businessunits?{query(select='businessunitid', filter='_parentbusinessunitid_value eq null')}")
    return str((found or {})["businessunitid"])


def user_of(sales: Dataverse, application_id: str) -> Row | None:
    """The application user with this client id, or None."""
    options = query(select="systemuserid,fullname,isdisabled", filter=f"applicationid eq {application_id}")
    return sales.first(f"systemusers?{options}")


def roles_of(sales: Dataverse, user_id: str) -> set[str]:
    """The ids of a user's roles."""
    return {
        str(row["roleid"]) for row in sales.rows(f"systemusers({user_id})/systemuserroles_association?{query(select='roleid')}")
    }


def needed(sales: Dataverse, wanted: Wanted) -> dict[str, str]:
    """The privileges that the app needs, name -> id, as the tables' definitions name them (annotation's: prvCreateNote, ...)."""
    tables = any_of("LogicalName", PRIVILEGES)
    if sets := wanted.lookup_sets():
        tables = f"{tables} or {any_of('EntitySetName', sets)}"
    rows = sales.rows(f"EntityDefinitions?{query(select='LogicalName,Privileges', filter=tables)}")
    return {name: privilege for row in rows for name, privilege in _of_table(row)}


def _of_table(row: Row) -> list[tuple[str, str]]:
    rights = PRIVILEGES.get(str(row["LogicalName"]), POINTED_TO)
    wanted = [privilege for privilege in row["Privileges"] if privilege["PrivilegeType"] in rights]
    return [(str(privilege["Name"]), str(privilege["PrivilegeId"]).lower()) for privilege in wanted]


def _listed(missing: Mapping[str, str]) -> str:
    return f"lacks {', '.join(missing)}" if missing else ""
