"""Encryption at rest: what is kept of people under a key each, and those keys under the product's own."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from tracking.domain.errors import PermanentError


class SealedError(PermanentError):
    """What was sealed cannot be opened: by another key, or not as it was written."""


def make_key() -> bytes:
    """A new key, for one recipient."""
    return Fernet.generate_key()


def seal(plain: bytes, key: bytes) -> bytes:
    """The bytes encrypted and signed under a key of `make_key` (AES-128-CBC, HMAC-SHA256)."""
    return Fernet(key).encrypt(plain)


def unseal(sealed: bytes, key: bytes) -> bytes:
    """The bytes as they were; raises `SealedError`."""
    return _open(Fernet(key), sealed)


def seal_for_us(plain: bytes) -> bytes:
    """The bytes under the product's own key, the newest of `RECIPIENT_KEYS`."""
    return _own_keys().encrypt(plain)


def unseal_for_us(sealed: bytes) -> bytes:
    """The bytes as they were, by whichever of `RECIPIENT_KEYS` sealed them; raises `SealedError`."""
    return _open(_own_keys(), sealed)


def _open(keys: Fernet | MultiFernet, sealed: bytes) -> bytes:
    try:
        return keys.decrypt(sealed)
    except InvalidToken as error:
        raise SealedError("sealed by another key, or damaged") from error


def _own_keys() -> MultiFernet:
    """The product's keys, made from settings of any length."""
    digests = (hashlib.sha256(key.encode()).digest() for key in settings.RECIPIENT_KEYS)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
