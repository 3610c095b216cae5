"""The bridge itself, as a command uses it: on the same settings, tables and queues as the deployed app."""

from __future__ import annotations

import sys
from argparse import Namespace

from operations.environment import sign_in_as_told, variables
from shared import composition
from shared.composition import App
from shared.errors import SettingsInvalid
from shared.models import ProspectKey

FAILED = 2


def app_of(options: Namespace) -> App:
    """The app on the environment, or on a settings file; raises SettingsInvalid, or Transient where Storage does not answer."""
    given = variables(options.settings)
    sign_in_as_told(given)
    return composition.build(given)


def failed(problem: Exception) -> int:
    """Say why on stderr, and for settings that are missing where they come from; the exit code."""
    print(f"failed: {problem}", file=sys.stderr)
    if isinstance(problem, SettingsInvalid) and ": missing" in str(problem):
        print("settings come from --settings FILE, or from the environment", file=sys.stderr)
    return FAILED


def prospect_key(text: str) -> ProspectKey:
    """`usmf/P-000123`, or the key as it stands on a lead, `usmf.P-000123`; raises ValueError."""
    area, slash, prospect = text.partition("/")
    return ProspectKey.of(area, prospect) if slash else ProspectKey.parse(text)
