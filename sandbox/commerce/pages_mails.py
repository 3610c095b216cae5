"""The outbox: every mail that head office sent by itself."""

from __future__ import annotations

from flask import render_template

from sandbox.commerce.pages_environment import area, here
from sandbox.pages.paging import page_of

pages = area("mails")


@pages.get("/outbox")
def outbox() -> str:
    """The mails, newest first."""
    world = here().world
    with world.transaction():
        mails = world.outbox[::-1]
    return render_template("commerce/outbox.html", found=page_of(mails))
