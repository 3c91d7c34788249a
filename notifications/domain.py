"""Values of notifications: triggers, transport declarations, recipients and planned notifications."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

from tracking.domain.actions import find_action_required
from tracking.domain.events import Change
from tracking.domain.status import Direction, Status
from tracking.services.requests.addresses import AddressKind
from tracking.translation import LANGUAGES

# Progress news is useless after minutes; a failed attempt or a delivery is of use for hours.
NEWS_LIMIT = timedelta(minutes=15)
FACT_LIMIT = timedelta(hours=6)


class Trigger(StrEnum):
    """Reason to notify a recipient; most have the name of the status reached.

    `arriving` is a substatus, `delayed` a type of change. `pickup_reminder` is due a day after
    `available_for_pickup`, without a change of its own.
    """

    CREATED = "created"
    PICKED_UP = "picked_up"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ARRIVING = "arriving"
    DELAYED = "delayed"
    ATTEMPT_FAILED = "attempt_failed"
    AVAILABLE_FOR_PICKUP = "available_for_pickup"
    PICKUP_REMINDER = "pickup_reminder"
    DELIVERED = "delivered"
    ON_HOLD = "on_hold"
    EXCEPTION = "exception"
    RETURNING = "returning"
    RETURNED = "returned"


# Maximum age of a trigger's event at which it is still sent, for every transport.
LATE_LIMITS: dict[Trigger, timedelta] = {
    Trigger.CREATED: NEWS_LIMIT,
    Trigger.PICKED_UP: NEWS_LIMIT,
    Trigger.OUT_FOR_DELIVERY: NEWS_LIMIT,
    Trigger.ARRIVING: NEWS_LIMIT,
    Trigger.DELAYED: NEWS_LIMIT,
    Trigger.ATTEMPT_FAILED: FACT_LIMIT,
    Trigger.AVAILABLE_FOR_PICKUP: FACT_LIMIT,
    Trigger.PICKUP_REMINDER: FACT_LIMIT,
    Trigger.DELIVERED: FACT_LIMIT,
    Trigger.ON_HOLD: NEWS_LIMIT,
    Trigger.EXCEPTION: NEWS_LIMIT,
    Trigger.RETURNING: FACT_LIMIT,
    Trigger.RETURNED: FACT_LIMIT,
}


class MessageLength(NamedTuple):
    """Length of a body as its provider counts it: encoding, number of units, number of segments."""

    encoding: str
    units: int
    unit_name: str
    segments: int


class LengthLimit(NamedTuple):
    """Measure of a body's length, and the number of segments that every message must fit."""

    measure: Callable[[str], MessageLength]
    max_segments: int


class MessageTemplate(NamedTuple):
    """Subject and body of a message as `str.format` patterns; `subject` is empty if there is none.

    They may use `{fact}` or `{short_fact}`, `{headline}`, `{link}`, `{code}` and `{shipment_id}`.
    """

    subject: str
    body: str


@dataclass(frozen=True, kw_only=True)
class TransportDeclaration:
    """Properties of one transport that rules, texts and pages depend on.

    `name` is stored with every delivery (at most 10 characters). `label` and `plural` are shown to staff.
    `triggers` are sent to every recipient who agreed. `optional_triggers` are offered but not sent until the
    recipient chooses them: such a notification is recorded as suppressed. `languages` are those of its texts.
    `is_loud` holds for a transport that makes a noise: it is silent in quiet hours. `shipment_limit` is the
    number of messages about one shipment on one day. `find_address` finds the address by the
    shipment's id, for a transport whose addresses bookings do not hold.
    """

    name: str
    label: str
    plural: str
    address: AddressKind
    triggers: frozenset[Trigger]
    optional_triggers: frozenset[Trigger] = frozenset()
    template: MessageTemplate
    limit: LengthLimit | None = None
    languages: frozenset[str] = frozenset(LANGUAGES)
    is_loud: bool = True
    shipment_limit: int | None = None
    find_address: Callable[[str], str] | None = None

    def offers(self, trigger: Trigger) -> bool:
        """Return whether the trigger is among the sent or the optional triggers."""
        return trigger in self.triggers | self.optional_triggers


class Recipient(NamedTuple):
    """Recipient of a shipment: a pseudonymous id; addresses and consents by transport name.

    `language` is the one to write in. `link_token` is the token of the links to the preferences. `livemode`
    is False for a test booking, whose recipient is never notified.
    """

    recipient_id: str
    addresses: dict[str, str]
    consents: frozenset[str]
    livemode: bool = True
    link_token: str = ""
    language: str = "en"


class PlannedNotification(NamedTuple):
    """Possible notification: one change, one recipient, one transport."""

    change: Change
    trigger: Trigger
    recipient: Recipient
    transport: TransportDeclaration

    @property
    def fact(self) -> str:
        """Key of the fact: it is sent only once, even if several changes report it."""
        change, recipient = self.change, self.recipient
        parts = (
            change.shipment_id,
            change.after.direction,
            self.trigger,
            change.episode,
            recipient.recipient_id,
        )
        return "|".join(map(str, (*parts, self.transport.name)))


class Cost(NamedTuple):
    """Segments of a message, those that all partners have used in its month, and the limit of the month.

    Without a `limit` nothing is used up.
    """

    segments: int = 1
    used: int = 0
    limit: int | None = None


FREE = Cost()


def read_trigger(change: Change) -> Trigger | None:
    """Return the trigger of a change, or None; on the return leg only the return itself is one."""
    trigger = _name_trigger(change)
    on_return = change.after.direction is Direction.RETURN
    if on_return and trigger not in (Trigger.RETURNING, Trigger.RETURNED):
        return None
    return trigger


def is_action_of_recipient(status: Status, substatus: str | None) -> bool:
    """Return whether the shipment waits for something that only its recipient can do."""
    return find_action_required(status, substatus) == "recipient"


def _name_trigger(change: Change) -> Trigger | None:
    if change.type == "delayed":
        return Trigger.DELAYED
    if change.type == "milestone_reached":
        return Trigger.ARRIVING if change.after.substatus == Trigger.ARRIVING else None
    status = change.after.status
    if change.type not in ("created", "status_changed") or status is None or str(status) not in list(Trigger):
        return None
    if status in (Status.ON_HOLD, Status.EXCEPTION) and not is_action_of_recipient(
        status, change.after.substatus
    ):
        return None
    return Trigger(status)
