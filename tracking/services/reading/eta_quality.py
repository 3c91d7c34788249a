"""Quality of arrival windows over the last weeks: what was predicted against what happened."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import reduce
from typing import NamedTuple, get_args

import msgspec

from tracking.domain.legs import BUCKET_FROM, BaseFrom
from tracking.eta.conformal import COVERAGE_GOAL, widening_at, widening_key
from tracking.eta.lanes import (
    LaneStatistics,
    departure_residuals_key,
    list_residuals_keys,
)
from tracking.eta.quality import HOURS, Subject, Sums, quality_at, quality_key, week_of
from tracking.ports import LaneStatisticsStore

WEEKS = 8
# A figure of fewer predictions is left out.
LEAST_PREDICTIONS = 30
BUCKETS = range(len(BUCKET_FROM) + 1)
SUBJECTS: tuple[Subject, ...] = get_args(Subject)
BASE_SOURCES: tuple[BaseFrom, ...] = get_args(BaseFrom)


class QualityFigures(msgspec.Struct):
    """Quality of `n` predictions that have ended; a figure of fewer than 30 predictions is null.

    `coverage_pct` is the share of arrivals inside the window, `error_min` the mean distance of the middle
    from the arrival, `error_pct` that distance over the time it took, `width_min` the mean width of the
    window. Of `promised_n` deliveries that had a promise, `kept_pct` arrived by the end of the first promise.
    """

    n: int
    coverage_pct: float | None
    error_min: float | None
    error_pct: float | None
    width_min: float | None
    promised_n: int
    kept_pct: float | None


class LengthFigures(QualityFigures):
    """Quality by length in minutes of free-flow driving; `to_min` is null for the longest."""

    from_min: float
    to_min: float | None


class HourFigures(QualityFigures):
    """Quality by the hour of the Indian day in which the prediction was made."""

    hour: int


class WeekFigures(QualityFigures):
    """Quality by the ISO week of the arrival, as `2026-W48`."""

    week: str


class SubjectQuality(msgspec.Struct):
    """Quality of the windows of legs or of deliveries."""

    total: QualityFigures
    by_length: list[LengthFigures]
    by_hour: list[HourFigures]
    by_week: list[WeekFigures]


class WindowWidening(msgspec.Struct):
    """By how much windows are widened now, in percent, since too few arrivals lay inside; by length as above.

    `departure_pct` holds for windows made at departure, `under_way_pct` is the largest of those made under
    way.
    """

    from_min: float
    to_min: float | None
    departure_pct: float
    under_way_pct: float


class EtaQuality(msgspec.Struct):
    """Quality of arrival windows over the last eight weeks, and the widening of windows at the moment.

    Windows are made to hold `goal_pct` percent of the arrivals. A leg is compared with its window at
    departure, a delivery with the first window of its shipment.
    """

    goal_pct: float
    least_n: int
    legs: SubjectQuality
    deliveries: SubjectQuality
    widening: list[WindowWidening]


class _Cell(NamedTuple):
    """Sums of a week, a length bucket and an hour of the day."""

    week: str
    bucket: int
    hour: int
    sums: Sums


def read_eta_quality(lanes: LaneStatisticsStore, now: datetime) -> EtaQuality:
    """Return the quality of arrival windows of the last eight weeks, this one included.

    Raises `TransientError` when the store cannot be reached.
    """
    weeks = [week_of(now - timedelta(weeks=ago)) for ago in reversed(range(WEEKS))]
    keys = [
        quality_key(subject, week, bucket) for subject in SUBJECTS for week in weeks for bucket in BUCKETS
    ]
    keys += [
        widening_key(key)
        for base_from in BASE_SOURCES
        for bucket in BUCKETS
        for key in list_residuals_keys(base_from, bucket)
    ]
    statistics = {key: known.statistic for key, known in lanes.read(keys).items()}
    return EtaQuality(
        goal_pct=100 * COVERAGE_GOAL,
        least_n=LEAST_PREDICTIONS,
        legs=_describe_subject(statistics, "legs", weeks),
        deliveries=_describe_subject(statistics, "deliveries", weeks),
        widening=[_describe_widening(statistics, bucket) for bucket in BUCKETS],
    )


def describe_sums(sums: Sums) -> dict[str, float | None]:
    """Return the fields of `QualityFigures`, rounded; None for a figure of too few predictions."""
    enough = sums.predicted >= LEAST_PREDICTIONS
    return {
        "n": int(sums.predicted),
        "coverage_pct": _share(sums.inside, sums.predicted) if enough else None,
        "error_min": round(sums.error_min / sums.predicted, 1) if enough else None,
        "error_pct": _share(sums.error_min, sums.actual_min) if enough else None,
        "width_min": round(sums.width_min / sums.predicted, 1) if enough else None,
        "promised_n": int(sums.promised),
        "kept_pct": _share(sums.kept, sums.promised) if sums.promised >= LEAST_PREDICTIONS else None,
    }


def _share(part: float, whole: float) -> float | None:
    return round(100 * part / whole, 1) if whole else None


def _describe_subject(statistics: LaneStatistics, subject: Subject, weeks: list[str]) -> SubjectQuality:
    cells = [
        _Cell(week, bucket, hour, stored.at_hour(hour))
        for week in weeks
        for bucket in BUCKETS
        for stored in [quality_at(statistics, quality_key(subject, week, bucket))]
        for hour in range(HOURS)
    ]
    by_length = _sum_by(cells, lambda cell: cell.bucket)
    by_hour = _sum_by(cells, lambda cell: cell.hour)
    by_week = _sum_by(cells, lambda cell: cell.week)
    return SubjectQuality(
        total=msgspec.convert(describe_sums(_add_up(cell.sums for cell in cells)), QualityFigures),
        by_length=[
            msgspec.convert(describe_sums(by_length[bucket]) | _limits_of(bucket), LengthFigures)
            for bucket in BUCKETS
        ],
        by_hour=[
            msgspec.convert(describe_sums(by_hour[hour]) | {"hour": hour}, HourFigures)
            for hour in range(HOURS)
        ],
        by_week=[
            msgspec.convert(describe_sums(by_week[week]) | {"week": week}, WeekFigures) for week in weeks
        ],
    )


def _sum_by(cells: Iterable[_Cell], name: Callable[[_Cell], int | str]) -> Mapping[int | str, Sums]:
    sums: dict[int | str, Sums] = {}
    for cell in cells:
        sums[name(cell)] = sums.get(name(cell), Sums()).plus(cell.sums)
    return sums


def _add_up(each: Iterable[Sums]) -> Sums:
    return reduce(Sums.plus, each, Sums())


def _limits_of(bucket: int) -> dict[str, float | None]:
    """Return the limits of a length bucket in base minutes."""
    limits = (0.0, *BUCKET_FROM, None)
    return {"from_min": limits[bucket], "to_min": limits[bucket + 1]}


def _describe_widening(statistics: LaneStatistics, bucket: int) -> WindowWidening:
    departure, under_way = 1.0, 1.0
    for base_from in BASE_SOURCES:
        for key in list_residuals_keys(base_from, bucket):
            factor = widening_at(statistics, key).factor
            if key == departure_residuals_key(base_from, bucket):
                departure = max(departure, factor)
            else:
                under_way = max(under_way, factor)
    percents = {"departure_pct": departure, "under_way_pct": under_way}
    widened = {name: round(100 * (factor - 1), 1) for name, factor in percents.items()}
    return msgspec.convert(_limits_of(bucket) | widened, WindowWidening)
