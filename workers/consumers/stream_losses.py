"""Records that were gone before anybody had read them: found, counted, and said out loud."""

from datetime import datetime, timedelta

import structlog

from tracking import metrics
from workers.leases.ports import Lease

# No stream keeps less, so nothing younger need be asked about.
SHORTEST_RETENTION = timedelta(hours=24)

log = structlog.get_logger()


def last_known_at(lease: Lease) -> datetime | None:
    """Up to when the shard is known to have been read; None if it never was."""
    known = [moment for moment in (lease.checkpoint_arrived_at, lease.caught_up_at) if moment is not None]
    return max(known, default=None)


def find_gap(lease: Lease, retention: timedelta, now: datetime) -> timedelta | None:
    """How much the stream has forgotten unread: between what was read last and what it still keeps.

    Both moments count, since the checkpoint of an idle shard is old without any loss.
    """
    known_at = last_known_at(lease)
    if known_at is None or known_at >= now - retention:
        return None
    return now - retention - known_at


def report_loss(lease: Lease, gap: timedelta, why: str) -> None:
    """Log that records are lost, and emit `read_lost_gap_s`: any value of it needs an operator."""
    log.error(
        "read.lost",
        why=why,
        entry=lease.entry,
        group=lease.group,
        gap_s=round(gap.total_seconds(), 1),
        checkpoint=lease.checkpoint_sequence,
    )
    metrics.emit(metrics.READ_LOST_GAP_S, max(gap.total_seconds(), 0.001))
