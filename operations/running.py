"""The bridge itself, as a command uses it: on the same settings, tables and queues as the deployed app."""

from __future__ import annotations

import os
import sys
from argparse import Namespace

from operations.environment import variables
from shared import services
from shared.models import ProspectKey
from shared.services import App

IDENTITY = ("IDENTITY_ENDPOINT", "IDENTITY_HEADER")
"""Where azure-identity itself looks; a sandbox's settings file names its own."""
FAILED, STOPPED = 2, 130


def app_of(options: Namespace) -> App:
    """The app on the environment, or on a settings file; raises SettingsInvalid, or Transient where Storage does not answer."""
    given = variables(options.settings)
    for name in IDENTITY:
        if name in given:
            os.environ.setdefault(name, given[name])
    return services.build(given)


def failed(problem: Exception) -> int:
    """Say why on stderr; the exit code."""
    print(f"failed: {problem}", file=sys.stderr)
    return FAILED


def prospect_key(text: str) -> ProspectKey:
    """`usmf/P-000123`, or the key as it stands on a lead, `usmf.P-000123`; raises ValueError."""
    area, slash, prospect = text.partition("/")
    return ProspectKey.of(area, prospect) if slash else ProspectKey.parse(text)
