"""Choices of recipients: kept by address for every booking of every partner, each with a ledger entry."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from notifications.address_hashes import hash_address
from notifications.consent_models import Choice, ConsentEntry

Way = ConsentEntry.Way


class Statement(NamedTuple):
    """Consent or refusal of an address for a transport; an empty trigger stands for all of them."""

    transport: str
    is_allowed: bool
    trigger: str = ""


def opt_out(address: str, transport: str, way: str, now: datetime, shipment_id: str = "") -> None:
    """Stop all messages of a transport to an address (E.164 or e-mail), on every path. Safe to repeat.

    `way` is one of `Way`, such as a bounce, a complaint, or a list of the provider.
    """
    record_statements(
        [hash_address(address)], [Statement(transport, is_allowed=False)], way, now, shipment_id
    )


def record_statements(
    hashes: Iterable[str],
    statements: Iterable[Statement],
    way: str,
    now: datetime,
    shipment_id: str = "",
    wording: str = "",
) -> int:
    """Record what the person behind these address hashes has chosen; return how many choices have changed.

    A choice that is in force already leaves no further entry in the ledger.
    """
    said = list(statements)
    entry: dict[str, Any] = {"at": now, "way": way, "shipment_id": shipment_id, "wording": wording}
    with transaction.atomic():
        changed = [
            _record(address_hash, statement, entry)
            for address_hash in filter(None, hashes)
            for statement in said
        ]
    return sum(changed)


def record_booking(
    stated: Mapping[str, tuple[str, bool]], shipment_id: str, booked_at: datetime, now: datetime
) -> None:
    """Record the consents that a booking states, by transport: the address hash, and if it was given.

    The first entry of a booking has the time of the booking. A consent that was not given leaves an entry
    only if it was given before. Choices of the recipient do not change.
    """
    before: dict[tuple[str, str], bool] = {}
    entries = ConsentEntry.objects.filter(shipment_id=shipment_id, way=Way.BOOKING).order_by("id")
    for address_hash, transport, is_allowed in entries.values_list("address_hash", "transport", "is_allowed"):
        before[address_hash, transport] = is_allowed
    for transport, (address_hash, is_given) in stated.items():
        if not address_hash or before.get((address_hash, transport), False) == is_given:
            continue
        ConsentEntry.objects.create(
            at=now if (address_hash, transport) in before else booked_at,
            address_hash=address_hash,
            transport=transport,
            is_allowed=is_given,
            way=Way.BOOKING,
            shipment_id=shipment_id,
        )


def read_choices(hashes: Iterable[str]) -> Mapping[tuple[str, str], bool]:
    """Return what the person behind these address hashes has chosen, by (transport, trigger).

    A refusal by one of the addresses outweighs a consent by another.
    """
    choices: dict[tuple[str, str], bool] = {}
    for choice in Choice.objects.filter(address_hash__in=[found for found in hashes if found]):
        key = choice.transport, choice.trigger
        choices[key] = choice.is_allowed and choices.get(key, True)
    return choices


def _record(address_hash: str, statement: Statement, entry: Mapping[str, Any]) -> bool:
    chosen = {"transport": statement.transport, "trigger": statement.trigger}
    current, made = Choice.objects.select_for_update().get_or_create(
        address_hash=address_hash,
        **chosen,
        defaults={"is_allowed": statement.is_allowed, "updated_at": entry["at"]},
    )
    if not made and current.is_allowed == statement.is_allowed:
        return False
    if not made:
        current.is_allowed, current.updated_at = statement.is_allowed, entry["at"]
        current.save(update_fields=["is_allowed", "updated_at"])
    ConsentEntry.objects.create(address_hash=address_hash, is_allowed=statement.is_allowed, **chosen, **entry)
    return True
