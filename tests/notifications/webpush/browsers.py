"""Browsers with keys of their own, which read what a push service has for them."""

import base64
import json
import os
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from notifications.webpush.subscriptions import Keys, Subscription


def encode(raw: bytes) -> str:
    """Return base64url text without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Browser:
    """Browser that is subscribed at `endpoint`."""

    def __init__(self, endpoint: str) -> None:
        self._key, self._secret = ec.generate_private_key(ec.SECP256R1()), os.urandom(16)
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.subscription = Subscription(endpoint, Keys(encode(point), encode(self._secret)))

    def describe(self) -> dict[str, Any]:
        """Return the subscription as the script of a page gets it."""
        keys = self.subscription.keys
        return {
            "endpoint": self.subscription.endpoint,
            "expirationTime": None,
            "keys": {"p256dh": keys.p256dh, "auth": keys.auth},
        }

    def decrypt(self, body: bytes) -> Any:
        """Return the JSON of an encrypted message."""
        plain = http_ece.decrypt(body, private_key=self._key, auth_secret=self._secret, version="aes128gcm")
        return json.loads(plain)
