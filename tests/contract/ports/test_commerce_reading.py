"""What ports.Commerce reads, method by method: the fake and the real client against the sandbox do the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shared.mapping import accounts_for
from shared.models import PartyType, ProspectKey, ProspectStatus
from shared.ports import Question
from shared.record import Verdict
from tests.contract.ports.cases import ANN, BO, drafts, prospect, question, with_customers
from tests.contract.ports.sides import CommerceSide

Spent = Callable[[Callable[[], object]], int]


# ---- prospect


@pytest.mark.parametrize("party_type", [PartyType.PERSON, PartyType.ORGANIZATION])
@pytest.mark.parametrize("legal_entity", ["usmf", "demf"])
def test_a_prospect_comes_with_its_party_in_one_request(
    commerce: CommerceSide, spent: Spent, party_type: PartyType, legal_entity: str
) -> None:
    key = commerce.submit(ANN, legal_entity, party_type)
    assert spent(lambda: commerce.port.prospect(key)) == 1
    found = prospect(commerce, key)
    assert (found.key, found.status, found.is_b2b, found.email) == (key, ProspectStatus.PENDING, True, ANN)
    assert (found.party_type, found.fields["CompanyName"]) == (party_type, "Fabrikam")
    assert found.party_number
    assert found.channel
    assert found.etag
    if party_type is PartyType.PERSON:
        assert (found.fields["Party.PersonFirstName"], found.fields["Party.PersonLastName"]) == ("Ann", "Lee")


def test_no_prospect_is_none(commerce: CommerceSide) -> None:
    key = commerce.submit(ANN)
    commerce.delete(key)
    assert commerce.port.prospect(key) is None
    assert commerce.port.prospect(ProspectKey.of("demf", key.prospect_id)) is None


def test_a_change_gives_another_etag(commerce: CommerceSide) -> None:
    key = commerce.submit(ANN)
    before = prospect(commerce, key).etag
    assert prospect(commerce, key).etag == before
    commerce.edit(key, company="Fabrikam Ltd.")
    assert prospect(commerce, key).etag != before


@pytest.mark.parametrize("status", ["Approved", "Rejected", "Unknown"])
def test_a_status_is_shown_as_it_is(commerce: CommerceSide, status: str) -> None:
    key = commerce.submit(ANN)
    commerce.set_status(key, status)
    assert prospect(commerce, key).status == status


# ---- check


def test_others_with_the_same_address_are_found_for_many_in_one_request(commerce: CommerceSide, spent: Spent) -> None:
    commerce.add_customer("C-1", ANN.upper())
    commerce.add_customer("C-2", BO, "demf")
    ann, again, bo = (prospect(commerce, commerce.submit(email)) for email in (ANN, ANN.lower(), BO))
    assert spent(lambda: commerce.port.check([ann, again, bo])) == 1
    checked = commerce.port.check([ann, again, bo])
    assert checked == {
        ann.key: (("C-1",), (again.key.text,)),
        again.key: (("C-1",), (ann.key.text,)),
        bo.key: ((), ()),
    }


def test_a_decided_prospect_is_no_rival(commerce: CommerceSide) -> None:
    first, second = (prospect(commerce, commerce.submit(ANN)) for _ in range(2))
    commerce.decide(first.key, "reject")
    assert commerce.port.check([second])[second.key] == ((), ())


def test_the_prospects_own_customer_is_no_rival(commerce: CommerceSide) -> None:
    found = with_customers(commerce)
    assert commerce.port.check([found])[found.key] == ((), ())


def test_nothing_to_check_is_no_request(commerce: CommerceSide, spent: Spent) -> None:
    assert spent(lambda: commerce.port.check([])) == 0


# ---- look


def test_a_look_shows_prospect_customers_and_rivals_in_one_request(commerce: CommerceSide, spent: Spent) -> None:
    found = with_customers(commerce)
    commerce.add_customer("C-1", ANN)
    rival = commerce.submit(ANN)
    assert spent(lambda: commerce.port.look(question(found))) == 1
    view = commerce.port.look(question(found))
    assert view.prospect
    assert (view.prospect.key, view.prospect.status) == (found.key, ProspectStatus.PENDING)
    assert {customer.account for customer in view.customers} == set(accounts_for(found.key, found.party_type))
    assert (view.same_email_accounts, view.same_email_prospects) == (("C-1",), (rival.text,))
    assert (view.hierarchies, view.contact_enabled, view.channel_books) == (None, None, None)


def test_what_was_not_asked_is_not_known(commerce: CommerceSide) -> None:
    key = commerce.submit(ANN)
    view = commerce.port.look(Question(key))
    assert (view.customers, view.same_email_accounts, view.same_email_prospects, view.hierarchies) == ((), None, None, None)


def test_where_another_address_was_asked_the_prospects_own_is_asked_in_a_second_request(
    commerce: CommerceSide, spent: Spent
) -> None:
    commerce.add_customer("C-1", ANN)
    commerce.add_customer("C-2", BO)
    found = prospect(commerce, commerce.submit(ANN))
    assert spent(lambda: commerce.port.look(question(found, emails=(BO,)))) == 2
    assert commerce.port.look(question(found, emails=(BO,))).same_email_accounts == ("C-1", "C-2")


def test_a_look_at_no_prospect_shows_none(commerce: CommerceSide) -> None:
    key = commerce.submit(ANN)
    commerce.delete(key)
    assert commerce.port.look(Question(key, (ANN,))).prospect is None


# ---- channel, pending


def test_a_channels_defaults_cost_no_onboarding_anything(commerce: CommerceSide, spent: Spent) -> None:
    found = prospect(commerce, commerce.submit(ANN, "demf"))
    assert spent(lambda: commerce.port.channel("demf", found.channel)) == 0
    defaults = commerce.port.channel("DEMF", found.channel)
    assert defaults
    assert (defaults.customer_group, defaults.currency, defaults.language) == ("B2B", "EUR", "de")
    assert (defaults.address_books, defaults.allow_on_account) == (frozenset({"B2B DE"}), "Yes")
    assert commerce.port.channel("demf", "CH-404") is None


def test_pending_prospects_are_those_in_scope_that_nobody_decided(commerce: CommerceSide, spent: Spent) -> None:
    first, second, german = commerce.submit(ANN), commerce.submit(BO), commerce.submit(BO, "demf")
    commerce.decide(first, "reject")
    assert spent(lambda: list(commerce.port.pending(["usmf"]))) == 1
    assert [one.key for one in commerce.port.pending(["usmf"])] == [second]
    assert {one.key for one in commerce.port.pending(["usmf", "demf"])} == {second, german}
    [listed] = commerce.port.pending(["demf"])
    whole = prospect(commerce, german)
    assert (listed.etag, listed.email, listed.party_number, listed.channel) == (
        whole.etag,
        whole.email,
        whole.party_number,
        whole.channel,
    )


def test_the_servers_count_what_the_bridge_counts(commerce: CommerceSide) -> None:
    found = prospect(commerce, commerce.submit(ANN))
    commerce.port.channel(found.legal_entity, found.channel)
    before = commerce.requests()
    commerce.port.prospect(found.key)
    commerce.port.check([found])
    commerce.port.look(question(found, hierarchy=True))
    commerce.port.create_customers(drafts(commerce, found))
    commerce.port.write_decision(found, Verdict.APPROVE, question(found, hierarchy=True))
    commerce.port.hold_customers(found.legal_entity, [found.key.prospect_id])
    assert commerce.requests() - before == 6
