"""How this environment behaves where documents are silent, disagree, or leave a choice; changed through /sandbox/settings."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from sandbox.commerce.infolog import BadQuery

_CHOICES: dict[str, tuple[str, ...]] = {
    "party_type": ("Person", "Organization"),
    "approval": ("reuses", "creates"),
    "access_model": ("person", "contact"),
    "decision_channel": ("status", "service", "manual"),
    "hierarchy": ("created", "missing"),
    "if_match": ("honoured", "ignored"),
    "event_grid_data": ("string", "object"),
}


@dataclass(frozen=True)
class Settings:
    """One environment's behaviour. Times are in seconds and, unless said otherwise, scaled by SANDBOX_CLOCK."""

    party_type: str = "Person"  # of a B2B prospect's party (not documented)
    approval: str = "reuses"  # whether approval takes over customers that exist already, or always makes its own pair
    access_model: str = "person"  # `contact`: the multi-outlet feature of 10.0.48 is on (docs: b2b-multi-outlet)
    decision_channel: str = (
        "status"  # what runs the approval logic besides a clerk: the status write, a custom service, or nothing
    )
    hierarchy: str = "created"  # `missing`: approval leaves the hierarchy out
    effects_delay: float = 0.0  # approval effects come this much later, in a transaction of their own
    if_match: str = "honoured"  # F&O's behaviour is not documented
    business_error_status: int = 400  # 400 and 500 were both captured
    default_company: str = "usmf"  # of the service user
    page_size: int = 10_000  # docs: odata
    prospect_id_format: str = "P-######"
    customer_account_manual: bool = True  # whether a caller may name the customer account (number sequence set to manual)
    throttle_seconds: int = 0  # above 0: every call to /data is answered 429 with this Retry-After (not scaled)
    denied: tuple[str, ...] = ()  # entity sets that the service user's roles do not cover, `read:Name` or `write:Name`
    registered_apps: tuple[str, ...] = ()  # client ids under Microsoft Entra ID applications; empty: any valid token
    event_timeout: float = 10.0  # docs: business events, HTTPS time-out; not scaled
    event_grid_timeout: float = 30.0  # docs: delivery-and-retry, how long Event Grid waits for an answer; not scaled
    dataverse_timeout: float = 60.0  # docs: use-webhooks, how long Dataverse waits for the answer to a data event; not scaled
    event_grid_data: str = "string"  # docs: managing-business-event-endpoints: a JSON string unless the parameter says object
    service_path: str = "B2BProspectServices/B2BProspectService/decide"  # the custom decision service, where it is installed

    def changed(self, changes: dict[str, Any]) -> Settings:
        """These settings with some replaced; raises BadQuery naming an unknown setting or value."""
        return replace(self, **{name: self._accepted(name, value) for name, value in changes.items()})

    def _accepted(self, name: str, value: Any) -> Any:
        """The value as this setting holds it; raises BadQuery."""
        if name not in {item.name for item in fields(self)}:
            raise BadQuery(f"there is no setting '{name}'")
        if name in _CHOICES and value not in _CHOICES[name]:
            raise BadQuery(f"'{value}' is no value of '{name}': {', '.join(_CHOICES[name])}")
        kind = type(getattr(self, name))
        accepted = {float: (int, float), tuple: (list, tuple)}.get(kind, (kind,))
        if not isinstance(value, accepted) or (isinstance(value, bool) and kind is not bool):
            raise BadQuery(f"'{value}' is no value of '{name}', which is a {kind.__name__}")
        return kind(value)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
