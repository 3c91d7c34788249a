"""Histograms of durations that are added up over processes; each bucket is a quarter wider than the last."""

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import partial

# Upper bound of the first bucket in ms, and the ratio of each bucket's bound to that of the one before.
FIRST_BOUND_MS = 0.1
BUCKET_RATIO = 1.25
# The last bucket begins at two days; it holds whatever is longer.
BUCKETS = 95

# Number of items by the number of their bucket.
Buckets = Mapping[int, int]

# A bound itself belongs to its bucket, also where computing it rounds up.
_BOUNDS = [FIRST_BOUND_MS * BUCKET_RATIO**bucket * (1 + 1e-9) for bucket in range(BUCKETS)]


def find_bucket(span_ms: float) -> int:
    """Return the number of the bucket of a span; a negative one, by clocks of two hosts, counts as none."""
    return bisect_left(_BOUNDS, span_ms)


def count_buckets(spans_ms: Iterable[float]) -> Counter[int]:
    """Return how many of the spans lie in each bucket."""
    # Called for every event of the line: no step of this loop is Python.
    return Counter(map(partial(bisect_left, _BOUNDS), spans_ms))


def bucket_bound(bucket: int) -> float:
    """Return the upper bound of a bucket, in ms."""
    return FIRST_BOUND_MS * BUCKET_RATIO**bucket


def add_up(histograms: Iterable[Buckets]) -> dict[int, int]:
    """Return the sum of histograms: their buckets are added, and percentiles are never averaged."""
    total: Counter[int] = Counter()
    for buckets in histograms:
        total.update(buckets)
    return dict(total)


def find_percentile(buckets: Buckets, share: float) -> float | None:
    """Return the duration in ms that `share` (0 to 1) of the items did not exceed; None without items.

    It is the bound of a bucket, up to a quarter above the true value.
    """
    left = math.ceil(sum(buckets.values()) * share)
    for bucket in sorted(buckets):
        left -= buckets[bucket]
        if left <= 0:
            return bucket_bound(bucket)
    return None
