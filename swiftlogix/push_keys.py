"""Public key of web push, which browsers subscribe with, derived from the private key of the settings."""

import base64
import binascii

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 32


def derive_public_key(private_key: str) -> str:
    """Return the public key as an uncompressed point of P-256, base64url without padding.

    Raises `ImproperlyConfigured` for a private key that is not 32 bytes as base64url; its text does not quote
    the key.
    """
    try:
        raw = base64.urlsafe_b64decode(private_key + "=" * (-len(private_key) % 4))
    except binascii.Error:
        raw = b""
    if len(raw) != KEY_BYTES:
        raise ImproperlyConfigured("WEB_PUSH_KEY is not a private key: 32 bytes as base64url")
    key = ec.derive_private_key(int.from_bytes(raw), ec.SECP256R1())
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()
