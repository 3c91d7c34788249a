"""Keyed hashes of phone numbers: staff find bookings by a number, and no hash reveals one."""

import hashlib
import hmac
import secrets

from tracking.models import PhoneHashKey
from tracking.sealing import seal_for_us, unseal_for_us

KEY_NAME = "phones"
KEY_LENGTH = 48


def hash_phone(phone: str) -> str:
    """Return the hash of a phone number (E.164), 64 hexadecimal digits. No number has an empty hash."""
    if not phone:
        return ""
    # Not cached: a key that is made in a transaction is lost with it.
    row, _ = PhoneHashKey.objects.get_or_create(
        name=KEY_NAME, defaults={"sealed_key": seal_for_us(secrets.token_bytes(KEY_LENGTH))}
    )
    return hmac.new(unseal_for_us(bytes(row.sealed_key)), phone.encode(), hashlib.sha256).hexdigest()
