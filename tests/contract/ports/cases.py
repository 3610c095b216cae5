"""Prospects, questions and drafts that the tests of ports.Commerce begin with."""

from __future__ import annotations

from shared.mapping import accounts_for
from shared.models import Prospect, ProspectKey
from shared.ports import CustomerDraft, Question
from tests.contract.ports.sides import CommerceSide

ANN, BO = "Ann@Fabrikam.example", "bo@fabrikam.example"


def prospect(commerce: CommerceSide, key: ProspectKey) -> Prospect:
    found = commerce.port.prospect(key)
    assert found
    return found


def question(found: Prospect, *, emails: tuple[str, ...] = (ANN,), hierarchy: bool = False) -> Question:
    """What the bridge asks about an onboarding once its customers have their accounts."""
    return Question(found.key, emails, accounts_for(found.key, found.party_type), (found.party_number,), hierarchy)


def drafts(commerce: CommerceSide, found: Prospect) -> list[CustomerDraft]:
    """Both customers of a prospect, as the bridge writes them; the Person first, to show that order does not matter."""
    organization, person = accounts_for(found.key, found.party_type)
    defaults = commerce.port.channel(found.legal_entity, found.channel)
    assert defaults
    common = {
        "dataAreaId": found.legal_entity,
        "CustomerGroupId": defaults.customer_group,
        "SalesCurrencyCode": defaults.currency,
        "LanguageId": defaults.language,
        "AddressBooks": ";".join(defaults.address_books),
    }
    firm = common | {"CustomerAccount": organization, "PartyType": "Organization", "OrganizationName": "Fabrikam"}
    human = common | {"CustomerAccount": person, "PartyType": "Person", "InvoiceAccount": organization}
    human |= {"PersonFirstName": "Ann", "PersonLastName": "Lee", "PrimaryContactEmail": found.email}
    for values in (firm, human):
        if values["PartyType"] == found.party_type:
            values["PartyNumber"] = found.party_number
            for name in ("OrganizationName", "PersonFirstName", "PersonLastName", "PrimaryContactEmail"):
                values.pop(name, None)
    return [CustomerDraft(found.legal_entity, str(values["CustomerAccount"]), values) for values in (human, firm)]


def with_customers(commerce: CommerceSide, email: str = ANN) -> Prospect:
    found = prospect(commerce, commerce.submit(email))
    commerce.port.create_customers(drafts(commerce, found))
    return found
