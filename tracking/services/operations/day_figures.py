"""Figures of days: count the shipments that ended on a day; add sums up by day, hub, lane or partner."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal, NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from tracking.domain.indian_time import INDIA, date_in_india
from tracking.domain.status import Status
from tracking.models import CountedDay, DayFigures, Shipment
from tracking.services.requests.roles import Scope

# A share of fewer samples is not shown.
MIN_SAMPLES = 30
# Later corrections and ratings of a day are counted for so long.
COUNTED_AGAIN_FOR = timedelta(days=30)
MAX_SPAN = timedelta(days=92)

Grouping = Literal["day", "hub", "lane", "partner"]

_DELIVERED = Q(status=Status.DELIVERED)
_SUMS: dict[str, Any] = {
    "delivered": Count("pk", filter=_DELIVERED),
    "promised": Count("pk", filter=_DELIVERED & Q(promised_to__isnull=False)),
    "on_time": Count("pk", filter=_DELIVERED & Q(status_at__lte=F("promised_to"))),
    "attempts_known": Count("pk", filter=_DELIVERED & Q(attempts__isnull=False)),
    "first_attempt": Count("pk", filter=_DELIVERED & Q(attempts=0)),
    "returned": Count("pk", filter=Q(status=Status.RETURNED)),
    "rated": Count("rating", filter=_DELIVERED),
    "rating_sum": Coalesce(Sum("rating", filter=_DELIVERED), 0),
}
_LANE = ("partner_id", "origin_hub_id", "destination_hub_id")
_KEYS: dict[Grouping, tuple[str, ...]] = {
    "day": ("counted__day",),
    "hub": ("destination_hub__hub_id",),
    "lane": ("origin_hub__hub_id", "destination_hub__hub_id"),
    "partner": ("partner__partner_id", "partner__name"),
}


class FiguresFilter(NamedTuple):
    """Days (both included) and, unless None, the row ids of the hub of the lane and of the partner."""

    first: date
    last: date
    hub: int | None = None
    partner: int | None = None


class Figures(NamedTuple):
    """Sums over ended shipments. A share or mean of fewer than 30 samples is None; shares are in percent."""

    delivered: int = 0
    promised: int = 0
    on_time: int = 0
    attempts_known: int = 0
    first_attempt: int = 0
    returned: int = 0
    rated: int = 0
    rating_sum: int = 0

    @property
    def on_time_pct(self) -> float | None:
        """Share of the deliveries with a promise that kept it."""
        return _share(self.on_time, self.promised)

    @property
    def first_attempt_pct(self) -> float | None:
        """Share of the deliveries without a failed attempt before."""
        return _share(self.first_attempt, self.attempts_known)

    @property
    def returned_pct(self) -> float | None:
        """Share of the ended shipments that went back to their sender."""
        return _share(self.returned, self.delivered + self.returned)

    @property
    def rating(self) -> float | None:
        """Mean of the ratings, 1 to 5."""
        return round(self.rating_sum / self.rated, 2) if self.rated >= MIN_SAMPLES else None


class FiguresRow(NamedTuple):
    """Figures of one day, hub, lane or partner; `key` has the day, or the ids (of a partner also its name).

    An id that is not known is None.
    """

    key: tuple[Any, ...]
    figures: Figures


def count_due_days(now: datetime) -> list[date]:
    """Count today and the day of the last thirty that was counted longest ago; return the counted days.

    So today's figures are as old as the last call, and those of an earlier day thirty calls older at most.
    """
    today = date_in_india(now)
    first = today - COUNTED_AGAIN_FOR
    counted = dict(CountedDay.objects.filter(day__gte=first, day__lt=today).values_list("day", "counted_at"))
    earlier = [today - timedelta(days=days) for days in range(1, COUNTED_AGAIN_FOR.days + 1)]
    longest_ago = min(earlier, key=lambda day: counted.get(day, datetime.min.replace(tzinfo=UTC)))
    return [day for day in (today, longest_ago) if count_day(day, now)]


def count_day(day: date, now: datetime) -> bool:
    """Replace the figures of a day by a new count. Return False if another process has just done it."""
    start = datetime.combine(day, time(), INDIA)
    ended = Shipment.objects.filter(
        livemode=True,
        status__in=[Status.DELIVERED, Status.RETURNED],
        status_at__gte=start,
        status_at__lt=start + timedelta(days=1),
    )
    groups = list(ended.values(*_LANE).annotate(**_SUMS))
    try:
        with transaction.atomic():
            CountedDay.objects.filter(day=day).delete()
            counted = CountedDay.objects.create(day=day, counted_at=now)
            DayFigures.objects.bulk_create([DayFigures(counted=counted, **group) for group in groups])
    except IntegrityError:
        return False
    return True


def read_figures(scope: Scope, wanted: FiguresFilter, by: Grouping) -> list[FiguresRow]:
    """Return the figures within the scope, newest day first, else most deliveries first."""
    keys = _KEYS[by]
    sums = {f"sum_{name}": Sum(name) for name in Figures._fields}
    order = ["-counted__day"] if by == "day" else ["-sum_delivered", *keys]
    rows = _select(scope, wanted).values(*keys).annotate(**sums).order_by(*order)
    return [
        FiguresRow(tuple(row[key] for key in keys), Figures(*(row[name] for name in sums))) for row in rows
    ]


def add_up(rows: list[FiguresRow]) -> Figures:
    """Return the sum of all rows."""
    return Figures(*(sum(column) for column in zip(*(row.figures for row in rows), strict=True)))


def find_counted_at(wanted: FiguresFilter) -> datetime | None:
    """Return when the newest day of the filter was counted, None if none is."""
    counted = CountedDay.objects.filter(day__range=(wanted.first, wanted.last)).order_by("-day").first()
    return counted.counted_at if counted else None


def _select(scope: Scope, wanted: FiguresFilter) -> QuerySet[DayFigures]:
    found = DayFigures.objects.filter(counted__day__range=(wanted.first, wanted.last))
    if scope.partners:
        found = found.filter(partner_id__in=scope.partners)
    if scope.hubs:
        found = found.filter(Q(origin_hub_id__in=scope.hubs) | Q(destination_hub_id__in=scope.hubs))
    if wanted.partner is not None:
        found = found.filter(partner_id=wanted.partner)
    if wanted.hub is not None:
        found = found.filter(Q(origin_hub_id=wanted.hub) | Q(destination_hub_id=wanted.hub))
    return found


def _share(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole >= MIN_SAMPLES else None
