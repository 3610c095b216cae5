"""ASP.NET route templates, matched by werkzeug's routing.

Stricter than Azure in one way: letter case counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter, Map, Rule

from sandbox.host.model import Function, Unsupported

PARAMETER = re.compile(r"\{(?P<rest>\*{1,2})?(?P<name>\w+)(?P<constraints>(?::\w+)*)(?P<optional>\?)?\}")


class _Integer(BaseConverter):
    regex = r"-?\d+"


class _Guid(BaseConverter):
    regex = r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}"


class _Alpha(BaseConverter):
    regex = r"[A-Za-z]+"


CONSTRAINTS: dict[str, type[BaseConverter]] = {"int": _Integer, "guid": _Guid, "alpha": _Alpha}


class Routes:
    """The routes of an app's HTTP functions; templates as they stand on the triggers, the prefix as in host.json."""

    def __init__(self, prefix: str, functions: Iterable[tuple[str, Function]]) -> None:
        self._functions: dict[str, Function] = {}
        self._map = Map(converters=CONSTRAINTS, strict_slashes=False, merge_slashes=False)
        for template, function in functions:
            self._functions[function.name] = function
            methods = [str(method).upper() for method in function.trigger.get("methods") or []] or None
            for rule in rules(f"{prefix}/{template}"):
                self._map.add(Rule(rule, endpoint=function.name, methods=methods))
        self._adapter = self._map.bind("localhost")

    def match(self, path: str, method: str) -> tuple[Function, dict[str, str]] | None:
        """The function for a decoded path, and its route parameters; None also for a wrong method, which is 404 in Azure."""
        try:
            name, parameters = self._adapter.match(path, method)
        except HTTPException:
            return None
        function = self._functions[name]
        # werkzeug answers HEAD wherever it answers GET; Azure does not.
        if method == "HEAD" and "HEAD" not in {str(m).upper() for m in function.trigger.get("methods") or ["HEAD"]}:
            return None
        return function, dict(parameters)


def rules(template: str) -> list[str]:
    """A template as werkzeug rules: a second, shorter one where the last segment may be left out; raises Unsupported."""
    segments = [segment for segment in template.split("/") if segment]
    written = ["/" + "/".join(_converted(segment) for segment in segments)]
    last = PARAMETER.fullmatch(segments[-1]) if segments else None
    if last and (last["optional"] or last["rest"]):
        written.append("/" + "/".join(_converted(segment) for segment in segments[:-1]))
    return written


def _converted(segment: str) -> str:
    converted = PARAMETER.sub(_parameter, segment)
    if "{" in converted:
        raise Unsupported(f"the route segment {segment!r}")
    return converted


def _parameter(match: re.Match[str]) -> str:
    constraints = [name for name in match["constraints"].split(":") if name]
    if match["rest"]:
        return f"<path:{match['name']}>"
    if not constraints:
        return f"<{match['name']}>"
    if len(constraints) > 1 or constraints[0] not in CONSTRAINTS:
        raise Unsupported(f"the route constraint in {match[0]!r}; known are {', '.join(CONSTRAINTS)}")
    return f"<{constraints[0]}:{match['name']}>"
