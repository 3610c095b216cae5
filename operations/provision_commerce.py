"""`manage.py provision commerce`: what head office does by hand, in order, each step with what can be seen of it over OData."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from operations.doctor import as_text, chosen, examine
from operations.doctor_model import Answer, Context, Level
from operations.plan import Say


@dataclass(frozen=True)
class Step:
    """One step: where in head office (empty: nowhere), what to do there, and the checks that show whether it is done."""

    title: str
    where: str
    what: tuple[str, ...]
    codes: tuple[str, ...]


STEPS = (
    Step(
        "Let the bridge in",
        "System administration > Setup > Microsoft Entra ID applications",
        (
            "Client Id: the client id of the app's managed identity. Name: B2B Prospect Bridge.",
            "User ID: a service user of its own; its default company does not matter, each request says cross-company.",
        ),
        ("C200", "C201"),
    ),
    Step(
        "Give the service user its rights",
        "System administration > Users > the service user > Assign roles",
        (
            "Read: Prospects, Customers V3, CDS parties, customer hierarchies and their nodes, online and retail channels,",
            "legal entities; in the contact access model contact persons too. Write: Prospects and Customers V3.",
        ),
        ("C205", "C203", "C204"),
    ),
    Step(
        "Switch on what B2B needs",
        "System administration > Workspaces > Feature management",
        (
            "Enable the use of B2B eCommerce capabilities; Local Identity Record and Commerce Customer automatic linking.",
            "B2B Multi-Outlet Ordering with Contact-Based Access (10.0.48, not to be undone) only with ACCESS_MODEL=contact.",
        ),
        ("C206", "C207", "C210"),
    ),
    Step(
        "Refresh the entity list after an update",
        "Data management > Framework parameters > Entity settings > Refresh entity list",
        ("The names that the bridge uses must be in /data/$metadata, CustomerHiearchies (sic) among them.",),
        ("C202", "C229"),
    ),
    Step(
        "Set the number sequences",
        "Commerce shared parameters > Number sequences; Accounts receivable parameters > Number sequences",
        (
            "Customer hierarchy ID needs one.",
            "With CUSTOMERS=bridge the customer account's sequence must be manual, since the bridge names the account.",
        ),
        ("C208", "C209"),
    ),
    Step(
        "Complete the B2B channels",
        "Retail and Commerce > Channels > Online stores",
        (
            "Each needs an operating unit and a default customer with customer group, currency, language, Allow on account,",
            "and the channel's customer address book: without it job 1010 sends no new customer to the site.",
        ),
        ("C211", "C212", "C214"),
    ),
    Step(
        "Set up the mails",
        "Retail and Commerce > Headquarters setup > Commerce profiles > E-mail notification profiles",
        (
            "The channel's profile needs the types B2B prospect approved and B2B prospect rejected, each with a template",
            "in each language. Commerce sends them; the bridge sends none.",
        ),
        ("C213", "C230"),
    ),
    Step(
        "Open Document types once",
        "Organization administration > Document management > Document types",
        ("Opening the form initializes it.",),
        ("C216",),
    ),
    Step(
        "Schedule the jobs",
        "Retail and Commerce > Retail and Commerce IT > Distribution schedule, and > Customer",
        (
            "P-0001, Synchronize customers and channel requests, and 1010, as batch jobs every few minutes:",
            "they decide how long a request takes before the bridge can see it, and a partner before the first sign-in.",
        ),
        ("C215",),
    ),
    Step(
        "Announce requests (optional: the poll finds them too)",
        "System administration > Setup > Business events > Business events catalog",
        (
            "An endpoint of the type HTTPS whose Key Vault secret is {events_url}, or Event Grid with that webhook.",
            "Activate your own B2BProspectCreatedBusinessEvent, or data events of Prospects, for the legal entities in scope.",
        ),
        ("C217",),
    ),
    Step(
        "Choose how decisions arrive",
        "the app's settings",
        (
            "DECISION_CHANNEL=manual until a canary was approved: manage.py canary --decision approve shows whether the write of",
            "B2BProspectStatus brings customers, hierarchy and mail. Then status; else service with a custom service of yours.",
        ),
        ("C231", "C219"),
    ),
    Step(
        "Nothing to do: what the bridge's requests rest on",
        "",
        ("The poll, reads in a $batch, the search by e-mail address, the type of a request's party.",),
        ("C218", "C221", "C222", "C226"),
    ),
)
_EVENTS = "/api/events/commerce?code=KEY"


def walk_through(context: Context, say: Say) -> list[Answer]:
    """Say each step with its checks; returns the checks' answers. Storage may not be there yet: what needs it is skipped."""
    answers = {
        answer.code: answer for answer in examine(context, chosen(",".join(code for step in STEPS for code in step.codes)))
    }
    url = f"{context.environment.bridge_url or 'https://YOUR-APP.azurewebsites.net'}{_EVENTS}"
    for number, step in enumerate(STEPS, start=1):
        _say_step(number, step, [answers[code] for code in step.codes], url, say)
    return [answers[code] for step in STEPS for code in step.codes]


def _say_step(number: int, step: Step, answers: Sequence[Answer], events_url: str, say: Say) -> None:
    say(f"{number:2}. {step.title}  [{_state(answers)}]")
    if step.where:
        say(f"    {step.where}")
    for line in step.what:
        say(f"      {line.format(events_url=events_url)}")
    for answer in answers:
        say("\n".join(f"    {line}" for line in as_text(answer).splitlines()))


def _state(answers: Sequence[Answer]) -> str:
    levels = {answer.status for answer in answers}
    if Level.ERROR in levels:
        return "to do"
    if Level.WARNING in levels:
        return "look at it"
    return "cannot all be seen" if Level.SKIPPED in levels else "done"
