"""How long `import function_app` takes beside the bare import of the libraries that it uses: what a cold start cannot avoid."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from statistics import median
from tempfile import TemporaryDirectory

from sandbox.processes import ROOT

LIBRARIES = "azure.functions, azure.data.tables, azure.storage.queue, azure.storage.blob, azure.identity, pydantic, requests"
STATEMENTS = {
    "libraries": f"import {LIBRARIES}",
    "libraries, pydantic in full": f"import {LIBRARIES}\nfrom pydantic import BaseModel\nclass Any(BaseModel): ...",
    "function_app": "import function_app",
    "function_app, first call": "import function_app, shared.composition",
}
ROUNDS = 15
TARGET = 1.3
HEAVIEST = 10
_TIMED = "import time; begun = time.process_time()\n{}\nprint(time.process_time() - begun)"
_OWN = re.compile(r"(shared|functions)(\.|$)|function_app$")


Python = Callable[..., subprocess.CompletedProcess[str]]


def measure() -> Iterator[str]:
    """Medians of processor time in fresh processes, taken in turns so that a busy machine slows all alike; and what is heavy."""
    with TemporaryDirectory() as bytecode:
        python = _compiled_in(bytecode)
        taken: dict[str, list[float]] = {name: [] for name in STATEMENTS}
        for _ in range(ROUNDS):
            for name, statement in STATEMENTS.items():
                taken[name].append(float(python("-c", _TIMED.format(statement)).stdout))
        for name, seconds in taken.items():
            yield f"{name:<28} {median(seconds) * 1000:6.0f} ms"
        for name in list(STATEMENTS)[:2]:
            yield f"function_app / {name:<28} {median(taken['function_app']) / median(taken[name]):.2f} (target {TARGET})"
        yield "`import pydantic` by itself loads next to nothing; its first model loads the rest."
        yield from _what_is_heavy(python)


def _compiled_in(folder: str) -> Python:
    """A Python that finds bytecode of everything in this folder, whatever is lying about in the tree and however it is set."""
    env = {**os.environ, "PYTHONPYCACHEPREFIX": folder, "PYTHONDONTWRITEBYTECODE": ""}

    def python(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, *arguments], cwd=ROOT, env=env, capture_output=True, text=True, check=True)

    for statement in STATEMENTS.values():
        python("-c", statement)
    return python


def _what_is_heavy(python: Python) -> Iterator[str]:
    """Where the rest goes, by -X importtime: its own overhead is in the figures, so only their proportions count."""
    traced = python("-X", "importtime", "-c", f"{STATEMENTS['libraries, pydantic in full']}\nimport function_app").stderr
    own: Counter[str] = Counter()
    others: Counter[str] = Counter()
    for microseconds, name in re.findall(r"import time:\s+(\d+) \|\s+\d+ \|\s*(\S+)", traced):
        (own if _OWN.match(name) else others)[name] += int(microseconds)
    share = own.total() / (own.total() + others.total())
    yield f"own modules: {len(own)}, {share:.0%} of the import; heaviest (ms, traced):"
    yield "  " + ", ".join(f"{name} {time / 1000:.0f}" for name, time in own.most_common(HEAVIEST))
