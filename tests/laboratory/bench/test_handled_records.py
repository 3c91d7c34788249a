"""Gaps in reading: from the last record before a kill to the first after it, for the slower shard."""

import math

from laboratory.bench.handled_records import Handled, find_shard, measure_failover_gap, measure_longest_gap

KEYS = {find_shard(f"key-{number}"): f"key-{number}" for number in range(20)}


def test_the_gap_of_the_slower_shard_counts():
    handled = [
        Handled(9.0, KEYS[0]),
        Handled(9.8, KEYS[1]),
        Handled(10.4, KEYS[1]),
        Handled(15.5, KEYS[0]),
        Handled(16.0, KEYS[0]),
    ]
    assert measure_failover_gap(handled, killed_at=10.0) == 6.5


def test_the_gap_of_a_shard_that_is_never_resumed_is_infinite():
    assert measure_failover_gap([Handled(9.0, KEYS[0]), Handled(11.0, KEYS[1])], killed_at=10.0) == math.inf


def test_the_longest_gap_counts_from_the_last_record_before_the_fault():
    first = [(9.0, 0), (9.8, 1), (10.4, 1), (10.5, 0), (16.0, 1), (44.0, 0), (44.1, 1)]
    handled = [Handled(at, KEYS[shard]) for at, shard in first]
    assert math.isclose(measure_longest_gap(handled, since=10.0), 33.5)
    assert measure_longest_gap(handled[:4], since=12.0) == math.inf
