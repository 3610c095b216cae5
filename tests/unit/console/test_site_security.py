"""Who gets in, what each answer carries, and that no other site can make a browser act here."""

from __future__ import annotations

import re

import pytest

from shared.console_site import create
from shared.principal import Role, SignIn
from tests.fakes.world import World
from tests.unit.console.site import ORIGIN, Visitor, signed_in, site_of
from tests.unit.onboarding.steps import requested

PAGES = ("/api/console", "/api/console/list/progress", "/api/console/me", "/api/onboardings", "/api/console/nothing")


@pytest.fixture
def world() -> World:
    return World()


def visitor(world: World, role: Role | None = Role.ADMIN) -> Visitor:
    return Visitor(create(site_of(world)), signed_in(role))


def stranger(world: World, sign_in: SignIn) -> Visitor:
    return Visitor(create(site_of(world, sign_in)), {})


# ---- in


@pytest.mark.parametrize("path", ["/api/console", "/api/console/list/progress?stage=qualified"])
def test_who_is_not_signed_in_is_sent_to_sign_in_and_comes_back_to_the_page(world: World, path: str) -> None:
    answer = stranger(world, SignIn(easy_auth=True, in_azure=True)).get(path)
    assert answer.status_code == 302
    assert answer.location.startswith("/.auth/login/aad?post_login_redirect_uri=%2Fapi%2Fconsole")


def test_a_call_of_nobody_is_refused_with_a_problem(world: World) -> None:
    answer = stranger(world, SignIn(easy_auth=True, in_azure=True)).get("/api/onboardings")
    assert (answer.status_code, answer.mimetype, answer.get_json()["status"]) == (401, "application/problem+json", 401)


@pytest.mark.parametrize("path", PAGES)
def test_where_nobody_can_sign_in_nobody_gets_in_not_even_with_a_made_up_principal(world: World, path: str) -> None:
    someone = Visitor(create(site_of(world, SignIn(easy_auth=False, in_azure=True, developer=Role.ADMIN))), signed_in(Role.ADMIN))
    assert someone.get(path).status_code == 401


def test_a_function_key_opens_nothing(world: World) -> None:
    someone = stranger(world, SignIn(easy_auth=False, in_azure=True))
    someone.headers = {"x-functions-key": "k"}
    assert someone.get("/api/console?code=k").status_code == 401


def test_a_developers_pages_are_marked(world: World) -> None:
    developer = stranger(world, SignIn(easy_auth=False, in_azure=False, developer=Role.READER))
    assert "Developer on this machine, role Reader. Nobody signed in." in developer.get("/api/console").text


def test_without_a_role_one_sees_only_that_one_has_none(world: World) -> None:
    someone = visitor(world, None)
    assert [someone.get(path).status_code for path in PAGES] == [403, 403, 200, 403, 404]
    assert "have no role of this app" in someone.get("/api/console/me").text


@pytest.mark.parametrize(("role", "status"), [(Role.READER, 403), (Role.OPERATOR, 303), (Role.ADMIN, 303)])
def test_only_operators_act(world: World, role: Role, status: int) -> None:
    key = requested(world)
    page = f"/api/console/onboarding/{key.text}"
    someone = visitor(world, role)
    someone.client.set_cookie("__Host-csrf", "t", domain="bridge.example", secure=True)
    answer = someone.client.post(
        f"{page}/hold", base_url=ORIGIN, headers={**someone.headers, "Origin": ORIGIN}, data={"reason": "x", "csrf": "t"}
    )
    assert answer.status_code == status
    assert bool(world.onboarding(key).held_by) == (status == 303)


def test_a_page_shows_ones_own_permissions(world: World) -> None:
    text = visitor(world, Role.READER).get("/api/console/me").text
    allowed = re.findall(r'<th scope="row">([^<]+)</th><td><span class="good">', text)
    assert allowed == ["see overview, lists and onboardings, and export them"]


# ---- not forged


def test_a_form_without_the_cookies_token_changes_nothing(world: World) -> None:
    key, someone = requested(world), visitor(world)
    for form in ({"csrf": ""}, {"csrf": "x" * 43}, {"csrf": "ü"}):
        answer = someone.send(
            f"/api/console/onboarding/{key.text}/hold", {"reason": "x", **form}, page=f"/api/console/onboarding/{key.text}"
        )
        assert answer.status_code == 403
    assert not world.onboarding(key).held_by


def test_a_form_that_no_page_of_ours_came_before_is_refused(world: World) -> None:
    key = requested(world)
    answer = visitor(world).client.post(
        f"/api/console/onboarding/{key.text}/hold", base_url=ORIGIN, headers={**signed_in(), "Origin": ORIGIN},
        data={"reason": "x", "csrf": ""},
    )  # fmt: skip
    assert answer.status_code == 403


def test_a_form_whose_token_ran_out_comes_back_with_what_was_typed_and_can_be_sent_again(world: World) -> None:
    key, someone = requested(world), visitor(world)
    page = f"/api/console/onboarding/{key.text}"
    form = {"csrf": "of yesterday", "note": "call <b>Jo</b>"}
    answer = someone.send(f"{page}/note", form, page=page)
    assert (answer.status_code, "call &lt;b&gt;Jo&lt;/b&gt;</textarea>" in answer.text) == (403, True)
    token = re.search(r'name="csrf" value="([^"]+)"', answer.text)
    assert token and f'action="{page}/note"' in answer.text
    assert someone.send(f"{page}/note", {**form, "csrf": token[1]}, page=page).status_code == 303
    assert world.onboarding(key).operator_note == "call <b>Jo</b>"


def test_a_form_of_a_session_that_ended_keeps_what_was_typed_and_leads_to_sign_in(world: World) -> None:
    key, someone = requested(world), visitor(world)
    page = f"/api/console/onboarding/{key.text}"
    token = someone.token(page)
    signed = dict(someone.headers)
    someone.headers.clear()
    answer = someone.send(f"{page}/hold", {"reason": "papers", "csrf": token}, page=page)
    assert (answer.status_code, 'value="papers"' in answer.text, 'href="/.auth/login/aad"' in answer.text) == (401, True, True)
    someone.headers.update(signed)
    assert someone.send(f"{page}/hold", {"reason": "papers", "csrf": token}, page=page).status_code == 303


def test_a_form_of_another_site_is_never_offered_to_be_sent_again(world: World) -> None:
    page = f"/api/console/onboarding/{requested(world).text}"
    for someone in (visitor(world), stranger(world, SignIn(easy_auth=True, in_azure=True))):
        answer = someone.send(f"{page}/note", {"note": "evil words"}, page=page, origin="https://evil.example")
        assert answer.status_code in (401, 403) and "evil words" not in answer.text


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://bridge.example.evil.example", None])
def test_a_form_of_another_site_is_refused_though_it_has_the_token(world: World, origin: str | None) -> None:
    key, page = requested(world), ""
    page = f"/api/console/onboarding/{key.text}"
    assert visitor(world).send(f"{page}/hold", {"reason": "x"}, page=page, origin=origin).status_code == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "application/json"}, 202),
        ({"Content-Type": "application/json", "Origin": ORIGIN}, 202),
        ({"Content-Type": "application/json", "Origin": "https://evil.example"}, 403),
        ({"Content-Type": "application/json", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({}, 415),
    ],
)
def test_a_call_must_be_json_and_not_from_another_site(world: World, headers: dict[str, str], status: int) -> None:
    key, someone = requested(world), visitor(world)
    path = f"/api/onboardings/{key.text}/look-again"
    answer = someone.client.post(path, base_url=ORIGIN, headers={**someone.headers, **headers}, data=b"{}")
    assert answer.status_code == status


def test_the_token_stays_the_same_and_its_cookie_is_for_this_host_alone(world: World) -> None:
    key, someone = requested(world), visitor(world)
    page = f"/api/console/onboarding/{key.text}"
    first = someone.get(page)
    cookie = first.headers["Set-Cookie"]
    assert cookie.startswith("__Host-csrf=") and all(part in cookie for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
    second = someone.get(page)
    assert "Set-Cookie" not in second.headers
    assert re.findall(r'name="csrf" value="([^"]+)"', first.text) == re.findall(r'name="csrf" value="([^"]+)"', second.text)


# ---- out


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_has_a_strict_policy_and_is_kept_by_nobody(world: World, path: str) -> None:
    headers = visitor(world).get(path).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'") and "unsafe" not in policy and "script" not in policy
    assert (headers["Cache-Control"], headers["X-Content-Type-Options"]) == ("no-store", "nosniff")


def test_pages_hold_no_script_and_no_style_of_their_own(world: World) -> None:
    key, someone = requested(world), visitor(world)
    for path in (*PAGES[:3], f"/api/console/onboarding/{key.text}", f"/api/console/onboarding/{key.text}/what-if"):
        text = someone.get(path).text
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=", text), path


def test_the_stylesheet_may_be_kept_for_ever_since_its_address_changes_with_it(world: World) -> None:
    address = re.search(r'href="(/api/console/static/console.css\?v=\w{12})"', visitor(world).get("/api/console").text)
    assert address
    assert "immutable" in visitor(world).get(address[1]).headers["Cache-Control"]


@pytest.mark.parametrize(
    "path", ["/api/console/static/../console_site.py", "/api/console/static/%2e%2e/services.py", "/api/console/static/x"]
)
def test_only_the_static_folder_is_served(world: World, path: str) -> None:
    assert visitor(world).get(path).status_code == 404


def test_an_organizations_name_is_text_whatever_it_holds(world: World) -> None:
    key = requested(world, company="<script>alert(1)</script>")
    someone = visitor(world)
    for path in (f"/api/console/onboarding/{key.text}", "/api/console/list/progress", "/api/console/list/all?text=%3Cscript%3E"):
        assert "<script" not in someone.get(path).text


def test_a_form_of_absurd_size_is_refused(world: World) -> None:
    key = requested(world)
    answer = visitor(world).send(f"/api/console/onboarding/{key.text}/note", {"note": "x" * 2_000_000})
    assert answer.status_code == 413
