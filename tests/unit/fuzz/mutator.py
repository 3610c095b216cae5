"""Recorded events and messages, damaged: in their structure, in their values, in their bytes."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

CANARY = "Karin Känäry <karin.kanary@personal.example>"
"""A person in a body: no part of her may be told anywhere."""
TRACES = ("kanary", "Karin", "Känäry", "personal.example")

PAYLOADS = Path(__file__).parents[2] / "payloads"
LARGE = "x" * (1 << 20)

HOSTILE: tuple[Any, ...] = (
    None, True, False, 0, -1, 2**31, 2**63, -(2**63), 10**400, 1.5, 1e308, "", " ", "\u0000", "\ud800", "\udfff\ud800", "💥" * 40,
    CANARY, CANARY * 50, "../../etc", "'; drop table", "/Date(99999999999999999)/", "/Date(-1)/", "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00+14:00", "2026-11-23T12:00:00", "{00000000-0000-0000-0000-000000000000}", "usmf.P-000001", "usmf.~FF~FE",
    "usmf.", ".", "~", "x" * 5000, [], {}, [[]], [None], {"": {}}, [CANARY], {"value": CANARY},
)  # fmt: skip
"""Values that no sender sends."""

Node = tuple[Any, Any]
"""A container, and a key or an index of it."""


@cache
def payloads(system: str) -> tuple[bytes, ...]:
    """Every recorded body of a system."""
    return tuple(path.read_bytes() for path in sorted((PAYLOADS / system).glob("*.json")))


def bodies(seed: str, originals: Sequence[bytes], count: int) -> Iterator[bytes]:
    """So many bodies, each an original damaged up to four times; the same seed gives the same ones."""
    chosen = random.Random(seed)
    for _ in range(count):
        content = json.loads(chosen.choice(originals))
        for _ in range(chosen.randint(0, 3)):
            content = chosen.choice(STRUCTURAL)(content, chosen)
        body = _text(content, chosen)
        yield chosen.choice(BYTES)(body, chosen) if chosen.random() < 0.4 else body


def _text(content: Any, chosen: random.Random) -> bytes:
    """As JSON; half of the time with characters beyond ASCII as they are, halves of surrogate pairs among them."""
    return json.dumps(content, ensure_ascii=chosen.random() < 0.5).encode("utf-8", "surrogatepass")


# ---- structure


def _replaced(content: Any, chosen: random.Random) -> Any:
    return _at_some_node(content, chosen, lambda _: _hostile(chosen))


def _hostile(chosen: random.Random) -> Any:
    return copy.deepcopy(chosen.choice(HOSTILE))  # the next damage may be done to it


def _personal(content: Any, chosen: random.Random) -> Any:
    return _at_some_node(content, chosen, lambda there: f"{there} {CANARY}" if isinstance(there, str) else CANARY)


def _deepened(content: Any, chosen: random.Random) -> Any:
    deep: Any = CANARY
    for _ in range(chosen.choice((5, 99, 101, 400))):
        deep = [deep] if chosen.random() < 0.5 else {"a": deep}
    return _at_some_node(content, chosen, lambda _: deep)


def _large(content: Any, chosen: random.Random) -> Any:
    if chosen.random() < 0.9:  # a megabyte takes its time
        return content
    return _at_some_node(content, chosen, lambda _: LARGE)


def _retyped(content: Any, chosen: random.Random) -> Any:
    return _at_some_node(content, chosen, lambda there: [there] if chosen.random() < 0.5 else json.dumps(there))


def _without(content: Any, chosen: random.Random) -> Any:
    nodes = _nodes(content)
    if nodes:
        container, name = chosen.choice(nodes)
        del container[name]
    return content


def _renamed(content: Any, chosen: random.Random) -> Any:
    nodes = [(container, name) for container, name in _nodes(content) if isinstance(container, dict)]
    if nodes:
        container, name = chosen.choice(nodes)
        container[chosen.choice((str(name).upper(), f"{name} {CANARY}", "", "\ud800"))] = container.pop(name)
    return content


def _batched(content: Any, chosen: random.Random) -> Any:
    return [content, _hostile(chosen)]


def _at_some_node(content: Any, chosen: random.Random, change: Callable[[Any], Any]) -> Any:
    nodes = _nodes(content)
    if not nodes:
        return change(content)
    container, name = chosen.choice(nodes)
    container[name] = change(container[name])
    return content


def _nodes(content: Any) -> list[Node]:
    """Every place in a JSON value, without recursion: it may be deep."""
    found: list[Node] = []
    waiting = [content]
    while waiting:
        container = waiting.pop()
        names = container if isinstance(container, dict) else range(len(container)) if isinstance(container, list) else ()
        found += [(container, name) for name in names]
        waiting += [container[name] for name in names]
    return found


STRUCTURAL = (_replaced, _replaced, _personal, _deepened, _large, _retyped, _without, _renamed, _batched)


# ---- bytes


def _truncated(body: bytes, chosen: random.Random) -> bytes:
    return body[: chosen.randrange(len(body) + 1)]


def _recoded(body: bytes, chosen: random.Random) -> bytes:
    text = body.decode("utf-8", "replace")
    return text.encode(chosen.choice(("utf-16", "utf-32-be", "utf-8-sig", "cp500", "utf-7")), "replace")


def _flipped(body: bytes, chosen: random.Random) -> bytes:
    changed = bytearray(body or b"x")
    for _ in range(chosen.randint(1, 5)):
        changed[chosen.randrange(len(changed))] = chosen.randrange(256)
    return bytes(changed)


def _surrounded(body: bytes, chosen: random.Random) -> bytes:
    before, after = chosen.choice(((b"\xef\xbb\xbf", b""), (b"", b"\x00"), (b" \n", b" {}"), (b"//\n", b""), (b"\xff\xfe", b"")))
    return before + body + after


def _not_json(body: bytes, chosen: random.Random) -> bytes:
    return chosen.choice((b"", b"NaN", b"[Infinity]", b"1e999", b"<html>", b'{"a":1,"a":2}', b"[" * 100_000, b"9" * 5000))


BYTES = (_truncated, _recoded, _flipped, _surrounded, _not_json)
