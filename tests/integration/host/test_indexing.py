"""What is wrong with an app is named, as the real worker names it."""

from pathlib import Path

import pytest

from sandbox.host import Host, HostError
from tests.integration.host.conftest import SAMPLE_APP, Sample

pytestmark = pytest.mark.integration

TWO_FUNCTIONS_OF_ONE_NAME = """
import azure.functions as func
app = func.FunctionApp()
@app.route(route="a")
def same(req: func.HttpRequest) -> str: ...
@app.function_name("same")
@app.route(route="b")
def other(req: func.HttpRequest) -> str: ...
"""
A_PARAMETER_WITHOUT_A_BINDING = """
import azure.functions as func
app = func.FunctionApp()
@app.route(route="a")
def needy(req: func.HttpRequest, client: object) -> str: ...
"""
A_BLOB_TRIGGER = """
import azure.functions as func
app = func.FunctionApp()
@app.blob_trigger(arg_name="blob", path="c/{name}", connection="AzureWebJobsStorage")
def on_blob(blob: func.InputStream) -> None: ...
"""


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (TWO_FUNCTIONS_OF_ONE_NAME, "same does not have a unique function name"),
        (A_PARAMETER_WITHOUT_A_BINDING, "needy"),
        ("import unheard_of", "No module named 'unheard_of'"),
        ("import azure.functions as func", "Could not find top level function app instances"),
    ],
)
def test_an_app_that_does_not_index_is_refused_with_the_reason(tmp_path: Path, source: str, reason: str) -> None:
    (tmp_path / "function_app.py").write_text(source)
    with pytest.raises(HostError) as refused:
        Host(tmp_path).start()
    assert reason in str(refused.value)


def test_a_function_whose_setting_is_missing_is_named_and_the_others_are_served(sample: Sample) -> None:
    env = {name: value for name, value in sample.env.items() if name != "EVERY"}
    with Host(SAMPLE_APP, env) as host:
        assert list(host.errors) == ["tick"]
        assert "the app setting 'EVERY' is missing" in host.errors["tick"]


def test_a_trigger_that_this_host_does_not_serve_is_named(tmp_path: Path) -> None:
    (tmp_path / "function_app.py").write_text(A_BLOB_TRIGGER)
    with Host(tmp_path) as host:
        assert "a binding of type 'blobTrigger'" in host.errors["on_blob"]
