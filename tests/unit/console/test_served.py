"""Pages through the functions' side: requests become the application's, answers come back whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import azure.functions as func
import pytest
from werkzeug.wrappers import Request, Response

from functions.console import console
from functions.onboardings_api import onboardings
from shared import services
from shared.page_request import PageRequest
from shared.settings import from_environment
from shared.wsgi import answer

Start = Callable[..., object]


def echo(environ: dict[str, object], start_response: Start) -> Iterable[bytes]:
    """Answers with what it was asked."""
    request = Request(environ)
    asked = (
        f"{request.method} {request.path} {request.args.get('q')} {request.host} {request.scheme} {request.headers.get('X-One')}"
    )
    text = f"{asked} {request.form.get('name')}"
    return Response(text, status=int(request.args.get("status", 200)), headers={"X-Two": "2"})(environ, start_response)


def ask(url: str, method: str = "GET", body: bytes = b"", **headers: str) -> tuple[int, str, str]:
    found = answer(echo, PageRequest(method, url, headers, body))
    return found.status, found.body.decode(), found.headers["X-Two"]


def test_method_path_query_host_and_headers_arrive() -> None:
    found = ask("https://bridge.example/api/console/list?q=a%20b", **{"x-one": "1"})
    assert found == (200, "GET /api/console/list a b bridge.example https 1 None", "2")


def test_a_form_arrives() -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert ask("https://h/p", "POST", b"name=J%C3%B6", **form)[1].endswith("Jö")


def test_a_path_of_any_letters_arrives() -> None:
    assert "/api/ü/%" in ask("https://h/api/%C3%BC/%25")[1]


@pytest.mark.parametrize("status", [303, 404, 500, 503])
def test_an_answer_of_any_status_comes_back_with_its_body(status: int) -> None:
    assert ask(f"https://h/p?status={status}")[:2] == (status, "GET /p None h https None None")


@pytest.mark.parametrize("function", [console, onboardings])
def test_where_the_app_cannot_start_a_page_says_so_and_names_nothing(
    function: Callable[[func.HttpRequest], func.HttpResponse], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AzureWebJobsStorage", "SALES_URL", "COMMERCE_URL"):
        monkeypatch.delenv(name, raising=False)
    services.app.cache_clear(), services.console.cache_clear()
    found = function(func.HttpRequest("GET", "https://bridge.example/api/console", body=b""))
    assert (found.status_code, found.get_body()) == (503, b"The app cannot start; /api/health says why.")


def test_health_warns_where_a_developers_setting_is_refused() -> None:
    required = {"SALES_URL": "https://s.example", "COMMERCE_URL": "https://c.example", "LEGAL_ENTITIES": "usmf"}
    settings = from_environment({**required, "AzureWebJobsStorage": "x", "CONSOLE_DEVELOPER": "true"})
    assert services.warnings(settings, {}) == {}
    (line,) = services.warnings(settings, {"KUBERNETES_SERVICE_HOST": "10.0.0.1"})["warnings"]
    assert line.startswith("CONSOLE_DEVELOPER: refused")
