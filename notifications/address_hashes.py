"""Keyed hashes of addresses: a person is recognised in every booking, and no hash reveals an address."""

import hashlib
import hmac
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

from notifications.consent_models import AddressHashKey
from tracking.sealing import is_sealed_by_newest, make_key, seal_for_us, unseal_for_us
from tracking.services.partners.recipients import Contact

KEY_NAME = "addresses"
# Addresses by which a person is recognised, as `AddressHashes` and `Contact` name them.
ADDRESS_FIELDS = ("phone", "email")


class AddressHashes(NamedTuple):
    """Hashes of the addresses by which a person is recognised; empty for an address that is not known.

    `booking` is the hash of a shipment's id. It stands for its recipient where no address is known, as with
    notifications in a browser.
    """

    phone: str = ""
    email: str = ""
    booking: str = ""

    @property
    def known(self) -> list[str]:
        """Hashes for which choices are recorded: those of the known addresses, else that of the booking."""
        return [found for found in (self.phone, self.email) if found] or list(filter(None, [self.booking]))

    @property
    def holding(self) -> list[str]:
        """Hashes whose choices hold: what was chosen while no address was known holds for the booking."""
        return [found for found in self if found]


def hash_address(address: str) -> str:
    """Return the hash of a phone number (E.164) or an e-mail address, 64 hexadecimal digits.

    Spelling in upper or lower case makes no difference, nor does that of a domain in other letters, which is
    reported back as `xn--`. An empty address has an empty hash.
    """
    return _hash(_read_key(), address) if address.strip() else ""


def hash_addresses(addresses: Mapping[str, str]) -> AddressHashes:
    """Return the hashes of the addresses under `phone` and `email`; others are not looked at."""
    key = _read_key()
    found = {field: addresses.get(field, "") for field in ADDRESS_FIELDS}
    return AddressHashes(
        **{field: _hash(key, address) for field, address in found.items() if address.strip()}
    )


def hash_recipient(shipment_id: str, contact: Contact) -> AddressHashes:
    """Return the hashes of a booking and of the addresses of its recipient."""
    addresses = hash_addresses({field: getattr(contact, field) for field in ADDRESS_FIELDS})
    return addresses._replace(booking=hash_booking(shipment_id))


def hash_booking(shipment_id: str) -> str:
    """Return the hash of a shipment's id; upper and lower case differ."""
    return hmac.new(_read_key(), f"shipment:{shipment_id}".encode(), hashlib.sha256).hexdigest()


def reseal_hash_key() -> int:
    """Seal the key of the hashes with the newest of `RECIPIENT_KEYS`; return how many rows have changed."""
    row = AddressHashKey.objects.filter(name=KEY_NAME).first()
    if row is None or is_sealed_by_newest(bytes(row.sealed_key)):
        return 0
    resealed = seal_for_us(unseal_for_us(bytes(row.sealed_key)))
    return AddressHashKey.objects.filter(pk=row.pk, sealed_key=row.sealed_key).update(sealed_key=resealed)


def _read_key() -> bytes:
    row, _ = AddressHashKey.objects.get_or_create(
        name=KEY_NAME, defaults={"sealed_key": seal_for_us(make_key())}
    )
    return unseal_for_us(bytes(row.sealed_key))


def _hash(key: bytes, address: str) -> str:
    return hmac.new(key, _normalise(address).encode(), hashlib.sha256).hexdigest()


def _normalise(address: str) -> str:
    """Return the one spelling of an address; a domain in other letters is written as servers report it."""
    name, at, domain = unicodedata.normalize("NFKC", address).strip().casefold().rpartition("@")
    try:
        return f"{name}{at}{domain if domain.isascii() else domain.encode('idna').decode()}"
    except UnicodeError:
        return f"{name}{at}{domain}"
