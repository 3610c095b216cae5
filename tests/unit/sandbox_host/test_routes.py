"""Route templates and function keys."""

import pytest

from sandbox.host.keys import Keys
from sandbox.host.model import Function, Unsupported
from sandbox.host.routes import Routes


def routes(*templates: str, prefix: str = "api", methods: list[str] | None = None) -> Routes:
    """Routes whose functions are named after their templates."""
    binding = {"type": "httpTrigger", "name": "req", "methods": methods or []}
    return Routes(prefix, [(template, Function(template, template, [binding])) for template in templates])


GUID = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.mark.parametrize(
    ("template", "path", "parameters"),
    [
        ("orders", "/api/orders", {}),
        ("orders", "/api/orders/", {}),
        ("orders", "/api/orders/1", None),
        ("orders/{id}", "/api/orders/a b", {"id": "a b"}),
        ("orders/{id:int}", "/api/orders/-4", {"id": "-4"}),
        ("orders/{id:int}", "/api/orders/x", None),
        ("orders/{id:guid}", f"/api/orders/{GUID}", {"id": GUID}),
        ("orders/{id:guid}", "/api/orders/not-a-guid", None),
        ("orders/{id:alpha}", "/api/orders/Ab", {"id": "Ab"}),
        ("orders/{id:alpha}", "/api/orders/a1", None),
        ("orders/{id?}", "/api/orders", {}),
        ("orders/{id?}", "/api/orders/1", {"id": "1"}),
        ("files/{*path}", "/api/files", {}),
        ("files/{*path}", "/api/files/a/b", {"path": "a/b"}),
        ("files/{name}.{extension}", "/api/files/a.txt", {"name": "a", "extension": "txt"}),
    ],
)
def test_a_template_matches_as_in_aspnet(template: str, path: str, parameters: dict[str, str] | None) -> None:
    found = routes(template).match(path, "GET")
    assert (found[1] if found else None) == parameters


def test_a_literal_segment_comes_before_a_parameter() -> None:
    found = routes("orders/{id}", "orders/open").match("/api/orders/open", "GET")
    assert found
    assert found[0].name == "orders/open"


def test_an_empty_prefix_is_no_segment() -> None:
    assert routes("orders", prefix="").match("/orders", "GET")


@pytest.mark.parametrize(("method", "is_served"), [("GET", True), ("HEAD", False), ("POST", False)])
def test_only_the_named_methods_are_served(method: str, is_served: bool) -> None:
    assert bool(routes("orders", methods=["get"]).match("/api/orders", method)) == is_served


@pytest.mark.parametrize("template", ["orders/{id:regex(a)}", "orders/{id:unheard}", "orders/{id:int:alpha}"])
def test_a_constraint_that_is_not_known_is_refused(template: str) -> None:
    with pytest.raises(Unsupported):
        routes(template)


KEYS = Keys("m", {"default": "h"}, {"one": {"default": "f"}})


@pytest.mark.parametrize(
    ("level", "key", "function", "allowed"),
    [
        ("anonymous", None, "one", True),
        ("function", None, "one", False),
        ("function", "f", "one", True),
        ("function", "f", "other", False),
        ("function", "h", "other", True),
        ("function", "m", "other", True),
        ("admin", "f", "one", False),
        ("admin", "h", "one", False),
        ("admin", "m", "one", True),
    ],
)
def test_a_key_opens_its_level_and_no_more(level: str, key: str | None, function: str, allowed: bool) -> None:
    assert KEYS.allow(level, key, function) == allowed
