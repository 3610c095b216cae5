"""The worker: runs the app with Microsoft's runtime library, on questions read from stdin and answers written to stdout.

The library takes its message classes from its caller. The stand-ins below are enough for it to index an app, and its
native entry takes and gives Datum values, so neither gRPC nor generated classes are needed. Run as a script by
worker.py; imports nothing of ours, so that the app meets an interpreter with only its own code and the library.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import pickle
import sys
import threading
import traceback
from types import SimpleNamespace
from typing import Any

Typed = tuple[str | None, Any]


def _message(name: str, **constants: int) -> type:
    return type(name, (), {"__init__": lambda self, **fields: self.__dict__.update(fields), **constants})


MESSAGES = [
    "WorkerInitResponse",
    "FunctionMetadataResponse",
    "RpcFunctionMetadata",
    "RpcRetryOptions",
    "WorkerMetadata",
    "RpcException",
]
PROTOS = SimpleNamespace(
    **{name: _message(name) for name in MESSAGES},
    StatusResult=_message("StatusResult", Failure=0, Success=1, Cancelled=2),
    BindingInfo=_message("BindingInfo", **{"in": 0, "out": 1, "inout": 2, "undefined": 0, "string": 1, "binary": 2, "stream": 3}),
)


def main(app_dir: str) -> None:
    """Index the app, say hello with its functions, then answer invocations until stdin ends."""
    channel = Channel()
    # Last, as Core Tools has it: a dependency that installs a top-level `shared` shadows the app's here too.
    sys.path.append(app_dir)
    os.chdir(app_dir)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    hello: tuple[str, Any]
    try:
        hello = ("functions", index(app_dir, loop, channel))
    except Exception:
        hello = ("error", traceback.format_exc())
    channel.send("hello", hello)
    threading.Thread(target=answer, args=(channel, loop), daemon=True).start()
    loop.run_forever()


class Channel:
    """Pickled tuples over the stdin and stdout that the host gave; the app's own print() goes to stderr instead."""

    def __init__(self) -> None:
        self._reader, self._writer = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
        self._lock = threading.Lock()
        os.dup2(2, 1)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)

    def send(self, key: str, value: Any) -> None:
        """Write one answer; `key` says which question it belongs to."""
        with self._lock:
            pickle.dump((key, value), self._writer)
            self._writer.flush()

    def receive(self) -> Any:
        """Read one question; raises EOFError when the host is gone."""
        return pickle.load(self._reader)


def index(app_dir: str, loop: asyncio.AbstractEventLoop, channel: Channel) -> list[dict[str, Any]]:
    """Let the library import and index function_app.py; raises RuntimeError with its reason."""
    import azure_functions_runtime as runtime

    logging.getLogger().addHandler(ForwardingHandler(channel, runtime.invocation_id_cv))
    logging.getLogger().setLevel(logging.DEBUG if os.environ.get("PYTHON_ENABLE_DEBUG_LOGGING") == "1" else logging.INFO)
    runtime.start_threadpool_executor()
    init = SimpleNamespace(capabilities={}, function_app_directory=app_dir)
    request = SimpleNamespace(
        request=SimpleNamespace(worker_init_request=init), properties={"host": "127.0.0.1", "protos": PROTOS}
    )
    started = loop.run_until_complete(runtime.worker_init_request(request))
    if started.result.status != PROTOS.StatusResult.Success:
        raise RuntimeError(f"{started.result.exception.message}\n{started.result.exception.stack_trace}")
    found = loop.run_until_complete(runtime.functions_metadata_request(request))
    if found.result.status != PROTOS.StatusResult.Success:
        raise RuntimeError(f"{found.result.exception.message}\n{found.result.exception.stack_trace}")
    return [
        {"name": each.name, "id": each.function_id, "bindings": [json.loads(text) for text in each.raw_bindings]}
        for each in found.function_metadata_results or []
    ]


class ForwardingHandler(logging.Handler):
    """Sends each log record to the host, with the invocation that it belongs to."""

    def __init__(self, channel: Channel, invocation_id: Any) -> None:
        super().__init__()
        self._channel, self._invocation_id = channel, invocation_id

    def emit(self, record: logging.LogRecord) -> None:
        """Send one record as (level, message, category, invocation id)."""
        self._channel.send("log", (record.levelno, self.format(record), record.name, self._invocation_id.get() or ""))


def answer(channel: Channel, loop: asyncio.AbstractEventLoop) -> None:
    """Hand each question to the event loop; when the host is gone, so are we."""
    try:
        while True:
            asyncio.run_coroutine_threadsafe(invoke(channel, *channel.receive()), loop)
    except EOFError:
        os._exit(0)


async def invoke(channel: Channel, invocation_id: str, function_id: str, inputs: Any, metadata: Any, trace_parent: str) -> None:
    """Run one function and send its reply: (ok, outputs by binding name, error)."""
    from azure_functions_runtime import native_invocation

    try:
        ok, returned, outputs, error, stack = await native_invocation.invocation_request_native(
            invocation_id,
            function_id,
            [(name, datum(value)) for name, value in inputs],
            {name: datum(value) for name, value in metadata.items()},
            trace_parent=trace_parent,
        )
        given = {name: typed(value) for name, value in [*outputs, ("$return", returned)]}
        channel.send(invocation_id, (ok, given, worded(error, stack)))
    except Exception as error:
        traceback.print_exc()
        channel.send(invocation_id, (False, {}, f"{type(error).__name__}: {error}"))


def worded(error: str | None, stack: str | None) -> str:
    """The last line of the traceback, "Type: message", as the gRPC worker words it; empty where there is no error."""
    lines = [line for line in (stack or "").splitlines() if line and not line.startswith(" ")]
    return (lines or [error or ""])[-1] if error else ""


def datum(value: Typed) -> Any:
    """The host's (kind, value) as the library's Datum."""
    from azure_functions_runtime.bindings.datumdef import Datum

    kind, content = value
    if kind != "http":
        return Datum(content, kind) if kind else None
    parts = {name: Datum(content[name], "string") for name in ("method", "url")}
    for name in ("headers", "params", "query"):
        parts[name] = {key: Datum(text, "string") for key, text in content[name].items()}
    return Datum({**parts, "body": Datum(content["body"], "bytes")}, "http")


def typed(value: Any) -> Typed:
    """The library's Datum as the host's (kind, value)."""
    if value is None or value.type is None:
        return None, None
    if value.type in ("dict", "list"):
        return "json", json.dumps(value.value)
    if value.type != "http":
        return value.type, value.value
    answer = value.value
    cookies = [morsel.OutputString() for jar in answer.get("cookies") or [] for morsel in jar.values()]
    headers = [(name, text.value) for name, text in answer["headers"].items()]
    headers += [("Set-Cookie", cookie) for cookie in cookies]
    return "http", {"status": int(answer["status_code"].value or 200), "headers": headers, "body": typed(answer["body"])}


if __name__ == "__main__":
    main(sys.argv[1])
