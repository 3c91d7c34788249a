"""Changes, bookings and planned notifications for tests, with defaults for every field that matters."""

from datetime import UTC, datetime, timedelta
from typing import Any

from notifications.adapters.memory import MemoryTransport
from notifications.domain import PlannedNotification, Recipient, TransportDeclaration, Trigger
from notifications.models import Delivery
from notifications.ports import Message
from notifications.transports.email import EMAIL
from notifications.transports.sms import SMS
from tracking.domain.events import Change, Eta, Facts, format_time
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Direction, Status
from tracking.models import Partner, Shipment
from tracking.services.partners.recipients import Contact, keep_contact

# A Tuesday, 11:24 am in India.
NOON = datetime(2026, 11, 24, 5, 54, tzinfo=UTC)
PHONE = "+919876543210"
MAIL = "asha.rao@example.com"


def make_change(status: str = "out_for_delivery", **fields: Any) -> Change:
    """A change of shipment 123 to `status`, just now unless `occurred_at` says otherwise."""
    after = {"substatus": None, "direction": Direction.FORWARD, "eta": None}
    after |= {name: fields.pop(name) for name in tuple(fields) if name in after}
    occurred_at = fields.setdefault("occurred_at", NOON)
    defaults: dict[str, Any] = {
        "change_id": f"chg_{status}",
        "type": "status_changed",
        "shipment_id": "123",
        "event_id": f"e_{status}",
        "sort_key": f"{format_time(occurred_at)}#e_{status}",
        "before": Facts(status=Status.IN_TRANSIT),
        "after": Facts(status=Status(status), **after),
        "why": f"{status} reported by device",
        "received_at": occurred_at,
        "recorded_at": occurred_at,
        "state_version": 5,
    }
    return Change(**defaults | fields)


def make_delay(episode: int = 1, **fields: Any) -> Change:
    """Build the change by which shipment 123 becomes late for the `episode`th time."""
    return make_change(
        "in_transit", **{"type": "delayed", "episode": episode, "change_id": f"chg_late_{episode}"} | fields
    )


def change_for(trigger: Trigger, **fields: Any) -> Change:
    """A change with exactly this trigger."""
    if trigger is Trigger.DELAYED:
        return make_delay(**fields)
    if trigger is Trigger.ARRIVING:
        return make_change(
            "out_for_delivery", **{"type": "milestone_reached", "substatus": "arriving"} | fields
        )
    if trigger is Trigger.PICKUP_REMINDER:
        return make_change("available_for_pickup", **fields)
    if trigger in (Trigger.ON_HOLD, Trigger.EXCEPTION):
        fields.setdefault("substatus", "payment_due" if trigger == "on_hold" else "damaged")
    if trigger in (Trigger.RETURNING, Trigger.RETURNED):
        fields.setdefault("direction", Direction.RETURN)
    return make_change(trigger.value, **fields)


def make_eta(from_minutes: float, to_minutes: float) -> Eta:
    """A window in minutes after noon; its middle is half way."""
    middle = (from_minutes + to_minutes) / 2
    from_, at, to = (NOON + timedelta(minutes=minutes) for minutes in (from_minutes, middle, to_minutes))
    return Eta(from_=from_, at=at, to=to)


def make_state(status: str = "in_transit", **fields: Any) -> ShipmentState:
    """Build the newest state of shipment 123."""
    return ShipmentState(shipment_id="123", status=Status(status), **fields)


def make_recipient(**fields: Any) -> Recipient:
    """A recipient with an address and a consent for SMS and e-mail."""
    defaults: dict[str, Any] = {
        "recipient_id": "rcp_one",
        "addresses": {"sms": PHONE, "email": MAIL},
        "consents": frozenset({"sms", "email"}),
    }
    return Recipient(**defaults | fields)


def plan_notification(
    trigger: Trigger, transport: TransportDeclaration, **fields: Any
) -> PlannedNotification:
    """That trigger by that transport to a recipient who agreed; `fields` are those of the change."""
    return PlannedNotification(change_for(trigger, **fields), trigger, make_recipient(), transport)


def make_message(**fields: Any) -> Message:
    """An SMS as the services make it."""
    defaults: dict[str, Any] = {
        "change_id": "chg_1",
        "shipment_id": "123",
        "partner_id": "prt_1",
        "trigger": "delivered",
        "status": "delivered",
        "livemode": True,
        "recipient_id": "rcp_one",
        "address": PHONE,
        "subject": "",
        "body": "Your parcel was delivered on Tue 24 Nov, 11:24 am. https://track.example/t/abc",
        "language": "en",
        "text": "delivered",
    }
    return Message(**defaults | fields)


def book(**fields: Any) -> Shipment:
    """Shipment 123, booked for a recipient who agreed to SMS and e-mail."""
    partner, _ = Partner.objects.get_or_create(partner_id="prt_1", defaults={"name": "Kaveri Books"})
    defaults: dict[str, Any] = {
        "shipment_id": "123",
        "partner": partner,
        "consents": {"sms": True, "email": True},
    }
    contact = {"name": "Asha Rao", "phone": PHONE, "email": MAIL, "address": "14 Church Street, Bengaluru"}
    contact |= {
        name: fields.pop(f"recipient_{name}") for name in list(contact) if f"recipient_{name}" in fields
    }
    shipment = Shipment(**defaults | fields)
    keep_contact(shipment, Contact(**contact))
    shipment.save()
    return shipment


def outcomes() -> list[tuple[str, str, str, str]]:
    """Trigger, transport, outcome and reason of every delivery, oldest first."""
    rows = Delivery.objects.order_by("id")
    return [(row.trigger, row.transport, row.outcome, row.reason) for row in rows]


def count_sent(transports: dict[str, MemoryTransport]) -> list[int]:
    """Count the SMS and the e-mails that were sent."""
    return [len(transports[SMS.name].sent), len(transports[EMAIL.name].sent)]
