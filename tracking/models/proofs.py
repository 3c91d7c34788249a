"""Proofs of delivery: data about a picture; the picture itself is in the bucket."""

from django.db import models
from django.utils import timezone

from tracking.models.shipments import Shipment


class Proof(models.Model):
    """Picture that shows how a shipment was handed over.

    `file_name` is its name in the default storage, which cannot be guessed. `sha256` is the hash of the
    stored picture, which is not the one sent: it was encoded again without metadata.
    """

    class Kind(models.TextChoices):
        """Content of the picture."""

        PHOTO = "photo"
        SIGNATURE = "signature"

    proof_id = models.CharField(max_length=40, unique=True)
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="proofs")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    event_id = models.CharField(max_length=64, blank=True)
    file_name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=20)
    sha256 = models.CharField(max_length=64)
    captured_at = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("captured_at", "pk")

    def __str__(self) -> str:
        return self.proof_id
