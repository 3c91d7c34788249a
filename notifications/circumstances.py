"""Reading of what a decision needs to know: choices of the recipient, what was sent, what is used up."""

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Any, NamedTuple

from django.db.models import Q

from notifications.address_hashes import AddressHashes
from notifications.consent_models import Preference
from notifications.consents import read_choices
from notifications.decisions import Circumstances, Rules
from notifications.domain import Cost, PlannedNotification
from notifications.models import Delivery
from notifications.ports import RegisteredTexts, Transport
from notifications.quiet_hours import QuietHours, find_zone
from notifications.wording import find_window, name_text
from tracking.domain.shipment import ShipmentState
from tracking.services.operations.pilot import is_shadowed

ADDRESS_SPAN = timedelta(hours=1)
# A claim counts as a message: its outcome is open, and it is most likely sent.
COUNTED = (Delivery.Outcome.SENT, Delivery.Outcome.CLAIMED)


class Person(NamedTuple):
    """Person behind the addresses of a booking: their hashes, choices, language, quiet hours, time zone.

    An empty language is not chosen.
    """

    hashes: AddressHashes
    choices: Mapping[tuple[str, str], bool]
    language: str
    quiet_hours: QuietHours | None
    zone: tzinfo


def read_person(hashes: AddressHashes, phone: str) -> Person:
    """Read what the person behind these addresses has chosen, for every booking of every partner."""
    chosen = Preference.objects.filter(address_hash__in=hashes.known).order_by("-updated_at").first()
    quiet_hours = None
    if chosen is not None and chosen.quiet_from is not None and chosen.quiet_until is not None:
        quiet_hours = QuietHours(chosen.quiet_from, chosen.quiet_until)
    language = chosen.language if chosen else ""
    return Person(hashes, read_choices(hashes.holding), language, quiet_hours, find_zone(phone))


def read_circumstances(
    transport: Transport,
    planned: PlannedNotification,
    person: Person,
    now: datetime,
    rules: Rules,
    cost: Cost,
) -> Circumstances:
    """Read the circumstances of a planned notification that has not been decided yet, or is decided anew."""
    return Circumstances(
        choices=person.choices,
        quiet_hours=person.quiet_hours,
        zone=person.zone,
        is_shadowed=is_shadowed(planned.change.shipment_id),
        is_decided=_is_decided(planned),
        was_sent=_was_sent(planned),
        has_template=_has_template(transport, planned),
        sent_about_shipment=_count_about_shipment(planned, person, now, rules),
        sent_to_address=_count_to_address(planned, person, now),
        cost=cost,
    )


def read_released(
    seen: Circumstances,
    planned: PlannedNotification,
    deferred_until: datetime,
    state: ShipmentState | None,
) -> Circumstances:
    """Return the circumstances of a notification that was deferred: its row does not count as decided."""
    return Circumstances(
        **{
            **{name: getattr(seen, name) for name in Circumstances.__dataclass_fields__},
            "is_decided": False,
            "deferred_until": deferred_until,
            "state": state,
            "window_end": find_window_end(planned),
        }
    )


def find_window_end(planned: PlannedNotification) -> datetime | None:
    """Return the end of the window that the message states, None for a message without one."""
    shown = find_window(planned.trigger, planned.change)
    return shown.to if shown else None


def find_address_hash(planned: PlannedNotification, person: Person) -> str:
    """Return the hash of the address that a transport sends to; of any other address if it has none."""
    by_field = person.hashes._asdict()
    return by_field.get(planned.transport.address.field) or next(iter(person.hashes.known), "")


def _is_decided(planned: PlannedNotification) -> bool:
    row = {
        "change_id": planned.change.change_id,
        "recipient_id": planned.recipient.recipient_id,
        "transport": planned.transport.name,
    }
    # A claim with a change is one of the sweep, which decides by other limits than those of a new change.
    open_claims = Q(outcome=Delivery.Outcome.CLAIMED, change="")
    return Delivery.objects.filter(**row).exclude(open_claims).exists()


def _was_sent(planned: PlannedNotification) -> bool:
    claimed = Delivery.objects.filter(fact=planned.fact)
    return claimed.exclude(change_id=planned.change.change_id).exists()


def _has_template(transport: Transport, planned: PlannedNotification) -> bool:
    if not isinstance(transport, RegisteredTexts):
        return True
    address = planned.recipient.addresses[planned.transport.name]
    text = name_text(planned.trigger, planned.change)
    return transport.has_template(text, planned.recipient.language, address)


def _count_about_shipment(planned: PlannedNotification, person: Person, now: datetime, rules: Rules) -> int:
    if rules.find_shipment_limit(planned) is None:
        return 0
    midnight = now.astimezone(person.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return _count(planned, shipment_id=planned.change.shipment_id, claimed_at__gte=midnight)


def _count_to_address(planned: PlannedNotification, person: Person, now: datetime) -> int:
    address_hash = find_address_hash(planned, person)
    if not address_hash:
        return 0
    return _count(planned, address_hash=address_hash, claimed_at__gt=now - ADDRESS_SPAN)


def _count(planned: PlannedNotification, **rows: Any) -> int:
    counted = Delivery.objects.filter(transport=planned.transport.name, outcome__in=COUNTED, **rows)
    return counted.exclude(change_id=planned.change.change_id).count()
