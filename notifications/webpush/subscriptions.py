"""Subscriptions of browsers: checked, kept under seal, found, and deleted."""

import base64
import hashlib
from datetime import datetime, timedelta

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import models, transaction

from notifications.address_hashes import hash_recipient
from notifications.consents import Statement, Way, record_statements
from notifications.webhooks.guard import read_url
from notifications.webpush.models import PushSubscription
from tracking.models import Shipment
from tracking.sealing import is_sealed_by_newest, seal_for_us, unseal_for_us
from tracking.services.partners.recipients import read_contact

NAME = "webpush"
# Browsers of one shipment; a further one replaces the oldest.
MAX_SUBSCRIPTIONS = 5
MAX_ENDPOINT = 1000
KEPT_FOR = timedelta(days=90)
POINT_BYTES, AUTH_BYTES = 65, 16


class BadSubscriptionError(ValueError):
    """Raised for a subscription that cannot be used."""


class Keys(msgspec.Struct, frozen=True):
    """Public key of a browser and its shared secret, as base64url."""

    p256dh: str
    auth: str

    @property
    def point(self) -> bytes:
        """Public key as an uncompressed point of the curve P-256."""
        return decode_base64url(self.p256dh)

    @property
    def secret(self) -> bytes:
        """Shared secret of 16 bytes."""
        return decode_base64url(self.auth)


class Subscription(msgspec.Struct, frozen=True):
    """Subscription as browsers describe it: the address at their push service, and their keys."""

    endpoint: str
    keys: Keys

    @property
    def subscription_id(self) -> str:
        """Hash of the address, 22 characters, which the page's script computes too."""
        digest = hashlib.sha256(self.endpoint.encode()).digest()[:16]
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


_decode = msgspec.json.Decoder(Subscription).decode


def read_subscription(body: bytes, *, allow_loopback: bool) -> Subscription:
    """Read a subscription that a page sent.

    Raises `BadSubscriptionError`, or `AddressRefusedError` for an address that is not public. The address is
    checked again before each message, since its name may lead elsewhere by then.
    """
    try:
        subscription = _decode(body)
        keys = subscription.keys
        is_whole = len(keys.point) == POINT_BYTES and len(keys.secret) == AUTH_BYTES
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), keys.point)
    except (msgspec.MsgspecError, ValueError) as error:
        raise BadSubscriptionError("not a subscription") from error
    if not is_whole or len(subscription.endpoint) > MAX_ENDPOINT:
        raise BadSubscriptionError("keys or address of the wrong length")
    read_url(subscription.endpoint, allow_loopback=allow_loopback)
    return subscription


def subscribe(booking: Shipment, subscription: Subscription, now: datetime) -> None:
    """Keep a subscription to a booking, which is a consent to web push. Safe to repeat."""
    sealed = seal_for_us(msgspec.json.encode(subscription))
    with transaction.atomic():
        PushSubscription.objects.update_or_create(
            shipment_id=booking.shipment_id,
            subscription_id=subscription.subscription_id,
            defaults={"sealed": sealed, "created_at": now},
        )
        newest = _select(booking.shipment_id).order_by("-created_at", "-pk")
        surplus = list(newest.values_list("pk", flat=True)[MAX_SUBSCRIPTIONS:])
        PushSubscription.objects.filter(pk__in=surplus).delete()
        _keep_consent(booking.shipment_id, is_given=True)
        hashes = hash_recipient(booking.shipment_id, read_contact(booking))
        consent = [Statement(NAME, is_allowed=True)]
        record_statements(hashes.holding, consent, Way.PREFERENCES, now, booking.shipment_id)


def unsubscribe(shipment_id: str, subscription_id: str) -> None:
    """Delete a subscription; without any other the consent ends. Safe to repeat."""
    with transaction.atomic():
        _select(shipment_id).filter(subscription_id=subscription_id).delete()
        if not _select(shipment_id).exists():
            _keep_consent(shipment_id, is_given=False)


def is_subscribed(shipment_id: str, subscription_id: str) -> bool:
    """Return whether this browser is subscribed to the shipment."""
    return _select(shipment_id).filter(subscription_id=subscription_id).exists()


def list_subscriptions(shipment_id: str) -> list[Subscription]:
    """Return the subscriptions to a shipment, oldest first."""
    rows = _select(shipment_id).order_by("created_at", "pk")
    return [_decode(unseal_for_us(bytes(row.sealed))) for row in rows]


def find_browsers(shipment_id: str) -> str:
    """Return the ids of the browsers that want a shipment's notifications, with spaces; empty for none."""
    rows = _select(shipment_id).order_by("created_at", "pk")
    return " ".join(rows.values_list("subscription_id", flat=True))


def forget_subscriptions(shipment_id: str) -> int:
    """Delete all subscriptions to a shipment, as its recipient is erased; return their number."""
    return _select(shipment_id).delete()[0]


def forget_old_subscriptions(now: datetime) -> int:
    """Delete subscriptions that are older than any link to a shipment; return their number."""
    return PushSubscription.objects.filter(created_at__lt=now - KEPT_FOR).delete()[0]


def reseal_subscriptions() -> int:
    """Seal all subscriptions with the newest of `RECIPIENT_KEYS`; return the number of changed ones."""
    changed = 0
    for row in PushSubscription.objects.iterator():
        sealed = bytes(row.sealed)
        if not is_sealed_by_newest(sealed):
            unchanged = PushSubscription.objects.filter(pk=row.pk, sealed=row.sealed)
            changed += unchanged.update(sealed=seal_for_us(unseal_for_us(sealed)))
    return changed


def decode_base64url(text: str) -> bytes:
    """Return the bytes of base64url text without padding. Raises `ValueError`."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _select(shipment_id: str) -> models.QuerySet[PushSubscription]:
    return PushSubscription.objects.filter(shipment_id=shipment_id)


def _keep_consent(shipment_id: str, *, is_given: bool) -> None:
    booking = Shipment.objects.select_for_update().get(shipment_id=shipment_id)
    booking.consents = booking.consents | {NAME: is_given}
    booking.save(update_fields=["consents"])
