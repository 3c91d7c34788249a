"""Callers of the services: a partner's API key, or an account of staff at the console."""

from typing import NamedTuple

from tracking.models import Partner
from tracking.services.requests.roles import Role, Scope


class Caller(NamedTuple):
    """Partner whose API key made a request.

    `livemode` is that of the key; `actor` names the key as the author of events.
    """

    partner: Partner
    livemode: bool
    actor: str


class Staff(NamedTuple):
    """Account of staff at the console. `actor` names the account, never a person.

    `request_id` is that of the request, for the audit log.
    """

    actor: str
    role: Role
    scope: Scope
    request_id: str = ""
