"""Function keys, checked as Azure does; Core Tools checks none locally, and neither does this host unless it is given some."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

KEYS_VARIABLE = "SANDBOX_FUNCTION_KEYS"
"""The host takes the keys from it where no file is given."""


@dataclass(frozen=True)
class Keys:
    """The master key, the host keys (good for each function), and each function's own keys, all by name."""

    master: str
    host: Mapping[str, str] = field(default_factory=dict)
    functions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Keys:
        """Read {"master": "...", "host": {"default": "..."}, "functions": {"NAME": {"default": "..."}}}."""
        return cls(**json.loads(text))

    def allow(self, level: str, key: str | None, function: str | None = None) -> bool:
        """Whether a request with this key may pass at an authLevel: anonymous, function or admin."""
        if level == "anonymous":
            return True
        accepted = {self.master}
        if level == "function":
            accepted |= {*self.host.values(), *self.functions.get(function or "", {}).values()}
        return key in accepted
