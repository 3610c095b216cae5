"""Imports point one way: functions, use cases, what is pure; one module knows the adapters; nothing reads settings early."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from shared.settings import Settings

ROOT = Path(__file__).parents[2]
OUR_PACKAGES = ("functions", "shared", "operations", "sandbox", "tests")
OUTSIDE = ("requests", "urllib3", "azure.core", "azure.data", "azure.identity", "azure.storage")
"""Libraries that reach other systems; a module that imports one, or another adapter, is an adapter."""
IMPURE = {"os", "time", "random", "secrets", "logging", "threading", "socket", "subprocess", "contextvars", *OUTSIDE}

PURE = {
    "models", "record", "policy", "ports", "errors", "situations", "decision_table", "findings", "decisions", "progress", "notes",
    "explaining", "mapping", "customer_values", "field_values", "translation", "events", "remote_context", "commerce_events",
    "sales_events", "rows", "explaining_causes", "rulings", "measuring", "searching", "histograms", "principal", "alert_rules",
    "field_map", "audit_report", "audit_rules", "console_filters", "console_lists", "console_search", "console_words",
    "page_request",
}  # fmt: skip
USE_CASES = {
    "bridge", "observing", "acting", "pursuing", "resolving", "retrying", "onboarding", "handling", "receiving", "reconciling",
    "reconciler", "polling", "following", "rehearsing", "replaying", "breaker", "auditing", "audit_night", "operating",
    "watching", "console_case", "console_live", "console_acts",
}  # fmt: skip
WIRE = {"odata", "odata_connection", "odata_errors", "odata_messages", "batch"}
"""The thin OData client."""
CLIENTS = {
    "sales", "sales_reading", "sales_changes", "commerce", "commerce_asking", "commerce_questions", "commerce_reading",
}  # fmt: skip
"""The two systems' clients upon it."""
ADAPTERS = WIRE | CLIENTS | {
    "storage", "tables", "correlation", "links", "checkpoints", "queues", "dead_letters", "figures", "alerts", "webhook",
    "reference_cache",
}  # fmt: skip
CONSOLE = {
    "console_context", "console_overview", "console_pages", "console_posts", "console_security", "console_site", "api_models",
    "api_document", "api_bulk", "console_listing", "onboardings_web", "wsgi",
}  # fmt: skip
"""Pages and the JSON API: flask, and what it shows."""
ROOTS = {"composition", "services"}
"""What chooses the adapters, and through which the functions reach it."""
ALONE = ROOTS | {"settings", "telemetry", "traffic"}
"""Beside them what they read, and what every layer may tell to."""


def imported_by(path: Path) -> set[str]:
    """Full names of the modules that a file imports, wherever in it, those only for types too."""
    return {name for node in ast.walk(ast.parse(path.read_text("utf-8"))) for name in _names(node)}


def _names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom) and node.module:
        inside = node.module in OUR_PACKAGES or node.module == "azure"
        yield from (f"{node.module}.{alias.name}" for alias in node.names) if inside else (node.module,)


def modules(package: str) -> dict[str, set[str]]:
    """Each module of the package with the full names of what it imports."""
    return {path.stem: imported_by(path) for path in (ROOT / package).glob("*.py") if path.stem != "__init__"}


SHARED, FUNCTIONS = modules("shared"), modules("functions")


def shared_ones(imports: set[str]) -> set[str]:
    """The modules of shared/ among the imports."""
    return {name.split(".")[1] for name in imports if name.startswith("shared.")}


def reaches(imports: set[str], libraries: set[str] | tuple[str, ...]) -> set[str]:
    """The imports that are one of these libraries, or inside one."""
    return {name for name in imports for library in libraries if name == library or name.startswith(f"{library}.")}


def adapters() -> set[str]:
    """Modules that reach other systems, themselves or through another adapter; the roots are above them."""
    found = {name for name, imports in SHARED.items() if reaches(imports, OUTSIDE)} - ROOTS
    while more := {name for name in SHARED if shared_ones(SHARED[name]) & found} - found - ROOTS:
        found |= more
    return found


def test_every_module_has_its_place() -> None:
    places = (PURE, USE_CASES, ADAPTERS, CONSOLE, ALONE)
    assert sorted(SHARED) == sorted(name for place in places for name in place)
    assert "prospect_created" in FUNCTIONS


@pytest.mark.parametrize("package", ["functions", "shared"])
def test_what_is_deployed_imports_nothing_that_is_not(package: str) -> None:
    for name, imports in modules(package).items():
        assert not reaches(imports, ("sandbox", "operations", "tests")), name


def test_shared_imports_no_function() -> None:
    assert not {name for name, imports in SHARED.items() if reaches(imports, ("functions", "function_app", "azure.functions"))}


def test_only_the_composition_root_imports_adapters() -> None:
    assert adapters() | {"reference_cache"} >= ADAPTERS
    assert not adapters() & (PURE | USE_CASES)
    assert not {name for name in SHARED if shared_ones(SHARED[name]) & CONSOLE} - CONSOLE - ROOTS
    for name, imports in FUNCTIONS.items():
        assert not shared_ones(imports) & adapters(), name
        assert not reaches(imports, OUTSIDE), name


@pytest.mark.parametrize("name", sorted(PURE))
def test_a_pure_module_imports_pure_modules_only(name: str) -> None:
    assert not reaches(SHARED[name], IMPURE)
    assert shared_ones(SHARED[name]) <= PURE


@pytest.mark.parametrize("name", sorted(USE_CASES))
def test_a_use_case_knows_the_outside_world_by_its_ports_alone(name: str) -> None:
    assert shared_ones(SHARED[name]) <= PURE | USE_CASES | {"telemetry"}


@pytest.mark.parametrize("name", sorted(WIRE))
def test_the_wire_knows_neither_system(name: str) -> None:
    assert shared_ones(SHARED[name]) <= WIRE | {"models", "errors", "telemetry", "traffic"}


@pytest.mark.parametrize("name", sorted(CLIENTS))
def test_a_systems_client_knows_the_wire_and_what_crosses_its_port(name: str) -> None:
    family = {other for other in CLIENTS if other.startswith(name.partition("_")[0])}
    assert shared_ones(SHARED[name]) <= WIRE | family | {"models", "errors", "ports", "record", "reference_cache"}


def test_the_mapping_knows_models_and_the_field_map_alone() -> None:
    assert shared_ones(SHARED["mapping"]) == {"models", "customer_values", "field_map", "field_values"}


def test_deciding_knows_nothing_of_ports() -> None:
    for name in ("decisions", "decision_table", "situations", "findings"):
        assert shared_ones(SHARED[name]) <= {"models", "record", "policy", "decision_table", "situations", "findings", "rulings"}


def test_only_services_touches_the_environment() -> None:
    assert {name for name, imports in SHARED.items() if reaches(imports, ("os", "dotenv"))} <= {"services"}
    assert not {name for name, imports in FUNCTIONS.items() if reaches(imports, ("os", "dotenv"))}


def test_nothing_imports_in_a_circle() -> None:
    tuple(TopologicalSorter({name: shared_ones(imports) for name, imports in SHARED.items()}).static_order())


def sandbox_modules() -> dict[str, set[str]]:
    """Each module of the sandbox, by its full name, with those of its modules that it imports."""
    paths = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in (ROOT / "sandbox").rglob("*.py")}
    return {name: {one for one in _members(path) if one in paths} for name, path in paths.items()}


def _members(path: Path) -> Iterator[str]:
    """What a file imports, as the module itself and as the member of its package: `from a import b` may be `a.b`."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_the_sandbox_imports_nothing_in_a_circle() -> None:
    """Not for types either, nor inside a function: World is at the bottom, and what fills it is above."""
    found = sandbox_modules()
    assert "sandbox.sales.records" in found["sandbox.sales.solutions"]
    tuple(TopologicalSorter(found).static_order())


RECORDING = """
import json, os
asked = set()
class Recording(type(os.environ)):
    def __getitem__(self, name):
        asked.add(name)
        return super().__getitem__(name)
os.environ.__class__ = Recording
import function_app
from shared import services
print(json.dumps({"asked": sorted(map(str, asked)), "apps": services.app.cache_info().currsize}))
"""


def test_the_app_is_imported_with_an_empty_environment_and_reads_no_setting() -> None:
    command = [sys.executable, "-W", "error", "-c", RECORDING]
    done = subprocess.run(command, cwd=ROOT, env={}, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    settings = {str(field.alias) for field in Settings.model_fields.values()}
    assert len(settings) > 20
    assert not settings & set(told["asked"])
    assert told["apps"] == 0
