"""Whom to tell of what: the trigger a change holds, and the decision to send or to keep silent."""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from tracking.domain.actions import find_action_required
from tracking.domain.events import Change
from tracking.domain.status import Direction, Status

SMS = "sms"
EMAIL = "email"

# News is worth nothing once the day has gone on; a failed attempt or a delivery is worth its true time.
NEWS_LIMIT = timedelta(minutes=15)
FACT_LIMIT = timedelta(hours=6)

_ADDRESS = {
    SMS: re.compile(r"\+[1-9]\d{6,14}"),
    EMAIL: re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+"),
}


class Trigger(StrEnum):
    """What a recipient may be told of; all but `delayed` are named after the status reached."""

    CREATED = "created"
    PICKED_UP = "picked_up"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELAYED = "delayed"
    ATTEMPT_FAILED = "attempt_failed"
    AVAILABLE_FOR_PICKUP = "available_for_pickup"
    DELIVERED = "delivered"
    ON_HOLD = "on_hold"
    EXCEPTION = "exception"
    RETURNING = "returning"
    RETURNED = "returned"


class Rule(NamedTuple):
    """By which transports a trigger is told, and how long after it happened it may still be told.

    `if_chosen` names transports that wait until the recipient asks for them.
    """

    told_by: frozenset[str]
    late_limit: timedelta
    if_chosen: frozenset[str] = frozenset()

    def offers(self, transport: str) -> bool:
        """Whether the transport is a way of telling this at all, chosen or not."""
        return transport in self.told_by | self.if_chosen


_MAIL_ONLY = frozenset({EMAIL})
_BOTH = frozenset({SMS, EMAIL})

RULES: dict[Trigger, Rule] = {
    Trigger.CREATED: Rule(_MAIL_ONLY, NEWS_LIMIT),
    Trigger.PICKED_UP: Rule(_MAIL_ONLY, NEWS_LIMIT),
    Trigger.OUT_FOR_DELIVERY: Rule(_BOTH, NEWS_LIMIT),
    Trigger.DELAYED: Rule(_BOTH, NEWS_LIMIT),
    Trigger.ATTEMPT_FAILED: Rule(_BOTH, FACT_LIMIT),
    Trigger.AVAILABLE_FOR_PICKUP: Rule(_BOTH, FACT_LIMIT),
    Trigger.DELIVERED: Rule(_MAIL_ONLY, FACT_LIMIT, if_chosen=frozenset({SMS})),
    Trigger.ON_HOLD: Rule(_BOTH, NEWS_LIMIT),
    Trigger.EXCEPTION: Rule(_BOTH, NEWS_LIMIT),
    Trigger.RETURNING: Rule(_MAIL_ONLY, FACT_LIMIT),
    Trigger.RETURNED: Rule(_MAIL_ONLY, FACT_LIMIT),
}


class Recipient(NamedTuple):
    """Who waits for a shipment: an id that is no address, the addresses by transport, the consents.

    `livemode` is False for a test booking, whose recipient is never told anything.
    """

    recipient_id: str
    addresses: dict[str, str]
    consents: frozenset[str]
    livemode: bool = True


class Telling(NamedTuple):
    """One change to be told to one recipient by one transport."""

    change: Change
    trigger: Trigger
    recipient: Recipient
    transport: str

    @property
    def fact(self) -> str:
        """What is told once, whichever change brought it: shipment, leg, trigger, episode, to whom, how."""
        change = self.change
        who = (self.recipient.recipient_id, self.transport)
        return "|".join(
            map(str, (change.shipment_id, change.after.direction, self.trigger, change.episode, *who))
        )


class Decision(NamedTuple):
    """To send, or to keep silent for a reason (a code)."""

    sends: bool
    reason: str = ""


SEND = Decision(sends=True)

# Why we kept silent, in the words ops reads; the keys are the codes that are kept.
REASON_TEXT: dict[str, str] = {
    "test_mode": "Test booking",
    "transport_disabled": "Only if the recipient chooses it",
    "late_event": "Too late to be of use",
    "no_consent": "No consent",
    "invalid_address": "No usable address",
    "not_first": "Told before",
    "opted_out": "Recipient opted out",
    "refused": "Refused by the provider",
    "unreachable": "Provider out of reach, tried again",
}


def read_trigger(change: Change) -> Trigger | None:
    """What the change gives us to tell, or None; on the way back only the way back is told."""
    trigger = _name_trigger(change)
    going_back = change.after.direction is Direction.RETURN
    if going_back and trigger not in (Trigger.RETURNING, Trigger.RETURNED):
        return None
    return trigger


def decide(telling: Telling, now: datetime) -> Decision:
    """Whether to tell, worked out from the rules alone; `now` is aware."""
    change, recipient, transport = telling.change, telling.recipient, telling.transport
    rule = RULES[telling.trigger]
    if not (change.livemode and recipient.livemode):
        return _silence("test_mode")
    if transport not in rule.told_by:
        return _silence("transport_disabled")
    if now - change.occurred_at > rule.late_limit:
        return _silence("late_event")
    if transport not in recipient.consents:
        return _silence("no_consent")
    if not _ADDRESS[transport].fullmatch(recipient.addresses[transport]):
        return _silence("invalid_address")
    return SEND


def mask_address(address: str) -> str:
    """As much of a phone number or e-mail address as ops needs to tell two apart."""
    if "@" in address:
        name, _, domain = address.partition("@")
        return f"{name[:1]}•••@{domain}"
    return f"{address[:3]} ••• ••• {address[-2:]}"


def _name_trigger(change: Change) -> Trigger | None:
    if change.type == "delayed":
        return Trigger.DELAYED
    status = change.after.status
    if change.type not in ("created", "status_changed") or status is None or str(status) not in list(Trigger):
        return None
    waits_for = find_action_required(status, change.after.substatus)
    if status in (Status.ON_HOLD, Status.EXCEPTION) and waits_for != "recipient":
        return None
    return Trigger(status)


def _silence(reason: str) -> Decision:
    return Decision(sends=False, reason=reason)
