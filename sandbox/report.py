"""What became of each prospect: the app's own records, beside what both systems show and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.play import Play
from sandbox.scenario import ENDS, WINNERS, Applicant, Story
from sandbox.stack import LEGAL_ENTITIES
from shared.correlation import Correlation
from shared.models import ProspectKey
from shared.ports import Stored
from shared.record import Onboarding

Json = dict[str, Any]
APPROVED_MAIL, REJECTED_MAIL = "B2B prospect approved", "B2B prospect rejected"


@dataclass(frozen=True)
class Result:
    """One applicant's end: the row of the report, and what is wrong with it (nothing, if all is well)."""

    applicant: Applicant
    row: Json
    problems: tuple[str, ...]


def rests(store: Correlation) -> dict[ProspectKey, tuple[str, str | None]]:
    """Stage and attention of every onboarding, from the index rows alone."""
    found: dict[ProspectKey, tuple[str, str | None]] = {}
    for legal_entity in LEGAL_ENTITIES:
        page = store.in_stage(legal_entity, page_size=1000)
        while True:
            found |= {item.key: (item.stage.value, item.attention.value if item.attention else None) for item in page.items}
            if not page.continuation:
                break
            page = store.in_stage(legal_entity, page_size=1000, continuation=page.continuation)
    return found


def at_rest(play: Play, now: Mapping[ProspectKey, tuple[str, str | None]]) -> bool:
    """Whether each is at its end, as `rests` shows it, and neither system has anything left to tell."""
    ended = all(now.get(ProspectKey.of(*play.keys[one.number])) == ENDS[one.story] for one in play.cast)
    return ended and play.desk.is_idle() and play.office.is_idle()


def results(play: Play, store: Correlation) -> list[Result]:
    """Everything of each applicant, read once from the app's table and from both systems."""
    state, counts = play.office.state(), {"sales": play.desk.request_counts(), "commerce": play.office.request_counts()}
    spent = {system: counted["by_correlation"] for system, counted in counts.items()}
    found = []
    for applicant in play.cast:
        key = play.keys[applicant.number]
        stored = store.load(ProspectKey.of(*key))
        row = _row(stored, state, spent) if stored else _missing(*key)
        found.append(Result(applicant, row, tuple(_problems(applicant, row, state))))
    return found


def report(found: list[Result], seconds: float, spent: Json) -> Json:
    """The whole report as JSON."""
    stages = Counter(result.row["stage"] for result in found)
    wrong = [result for result in found if result.problems]
    totals = {
        "onboardings": len(found),
        "stages": dict(stages),
        "requests": spent,
        "table_operations": sum(result.row["table_operations"] for result in found),
        "seconds": round(seconds, 2),
        "problems": {f"{result.row['legal_entity']}/{result.row['prospect']}": list(result.problems) for result in wrong},
    }
    return {"onboardings": [result.row for result in found], "totals": totals, "ok": not totals["problems"]}


def _row(stored: Stored, state: Json, spent: dict[str, Json]) -> Json:
    known = stored.onboarding
    accounts = [row["CustomerAccount"] for row in state["CustomersV3"] if row["dataAreaId"].lower() == known.key.legal_entity]

    def there(account: str) -> str | None:
        return account if account in accounts else None

    return {
        "legal_entity": known.legal_entity,
        "prospect": known.prospect_id,
        "stage": known.stage.value,
        "attention": known.attention.value if known.attention else None,
        "lead_id": known.lead_id or None,
        "opportunity_id": _opportunity(known),
        "customers": {
            "organization": there(known.organization_account) or _organization_of_hierarchy(known, state),
            "person": there(known.person_account),
        },
        "hierarchy_id": known.hierarchy_id or None,
        "mails": [mail["notification"] for mail in _mails(known, state)],
        "correlation_id": known.correlation_id,
        "requests": {system: counts.get(known.correlation_id, 0) for system, counts in spent.items()},
        "table_operations": known.table_operations,
        "seconds": _seconds(known),
    }


def _organization_of_hierarchy(known: Onboarding, state: Json) -> str | None:
    """The Organization that Commerce itself made at an approval: the record knows its hierarchy, and not its account."""
    of_hierarchy = {row["CustomerHierarchyId"]: row["OrganizationPartyNumber"] for row in state["CustomerHiearchies"]}
    parties = {row["PartyNumber"]: row["CustomerAccount"] for row in state["CustomersV3"]}
    return parties.get(of_hierarchy.get(known.hierarchy_id, ""))


def _missing(legal_entity: str, prospect: str) -> Json:
    """The row of a prospect that no onboarding is about."""
    names = ("stage", "attention", "lead_id", "opportunity_id", "hierarchy_id", "correlation_id", "seconds")
    customers, requests = {"organization": None, "person": None}, {"sales": 0, "commerce": 0}
    counted = {"customers": customers, "mails": [], "requests": requests, "table_operations": 0}
    return {"legal_entity": legal_entity, "prospect": prospect, **dict.fromkeys(names), **counted}


def _opportunity(known: Onboarding) -> str | None:
    """The one that decided: won before lost before open."""
    ranked = sorted(known.opportunities.items(), key=lambda item: ("won", "lost", "open").index(item[1]))
    return ranked[0][0] if ranked else None


def _mails(known: Onboarding, state: Json) -> list[Json]:
    mine = (known.key.legal_entity, known.key.prospect_id)
    return [mail for mail in state["outbox"] if (mail["legal_entity"].lower(), mail["prospect"].upper()) == mine]


def _seconds(known: Onboarding) -> float:
    """From the first hint to the last stage that it reached."""
    end: datetime = known.completed_at or known.stage_since
    return round((end - known.created_at).total_seconds(), 2)


def _problems(applicant: Applicant, row: Json, state: Json) -> list[str]:
    """What is not as it must be."""
    stage, attention = ENDS[applicant.story]
    checks = {
        f"stage {row['stage']}, not {stage}": row["stage"] == stage,
        f"attention {row['attention']}, not {attention}": row["attention"] == attention,
        f"mails {row['mails']}": row["mails"] == _expected_mails(stage),
        "no lead": bool(row["lead_id"]),
        f"prospect is {_status(row, state)}": _status(row, state) == _expected_status(stage),
    }
    if applicant.story in WINNERS:
        checks["a customer is missing"] = all(row["customers"].values())
        checks["no hierarchy"] = bool(row["hierarchy_id"])
        checks["the requester cannot sign in"] = _customers_with(applicant.email, row, state) == 1
    if applicant.story is Story.DUPLICATE_EMAIL:
        checks["a second customer has the e-mail"] = _customers_with(applicant.email, row, state) == 1
    return [problem for problem, is_fine in checks.items() if not is_fine]


def _expected_mails(stage: str) -> list[str]:
    return {"approved": [APPROVED_MAIL], "rejected": [REJECTED_MAIL]}.get(stage, [])


def _expected_status(stage: str) -> str:
    return {"approved": "Approved", "rejected": "Rejected"}.get(stage, "Pending")


def _status(row: Json, state: Json) -> str:
    mine = (row["legal_entity"], row["prospect"])
    return next((p["B2BProspectStatus"] for p in state["Prospects"] if (p["dataAreaId"], p["ProspectId"]) == mine), "gone")


def _customers_with(email: str, row: Json, state: Json) -> int:
    entity = row["legal_entity"]
    found = [c for c in state["CustomersV3"] if c["dataAreaId"] == entity and c.get("PrimaryContactEmail", "").lower() == email]
    return len(found)
