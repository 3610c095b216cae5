"""Where the other systems are, so that people can walk the whole story by links; whoever starts them all tells each."""

from __future__ import annotations

from flask import Blueprint, current_app, request

elsewhere = Blueprint("elsewhere", __name__, url_prefix="/sandbox")


def addresses() -> dict[str, str]:
    """Name -> address of the others; empty where this system runs alone."""
    known: dict[str, str] = current_app.extensions.setdefault("elsewhere", {})
    return known


@elsewhere.put("/elsewhere")
def learn() -> dict[str, str]:
    """Take a JSON object of names and addresses, instead of what was known."""
    known = addresses()
    known.clear()
    known.update({str(name): str(address) for name, address in request.get_json().items()})
    return known
