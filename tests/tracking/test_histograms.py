"""Histograms: bounds of buckets, sums, percentiles."""

import pytest

from tracking.histograms import (
    BUCKET_RATIO,
    BUCKETS,
    add_up,
    bucket_bound,
    count_buckets,
    find_bucket,
    find_percentile,
)

DAY_MS = 86_400_000


@pytest.mark.parametrize("span_ms", [0.1, 0.11, 1, 7.3, 999, 60_000])
def test_a_bucket_is_at_most_a_quarter_above_its_spans(span_ms):
    bound = bucket_bound(find_bucket(span_ms))
    assert span_ms <= bound * (1 + 1e-9)
    assert bound <= span_ms * BUCKET_RATIO * (1 + 1e-9)


@pytest.mark.parametrize("span_ms", [0, -5, 0.05])
def test_a_span_of_nothing_is_in_the_first_bucket(span_ms):
    assert find_bucket(span_ms) == 0


def test_the_last_bucket_holds_whatever_is_longer_than_two_days():
    assert bucket_bound(BUCKETS - 1) > 1.3 * DAY_MS
    assert [find_bucket(days * DAY_MS) for days in (3, 365)] == [BUCKETS, BUCKETS]


def test_spans_are_counted_by_their_buckets():
    spans = [0.05, 1, 1, 7.3, 60_000, -3]
    assert count_buckets(spans) == {0: 2, find_bucket(1): 2, find_bucket(7.3): 1, find_bucket(60_000): 1}
    assert count_buckets([]) == {}


def test_percentiles_are_those_of_the_added_items():
    total = add_up([{find_bucket(10): 98}, {find_bucket(10): 1, find_bucket(1000): 1}])
    low, high = bucket_bound(find_bucket(10)), bucket_bound(find_bucket(1000))
    assert [find_percentile(total, share) for share in (0.5, 0.99, 1.0)] == [low, low, high]
    assert find_percentile({}, 0.5) is None
