"""The JSON API: what it answers, what it refuses, and that its document is what it does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from shared.api_document import ROUTES, document
from shared.console_site import create
from shared.errors import System
from shared.models import ProspectKey
from shared.principal import Role
from shared.record import Stage
from tests.fakes.world import World
from tests.unit.console.site import ORIGIN, Visitor, fold, signed_in, site_of
from tests.unit.onboarding.steps import qualified, requested, unavailable, won

API = "/api/onboardings"
COMMITTED = Path(__file__).parents[3] / "openapi.json"


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def client(world: World) -> Visitor:
    return Visitor(create(site_of(world)))


def call(client: Visitor, path: str, body: object = None) -> tuple[int, dict]:  # type: ignore[type-arg]
    """Status and body of a call."""
    data = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
    headers = {**client.headers, "Content-Type": "application/json"}
    answer = client.client.post(API + path, base_url=ORIGIN, headers=headers, data=data)
    return answer.status_code, answer.get_json()


def is_valid(body: object, model: str) -> bool:
    """Whether a body is what the document says of that model."""
    schemas = document()["components"]["schemas"]
    text = json.dumps({"$ref": f"#/$defs/{model}", "$defs": schemas}).replace("#/components/schemas/", "#/$defs/")
    return Draft202012Validator(json.loads(text)).is_valid(body)


# ---- reading


def test_a_list_is_read_page_by_page(world: World, client: Visitor) -> None:
    for number in range(5):
        requested(world, company=f"Company {number}", email=f"a{number}@x.example")
        world.clock.forward(seconds=1)
    first = client.get(API, view="progress", limit="3").get_json()
    rest = client.get(API, view="progress", limit="3", cursor=first["cursor"]).get_json()
    assert [item["organization_name"] for item in first["items"] + rest["items"]] == [f"Company {n}" for n in range(5)]
    assert (rest["cursor"], is_valid(first, "ItemPage")) == (None, True)


def test_an_id_is_found(world: World, client: Visitor) -> None:
    key = requested(world)
    (item,) = client.get(API, text=world.onboarding(key).lead_id).get_json()["items"]
    assert item["key"] == key.text
    assert client.get(API, text=item["prospect_id"], view="sync").get_json()["items"] == []
    assert client.get(API, text=item["prospect_id"], legal_entity="demf").get_json()["items"] == []


def test_one_onboarding_says_why_it_waits_and_nothing_personal(world: World, client: Visitor) -> None:
    key, opportunity = qualified(world)
    shown = client.get(f"{API}/{key.text}").get_json()
    assert is_valid(shown, "Shown")
    assert (shown["stage"], shown["opportunities"], shown["prospect_status"]) == (
        "qualified",
        {opportunity.id: "open"},
        "Pending",
    )
    assert "for a seller to close the opportunity" in shown["why_is_it_waiting"]
    assert "contoso.example" not in json.dumps(shown)
    world.sales.delete_opportunity(opportunity)
    world.settle()
    assert client.get(f"{API}/{key.text}").get_json()["opportunities"] == {}


def test_its_history_is_read_as_lines(world: World, client: Visitor) -> None:
    key = won(world)
    page = client.get(f"{API}/{key.text}/history").get_json()
    assert is_valid(page, "LinePage")
    assert [line["what"] for line in page["lines"]][-2:] == ["create-lead", "hint"]


def test_what_if_says_what_would_be_written(world: World, client: Visitor) -> None:
    key, opportunity = qualified(world)
    world.sales.win(opportunity)
    world.lose_events()
    found = client.get(f"{API}/{key.text}/what-if").get_json()
    assert is_valid(found, "WhatIf")
    assert (found["stage"], found["writes"][0]["fields"]) == ("approved", {"B2BProspectStatus": "Approved"})
    assert world.mails(key) == []


def test_counts_and_me(world: World, client: Visitor) -> None:
    requested(world)
    fold(world)
    counts, me = client.get(f"{API}/counts").get_json(), client.get(f"{API}/me").get_json()
    assert (counts["stages"]["in_review"], counts["attentions"]) == (1, {})
    assert (me["object_id"], me["roles"]) == ("8a5b", ["Admin"])
    assert is_valid(counts, "Counts") and is_valid(me, "Me")


# ---- acts


def test_acts_are_accepted_and_recorded(world: World, client: Visitor) -> None:
    key = requested(world)
    for act, body in [
        ("hold", {"reason": "papers"}), ("note", {"text": "call back"}), ("assign", {"to": "me"}), ("close", {"reason": "known"}),
        ("release", {}), ("look-again", {}),
    ]:  # fmt: skip
        assert call(client, f"/{key.text}/{act}", body) == (202, {"key": key.text, "done": act})
    known = world.onboarding(key)
    assert (known.operator_note, known.assigned_to, known.held_by) == ("call back", "8a5b", "")
    assert [entry.what for entry in world.history(key) if entry.who] == [
        "hold",
        "note",
        "assign",
        "close",
        "release",
        "look-again",
    ]


def test_a_question_is_settled_once(world: World, client: Visitor) -> None:
    key = requested(world)
    world.sales.disqualify(world.sales.lead_of(key), 5)
    world.settle()
    body = {"cause": "undecided-reason", "choice": "reject", "reason": "no answer"}
    assert call(client, f"/{key.text}/settle", body)[0] == 202
    world.settle()
    assert world.onboarding(key).stage is Stage.REJECTED
    assert call(client, f"/{key.text}/settle", body)[0] == 409


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/hold", {}, 422),
        ("/hold", {"reason": ""}, 422),
        ("/hold", {"reason": " "}, 422),
        ("/hold", {"reason": "x" * 201}, 422),
        ("/hold", {"reason": 3}, 422),
        ("/hold", {"reason": "x", "more": 1}, 422),
        ("/hold", [], 422),
        ("/hold", b"{", 400),
        ("/hold", b"", 400),
        ("/hold", b"\xff", 400),
        ("/settle", {"cause": "nonsense", "choice": "x", "reason": "x"}, 422),
        ("/settle", {"cause": "contradiction", "choice": "commerce", "reason": "x"}, 409),
        ("/note", {"text": "x" * 501}, 422),
        ("/nonsense", {}, 404),
    ],
    ids=str,
)
def test_what_is_not_understood_is_a_problem_and_changes_nothing(
    world: World, client: Visitor, path: str, body: object, status: int
) -> None:
    key = requested(world)
    before = world.history(key)
    found, problem = call(client, f"/{key.text}{path}", body)
    assert (found, problem["status"], is_valid(problem, "Problem")) == (status, status, True)
    assert world.history(key) == before


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("?limit=0", 400), ("?limit=201", 400), ("?limit=x", 400), ("?limit=²", 400), ("?cursor=x", 404), ("?view=x", 400),
        ("?stage=x", 400), ("?sort=x", 400), ("?view=all&view=sync", 400),
        ("/usmf.P-9", 404), ("/x", 404), ("/frrt.P-1", 404), ("/usmf.P-9/history", 404), ("/usmf.P-9/what-if", 404),
        ("/a/b/c", 404),
    ],
)  # fmt: skip
def test_what_is_not_there_is_a_problem(client: Visitor, path: str, status: int) -> None:
    answer = client.get(API + path)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert is_valid(answer.get_json(), "Problem")


def test_a_body_of_absurd_size_and_a_method_that_a_path_does_not_have_are_problems(world: World, client: Visitor) -> None:
    key = requested(world)
    for path, body, status in ((f"/{key.text}/note", b"x" * 2_000_000, 413), ("/counts", {}, 405)):
        found, problem = call(client, path, body)
        assert (found, problem["status"], is_valid(problem, "Problem")) == (status, status, True)
    assert "413" in document()["paths"][f"{API}/{{key}}/note"]["post"]["responses"]


def test_each_call_needs_its_permission(world: World, client: Visitor) -> None:
    key = requested(world)
    reader = Visitor(client.app, signed_in(Role.READER))
    statuses = {
        act: call(reader, f"/{key.text}/{act}", {"reason": "x"})[0] for act in ("look-again", "hold", "close", "note", "assign")
    }
    assert set(statuses.values()) == {403}
    assert reader.get(f"{API}/{key.text}/what-if").status_code == 403
    operator = Visitor(client.app, signed_in(Role.OPERATOR))
    assert call(operator, f"/{key.text}/settle", {"cause": "contradiction", "choice": "commerce", "reason": "x"})[0] == 403


def test_a_what_if_of_a_system_that_does_not_answer_says_that_it_failed(world: World, client: Visitor) -> None:
    key = requested(world)
    world.calls.fail_next("sales.lead", unavailable(System.SALES))
    assert client.get(f"{API}/{key.text}/what-if").get_json()["failed"] is True


# ---- many at once


def test_a_bulk_call_answers_for_each_key(world: World, client: Visitor) -> None:
    keys = [requested(world, email=f"a{number}@x.example").text for number in range(2)]
    named = [*keys, "usmf.P-999999", "frrt.P-1", "x", keys[0]]
    body = {"do": {"act": "hold", "reason": "papers"}, "which": {"keys": named}}
    status, answer = call(client, "/bulk", body)
    assert (status, is_valid(body, "Bulk"), is_valid(answer, "Results")) == (200, True, True)
    assert [(found["key"], found["done"]) for found in answer["results"]] == [
        (keys[0], True), (keys[1], True), ("usmf.P-999999", False), ("frrt.P-1", False), ("x", False),
    ]  # fmt: skip
    assert answer["results"][2]["problem"] == "There is no such onboarding."
    assert [world.onboarding(ProspectKey.parse(key)).held_by for key in keys] == ["8a5b", "8a5b"]


def test_a_bulk_call_acts_on_what_a_list_shows_and_says_where_the_rest_begins(
    world: World, client: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.onboardings_web.MOST_AT_ONCE", 2)
    keys = []
    for number in range(3):
        keys.append(requested(world, email=f"a{number}@x.example"))
        world.clock.forward(seconds=1)
    body = {"do": {"act": "assign", "assigned_to": "me"}, "which": {"view": "progress", "stage": "in_review"}}
    first = call(client, "/bulk", body)[1]
    second = call(client, "/bulk", {**body, "which": {**body["which"], "cursor": first["cursor"]}})[1]
    assert [len(answer["results"]) for answer in (first, second)] == [2, 1] and second["cursor"] is None
    assert {world.onboarding(key).assigned_to for key in keys} == {"8a5b"}
    taken = call(client, "/bulk", {"do": {"act": "unassign"}, "which": {"view": "all", "assigned_to": "me"}})[1]
    assert len(taken["results"]) == 2 and taken["cursor"]


@pytest.mark.parametrize(
    ("do", "which", "status"),
    [
        ({"act": "note", "note": " "}, {"keys": ["usmf.P-1"]}, 422),
        ({"act": "hold"}, {"keys": ["usmf.P-1"]}, 422),
        ({"act": "settle"}, {"keys": ["usmf.P-1"]}, 422),
        ({"act": "look-again"}, {"keys": []}, 422),
        ({"act": "look-again"}, {"keys": ["x"] * 201}, 422),
        ({"act": "look-again"}, {}, 422),
        ({"act": "look-again"}, {"keys": ["x"], "view": "all"}, 422),
        ({"act": "look-again"}, {"view": "all", "cursor": "x"}, 404),
    ],
    ids=str,
)
def test_a_bulk_call_that_is_not_understood_is_refused_whole(client: Visitor, do: object, which: object, status: int) -> None:
    assert call(client, "/bulk", {"do": do, "which": which})[0] == status


def test_a_bulk_call_needs_the_permission_of_its_act(world: World, client: Visitor) -> None:
    key = requested(world)
    reader = Visitor(client.app, signed_in(Role.READER))
    assert call(reader, "/bulk", {"do": {"act": "look-again"}, "which": {"keys": [key.text]}})[0] == 403


# ---- the document


def test_the_committed_document_is_the_one_that_is_served(client: Visitor) -> None:
    assert client.get(f"{API}/openapi.json").get_json() == document() == json.loads(COMMITTED.read_text("utf-8")), (
        "write it again: python -m shared.api_document > openapi.json"
    )


def test_every_route_of_the_document_is_there_and_no_other(client: Visitor) -> None:
    there = set()
    for rule in client.app.url_map.iter_rules():
        if rule.endpoint.startswith("api.") and not rule.rule.endswith("/"):
            there |= {(method, rule.rule.replace("<key>", "{key}")) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    assert there == {(route.method.upper(), API + route.path) for route in ROUTES}


def test_operation_ids_are_unique_and_every_model_is_described() -> None:
    assert len({route.name for route in ROUTES}) == len(ROUTES)
    text = json.dumps(document()["paths"])
    assert all(f"schemas/{route.answer.__name__}" in text for route in ROUTES)
    (cursor,) = document()["paths"][f"{API}/{{key}}/history"]["get"]["parameters"][1:]
    assert (cursor["name"], cursor["in"]) == ("cursor", "query")
