"""Commerce headquarters: prospects, customers and hierarchies, read and written through finance and operations' OData."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from time import monotonic
from typing import Literal

from shared.batch import PartAnswer
from shared.commerce_asking import SameEmail, ask, ask_all, check_emails, read_channel, rows_of
from shared.commerce_questions import (
    CROSS_COMPANY,
    Part,
    Parts,
    askable,
    customer_path,
    decision_request,
    email_parts,
    parts_for,
    pending_prospects,
    prospect_path,
)
from shared.commerce_reading import Rows, prospect_in, read_customer, read_prospect, read_view
from shared.errors import InDoubt, Missing, Refused, ServiceError
from shared.models import CommerceView, Customer, Hierarchy, PartyType, Prospect, ProspectKey
from shared.odata import ODataService
from shared.odata_messages import Answer, ChangeSet, Operation, query
from shared.ports import ChannelDefaults, CustomerDraft, Question
from shared.record import Verdict
from shared.reference_cache import ReferenceCache

CHECKED_AT_ONCE = 100
_HIERARCHY_NAME = 100
"""Characters of CustomerHiearchies.Name."""

_DECISION = {Verdict.APPROVE: "Approve", Verdict.REJECT: "Reject"}


class DynamicsCommerce:
    """Implements `ports.Commerce`. Every request is made across companies."""

    def __init__(
        self,
        service: ODataService,
        decision_channel: Literal["status", "service", "manual"],
        decision_service: str = "",
        access_model: Literal["person", "contact"] = "person",
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """`decision_service` is the custom service's path, `/api/services/{group}/{service}/{operation}`."""
        self._service, self._decision_channel, self._decision_service = service, decision_channel, decision_service
        self._contact_model = access_model == "contact"
        self._channels: ReferenceCache[ChannelDefaults | None] = ReferenceCache(clock)

    def prospect(self, key: ProspectKey) -> Prospect | None:
        """The prospect with its party; None: no such prospect."""
        path = f"{prospect_path(key.legal_entity, key.prospect_id)}&{query(expand='Party')}"
        try:
            return read_prospect(self._service.send(Operation("GET", path)).data)
        except Missing:
            return None

    def check(self, prospects: Sequence[Prospect]) -> Mapping[ProspectKey, SameEmail]:
        """For each: accounts of customers, and keys' texts of other pending prospects, with its e-mail; a request per hundred."""
        found: dict[ProspectKey, SameEmail] = {}
        for start in range(0, len(prospects), CHECKED_AT_ONCE):
            hundred = prospects[start : start + CHECKED_AT_ONCE]
            found.update(check_emails(self._service, hundred, contact_model=self._contact_model))
        return found

    def look(self, question: Question) -> CommerceView:
        """One $batch of GETs. Where e-mails were asked but not the prospect's own, that one is asked in a further request."""
        return self._view(question, ask(self._service, self._parts(question)))

    def look_all(self, questions: Sequence[Question]) -> tuple[CommerceView, ...]:
        """Each as `look` does, together in one $batch."""
        found = ask_all(self._service, [self._parts(question) for question in questions]) if questions else []
        return tuple(self._view(question, rows) for question, rows in zip(questions, found, strict=True))

    def create_customers(self, drafts: Sequence[CustomerDraft]) -> tuple[Customer, ...]:
        """Create them in one change set, the Organization first, since the Person's InvoiceAccount names it; in that order.

        Raises Outdated where one is there already, InDoubt where no answer came.
        """
        if not drafts:
            return ()
        ordered = sorted(drafts, key=lambda draft: draft.values.get("PartyType") != PartyType.ORGANIZATION)
        path = f"CustomersV3?{CROSS_COMPANY}"
        creations = tuple(Operation("POST", path, body=draft.values, repeatable=False) for draft in ordered)
        answers = _answers(self._service.send_batch([ChangeSet(creations)])[0])
        return tuple(read_customer({**draft.values, **answer.data}) for draft, answer in zip(ordered, answers, strict=True))

    def create_hierarchy(self, hierarchy: Hierarchy, name: str) -> None:
        """Create a B2B hierarchy with its nodes in one change set; raises Outdated where its id is taken, InDoubt."""
        its, organization = {"CustomerHierarchyId": hierarchy.id}, hierarchy.organization_party
        of = {"Name": name[:_HIERARCHY_NAME], "Purpose": "B2BOrganization", "OrganizationPartyNumber": organization}
        nodes = [{"NodePartyNumber": node.party_number, "Role": node.role, "NodeType": "Customer"} for node in hierarchy.nodes]
        rows = [("CustomerHiearchies", its | of), *(("CustomerHierarchyNodes", its | node) for node in nodes)]
        made = (Operation("POST", f"{entity_set}?{CROSS_COMPANY}", body=body, repeatable=False) for entity_set, body in rows)
        self._service.send_batch([ChangeSet(tuple(made))])

    def hold_customers(self, legal_entity: str, accounts: Sequence[str]) -> None:
        """Put customers on hold (OnHoldStatus All) in one change set; doing it again changes nothing."""
        paths = [customer_path(legal_entity, account) for account in accounts]
        if paths:
            self._service.send_batch([ChangeSet(tuple(Operation("PATCH", path, body={"OnHoldStatus": "All"}) for path in paths))])

    def write_decision(self, prospect: Prospect, verdict: Verdict, question: Question) -> CommerceView:
        """Approve or reject under the prospect's ETag and read back: one $batch, by custom service one request more.

        Raises Outdated where the prospect changed, Refused for a rule or where a clerk decides, InDoubt where no answer came.
        """
        if self._decision_channel == "manual":
            raise Refused(self._service.system, "decisions are taken by a clerk in head office (decision channel: manual)")
        if self._decision_channel == "service":
            return self._decide_by_service(prospect, verdict, question)
        return self._decide_by_status(prospect, verdict, question)

    def channel(self, legal_entity: str, operating_unit_party: str) -> ChannelDefaults | None:
        """The channel's default customer's values: two requests, cached for an hour; None: no such channel."""
        key = (legal_entity.casefold(), operating_unit_party)
        return self._channels.get(key, lambda: read_channel(self._service, legal_entity, operating_unit_party))

    def pending(self, legal_entities: Sequence[str], skip: int = 0) -> Iterator[Prospect]:
        """Every Pending B2B prospect of these legal entities (of all, where none is named) with its party, page by page."""
        return map(read_prospect, self._service.rows(pending_prospects(legal_entities, skip)))

    def _parts(self, question: Question) -> Parts:
        return parts_for(question, contact_model=self._contact_model)

    def _view(self, question: Question, rows: Rows) -> CommerceView:
        """Where e-mails were asked but not the prospect's own, that one is asked in a further request."""
        prospect = prospect_in(rows, question.key)
        if question.emails and prospect and _not_among(prospect.email, question.emails):
            question = replace(question, emails=(*question.emails, prospect.email))
            further = email_parts(question.key.legal_entity, [prospect.email], contact_model=self._contact_model)
            rows = _together(rows, ask(self._service, further))
        return read_view(question, rows, contact_model=self._contact_model)

    def _decide_by_status(self, prospect: Prospect, verdict: Verdict, question: Question) -> CommerceView:
        condition = {"If-Match": prospect.etag} if prospect.etag else {}
        path = prospect_path(prospect.legal_entity, prospect.prospect_id)
        write = Operation("PATCH", path, condition, {"B2BProspectStatus": verdict.status.value}, repeatable=False)
        parts = self._parts(question)
        answers = self._service.send_batch([ChangeSet((write,)), *parts.values()])
        return read_view(question, rows_of(self._service, parts, answers[1:]), contact_model=self._contact_model)

    def _decide_by_service(self, prospect: Prospect, verdict: Verdict, question: Question) -> CommerceView:
        """A custom service cannot ride in a $batch, and knows no ETag: the prospect was read as Pending just before."""
        body = decision_request(prospect.legal_entity, prospect.prospect_id, _DECISION[verdict])
        self._service.send(Operation("POST", self._decision_service, body=body, repeatable=False))
        try:
            return self.look(question)
        except ServiceError as error:
            raise InDoubt(error.system, f"decided, but not read back: {error.message}", request_id=error.request_id) from error


def _not_among(email: str, asked: Sequence[str]) -> bool:
    known = {one.casefold() for one in askable(asked)}
    return any(one.casefold() not in known for one in askable([email]))


def _together(rows: Rows, further: Rows) -> Rows:
    return {part: [*rows.get(part, ()), *further.get(part, ())] for part in Part if part in rows or part in further}


def _answers(answer: PartAnswer) -> tuple[Answer, ...]:
    return answer if isinstance(answer, tuple) else (answer,)
