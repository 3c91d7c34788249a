"""Figures of days: sums over the shipments that ended on a day, so that no page reads the shipments."""

from django.db import models

from tracking.models.partners import Partner
from tracking.models.shipments import Hub


class CountedDay(models.Model):
    """Day of the Indian calendar whose ended shipments are counted; a new count replaces the row."""

    day = models.DateField(unique=True)
    counted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.day}"


class DayFigures(models.Model):
    """Sums over the live shipments of a partner on a lane that were delivered or returned on a day.

    `promised` of the delivered ones had a promise, of which `on_time` were kept. Of `attempts_known`
    deliveries the failed attempts are known, and `first_attempt` of them had none. `rated` of the delivered
    ones have a rating, and `rating_sum` adds up to them.
    """

    counted = models.ForeignKey(CountedDay, on_delete=models.CASCADE, related_name="figures")
    partner = models.ForeignKey(Partner, null=True, on_delete=models.CASCADE, related_name="+")
    origin_hub = models.ForeignKey(Hub, null=True, on_delete=models.CASCADE, related_name="+")
    destination_hub = models.ForeignKey(Hub, null=True, on_delete=models.CASCADE, related_name="+")
    delivered = models.PositiveIntegerField()
    promised = models.PositiveIntegerField()
    on_time = models.PositiveIntegerField()
    attempts_known = models.PositiveIntegerField()
    first_attempt = models.PositiveIntegerField()
    returned = models.PositiveIntegerField()
    rated = models.PositiveIntegerField()
    rating_sum = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.counted}: {self.delivered} delivered"
