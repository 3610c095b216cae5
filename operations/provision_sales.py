"""`manage.py provision sales`: shows what Sales lacks, makes it, or removes it again."""

from __future__ import annotations

from operations import provision_webhooks
from operations.dataverse import Dataverse
from operations.plan import Outcome, Piece, Say, carry_out, undo
from operations.provision_lead import LeadKey, columns_of
from operations.provision_package import PackageColumns
from operations.provision_role import ApplicationUser, Role
from operations.provision_solution import Publisher, Solution
from operations.provision_view import View
from operations.provision_wanted import COLUMNS, Wanted
from shared.field_map import Profile

_LEAD_ONLY = "<importexportxml><entities><entity>lead</entity></entities></importexportxml>"


def provision(sales: Dataverse, wanted: Wanted, say: Say, *, apply: bool, webhooks: bool = True) -> Outcome:
    """Show the plan and, with `apply`, carry it out; a second run changes nothing. Raises KeyNotActive and the ServiceErrors."""
    outcome = carry_out(pieces(sales, wanted, webhooks=webhooks), say, apply=apply)
    _publish(sales, outcome, apply=apply)
    return outcome


def remove(sales: Dataverse, wanted: Wanted, say: Say, *, apply: bool) -> Outcome:
    """Show what our solution made and, with `apply`, remove it; blocked where leads hold values in it, or it is used."""
    outcome = undo(pieces(sales, wanted), say, apply=apply)
    _publish(sales, outcome, apply=apply)
    return outcome


def pieces(sales: Dataverse, wanted: Wanted, *, webhooks: bool = True) -> list[Piece]:
    """Everything in the order in which it is made."""
    package = [PackageColumns(sales, wanted)] if wanted.profile is Profile.DUAL_WRITE else []
    return [
        *package,
        Publisher(sales, wanted),
        Solution(sales),
        *columns_of(sales, wanted, COLUMNS),
        LeadKey(sales, wanted),
        View(sales, wanted),
        *(provision_webhooks.pieces(sales, wanted) if webhooks else ()),
        Role(sales, wanted),
        ApplicationUser(sales, wanted),
    ]


def _publish(sales: Dataverse, outcome: Outcome, *, apply: bool) -> None:
    """A view shows to sellers only when the lead's customizations are published.

    At each run, as the secret is written: nobody can see whether an earlier run was cut off before it got here."""
    if apply and not outcome.blocked:
        sales.call("PublishXml", {"ParameterXml": _LEAD_ONLY})
