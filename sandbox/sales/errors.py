"""Dataverse's own errors: codes and texts of docs: web-service-error-codes, compose-http-requests-handle-errors.

The codes that no public page pairs with a Web API answer are marked; a client should not depend on them.
"""

from __future__ import annotations

from sandbox.odata.errors import ODataError

HELP = "https://go.microsoft.com/fwlink/?linkid=2195293"


def not_found(table: str, row_id: str) -> ODataError:
    """404: no row with that id."""
    return ODataError(404, f"{table} With Id = {row_id} Does Not Exist", "0x80040217")


def key_not_found(table: str) -> ODataError:
    """404: no row with those alternate key values."""
    return ODataError(404, f"A record with the specified key values does not exist in {table} entity", "0x80060891")


def invalid_key(entity_set: str) -> ODataError:
    """400: not the name of an alternate key that is Active."""
    return ODataError(
        400, f"The key in the request URI is not valid for resource 'Microsoft.Dynamics.CRM.{entity_set}'.", "0x80060888"
    )


def no_resource(name: str) -> ODataError:
    """404: no entity set, function or action of that name."""
    return ODataError(404, f"Resource not found for the segment '{name}'.", "0x8006088a")


def unknown_property(name: str, table: str) -> ODataError:
    """400: a query names a column that the table does not have (code: public code)."""
    return ODataError(400, f"Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{table}'.", "0x80060888")


def payload(entity_set: str, inner: str) -> ODataError:
    """400: ODataClientPayloadError, for what a body holds."""
    text = f"Error identified in Payload provided by the user for Entity :'{entity_set}', For more information on this error"
    return ODataError(400, f"{text} please follow this help link {HELP}  ---->  InnerException : {inner}.", "0x80048d19")


def undeclared_navigation(entity_set: str, name: str) -> ODataError:
    """400: `Name@odata.bind` where Name is no navigation property, letter case included."""
    return payload(
        entity_set,
        f"Microsoft.OData.ODataException: An undeclared property '{name}' which only has property annotations in the payload "
        "but no property value was found in the payload. In OData, only declared navigation properties and declared named "
        "streams can be represented as properties without values",
    )


def too_long(column: str, table: str, maximum: int) -> ODataError:
    """400: longer than the column's MaxLength (docs: execute-batch-operations-using-web-api)."""
    message = (
        f"The length of the '{column}' attribute of the '{table}' entity exceeded the maximum allowed length of '{maximum}'."
    )
    return ODataError(400, f"A validation error occurred.  {message}", "0x80044331")


def out_of_range(column: str, table: str, value: object) -> ODataError:
    """400: a number outside its column's bounds (code not verified)."""
    message = f"The value {value} of '{column}' on record of type '{table}' is outside the valid range."
    return ODataError(400, f"A validation error occurred. {message}", "0x80044330")


def not_an_option(column: str, table: str, value: object, accepted: list[int]) -> ODataError:
    """400: not a value of the choice (code not verified)."""
    message = f"The value {value} of '{column}' on record of type '{table}' is outside the valid range. Accepted Values: "
    return ODataError(400, f"A validation error occurred. {message}{','.join(map(str, accepted))}", "0x8004431a")


def required_missing(column: str, table: str) -> ODataError:
    """400: RequiredFieldMissing."""
    return ODataError(400, f"Required field missing: '{column}' of '{table}'.", "0x80040200")


def invalid_state(status: object, state: object, table: str) -> ODataError:
    """400: InvalidStateCodeStatusCode."""
    return ODataError(400, f"{status} is not a valid status code for state code {table.capitalize()}State.{state}", "0x80048408")


def already_closed(table: str) -> ODataError:
    """400: a qualified or disqualified lead, a won or lost opportunity, is read-only until it is reactivated."""
    code = {"lead": "0x80040519", "opportunity": "0x80040515"}[table]
    return ODataError(400, f"The {table} is already closed.", code)


def version_mismatch() -> ODataError:
    """412: If-Match names another version (docs: optimistic-concurrency)."""
    return ODataError(412, "The version of the existing record doesn't match the RowVersion property provided.", "0x80060882")


def already_exists() -> ODataError:
    """412: a row with that primary key, or `If-None-Match: *` on a row that exists."""
    return ODataError(412, "A record with matching key values already exists.", "0x80040237")


def key_violation(key_label: str, key_name: str) -> ODataError:
    """412: DuplicateRecordEntityKey."""
    return ODataError(
        412,
        f"A record that has the attribute values {key_label} already exists. The entity key {key_name} requires that this set of "
        "attributes contains unique values. Select unique values and try again.",
        "0x80060892",
    )


def duplicate_detected() -> ODataError:
    """412: duplicate detection (docs: optional-parameters; another page says 500, so clients go by the code)."""
    return ODataError(
        412, "A record was not created or updated because a duplicate of the current record already exists.", "0x80040333"
    )


def missing_privilege(user_id: str, privilege: str, type_code: int, table: str) -> ODataError:
    """403: the caller's roles lack a privilege."""
    return ODataError(
        403,
        f"Principal user (Id={user_id}, type=8) is missing {privilege} privilege (OTC={type_code}) on OTC={type_code} for entity "
        f"'{table}'.",
        "0x80040220",
    )


def not_a_member() -> ODataError:
    """403: the token's application or person is no user of this environment."""
    return ODataError(403, "The user is not a member of the organization.", "0x80072560")


def rule(message: str, code: str = "0x80040203") -> ODataError:
    """400: any other refusal; 0x80040203 is InvalidArgument."""
    return ODataError(400, message, code)
