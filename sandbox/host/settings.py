"""The app settings and host.json, put together as Core Tools does."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.host.model import SettingMissing
from sandbox.host.schedule import seconds

# CONTAINER_NAME and WEBSITE_* would make the worker believe that it runs in Azure; PYTHON* paths are this process's own.
NOT_INHERITED = re.compile(r"PYTHONPATH$|PYTHONHOME$|CONTAINER_NAME$|WEBSITE_")
OVERRIDE_PREFIX = "azurefunctionsjobhost__"


def inherited() -> dict[str, str]:
    """This process's environment, as far as a worker may have it."""
    return {name: value for name, value in os.environ.items() if not NOT_INHERITED.match(name)}


def developers_settings(app_dir: Path) -> dict[str, str]:
    """The app's local.settings.json under this process's environment, which wins, as in Core Tools."""
    values = _json(app_dir / "local.settings.json").get("Values", {})
    return {**{name: str(value) for name, value in values.items()}, **inherited()}


class Settings:
    """One app's settings: those given, and host.json. `env` becomes the worker's environment."""

    def __init__(self, app_dir: Path, given: Mapping[str, str]) -> None:
        self.env = {"AZURE_FUNCTIONS_ENVIRONMENT": "Development", "FUNCTIONS_WORKER_RUNTIME": "python", **given}
        self.host_json = _json(app_dir / "host.json")
        for name, value in self.env.items():
            if name.lower().startswith(OVERRIDE_PREFIX):
                _override(self.host_json, name.split("__")[1:], value)

    def extension(self, name: str) -> dict[str, Any]:
        """The section of host.json for one extension, such as "queues", its names in lower case."""
        section = self.host_json.get("extensions", {}).get(name, {})
        return {key.lower(): value for key, value in section.items()}

    def resolve(self, text: str) -> str:
        """Put app settings in the place of %NAME%; raises SettingMissing."""
        return re.sub(r"%([^%]+)%", lambda match: self._setting(match[1]), text)

    def connection(self, name: str | None) -> str:
        """A storage connection string by the name that a binding gives; raises SettingMissing."""
        name = name or "AzureWebJobsStorage"
        return self.env.get(f"AzureWebJobs{name}") or self._setting(name)

    def is_disabled(self, function: str) -> bool:
        """Whether AzureWebJobs.<function>.Disabled is set."""
        return self.env.get(f"AzureWebJobs.{function}.Disabled", "").lower() in ("1", "true")

    @property
    def function_timeout(self) -> float | None:
        """Seconds; None where functionTimeout is -1. Five minutes unless host.json says otherwise."""
        text = str(self.host_json.get("functionTimeout", "00:05:00"))
        return None if text.startswith("-1") else seconds(text)

    def _setting(self, name: str) -> str:
        value = self.env.get(name)
        if not value:
            raise SettingMissing(f"the app setting {name!r} is missing")
        return value


def _json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8-sig")) if path.exists() else {}
    return found


def _override(node: dict[str, Any], names: list[str], value: str) -> None:
    """AzureFunctionsJobHost__a__b=v sets a.b in host.json, in whatever letter case it is written there."""
    name = next((key for key in node if key.lower() == names[0].lower()), names[0])
    if len(names) == 1:
        node[name] = value
    else:
        _override(node.setdefault(name, {}), names[1:], value)
