"""Recipients: contacts of bookings, sealed with a key each and erased by destroying that key."""

from functools import cache
from typing import Any

import msgspec

from tracking.models import RecipientKey, Shipment
from tracking.sealing import make_key, seal, seal_for_us, unseal, unseal_for_us
from tracking.services.partners.phone_hashes import hash_phone
from tracking.services.requests.bodies import DoorPoint


class Contact(msgspec.Struct, frozen=True):
    """Name, phone number (E.164), e-mail, street address and door of a recipient; empty where unknown."""

    name: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    point: DoorPoint | None = None


NO_CONTACT = Contact()


def keep_contact(shipment: Shipment, contact: Contact) -> None:
    """Seal the contact into the row with its key or a new one. The caller saves the row."""
    kept = RecipientKey.objects.filter(shipment_id=shipment.shipment_id).first()
    key = unseal_for_us(bytes(kept.sealed_key)) if kept else make_key()
    phone_hash = hash_phone(contact.phone)
    if kept is None:
        RecipientKey.objects.create(
            shipment_id=shipment.shipment_id, sealed_key=seal_for_us(key), phone_hash=phone_hash
        )
    elif kept.phone_hash != phone_hash:
        RecipientKey.objects.filter(pk=kept.pk).update(phone_hash=phone_hash)
    shipment.recipient_sealed = seal(msgspec.json.encode(contact), key)


def read_contact(shipment: Shipment) -> Contact:
    """Return the contact of the booking; `NO_CONTACT` for an unbooked shipment or an erased recipient."""
    return read_contacts([shipment])[shipment.shipment_id]


def read_contacts(shipments: list[Shipment]) -> dict[str, Contact]:
    """Return the contacts of many bookings, by shipment id, with one query."""
    ids = [shipment.shipment_id for shipment in shipments if shipment.recipient_sealed]
    kept = {row.shipment_id: row for row in RecipientKey.objects.filter(shipment_id__in=ids)} if ids else {}
    return {shipment.shipment_id: _open(shipment, kept.get(shipment.shipment_id)) for shipment in shipments}


def keep_missing_hashes(limit: int) -> int:
    """Hash the phone numbers of at most `limit` recipients that were stored without; return how many."""
    waiting = list(RecipientKey.objects.filter(phone_hash=None).order_by("pk")[:limit])
    shipments = list(Shipment.objects.filter(shipment_id__in=[row.shipment_id for row in waiting]))
    phones = {shipment_id: contact.phone for shipment_id, contact in read_contacts(shipments).items()}
    for row in waiting:
        phone_hash = hash_phone(phones.get(row.shipment_id, ""))
        # Only if it still has none: the booking may have been changed meanwhile.
        RecipientKey.objects.filter(pk=row.pk, phone_hash=None).update(phone_hash=phone_hash)
    return len(waiting)


def read_no_contact() -> None:
    """Do the work of `read_contact` for a shipment that does not exist, so that both take equally long."""
    list(RecipientKey.objects.filter(shipment_id__in=[""]))
    sealed_key, sealed = _seal_empty_contact()
    unseal(sealed, unseal_for_us(sealed_key))


def erase_contact(shipment: Shipment) -> None:
    """Destroy the key and clear the fields of the recipient. Safe to repeat."""
    RecipientKey.objects.filter(shipment_id=shipment.shipment_id).delete()
    Shipment.objects.filter(pk=shipment.pk).update(**_ERASED)


_ERASED: dict[str, Any] = {
    "recipient_sealed": b"",
    "pin_code": "",
    "consents": {},
    "metadata": {},
}


@cache
def _seal_empty_contact() -> tuple[bytes, bytes]:
    """Return a sealed key, and a contact that is sealed with it."""
    key = make_key()
    return seal_for_us(key), seal(msgspec.json.encode(NO_CONTACT), key)


def _open(shipment: Shipment, kept: RecipientKey | None) -> Contact:
    if kept is None or not shipment.recipient_sealed:
        return NO_CONTACT
    key = unseal_for_us(bytes(kept.sealed_key))
    return msgspec.json.decode(unseal(bytes(shipment.recipient_sealed), key), type=Contact)
