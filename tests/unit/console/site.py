"""The console on the whole bridge in memory, and a browser without a window: werkzeug's client."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from werkzeug.test import Client, TestResponse

from shared.checkpoints import Checkpoints
from shared.console_case import Links
from shared.console_context import Site
from shared.figures import Figures
from shared.operating import Desk
from shared.principal import HEADER, Role, SignIn
from shared.watching import FOLDED
from tests.fakes.world import World

ORIGIN = "https://bridge.example"
EASY_AUTH = SignIn(easy_auth=True, in_azure=True)

CONSOLE = "/api/console"


def site_of(world: World, sign_in: SignIn = EASY_AUTH) -> Site:
    """The console's site on that world."""
    return Site(
        sign_in=sign_in,
        bridge=world.bridge,
        store=world.correlation,
        figures=Figures(world.tables, world.correlation),  # type: ignore[arg-type]
        states=Checkpoints(world.tables),  # type: ignore[arg-type]
        desk=Desk(world.correlation, world.queues, world.clock),
        depths=world.queues.depths,
        legal_entities=world.legal_entities,
        links=Links("https://sales.example", "https://commerce.example"),
    )


def fold(world: World) -> None:
    """What the figures step of the reconcile timer does."""
    for entity in world.legal_entities:
        Figures(world.tables, world.correlation).fold(entity)  # type: ignore[arg-type]
    site_of(world).states.advance(FOLDED, world.clock())


def signed_in(role: Role | None = Role.ADMIN, object_id: str = "8a5b", name: str = "Ann Admin") -> dict[str, str]:
    """What Easy Auth adds to a request of somebody with that role."""
    claims = [{"typ": "oid", "val": object_id}, {"typ": "name", "val": name}]
    claims += [{"typ": "roles", "val": role.value}] if role else []
    body = {"role_typ": "roles", "claims": claims}
    return {HEADER: base64.b64encode(json.dumps(body).encode()).decode()}


def words(html: str) -> str:
    """The text of a page, blanks folded."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@dataclass
class Visitor:
    """Somebody with a browser: keeps cookies, and sends forms as pages hold them."""

    app: Flask
    headers: dict[str, str] = field(default_factory=signed_in)

    def __post_init__(self) -> None:
        self.client = Client(self.app)

    def get(self, path: str, **query: str) -> TestResponse:
        """Open a page."""
        return self.client.get(path, base_url=ORIGIN, headers=self.headers, query_string=query or None, buffered=True)

    def send(
        self, path: str, form: dict[str, Any], *, page: str = "/api/console/me", origin: str | None = ORIGIN
    ) -> TestResponse:
        """Open a page with a form, and send one from it."""
        token = self.token(page)
        headers = {**self.headers, **({"Origin": origin} if origin else {})}
        return self.client.post(path, base_url=ORIGIN, headers=headers, data={"csrf": token, **form})

    def token(self, page: str) -> str:
        """The token in a page's forms; a page without one still gives the cookie's."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.get(page).text)
        return found[1] if found else ""
