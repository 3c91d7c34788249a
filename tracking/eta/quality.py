"""Quality of arrival windows: sums over ended predictions by week, length bucket and hour of the day.

A leg is predicted when it departs, a delivery by the shipment's first arrival window. Both are counted in the
week of the arrival, under the hour in which they were predicted; weeks and hours are those of India.
"""

import math
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from operator import add
from typing import Literal, NamedTuple

from tracking.domain.indian_time import INDIA
from tracking.domain.legs import FinishedLeg, FirstEstimate, bucket_of
from tracking.domain.value import Struct

Subject = Literal["legs", "deliveries"]
HOURS = 24


class Sums(NamedTuple):
    """Sums over predictions: their number, those with the arrival inside, minutes, and promises.

    `error_min` is the distance of P50 from the arrival, `actual_min` the time from the prediction to the
    arrival, `width_min` that from P10 to P90. `promised` counts predictions made beside a promise, `kept`
    those of them that arrived by the end of the promise.
    """

    predicted: float = 0.0
    inside: float = 0.0
    error_min: float = 0.0
    actual_min: float = 0.0
    width_min: float = 0.0
    promised: float = 0.0
    kept: float = 0.0

    def plus(self, other: "Sums") -> "Sums":
        """Return the sums over both."""
        return Sums(*map(add, self, other))


NUMBERS = HOURS * len(Sums._fields)


class QualityWeek(Struct, frozen=True):
    """Sums of one week and length bucket: those of each hour of the day, one after the other."""

    sums: tuple[float, ...] = (0.0,) * NUMBERS

    def at_hour(self, hour: int) -> Sums:
        """Return the sums of an hour of the day, 0 to 23."""
        width = len(Sums._fields)
        return Sums(*self.sums[hour * width : (hour + 1) * width])

    def add(self, hour: int, sums: Sums) -> "QualityWeek":
        """Return the week with these sums added to an hour of the day."""
        start = hour * len(Sums._fields)
        end = start + len(Sums._fields)
        return QualityWeek(sums=(*self.sums[:start], *self.at_hour(hour).plus(sums), *self.sums[end:]))


class Observation(NamedTuple):
    """Prediction that has ended: the key of its week, the hour it was made in, its sums."""

    key: str
    hour: int
    sums: Sums


def week_of(at: datetime) -> str:
    """Return the ISO week of a time in India, as `2026-W48`."""
    year, week, _ = at.astimezone(INDIA).isocalendar()
    return f"{year}-W{week:02d}"


def quality_key(subject: Subject, week: str, bucket: int) -> str:
    """Return the key of the sums of a week and a length bucket."""
    return f"lane#k#{subject}#{week}#{bucket}"


def quality_at(statistics: Mapping[str, object], key: str) -> QualityWeek:
    """Return the sums of a key; zeros if nothing is stored."""
    week = statistics.get(key)
    return week if isinstance(week, QualityWeek) else QualityWeek()


def list_observations(leg: FinishedLeg) -> Iterator[Observation]:
    """Yield what a finished leg shows: of the leg itself, and of the delivery that ended it.

    A leg is left out if its window was not stored (an older version or an import made it), and if it ended at
    another hub than predicted.
    """
    if not leg.is_last_mile and leg.spread_key and leg.low_offset is not None and leg.high_offset is not None:
        middle_min = leg.base_min * math.exp(leg.log_ratio)
        low_min, high_min = (middle_min * math.exp(offset) for offset in (leg.low_offset, leg.high_offset))
        sums = Sums(
            predicted=1.0,
            inside=float(low_min <= leg.minutes <= high_min),
            error_min=abs(middle_min - leg.minutes),
            actual_min=leg.minutes,
            width_min=high_min - low_min,
        )
        key = quality_key("legs", week_of(leg.arrived_at), bucket_of(leg.base_min))
        yield Observation(key, _hour_of(leg.departed_at), sums)
    if leg.first_estimate is not None and leg.first_estimate.as_of < leg.arrived_at:
        yield _observe_delivery(leg.first_estimate, leg.arrived_at)


def changes_of_quality(statistics: Mapping[str, object], leg: FinishedLeg) -> dict[str, QualityWeek]:
    """Return the changed weeks by key after one more finished leg."""
    return {key: quality_at(statistics, key).add(hour, sums) for key, hour, sums in list_observations(leg)}


def _observe_delivery(first: FirstEstimate, delivered_at: datetime) -> Observation:
    sums = Sums(
        predicted=1.0,
        inside=float(first.from_ <= delivered_at <= first.to),
        error_min=_minutes(abs(first.at - delivered_at)),
        actual_min=_minutes(delivered_at - first.as_of),
        width_min=_minutes(first.to - first.from_),
        promised=float(first.promised_to is not None),
        kept=float(first.promised_to is not None and delivered_at <= first.promised_to),
    )
    key = quality_key("deliveries", week_of(delivered_at), bucket_of(first.lane_min))
    return Observation(key, _hour_of(first.as_of), sums)


def _minutes(span: timedelta) -> float:
    return span.total_seconds() / 60


def _hour_of(at: datetime) -> int:
    return at.astimezone(INDIA).hour
