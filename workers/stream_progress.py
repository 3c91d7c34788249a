"""Progress of reading the stream, as the leases of its shards show it."""

import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from cachetools import TTLCache, cached

from tracking.lookup_ports import StreamProgress
from workers.health import judge_shard, list_open_shards
from workers.leases.ports import Lease, LeaseTable
from workers.ports import RecordStream

# A stream is made again very seldom, and asking for its creation time is limited to 20 calls a second.
INCARNATION_FRESH_S = 60.0


def _read_clock() -> datetime:
    return datetime.now(UTC)


class LeaseProgress:
    """`StreamProgressReader` that reads the table of leases."""

    def __init__(
        self, leases: LeaseTable, stream: RecordStream, now: Callable[[], datetime] = _read_clock
    ) -> None:
        self._leases = leases
        self._now = now
        kept: TTLCache[tuple[()], str] = TTLCache(maxsize=1, ttl=INCARNATION_FRESH_S)
        self._find_group = cached(kept, lock=threading.Lock())(stream.incarnation)

    def read_progress(self) -> StreamProgress | None:
        """Return the progress; None if no shard has a lease yet. Raises `TransientError`."""
        return find_progress(self._leases.read_group(self._find_group()).leases, self._now())


def find_progress(leases: Iterable[Lease], now: datetime) -> StreamProgress | None:
    """Return how far the open shards of these leases were read; None if there is none."""
    shards = list_open_shards(leases)
    if not shards:
        return None
    moments = [_find_read_until(lease) for lease in shards]
    known = [moment for moment in moments if moment is not None]
    return StreamProgress(
        read_until=min(known) if len(known) == len(shards) else None,
        shards=len(shards),
        stopped=sum(not judge_shard(lease, now).is_read for lease in shards),
    )


def _find_read_until(lease: Lease) -> datetime | None:
    """Return until when the shard was read: its last renewal, less the lag that its last read had.

    A lease whose holder no longer reads is not renewed. The end of the shard may have been reached later.
    """
    if lease.renewed_at is None:
        return lease.caught_up_at
    read_until = lease.renewed_at - timedelta(milliseconds=lease.behind_ms)
    return read_until if lease.caught_up_at is None else max(read_until, lease.caught_up_at)
