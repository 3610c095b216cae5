"""What ports.Commerce writes, method by method: the fake and the real client against the sandbox do the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from shared.errors import Missing, Outdated, Refused
from shared.mapping import accounts_for, hierarchy_for
from shared.models import CommerceView, Hierarchy, HierarchyNode, PartyType, ProspectStatus
from shared.ports import Commerce, CustomerDraft
from shared.record import Verdict
from tests.contract.ports.cases import ANN, drafts, prospect, question, with_customers
from tests.contract.ports.sides import CommerceSide

Spent = Callable[[Callable[[], object]], int]


# ---- create_hierarchy


def test_a_hierarchy_is_made_with_its_admin_in_one_request_and_found_by_each_party(commerce: CommerceSide, spent: Spent) -> None:
    found = prospect(commerce, commerce.submit(ANN))
    organization, person = commerce.port.create_customers(drafts(commerce, found))
    admin = HierarchyNode(person.party_number, "Admin")
    made = Hierarchy(hierarchy_for(found.key), organization.party_number, (admin,))
    assert spent(lambda: commerce.port.create_hierarchy(made, "Fabrikam " * 20)) == 1
    for party in (organization.party_number, person.party_number):
        view = commerce.port.look(replace(question(found, hierarchy=True), parties=(party,)))
        [hierarchy] = view.hierarchies or ()
        assert (hierarchy.id, hierarchy.admins()) == (made.id, (person.party_number,))


def test_a_hierarchy_is_not_made_twice(commerce: CommerceSide) -> None:
    found = with_customers(commerce)
    made = Hierarchy(hierarchy_for(found.key), found.party_number, (HierarchyNode(found.party_number, "Admin"),))
    commerce.port.create_hierarchy(made, "Fabrikam")
    with pytest.raises(Outdated):
        commerce.port.create_hierarchy(made, "Fabrikam")
    assert commerce.port.look(question(found, hierarchy=True)).hierarchies == (made,)


# ---- create_customers


def test_both_customers_are_made_in_one_request_the_organization_first(commerce: CommerceSide, spent: Spent) -> None:
    found = prospect(commerce, commerce.submit(ANN))
    commerce.port.channel(found.legal_entity, found.channel)
    wanted = drafts(commerce, found)
    assert spent(lambda: commerce.port.create_customers(wanted)) == 1
    organization, person = accounts_for(found.key, found.party_type)
    made = {customer.account: customer for customer in commerce.customers()}
    assert made.keys() == {organization, person}
    assert (made[organization].party_type, made[organization].email) == (PartyType.ORGANIZATION, "")
    assert (made[person].party_type, made[person].email, made[person].invoice_account) == (PartyType.PERSON, ANN, organization)
    assert made[person].party_number == found.party_number != made[organization].party_number
    assert made[person].address_books


def test_they_are_returned_with_the_parties_that_commerce_gave_them(commerce: CommerceSide) -> None:
    found = prospect(commerce, commerce.submit(ANN))
    organization, person = commerce.port.create_customers(drafts(commerce, found))
    assert (organization.account, person.account) == accounts_for(found.key, found.party_type)
    assert (person.party_number, bool(organization.party_number)) == (found.party_number, True)


def test_a_customer_that_is_there_already_is_outdated_and_neither_is_made(commerce: CommerceSide) -> None:
    found = prospect(commerce, commerce.submit(ANN))
    human, firm = drafts(commerce, found)
    commerce.port.create_customers([firm])
    with pytest.raises(Outdated):
        commerce.port.create_customers([human, firm])
    assert [customer.account for customer in commerce.customers()] == [firm.account]


@pytest.mark.parametrize(
    "wrong",
    [
        {"CustomerAccount": "SOMETHING-ELSE"},
        {"InvoiceAccount": "C-404"},
        {"CustomerGroupId": ""},
        {"PartyNumber": "000404"},
    ],
    ids=lambda values: next(iter(values)),
)
def test_what_a_rule_forbids_is_refused_and_neither_is_made(commerce: CommerceSide, wrong: dict[str, str]) -> None:
    """F&O: prospect-party rule among them: on a prospect's party, customer account and prospect number must be the same."""
    found = prospect(commerce, commerce.submit(ANN))
    human, firm = drafts(commerce, found)
    values = {**human.values, **wrong}
    with pytest.raises(Refused):
        commerce.port.create_customers([CustomerDraft(found.legal_entity, str(values["CustomerAccount"]), values), firm])
    assert commerce.customers() == []


def test_a_party_of_the_other_type_is_refused(commerce: CommerceSide) -> None:
    found = prospect(commerce, commerce.submit(ANN, party_type=PartyType.ORGANIZATION))
    human, _ = drafts(commerce, found)
    values = {**human.values, "PartyNumber": found.party_number, "CustomerAccount": found.key.prospect_id, "InvoiceAccount": ""}
    with pytest.raises(Refused):
        commerce.port.create_customers([CustomerDraft(found.legal_entity, found.key.prospect_id, values)])


# ---- write_decision


@pytest.mark.parametrize(
    ("verdict", "status", "mail"), [(Verdict.APPROVE, "Approved", "approved"), (Verdict.REJECT, "Rejected", "rejected")]
)
def test_a_decision_is_written_and_read_back_in_one_request_and_mailed_once(
    commerce: CommerceSide, spent: Spent, verdict: Verdict, status: str, mail: str
) -> None:
    found = with_customers(commerce)
    seen: list[CommerceView] = []
    asked = question(found, hierarchy=True)
    assert spent(lambda: seen.append(commerce.port.write_decision(found, verdict, asked))) == 1
    assert seen[0].prospect
    assert seen[0].prospect.status == status
    assert commerce.mails() == [f"{mail} {ANN}"]


def test_an_approval_shows_its_hierarchy_with_the_requester_as_admin(commerce: CommerceSide) -> None:
    found = with_customers(commerce)
    organization = next(customer for customer in commerce.customers() if customer.party_type == PartyType.ORGANIZATION)
    asked = replace(question(found, hierarchy=True), parties=(found.party_number, organization.party_number))
    view = commerce.port.write_decision(found, Verdict.APPROVE, asked)
    assert view.hierarchies
    [hierarchy] = view.hierarchies
    assert (hierarchy.organization_party, hierarchy.admins()) == (organization.party_number, (found.party_number,))
    assert commerce.port.look(asked).hierarchies == view.hierarchies
    assert len(commerce.customers()) == 2


def test_an_approval_makes_the_customers_that_nobody_made(commerce: CommerceSide) -> None:
    found = prospect(commerce, commerce.submit(ANN))
    view = commerce.port.write_decision(found, Verdict.APPROVE, question(found, hierarchy=True))
    assert {customer.party_type for customer in commerce.customers()} == {PartyType.PERSON, PartyType.ORGANIZATION}
    assert found.key.prospect_id in {customer.account for customer in commerce.customers()}
    assert view.hierarchies
    assert [hierarchy.admins() for hierarchy in view.hierarchies] == [(found.party_number,)]


def test_a_hierarchy_that_only_its_admin_led_to_is_read_whole_by_its_id(commerce: CommerceSide) -> None:
    found = prospect(commerce, commerce.submit(ANN))
    asked = question(found, hierarchy=True)
    [led_to] = commerce.port.write_decision(found, Verdict.APPROVE, asked).hierarchies or ()
    [whole] = commerce.port.look(replace(asked, hierarchies=(led_to.id,))).hierarchies or ()
    assert (led_to.organization_party, whole.id) == ("", led_to.id)
    assert whole.organization_party in {one.party_number for one in commerce.customers() if one.party_type == "Organization"}


def test_a_rejection_makes_nothing(commerce: CommerceSide) -> None:
    found = prospect(commerce, commerce.submit(ANN))
    view = commerce.port.write_decision(found, Verdict.REJECT, question(found, hierarchy=True))
    assert (commerce.customers(), view.hierarchies) == ([], ())


def test_a_prospect_that_changed_since_it_was_read_is_not_decided(commerce: CommerceSide) -> None:
    found = prospect(commerce, commerce.submit(ANN))
    commerce.edit(found.key, company="Fabrikam Ltd.")
    with pytest.raises(Outdated):
        commerce.port.write_decision(found, Verdict.APPROVE, question(found))
    assert (prospect(commerce, found.key).status, commerce.mails()) == (ProspectStatus.PENDING, [])


def test_a_prospect_that_is_gone_cannot_be_decided(commerce: CommerceSide) -> None:
    found = prospect(commerce, commerce.submit(ANN))
    commerce.delete(found.key)
    with pytest.raises(Missing):
        commerce.port.write_decision(found, Verdict.APPROVE, question(found))


def test_approving_twice_mails_twice_and_makes_nothing_twice(commerce: CommerceSide) -> None:
    found = with_customers(commerce)
    commerce.port.write_decision(found, Verdict.APPROVE, question(found))
    commerce.port.write_decision(prospect(commerce, found.key), Verdict.APPROVE, question(found))
    assert (len(commerce.mails()), len(commerce.customers())) == (2, 2)


def test_by_clerks_means_that_the_bridge_is_refused(commerce: CommerceSide) -> None:
    manual: Commerce = commerce.by_clerks()
    found = prospect(commerce, commerce.submit(ANN))
    with pytest.raises(Refused):
        manual.write_decision(found, Verdict.APPROVE, question(found))
    assert prospect(commerce, found.key).status is ProspectStatus.PENDING


def test_a_clerks_decision_has_the_same_effects(commerce: CommerceSide) -> None:
    found = with_customers(commerce)
    commerce.decide(found.key, "approve")
    view = commerce.port.look(question(found, hierarchy=True))
    assert (len(commerce.customers()), len(view.hierarchies or ()), commerce.mails()) == (2, 1, [f"approved {ANN}"])


def test_in_the_contact_model_the_admin_is_a_contact_that_must_still_be_enabled(commerce: CommerceSide) -> None:
    model = commerce.contact_model()
    found = prospect(commerce, commerce.submit(ANN))
    view = model.write_decision(found, Verdict.APPROVE, question(found, hierarchy=True))
    assert view.contact_enabled is False
    assert [customer.party_type for customer in commerce.customers()] == [PartyType.ORGANIZATION]
    commerce.enable_contacts()
    assert model.look(question(found, hierarchy=True)).contact_enabled is True


# ---- hold_customers


def test_customers_are_put_on_hold_in_one_request_and_again_without_harm(commerce: CommerceSide, spent: Spent) -> None:
    found = with_customers(commerce)
    accounts = [customer.account for customer in commerce.customers()]
    for _ in range(2):
        assert spent(lambda: commerce.port.hold_customers(found.legal_entity, accounts)) == 1
    assert {customer.on_hold for customer in commerce.customers()} == {"All"}


def test_a_customer_that_is_not_there_cannot_be_put_on_hold_and_the_other_is_not_either(commerce: CommerceSide) -> None:
    found = with_customers(commerce)
    with pytest.raises(Missing):
        commerce.port.hold_customers(found.legal_entity, [found.key.prospect_id, "C-404"])
    assert {customer.on_hold for customer in commerce.customers()} == {"No"}
