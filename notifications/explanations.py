"""Explanation of one decision for its recipient: what happened, when, by which rule, and how to stop it."""

from datetime import datetime
from typing import NamedTuple

from notifications.consent_models import PreferenceLink
from notifications.consents import read_choices
from notifications.domain import Trigger
from notifications.models import Delivery
from notifications.ports import NotificationPorts
from notifications.preferences import mask_address, read_hashes
from notifications.reasons import say_to_recipient
from notifications.wording import headline

# Rules by which the triggers are sent, in plain words; the same rules as those of `decisions`.
RULES: dict[Trigger, str] = {
    Trigger.CREATED: "We write when a sender books a parcel for you.",
    Trigger.PICKED_UP: "We write when we have picked up your parcel.",
    Trigger.OUT_FOR_DELIVERY: "We write when your parcel goes out for delivery, at any hour.",
    Trigger.ARRIVING: "We write when the van is close to you, at any hour.",
    Trigger.DELAYED: "We write once for each delay of your parcel.",
    Trigger.ATTEMPT_FAILED: "We write when we could not deliver your parcel, at any hour.",
    Trigger.AVAILABLE_FOR_PICKUP: "We write when your parcel is ready for pickup.",
    Trigger.PICKUP_REMINDER: "We write once more if your parcel still waits for pickup after a day.",
    Trigger.DELIVERED: "We write when your parcel is delivered.",
    Trigger.ON_HOLD: "We write when your parcel is on hold and needs your help.",
    Trigger.EXCEPTION: "We write when your parcel is held up and needs your help.",
    Trigger.RETURNING: "We write when your parcel goes back to the sender.",
    Trigger.RETURNED: "We write when your parcel is back at the sender.",
}
BY_CHOICE = "You have chosen messages sent this way."
BY_BOOKING = "The sender says that you have agreed to messages sent this way."


class Explanation(NamedTuple):
    """Decision in plain words; times are aware, and None if they are not known.

    `basis` says who agreed to the message; it is empty if nothing was sent.
    """

    transport: str
    transport_label: str
    address: str
    shipment_id: str
    fact: str
    occurred_at: datetime | None
    rule: str
    basis: str
    was_sent: bool
    decided_at: datetime
    due_at: datetime | None
    reason: str
    repeats: int


def find_delivery(link: PreferenceLink, delivery_id: int) -> Delivery | None:
    """Return a decision about the link's own shipment and recipient, None for any other one."""
    delivery = Delivery.objects.filter(pk=delivery_id, shipment_id=link.shipment_id).first()
    is_own = delivery is not None and delivery.address_hash in ("", *read_hashes(link).known)
    return delivery if is_own else None


def explain(ports: NotificationPorts, link: PreferenceLink, delivery: Delivery) -> Explanation:
    """Explain a decision by its row and by the choices of the recipient."""
    transport = ports.transports.get(delivery.transport)
    declared = transport.declaration if transport else None
    was_sent = delivery.outcome == Delivery.Outcome.SENT
    return Explanation(
        transport=delivery.transport if declared else "",
        transport_label=declared.label if declared else delivery.transport,
        address=mask_address(declared, link) if declared else "",
        shipment_id=delivery.shipment_id,
        fact=headline(delivery.trigger),
        occurred_at=delivery.occurred_at,
        rule=RULES[Trigger(delivery.trigger)],
        basis=_find_basis(link, delivery) if was_sent else "",
        was_sent=was_sent,
        decided_at=delivery.finished_at or delivery.claimed_at,
        due_at=delivery.due_at if delivery.outcome == Delivery.Outcome.DEFERRED else None,
        reason="" if was_sent else say_to_recipient(delivery.reason),
        repeats=delivery.repeats,
    )


def _find_basis(link: PreferenceLink, delivery: Delivery) -> str:
    choices = read_choices(read_hashes(link).holding)
    chosen = (delivery.transport, ""), (delivery.transport, delivery.trigger)
    return BY_CHOICE if any(choices.get(key) for key in chosen) else BY_BOOKING
