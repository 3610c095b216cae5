"""Business failures as F&O reports them: an Infolog inside an `AxODataWriteException`.

CommerceError
├── Infolog        a rule refused the write: 400, or 500, as the environment is set (both were captured)
├── NotFound       no such row, entity set or service: 404
├── BadQuery       the URL or the body cannot be understood: 400
├── StaleEtag      If-Match does not fit: 412
└── Forbidden      the service user's roles do not cover it: 403
"""

from __future__ import annotations


class CommerceError(Exception):
    """Anything that a caller of head office is told instead of a result."""


class NotFound(CommerceError):
    """There is no such thing."""


class BadQuery(CommerceError):
    """The request itself is wrong."""


class StaleEtag(CommerceError):
    """The row changed since the caller read it."""


class Forbidden(CommerceError):
    """The caller's security roles do not allow it."""


class Infolog(CommerceError):
    """A rule of the application refused the write. `lines` are ready with their prefix (Warning:, Error:)."""

    def __init__(self, *lines: str) -> None:
        super().__init__("; ".join(lines))
        self.lines = lines


def unknown_value(label: str, value: object, related: str, entity: str, field: str) -> Infolog:
    """A value that the related table does not have (text as captured)."""
    return Infolog(
        f"Warning: The value '{value}' in field '{label}' is not found in the related table '{related}'.",
        f"Warning: validateField failed on field '{entity}.{field}'.",
    )


def missing_value(label: str) -> Infolog:
    return Infolog(f"Warning: Field '{label}' must be filled in.")


def too_long(label: str, length: int, entity: str, field: str) -> Infolog:
    return Infolog(
        f"Warning: The value in field '{label}' is longer than {length} characters.",
        f"Warning: validateField failed on field '{entity}.{field}'.",
    )


def already_exists() -> Infolog:
    """A second record with the same key (text as captured)."""
    return Infolog("Error: The record already exists.")


def prospect_party_taken(account: str, prospect_id: str) -> Infolog:
    """A customer on a prospect's party needs the prospect's number (text as captured)."""
    return Infolog(
        f"Error: Cannot create customer with account number '{account}' with same party number as prospect '{prospect_id}'. "
        "The customer and prospect should have the same account number."
    )
