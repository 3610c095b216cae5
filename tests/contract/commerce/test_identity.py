"""The managed-identity endpoint as azure-identity uses it (docs: overview-managed-identity, App Service protocol 2019-08-01)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from azure.identity import DefaultAzureCredential, ManagedIdentityCredential

from sandbox import identity
from sandbox.web import running

SECRET, HEADER, AUDIENCE = "a secret", "the header", "http://127.0.0.1:8080"


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with running(identity.create_app(SECRET, HEADER)) as url:
        monkeypatch.setenv("IDENTITY_ENDPOINT", url + identity.TOKEN_PATH)
        monkeypatch.setenv("IDENTITY_HEADER", HEADER)
        yield url + identity.TOKEN_PATH


@pytest.mark.parametrize("credential_class", [ManagedIdentityCredential, DefaultAzureCredential])
def test_azure_identity_fetches_a_token_that_the_systems_accept(endpoint: str, credential_class: type) -> None:
    with credential_class() as credential:
        token = credential.get_token(f"{AUDIENCE}/.default")
    claims = identity.verify(SECRET, AUDIENCE, token.token)
    assert claims["aud"] == AUDIENCE
    assert claims["name"] == identity.SYSTEM_IDENTITY
    assert claims["exp"] == token.expires_on


def test_an_administrators_header_gets_an_administrators_token() -> None:
    with running(identity.create_app(SECRET, HEADER, "another header")) as url:
        query = {"api-version": "2019-08-01", "resource": AUDIENCE}
        answer = requests.get(url + identity.TOKEN_PATH, query, headers={"X-IDENTITY-HEADER": "another header"}, timeout=5)
    assert identity.verify(SECRET, AUDIENCE, answer.json()["access_token"])["name"] == identity.ADMINISTRATOR


def test_a_wrong_identity_header_gets_no_token(endpoint: str) -> None:
    query = {"api-version": "2019-08-01", "resource": AUDIENCE}
    answer = requests.get(endpoint, query, headers={"X-IDENTITY-HEADER": "guess"}, timeout=5)
    assert answer.status_code == 401
    assert "access_token" not in answer.text


@pytest.mark.parametrize("query", [{"resource": AUDIENCE}, {"api-version": "2019-08-01"}])
def test_a_request_without_version_or_resource_is_refused(endpoint: str, query: dict[str, str]) -> None:
    assert requests.get(endpoint, query, headers={"X-IDENTITY-HEADER": HEADER}, timeout=5).status_code == 400


@pytest.mark.parametrize(
    ("secret", "audience", "seconds"),
    [("another secret", AUDIENCE, 60), (SECRET, AUDIENCE + "/", 60), (SECRET, AUDIENCE, -60)],
    ids=["wrong signature", "wrong audience", "expired"],
)
def test_a_token_of_another_issuer_audience_or_time_is_invalid(secret: str, audience: str, seconds: int) -> None:
    with pytest.raises(identity.InvalidToken):
        identity.verify(SECRET, AUDIENCE, identity.issue(secret, audience, "somebody", seconds))


def test_a_person_has_an_object_id_of_their_own() -> None:
    ann, bob = (identity.verify(SECRET, AUDIENCE, identity.issue(SECRET, AUDIENCE, name)) for name in ("Ann", "Bob"))
    assert ann["oid"] != bob["oid"]


@pytest.mark.parametrize("header", [None, "", "Bearer ", "Basic abc"])
def test_a_header_without_a_bearer_token_is_invalid(header: str | None) -> None:
    with pytest.raises(identity.InvalidToken):
        identity.bearer(header)
