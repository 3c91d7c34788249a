"""Replace the product's keys in stored rows: seals of recipients, and hashes of customers' links."""

from tracking.models import KeptAnswer, PhoneHashKey, RecipientKey, Shipment, Vehicle
from tracking.sealing import is_sealed_by_newest, seal_for_us, unseal_for_us
from tracking.tokens import hash_token, make_token

ROWS_AT_ONCE = 500


def reseal_recipients() -> int:
    """Seal stored keys, answers and drivers with the newest of `RECIPIENT_KEYS`; return how many changed.

    Safe to repeat, and to run while the product works. Afterwards older keys open nothing that is stored.
    Raises `SealedError` for a row that none of the keys opens.
    """
    keys = _reseal(RecipientKey, "sealed_key") + _reseal(PhoneHashKey, "sealed_key")
    return keys + _reseal(KeptAnswer, "sealed") + _reseal(Vehicle, "driver_sealed")


def renew_links() -> int:
    """Store the hashes of links made with the present `TRACKING_TOKEN_KEY`; return how many have changed.

    Older links of these bookings end. Safe to repeat.
    """
    changed = 0
    bookings = Shipment.objects.exclude(token_sha256=None).only("shipment_id", "token_n", "token_sha256")
    for booking in bookings.iterator(ROWS_AT_ONCE):
        renewed = hash_token(make_token(booking.shipment_id, booking.token_n))
        if renewed != booking.token_sha256:
            changed += Shipment.objects.filter(pk=booking.pk, token_n=booking.token_n).update(
                token_sha256=renewed
            )
    return changed


def _reseal(model: type[RecipientKey | PhoneHashKey | KeptAnswer | Vehicle], field: str) -> int:
    changed = 0
    rows = model._default_manager.exclude(**{field: b""}).values_list("pk", field)  # noqa: SLF001 - Django's own name
    for pk, stored in rows.iterator(ROWS_AT_ONCE):
        sealed = bytes(stored)
        if is_sealed_by_newest(sealed):
            continue
        resealed = seal_for_us(unseal_for_us(sealed))
        # Only if it is still the same: the row may have been replaced meanwhile.
        changed += model._default_manager.filter(pk=pk, **{field: sealed}).update(**{field: resealed})  # noqa: SLF001
    return changed
