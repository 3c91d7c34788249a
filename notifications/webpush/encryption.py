"""Encryption of push messages for one browser (RFC 8291), and the signature of the sender (VAPID)."""

from datetime import datetime, timedelta
from functools import cache
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02

from notifications.webpush.subscriptions import Subscription

# Push services refuse signatures that hold for more than a day.
SIGNATURE_LASTS = timedelta(hours=12)


@cache
def read_key(private_key: str) -> Vapid02:
    """Read the private key of web push, 32 bytes as base64url."""
    return Vapid02.from_raw(private_key.encode())


def encrypt(plain: bytes, subscription: Subscription) -> bytes:
    """Encrypt a message, which only this browser can read; each call uses new keys."""
    encrypted: bytes = http_ece.encrypt(
        plain,
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=subscription.keys.point,
        auth_secret=subscription.keys.secret,
        version="aes128gcm",
    )
    return encrypted


def sign(private_key: str, subscription: Subscription, contact: str, now: datetime) -> dict[str, str]:
    """Return the header that says who sends; `contact` is a mailto: or https: address of ours."""
    parts = urlsplit(subscription.endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "sub": contact,
        "exp": int((now + SIGNATURE_LASTS).timestamp()),
    }
    headers: dict[str, str] = read_key(private_key).sign(claims)
    return headers
