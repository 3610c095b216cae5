"""Who can sign in to the B2B site, and why somebody cannot."""

from __future__ import annotations

from flask import render_template, request

from sandbox.commerce.pages_environment import area, here, legal_entities
from sandbox.commerce.sign_in import sign_in
from sandbox.commerce.world import World
from sandbox.pages.forms import Field
from sandbox.pages.paging import page_of

pages = area("sign_in")


@pages.get("/sign-in")
def overview() -> str:
    """Everybody with an e-mail address, or the one that was asked for."""
    asked, world = request.args, here().world
    legal_entity, email = asked.get("legal_entity", ""), asked.get("email", "").strip()
    with world.transaction():
        answer = sign_in(world, legal_entity, email) if email else None
        everybody = page_of([(entity, sign_in(world, entity, address)) for entity, address in _addresses(world)][::-1])
    fields = [
        Field("legal_entity", "Legal entity", legal_entity, options=legal_entities()),
        Field("email", "E-mail", email, kind="email"),
    ]
    return render_template("commerce/sign_in.html", answer=answer, everybody=everybody, fields=fields)


def _addresses(world: World) -> list[tuple[str, str]]:
    """Each e-mail address of a legal entity's customers and contacts once."""
    people = [(row["dataAreaId"], row["PrimaryContactEmail"]) for row in world["CustomersV3"]]
    people += [(row["dataAreaId"], row["PrimaryEmailAddress"]) for row in world["ContactPersons"]]
    return list(dict.fromkeys(pair for pair in people if pair[1]))
