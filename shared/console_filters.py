"""A list's filter from a request's query, and back into one. Pure but for the shape of the query."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlencode

from shared.console_lists import STAGES_OF, Filter, View
from shared.record import Cause, Stage

AGES = {
    "1h": timedelta(hours=1),
    "1d": timedelta(days=1),
    "3d": timedelta(days=3),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
AGE_WORDS = {"1h": "an hour", "1d": "a day", "3d": "3 days", "7d": "a week", "30d": "30 days"}
ME = "me"
LONGEST_TEXT = 100


def read(view: View, query: Mapping[str, str], legal_entities: tuple[str, ...], me: str) -> Filter:
    """The filter; what is not known does not narrow it, so that an old bookmark still shows something."""
    entity, assigned = query.get("legal_entity", "").lower(), query.get("assigned_to", "").strip()[:64]
    stage, cause = query.get("stage", ""), query.get("cause", "")
    return Filter(
        view=view,
        stage=Stage(stage) if stage in {known.value for known in STAGES_OF[view]} else None,
        cause=Cause(cause) if cause in set(Cause) else None,
        legal_entity=entity if entity in legal_entities else "",
        older_than=AGES.get(query.get("older", "")),
        text=query.get("text", "").strip()[:LONGEST_TEXT],
        assigned_to=me if assigned == ME else assigned,
    )


def written(asked: Filter, me: str) -> str:
    """The query that reads as this filter."""
    older = next((name for name, length in AGES.items() if length == asked.older_than), "")
    values = {
        "stage": asked.stage.value if asked.stage else "",
        "cause": asked.cause.value if asked.cause else "",
        "legal_entity": asked.legal_entity,
        "older": older,
        "text": asked.text,
        "assigned_to": ME if asked.assigned_to and asked.assigned_to == me else asked.assigned_to,
    }
    return urlencode({name: value for name, value in values.items() if value})
