"""Promises: what is learned of when parcels come to the recipient, against what was promised for them.

A partner that promises may know the order of the stops, which duration statistics do not.
"""

import math
from bisect import bisect_right
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from tracking.domain.indian_time import INDIA
from tracking.eta.durations import DAY_PART_H
from tracking.eta.once_per_batch import once_per_batch
from tracking.eta.residuals import BINS, Residuals

# Weight of the level above against a level's own parcels, as a number of parcels, in the order of
# `promise_keys`. The level above all hubs is the chance by duration statistics.
WEIGHTS = (5.0, 10.0, 6.0, 20.0)
ALL_HUBS_KEY = "lane#b"
# Hours from the booking to the promise at which a band of the time allowed begins.
ALLOWED_FROM_H = (4.0, 8.0, 12.0, 18.0, 24.0)
DAY_PARTS = range(24 // DAY_PART_H)
NOTHING_LEARNED = Residuals(bins=(0.0,) * BINS)


def promise_keys(hub_id: str, booked_at: datetime, promised_at: datetime) -> tuple[str, str, str, str]:
    """Return the keys of kept promises, each of a level: from all hubs to promises of the same kind.

    They are those of all hubs, of the last hub, of the hub and the part of the day of the promise, and of
    that part of the day and the time allowed over all hubs.
    """
    part = promised_at.astimezone(INDIA).hour // DAY_PART_H
    band = bisect_right(ALLOWED_FROM_H, (promised_at - booked_at).total_seconds() / 3600)
    return _write_keys(hub_id, part, band)


@lru_cache(8192)
def _write_keys(hub_id: str, part: int, band: int) -> tuple[str, str, str, str]:
    return ALL_HUBS_KEY, _hub_key(hub_id), _hour_key(hub_id, part), _kind_key(part, band)


def list_promise_keys(hub_id: str) -> tuple[str, ...]:
    """Return the keys of kept promises of a hub, for every part of the day and every time allowed."""
    by_hour = (_hour_key(hub_id, part) for part in DAY_PARTS)
    by_kind = (_kind_key(part, band) for part in DAY_PARTS for band in range(len(ALLOWED_FROM_H) + 1))
    return ALL_HUBS_KEY, _hub_key(hub_id), *by_hour, *by_kind


def promises_at(statistics: Mapping[str, object], key: str) -> Residuals:
    """Return the histogram of ln(time to the first attempt / time promised), both from the booking."""
    learned = statistics.get(key)
    return learned if isinstance(learned, Residuals) else NOTHING_LEARNED


def measure_promise(booked_at: datetime, promised_at: datetime, moment: datetime) -> float | None:
    """Return ln(time from booking to a moment / time from booking to the promise); None if either is none."""
    allowed_s = (promised_at - booked_at).total_seconds()
    passed_s = (moment - booked_at).total_seconds()
    return math.log(passed_s / allowed_s) if allowed_s > 0 and passed_s > 0 else None


def predict_broken(
    statistics: Mapping[str, object],
    hub_id: str,
    booked_at: datetime,
    promised_at: datetime,
    at: datetime,
    p_late: float,
) -> tuple[float, float]:
    """Return the chance that a promise is broken, and the number of parcels of the hub that it rests on.

    `p_late` is the chance by duration statistics, the prior. Each level is the weighted mean of its own
    parcels and a fixed number of the level above; the time that has passed rules out earlier attempts.
    """
    keys = promise_keys(hub_id, booked_at, promised_at)
    levels = _find_levels(statistics, keys)
    if not levels:
        return min(p_late, 1.0), 0.0
    passed = measure_promise(booked_at, promised_at, at)
    broken, possible, of_hub = p_late, 1.0, 0.0
    for key, learned, parcels, broken_share, weight in levels:
        if key == keys[1]:
            of_hub = parcels
        open_share = 1.0 if passed is None else 1.0 - learned.share_below(passed)
        broken = (parcels * broken_share + weight * broken) / (parcels + weight)
        possible = (parcels * open_share + weight * possible) / (parcels + weight)
    return min(broken / possible, 1.0) if possible > 0 else 1.0, of_hub


class _Level(NamedTuple):
    """Parcels that one level has learned: their histogram and number, and the share of broken promises."""

    key: str
    learned: Residuals
    parcels: float
    broken_share: float
    weight: float


@once_per_batch
def _find_levels(statistics: Mapping[str, object], keys: tuple[str, str, str, str]) -> list[_Level]:
    """Return the levels that have learned of any parcel."""
    known = [(key, promises_at(statistics, key), weight) for key, weight in zip(keys, WEIGHTS, strict=True)]
    return [
        _Level(key, learned, parcels, 1.0 - learned.share_below(0.0), weight)
        for key, learned, weight in known
        if (parcels := sum(learned.bins))
    ]


def _hub_key(hub_id: str) -> str:
    return f"{ALL_HUBS_KEY}#{hub_id}"


def _hour_key(hub_id: str, part: int) -> str:
    return f"{ALL_HUBS_KEY}#{hub_id}#{part}"


def _kind_key(part: int, band: int) -> str:
    return f"lane#a#{part}#{band}"
