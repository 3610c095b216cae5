"""The recorded shapes of events: tests/payloads/{commerce,sales}/*.json, all data invented."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "payloads"


def body(system: str, name: str) -> bytes:
    """The payload as it would come over the wire."""
    return (FOLDER / system / f"{name}.json").read_bytes()


def content(system: str, name: str) -> Any:
    """The payload parsed, to be changed by a test."""
    return json.loads(body(system, name))


def names(system: str) -> list[str]:
    """Every payload of that system."""
    return sorted(path.stem for path in (FOLDER / system).glob("*.json"))
