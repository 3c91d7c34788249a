"""Recipients: whom a booking goes to, kept sealed under a key of its own, and forgotten with that key."""

from typing import Any

import msgspec

from tracking.models import RecipientKey, Shipment
from tracking.sealing import make_key, seal, seal_for_us, unseal, unseal_for_us


class Contact(msgspec.Struct, frozen=True):
    """Name, phone number (E.164), e-mail and street address of a recipient; empty where nothing is known."""

    name: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""


NOBODY = Contact()


def keep_contact(shipment: Shipment, contact: Contact) -> None:
    """Seal the contact into the row, under the key it has or a new one; the caller saves the row."""
    kept = RecipientKey.objects.filter(shipment_id=shipment.shipment_id).first()
    key = unseal_for_us(bytes(kept.sealed_key)) if kept else make_key()
    if kept is None:
        RecipientKey.objects.create(shipment_id=shipment.shipment_id, sealed_key=seal_for_us(key))
    shipment.recipient_sealed = seal(msgspec.json.encode(contact), key)


def read_contact(shipment: Shipment) -> Contact:
    """Whom the booking goes to; `NOBODY` when nobody booked it or the recipient was erased."""
    return read_contacts([shipment])[shipment.shipment_id]


def read_contacts(shipments: list[Shipment]) -> dict[str, Contact]:
    """The contacts of many bookings, by shipment id; one query."""
    ids = [shipment.shipment_id for shipment in shipments if shipment.recipient_sealed]
    kept = {row.shipment_id: row for row in RecipientKey.objects.filter(shipment_id__in=ids)} if ids else {}
    return {shipment.shipment_id: _open(shipment, kept.get(shipment.shipment_id)) for shipment in shipments}


def erase_contact(shipment: Shipment) -> None:
    """Destroy the key and all that the row tells of the recipient; safe to repeat."""
    RecipientKey.objects.filter(shipment_id=shipment.shipment_id).delete()
    Shipment.objects.filter(pk=shipment.pk).update(**_ERASED)


_ERASED: dict[str, Any] = {
    "recipient_sealed": b"",
    "pin_code": "",
    "consents": {},
    "metadata": {},
}


def _open(shipment: Shipment, kept: RecipientKey | None) -> Contact:
    if kept is None or not shipment.recipient_sealed:
        return NOBODY
    key = unseal_for_us(bytes(kept.sealed_key))
    return msgspec.json.decode(unseal(bytes(shipment.recipient_sealed), key), type=Contact)
