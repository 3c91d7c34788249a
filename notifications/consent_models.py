"""Database models of consent: the key of address hashes, links, choices of recipients, and the ledger."""

from typing import Any, NoReturn

from django.db import models
from django.utils import timezone


class AddressHashKey(models.Model):
    """Sealed key of the hashes by which choices are kept; without it all choices of recipients are lost.

    There is one row. It is random and stored, so that a change of the product's keys loses no choice.
    """

    name = models.CharField(max_length=16, unique=True)
    sealed_key = models.BinaryField()

    def __str__(self) -> str:
        return self.name


class PreferenceLink(models.Model):
    """Link to the preferences of one recipient, found by the hash of its token.

    The row keeps the hashes of the addresses that the booking had when the link was made. The link therefore
    works after the booking's recipient was changed or erased, and never reaches another recipient.
    """

    token_sha256 = models.CharField(max_length=64, unique=True)
    shipment_id = models.CharField(max_length=64, db_index=True)
    phone_hash = models.CharField(max_length=64, blank=True)
    email_hash = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.shipment_id


class Choice(models.Model):
    """Present choice of one address about one transport; an empty trigger stands for all of them."""

    address_hash = models.CharField(max_length=64)
    transport = models.CharField(max_length=10)
    trigger = models.CharField(max_length=32, blank=True)
    is_allowed = models.BooleanField()
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["address_hash", "transport", "trigger"], name="one_choice_per_address"
            )
        ]

    def __str__(self) -> str:
        return f"{self.transport} {self.trigger or 'all'}: {'yes' if self.is_allowed else 'no'}"


class Preference(models.Model):
    """Language and quiet hours that the person behind an address has chosen; empty: not chosen."""

    address_hash = models.CharField(max_length=64, unique=True)
    language = models.CharField(max_length=2, blank=True)
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    updated_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.address_hash[:8]


class LedgerError(TypeError):
    """Raised when an entry of the ledger is to be changed or deleted."""


class LedgerRows(models.QuerySet[Any]):
    """Entries that can be read and added, and never changed or deleted."""

    def _refuse(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse the change."""
        raise LedgerError("The ledger of consents is append-only.")

    update = delete = bulk_update = _raw_delete = _refuse


class ConsentEntry(models.Model):
    """Entry of the ledger: who agreed or refused, when, by which words and by which way.

    `address_hash` is a keyed hash, so the entry names nobody. `wording` is the version of the text that was
    shown, empty if none was. An empty trigger stands for all. Entries are never changed or deleted: this
    class refuses it, and so does a trigger of the database.
    """

    class Way(models.TextChoices):
        """Way by which a consent or a refusal was given."""

        BOOKING = "booking"
        PREFERENCES = "preferences"
        ONE_CLICK = "one_click"
        BOUNCE = "bounce"
        COMPLAINT = "complaint"
        PROVIDER = "provider"

    at = models.DateTimeField(default=timezone.now)
    address_hash = models.CharField(max_length=64, db_index=True)
    transport = models.CharField(max_length=10)
    trigger = models.CharField(max_length=32, blank=True)
    is_allowed = models.BooleanField()
    way = models.CharField(max_length=12, choices=Way.choices)
    wording = models.CharField(max_length=40, blank=True)
    shipment_id = models.CharField(max_length=64, blank=True)

    objects = LedgerRows.as_manager()

    class Meta:
        verbose_name_plural = "consent entries"
        base_manager_name = "objects"

    def __str__(self) -> str:
        return f"{self.way}: {self.transport} {'yes' if self.is_allowed else 'no'}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the entry. Raises `LedgerError` for an entry that is stored already."""
        if not self._state.adding:
            raise LedgerError("The ledger of consents is append-only.")
        super().save(*args, **(kwargs | {"force_insert": True}))

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Raise `LedgerError`."""
        raise LedgerError("The ledger of consents is append-only.")
