"""Pacing of the reads of a shard: how often an idle and a full one is read, and never too often."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workers.leases.clocks import Clock
from workers.consumers.read_pacing import (
    FURTHER_READ_EVERY_S,
    READ_EVERY_S,
    READS_A_SECOND,
    ReadPacing,
)


def test_an_idle_shard_is_read_at_a_fixed_interval_and_one_that_is_full_twice_at_once():
    clock = Clock()
    pacing = ReadPacing(clock)
    assert pacing.delay(more_waits=False) == 0
    pacing.spend()
    assert pacing.delay(more_waits=False) == pytest.approx(READ_EVERY_S)
    assert pacing.delay(more_waits=True) == 0
    pacing.spend()
    assert pacing.delay(more_waits=True) == pytest.approx(FURTHER_READ_EVERY_S)
    clock.now += FURTHER_READ_EVERY_S
    assert (pacing.delay(more_waits=True), pacing.delay(more_waits=False)) == (0, 0)


@pytest.mark.parametrize(
    ("more_waits", "seconds"), [(False, 41 * READ_EVERY_S), (True, 40 * FURTHER_READ_EVERY_S)]
)
def test_a_shard_is_read_at_an_even_rate_in_the_long_run(more_waits, seconds):
    clock = Clock()
    pacing = ReadPacing(clock)
    began_at = clock.now
    for _ in range(42):
        clock.now += pacing.delay(more_waits=more_waits)
        pacing.spend()
    assert clock.now - began_at == pytest.approx(seconds)


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.01, 0.2, 0.4])), min_size=6, max_size=40))
def test_no_second_has_more_reads_than_the_stream_allows(reads):
    clock = Clock()
    pacing = ReadPacing(clock)
    begun = []
    for more_waits, work_s in reads:
        clock.now += pacing.delay(more_waits=more_waits)
        pacing.spend()
        begun.append(clock.now)
        clock.now += work_s
    windows = zip(begun, begun[READS_A_SECOND:], strict=False)
    assert all(later - earlier >= 1 - 1e-9 for earlier, later in windows)
