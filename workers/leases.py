"""Who may work on a shard or a slot: when a lease counts as expired, and how one is held."""

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterable

import structlog

from tracking.domain.errors import TransientError
from workers.ports import Lease, LeaseTable

RENEW_EVERY_S = 1.0
# A lease that has not moved for so long, by the watcher's own clock, may be taken.
EXPIRES_AFTER_S = 5.0
# The owner stops reading and writing earlier than that, counted from before its last renewal was sent.
FENCE_AFTER_S = 4.0
# A holder that has not ticked for so long is stuck, and is not renewed any more.
WEDGED_AFTER_S = 10.0

Clock = Callable[[], float]
log = structlog.get_logger()


def name_owner() -> str:
    """A name for this process as a lease's owner: host, process id and eight random hex digits."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def steady_clock() -> float:
    """Seconds that go on while the machine sleeps, so that a resumed owner knows it is late."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class LeaseWatch:
    """Sees which leases stand still, on its own clock: no two hosts' clocks are ever compared."""

    def __init__(self, clock: Clock = steady_clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[tuple[str, str], tuple[int, int, float]] = {}

    def find_takeable(self, leases: Iterable[Lease]) -> list[Lease]:
        """Those of the leases that are free, or whose owner has not been heard of for 5 s."""
        with self._lock:
            return [lease for lease in leases if self._is_takeable(lease)]

    def _is_takeable(self, lease: Lease) -> bool:
        now, key = self._clock(), (lease.group, lease.entry)
        epoch, heartbeat, since = self._seen.get(key, (-1, -1, now))
        if (epoch, heartbeat) != (lease.epoch, lease.heartbeat):
            self._seen[key] = (lease.epoch, lease.heartbeat, now)
            return lease.owner_id is None
        return lease.owner_id is None or now - since >= EXPIRES_AFTER_S


class HeldLease:
    """A lease this process holds: ticked by its holder, renewed by the keeper, fenced by its age."""

    def __init__(self, table: LeaseTable, lease: Lease, clock: Clock = steady_clock) -> None:
        self._table = table
        self._lease = lease
        self._clock = clock
        self._lock = threading.Lock()
        self._renewed_at = self._ticked_at = clock()
        self._lost = False

    @property
    def lease(self) -> Lease:
        """The lease as it stands, checkpoint included."""
        return self._lease

    def tick(self) -> None:
        """Say that the holder is alive."""
        self._ticked_at = self._clock()

    def is_held(self) -> bool:
        """Whether the holder may go on: not lost, and renewed within the last 4 s."""
        return not self._lost and self._clock() - self._renewed_at < FENCE_AFTER_S

    def move_checkpoint(self, position: str, sequence: str, behind_ms: int) -> None:
        """Remember how far all is done; the next renewal or the release keeps it durably."""
        with self._lock:
            self._lease = self._lease._replace(
                checkpoint=position or self._lease.checkpoint,
                checkpoint_sequence=sequence or self._lease.checkpoint_sequence,
                behind_ms=behind_ms,
            )

    def renew(self) -> None:
        """Renew the lease unless its holder is stuck; a lost lease is remembered, an outage is not a loss."""
        started = self._clock()
        if self._lost or started - self._ticked_at > WEDGED_AFTER_S:
            return
        with self._lock:
            try:
                renewed = self._table.renew(self._lease)
            except TransientError as error:
                log.warning("lease", outcome="not renewed", entry=self._lease.entry, error=str(error))
                return
            if renewed is None:
                self._lost = True
                log.warning("lease", outcome="lost", entry=self._lease.entry)
                return
            self._lease, self._renewed_at = renewed, started

    def release(self) -> None:
        """Give the lease up with its checkpoint kept; if that fails, it expires by itself."""
        with self._lock:
            if self._lost:
                return
            self._lost = True
            try:
                self._table.release(self._lease)
            except TransientError as error:
                log.warning("lease", outcome="not released", entry=self._lease.entry, error=str(error))
