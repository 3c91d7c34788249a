"""Signatures of webhooks by Standard Webhooks: id, time and body, by each valid secret."""

from collections.abc import Sequence
from datetime import datetime

from standardwebhooks import Webhook


def sign(message_id: str, body: bytes, secrets: Sequence[str], now: datetime) -> dict[str, str]:
    """Return the headers that prove who sent the body and when; `now` is aware, in UTC.

    `secrets` are those valid at this time; during a rotation there are two, and so are the signatures.
    """
    text = body.decode()
    signatures = [Webhook(secret).sign(message_id, now, text) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
