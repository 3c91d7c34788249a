"""Secrets of webhook endpoints: made here, sealed at rest, and rotated with a day of overlap."""

import base64
import secrets
from datetime import datetime, timedelta

from notifications.webhooks.models import WebhookEndpoint
from tracking.sealing import is_sealed_by_newest, seal_for_us, unseal_for_us

PREFIX = "whsec_"
SECRET_BYTES = 32
# After a rotation the older secret signs too for this time.
OVERLAP = timedelta(hours=24)


def make_secret() -> str:
    """Return a new random secret in the form of Standard Webhooks: `whsec_` and 32 bytes as base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def set_secret(endpoint: WebhookEndpoint) -> str:
    """Give an endpoint that is not yet saved its first secret; return it, to be shown once."""
    secret = make_secret()
    endpoint.sealed_secret = seal_for_us(secret.encode())
    return secret


def rotate_secret(endpoint: WebhookEndpoint, now: datetime) -> str:
    """Replace the secret of a stored endpoint; return the new one. The older one is valid for 24 hours more.

    A second rotation within that time ends the oldest secret at once.
    """
    older = endpoint.sealed_secret
    secret = set_secret(endpoint)
    endpoint.sealed_old_secret, endpoint.rotated_at = older, now
    endpoint.save(update_fields=["sealed_secret", "sealed_old_secret", "rotated_at"])
    return secret


def list_secrets(endpoint: WebhookEndpoint, now: datetime) -> list[str]:
    """Return the secrets that sign at this time, newest first. Raises `SealedError`."""
    sealed = [endpoint.sealed_secret]
    if endpoint.sealed_old_secret and endpoint.rotated_at and now < endpoint.rotated_at + OVERLAP:
        sealed.append(endpoint.sealed_old_secret)
    return [unseal_for_us(bytes(secret)).decode() for secret in sealed]


def reseal_secrets() -> int:
    """Seal all secrets with the newest of `RECIPIENT_KEYS`; return the number of changed endpoints."""
    changed = 0
    for endpoint in WebhookEndpoint.objects.iterator():
        resealed = {
            name: seal_for_us(unseal_for_us(bytes(sealed)))
            for name in ("sealed_secret", "sealed_old_secret")
            if (sealed := getattr(endpoint, name)) and not is_sealed_by_newest(bytes(sealed))
        }
        # A secret that is rotated at the same time is sealed with the newest key already.
        unchanged = {name: getattr(endpoint, name) for name in resealed}
        if resealed:
            changed += WebhookEndpoint.objects.filter(pk=endpoint.pk, **unchanged).update(**resealed)
    return changed
