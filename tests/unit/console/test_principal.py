"""Who may: Easy Auth's header where Easy Auth is on, a marked developer where nothing says Azure, nobody otherwise."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.principal import DEVELOPER, Permission, Role, SignIn

OID = "http://schemas.microsoft.com/identity/claims/objectidentifier"
BOTH = frozenset({Role.OPERATOR, Role.ADMIN})
INFRA = Path(__file__).parents[3] / "infra"
EASY_AUTH = SignIn(easy_auth=True, in_azure=True)


def header(*claims: tuple[str, object], role_type: str = "roles") -> str:
    """What Easy Auth sets for a token with these claims."""
    body = {"auth_typ": "aad", "name_typ": "name", "role_typ": role_type, "claims": [{"typ": t, "val": v} for t, v in claims]}
    return base64.b64encode(json.dumps(body).encode()).decode()


def test_the_roles_are_those_of_the_token() -> None:
    found = EASY_AUTH.principal(header((OID, "8a5b"), ("name", "Ann"), ("roles", "Reader"), ("roles", "Operator")))
    assert found and (found.object_id, found.name, found.roles) == ("8a5b", "Ann", {Role.READER, Role.OPERATOR})


def test_the_role_claim_may_have_another_name_and_the_object_id_its_short_one() -> None:
    found = EASY_AUTH.principal(header(("oid", "8a5b"), ("r", "Admin"), role_type="r"))
    assert found and (found.object_id, found.roles) == ("8a5b", {Role.ADMIN})


def test_roles_that_are_not_ours_give_nothing() -> None:
    found = EASY_AUTH.principal(header(("oid", "8a5b"), ("roles", "admin"), ("roles", "Global Administrator")))
    assert found and found.roles == frozenset()
    assert not any(found.may(permission) for permission in Permission)


@pytest.mark.parametrize(
    "value",
    ["", "%%%", "bm9uZQ==", base64.b64encode(b"[]").decode(), base64.b64encode(b'{"claims": 3}').decode(), "A" * 100_000],
)
def test_a_header_that_is_none_is_nobody(value: str) -> None:
    assert EASY_AUTH.principal(value) is None


def test_a_token_without_an_object_id_is_nobody() -> None:
    assert EASY_AUTH.principal(header(("name", "Ann"), ("roles", "Admin"))) is None


@given(
    st.binary(max_size=300) | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(lambda x: json.dumps(x).encode())
)
def test_whatever_the_header_holds_nothing_is_raised(body: bytes) -> None:
    EASY_AUTH.principal(base64.b64encode(body).decode())


def test_the_header_counts_only_where_easy_auth_is_on() -> None:
    forged = header(("oid", "8a5b"), ("roles", "Admin"))
    assert SignIn(easy_auth=False, in_azure=True).principal(forged) is None
    assert SignIn(easy_auth=False, in_azure=False).principal(forged) is None


def test_a_local_setting_makes_a_marked_developer() -> None:
    found = SignIn.of({}, Role.OPERATOR, BOTH).principal("")
    assert found and (found.object_id, found.is_developer, found.roles) == (DEVELOPER, True, {Role.OPERATOR})


@pytest.mark.parametrize(
    ("mark", "value"),
    [
        ("WEBSITE_INSTANCE_ID", "x"), ("WEBSITE_POD_NAME", "x"), ("CONTAINER_NAME", "x"), ("WEBSITE_SITE_NAME", "x"),
        ("CONTAINER_APP_NAME", "x"), ("KUBERNETES_SERVICE_HOST", "10.0.0.1"), ("WEBSITE_AUTH_ENABLED", "True"),
    ],
)  # fmt: skip
def test_in_azure_and_where_easy_auth_is_on_a_developer_is_refused(mark: str, value: str) -> None:
    sign_in = SignIn.of({mark: value}, Role.ADMIN, BOTH)
    assert (sign_in.principal(""), sign_in.refuses_developer) == (None, True)


def test_no_developer_is_refused_where_none_is_set_or_where_one_may_be() -> None:
    assert not SignIn.of({"WEBSITE_SITE_NAME": "x"}, None, BOTH).refuses_developer
    assert not SignIn.of({}, Role.ADMIN, BOTH).refuses_developer


@pytest.mark.parametrize(
    ("role", "count"),
    [(Role.READER, 1), (Role.OPERATOR, 8), (Role.ADMIN, 9)],
)
def test_each_role_may_what_the_ones_before_it_may(role: Role, count: int) -> None:
    found = EASY_AUTH.principal(header(("oid", "8a5b"), ("roles", role)))
    assert found and sum(found.may(permission) for permission in Permission) == count
    assert found.may(Permission.READ) and found.may(Permission.SETTLE) == (role is Role.ADMIN)


def test_who_sees_personal_data_is_a_setting() -> None:
    only_admins = SignIn.of({"WEBSITE_AUTH_ENABLED": "true"}, None, frozenset({Role.ADMIN}))
    operator, admin = (only_admins.principal(header(("oid", "1"), ("roles", role))) for role in (Role.OPERATOR, Role.ADMIN))
    assert operator and admin
    assert not operator.may(Permission.PERSONAL_DATA) and admin.may(Permission.PERSONAL_DATA)


# ---- set-up


def test_the_registration_has_the_roles_that_the_console_knows() -> None:
    roles = json.loads((INFRA / "app-roles.json").read_text(encoding="utf-8"))
    assert {role["value"] for role in roles} == set(Role)
    assert len({role["id"] for role in roles}) == len(Role)
    assert all(role["isEnabled"] and role["allowedMemberTypes"] == ["User"] for role in roles)


def test_the_deployed_sign_in_lets_events_with_a_function_key_by() -> None:
    bicep = (INFRA / "main.bicep").read_text(encoding="utf-8")
    assert "name: 'authsettingsV2'" in bicep
    assert "requireAuthentication: false, unauthenticatedClientAction: 'AllowAnonymous'" in bicep
