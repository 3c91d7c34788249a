"""Detection of records that were trimmed unread; an idle shard is no loss."""

from datetime import UTC, datetime, timedelta

import pytest

from workers.consumers.stream_losses import find_gap
from workers.leases.ports import Lease

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
WEEK = timedelta(days=7)
OLD, FRESH = NOW - WEEK - timedelta(hours=3), NOW - timedelta(hours=1)


@pytest.mark.parametrize(
    ("arrived_at", "caught_up_at", "gap"),
    [
        (OLD, OLD, timedelta(hours=3)),
        (OLD, None, timedelta(hours=3)),
        (OLD, FRESH, None),
        (FRESH, OLD, None),
        (None, None, None),
    ],
)
def test_records_are_lost_if_neither_the_checkpoint_nor_the_last_idle_read_is_within_retention(
    arrived_at, caught_up_at, gap
):
    lease = Lease("scans@1", "shard#a", checkpoint_arrived_at=arrived_at, caught_up_at=caught_up_at)
    assert find_gap(lease, WEEK, NOW) == gap
