"""Encryption at rest: each recipient's data under its own key, and those keys under the product's key."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from tracking.domain.errors import PermanentError


class SealedError(PermanentError):
    """Raised for sealed bytes that do not open: another key, or damaged."""


def make_key() -> bytes:
    """Return a new random key, for one recipient."""
    return Fernet.generate_key()


def seal(plain: bytes, key: bytes) -> bytes:
    """Encrypt and sign the bytes with a key from `make_key` (Fernet: AES-128-CBC and HMAC-SHA256)."""
    return Fernet(key).encrypt(plain)


def unseal(sealed: bytes, key: bytes) -> bytes:
    """Return the bytes that were sealed with this key. Raises `SealedError`."""
    return _open(Fernet(key), sealed)


def seal_for_us(plain: bytes) -> bytes:
    """Encrypt the bytes with the product's key: the first of `RECIPIENT_KEYS`."""
    return _own_keys().encrypt(plain)


def unseal_for_us(sealed: bytes) -> bytes:
    """Return the bytes that were sealed with any of `RECIPIENT_KEYS`. Raises `SealedError`."""
    return _open(_own_keys(), sealed)


def is_sealed_by_newest(sealed: bytes) -> bool:
    """Return whether the bytes were sealed with the first of `RECIPIENT_KEYS`."""
    try:
        _list_own_keys()[0].decrypt(sealed)
    except InvalidToken:
        return False
    return True


def _open(keys: Fernet | MultiFernet, sealed: bytes) -> bytes:
    try:
        return keys.decrypt(sealed)
    except InvalidToken as error:
        raise SealedError("sealed by another key, or damaged") from error


def _own_keys() -> MultiFernet:
    return MultiFernet(_list_own_keys())


def _list_own_keys() -> list[Fernet]:
    """Return the product's keys, newest first, derived by SHA-256 from settings of any length."""
    digests = (hashlib.sha256(key.encode()).digest() for key in settings.RECIPIENT_KEYS)
    return [Fernet(base64.urlsafe_b64encode(digest)) for digest in digests]
