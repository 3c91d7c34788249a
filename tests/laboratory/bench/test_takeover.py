"""A takeover is the longer of the two waits between the last record before a kill and the first after it."""

import math

from laboratory.bench.takeover import Handled, find_silence, find_takeover, shard_of

KEYS = {shard_of(f"key-{number}"): f"key-{number}" for number in range(20)}


def test_the_shard_that_waited_longer_counts():
    handled = [
        Handled(9.0, KEYS[0]),
        Handled(9.8, KEYS[1]),
        Handled(10.4, KEYS[1]),
        Handled(15.5, KEYS[0]),
        Handled(16.0, KEYS[0]),
    ]
    assert find_takeover(handled, killed_at=10.0) == 6.5


def test_a_shard_that_nobody_goes_on_with_is_never_taken_over():
    assert find_takeover([Handled(9.0, KEYS[0]), Handled(11.0, KEYS[1])], killed_at=10.0) == math.inf


def test_a_silence_is_the_longest_a_shard_stood_still_from_its_last_record_before_on():
    first = [(9.0, 0), (9.8, 1), (10.4, 1), (10.5, 0), (16.0, 1), (44.0, 0), (44.1, 1)]
    handled = [Handled(at, KEYS[shard]) for at, shard in first]
    assert math.isclose(find_silence(handled, since=10.0), 33.5)
    assert find_silence(handled[:4], since=12.0) == math.inf
