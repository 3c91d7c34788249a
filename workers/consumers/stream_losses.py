"""Detection of records that the stream trimmed before they were read."""

from datetime import datetime, timedelta

import structlog

from tracking import metrics
from workers.leases.ports import Lease

# Kinesis keeps records at least this long, so a younger checkpoint needs no call for the retention.
SHORTEST_RETENTION = timedelta(hours=24)

log = structlog.get_logger()


def last_read_at(lease: Lease) -> datetime | None:
    """Return the time up to which the shard has been read; None if it has never been read."""
    moments = [moment for moment in (lease.checkpoint_arrived_at, lease.caught_up_at) if moment is not None]
    return max(moments, default=None)


def find_gap(lease: Lease, retention: timedelta, now: datetime) -> timedelta | None:
    """Return the time span of records that were trimmed unread, or None if there is none.

    It lies between the last read and the start of the retention. The last idle read counts as well as the
    checkpoint, since the checkpoint of an idle shard grows old without any loss.
    """
    read_until = last_read_at(lease)
    if read_until is None or read_until >= now - retention:
        return None
    return now - retention - read_until


def report_loss(lease: Lease, gap: timedelta, why: str) -> None:
    """Log an error and emit `read_lost_gap_s`: records were lost."""
    log.error(
        "read.lost",
        why=why,
        entry=lease.entry,
        group=lease.group,
        gap_s=round(gap.total_seconds(), 1),
        checkpoint=lease.checkpoint_sequence,
    )
    metrics.emit(metrics.READ_LOST_GAP_S, max(gap.total_seconds(), 0.001))
