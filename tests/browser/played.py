"""The sandbox after its story: what head office's, the site's and Sales' pages show once everybody has done their part."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import requests

from sandbox.play import Play
from sandbox.report import at_rest, rests
from sandbox.scenario import Story, cast
from sandbox.stack import Stack
from shared.correlation import Correlation
from shared.models import ProspectKey
from shared.record import Onboarding
from shared.storage import Storage, StorageSettings
from tests.browser.paths import of_head_office, of_sales

APPLICANTS, SEED = 12, 1


@contextmanager
def sandbox_pages() -> Iterator[dict[str, str]]:
    """Name -> address, served by everything that `manage.py up` starts."""
    with Stack() as stack:
        play = Play(stack, cast(APPLICANTS, SEED), lambda text: None)
        store = Correlation(Storage(StorageSettings(connection_string=stack.storage)).tables)
        play.run()
        play.until(lambda: at_rest(play, rests(store)), "every onboarding at its end")
        requests.post(f"{stack.commerce.url}/jobs/1010", timeout=30).raise_for_status()
        yield _addresses(play, store)


def _addresses(play: Play, store: Correlation) -> dict[str, str]:
    won, open_ = _known(play, store, Story.WON), _known(play, store, Story.IN_REVIEW)
    email = play.of(Story.WON)[0].email
    in_commerce = of_head_office(f"{won.legal_entity}/{won.prospect_id}", won.hierarchy_id, email)
    in_sales = of_sales(open_.lead_id, next(iter(won.opportunities)), won.account_id, won.contact_id)
    pages = {f"commerce-{name}": play.office.url + path for name, path in in_commerce.items()}
    return pages | {f"sales-{name}": play.desk.url + path for name, path in in_sales.items()}


def _known(play: Play, store: Correlation, story: Story) -> Onboarding:
    """The app's record of the first applicant with that fate."""
    stored = store.load(ProspectKey.of(*play.keys[play.of(story)[0].number]))
    assert stored is not None
    return stored.onboarding
