"""Database model of web push: subscriptions of browsers to the notifications of one shipment."""

from django.db import models


class PushSubscription(models.Model):
    """Browser that wants the notifications of a shipment.

    `sealed` holds the address at the push service and the browser's keys; `subscription_id` is a hash of that
    address, so that a browser can ask whether it is subscribed.
    """

    shipment_id = models.CharField(max_length=64)
    subscription_id = models.CharField(max_length=22)
    sealed = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shipment_id", "subscription_id"], name="one_subscription_per_browser"
            )
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id} of {self.shipment_id}"
