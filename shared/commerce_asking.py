"""Asking Commerce several things in one $batch and getting records back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from shared.batch import PartAnswer
from shared.commerce_questions import Part, Parts, askable, channel_parts, default_customer, email_parts
from shared.commerce_reading import Own, Rows, read_defaults, same_email_accounts, same_email_prospects, text
from shared.errors import AccessRefused, Missing
from shared.models import Prospect, ProspectKey, Record
from shared.odata import ODataService, records
from shared.odata_messages import Answer, Operation
from shared.ports import ChannelDefaults

EMAILS_IN_A_FILTER = 20

SameEmail = tuple[tuple[str, ...], tuple[str, ...]]
"""Accounts of customers, and keys' texts of pending prospects."""


def ask(service: ODataService, parts: Parts) -> Rows:
    """One $batch of GETs; each part's records."""
    return ask_all(service, [parts])[0]


def ask_all(service: ODataService, questions: Sequence[Parts]) -> list[Rows]:
    """Several questions in one $batch. A filter that answers 404 is about the entity set, not about a record."""
    try:
        answers = iter(service.send_batch([operation for parts in questions for operation in parts.values()]))
    except Missing as error:
        text = f"an entity set is not there: {error.message}"
        raise AccessRefused(error.system, text, status=error.status, request_id=error.request_id) from error
    return [rows_of(service, parts, list(islice(answers, len(parts)))) for parts in questions]


def rows_of(service: ODataService, parts: Parts, answers: Sequence[PartAnswer]) -> Rows:
    """Each part's records; a further page, where one is left, is a further request."""
    return {part: _all_rows(service, answer) for part, answer in zip(parts, answers, strict=True)}


def check_emails(service: ODataService, prospects: Sequence[Prospect], *, contact_model: bool) -> Mapping[ProspectKey, SameEmail]:
    """Who else has each prospect's e-mail in its legal entity: one $batch for all of them."""
    asked = list(_email_questions(prospects, contact_model=contact_model))
    answers = service.send_batch([operation for _, _, operation in asked]) if asked else []
    rows: dict[str, dict[Part, list[Record]]] = defaultdict(lambda: defaultdict(list))
    for (area, part, _), answer in zip(asked, answers, strict=True):
        rows[area][part] += _all_rows(service, answer)
    return {prospect.key: _same_email(rows[prospect.key.legal_entity], prospect) for prospect in prospects}


def read_channel(service: ODataService, legal_entity: str, operating_unit_party: str) -> ChannelDefaults | None:
    """The channel's default customer: the channels of the operating unit in one $batch, then the customer.

    None where there is no such channel or it has no default customer.
    """
    retail, online = (_all_rows(service, answer) for answer in service.send_batch(channel_parts(operating_unit_party)))
    channel = _of_legal_entity(retail, legal_entity)
    account = text(channel, "DefaultCustomerAccount")
    if not account:
        return None
    area = text(next(iter(online), {}), "DefaultCustomerLegalEntity") or text(channel, "dataAreaId") or legal_entity
    customers = records(service.send(default_customer(area, account)).data)
    return read_defaults(customers[0]) if customers else None


def _email_questions(prospects: Sequence[Prospect], *, contact_model: bool) -> Iterable[tuple[str, Part, Operation]]:
    """A few e-mail addresses to a filter, so that no URL grows too long."""
    for area in dict.fromkeys(prospect.key.legal_entity for prospect in prospects):
        emails = askable(prospect.email for prospect in prospects if prospect.key.legal_entity == area)
        for start in range(0, len(emails), EMAILS_IN_A_FILTER):
            few = emails[start : start + EMAILS_IN_A_FILTER]
            for part, operation in email_parts(area, few, contact_model=contact_model).items():
                yield area, part, operation


def _same_email(rows: Rows, prospect: Prospect) -> SameEmail:
    emails = frozenset(email.casefold() for email in askable([prospect.email]))
    own = Own(prospect.key, emails, frozenset(), frozenset({prospect.party_number.casefold()} - {""}))
    return same_email_accounts(rows, own), same_email_prospects(rows, own)


def _of_legal_entity(channels: Sequence[Record], legal_entity: str) -> Record:
    """The channel under this legal entity, else any of the operating unit's."""
    own = (channel for channel in channels if text(channel, "dataAreaId").casefold() == legal_entity.casefold())
    return next(own, next(iter(channels), {}))


def _all_rows(service: ODataService, answer: PartAnswer) -> list[Record]:
    return list(service.rows_from(answer)) if isinstance(answer, Answer) else []
