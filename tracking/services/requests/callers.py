"""Callers of the services: a partner's API key, or an operator at the console."""

from typing import NamedTuple

from tracking.models import Partner


class Caller(NamedTuple):
    """Partner whose API key made a request.

    `livemode` is that of the key; `actor` names the key as the author of events.
    """

    partner: Partner
    livemode: bool
    actor: str


class Staff(NamedTuple):
    """Operator at the console. `actor` names the account, never a person."""

    actor: str
