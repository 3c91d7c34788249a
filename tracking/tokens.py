"""Token in a customer's link: derived from the shipment id and a number, and looked up by its hash."""

import base64
import hashlib
import hmac
import re

from django.conf import settings

# Sixteen bytes, as base64url without padding.
TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


def make_token(shipment_id: str, token_n: int) -> str:
    """Return the 22-character token of a shipment; a higher `token_n` gives another one, and revokes this."""
    return derive_token(f"{shipment_id}:{token_n}")


def derive_token(subject: str) -> str:
    """Return the 22-character token of a subject: an HMAC-SHA256 with the product's key, cut to 16 bytes."""
    key = settings.TRACKING_TOKEN_KEY.encode()
    digest = hmac.new(key, subject.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()


def hash_token(token: str) -> str:
    """Return the SHA-256 hash of a token, which is what is stored: 64 hexadecimal digits."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_token(text: str) -> bool:
    """Return whether the text has the form of a token."""
    return TOKEN.fullmatch(text) is not None


def customer_link(shipment_id: str, token_n: int) -> str:
    """Return the URL of a shipment's page for its customer."""
    return f"{settings.PUBLIC_URL}/t/{make_token(shipment_id, token_n)}"
