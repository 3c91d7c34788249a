"""A lease this process holds: ticked by its holder, renewed by the keeper, fenced by its own age."""

import threading
from collections.abc import Callable
from datetime import datetime
from enum import Enum

import structlog

from tracking.domain.errors import TransientError
from workers.leases.clock import Clock, steady_clock
from workers.leases.policies import FENCE_AFTER_S, WEDGED_AFTER_S
from workers.leases.ports import Lease, LeaseTable, Phase, Renewal

log = structlog.get_logger()


class Hold(Enum):
    """How a lease stands with its holder."""

    HELD = "held"
    # Not renewed for too long: stop, but a later renewal may still succeed.
    FENCED = "fenced"
    # Somebody else's, or given up.
    GONE = "gone"


class NotHeldError(TransientError):
    """The lease is fenced or gone, so its holder must not read or write now."""


class HeldLease:
    """One lease in its holder's hands; safe to use from the stint's threads and the keeper's at once."""

    def __init__(
        self,
        table: LeaseTable,
        lease: Lease,
        clock: Clock = steady_clock,
        wedged_after_s: float = WEDGED_AFTER_S,
        taken_at: float | None = None,
    ) -> None:
        """`taken_at`, by `clock`, is the moment before the lease was asked for."""
        self._table = table
        self._lease = lease
        self._clock = clock
        self._wedged_after_s = wedged_after_s
        self._lock = threading.Lock()
        self._ticked_at = clock()
        self._renewed_at = self._ticked_at if taken_at is None else taken_at
        self._gone = False

    @property
    def lease(self) -> Lease:
        """The lease as it stands, checkpoint included."""
        return self._lease

    @property
    def hold(self) -> Hold:
        """Whether the holder may go on; fenced 4 s after the moment before the last renewal was sent."""
        if self._gone:
            return Hold.GONE
        return Hold.HELD if self._clock() - self._renewed_at < FENCE_AFTER_S else Hold.FENCED

    @property
    def is_stuck(self) -> bool:
        """Whether the holder has not ticked for too long."""
        return self._clock() - self._ticked_at > self._wedged_after_s

    def tick(self) -> None:
        """Say that the holder is alive."""
        self._ticked_at = self._clock()

    def tick_or_stop(self) -> None:
        """Say that the holder is alive; raises `NotHeldError` when it must not go on."""
        self.tick()
        if self.hold is not Hold.HELD:
            raise NotHeldError(f"{self._lease.entry} is {self.hold.value}")

    def move_checkpoint(self, stream_position: str, sequence: str, arrived_at: datetime) -> None:
        """Remember how far all is done; the next renewal or the release keeps it durably."""
        with self._lock:
            self._lease = self._lease._replace(
                checkpoint=stream_position, checkpoint_sequence=sequence, checkpoint_arrived_at=arrived_at
            )

    def note_lag(self, behind_ms: int, caught_up_at: datetime | None) -> None:
        """Remember how far behind the last read was, and when there was last nothing more to read."""
        with self._lock:
            self._lease = self._lease._replace(
                behind_ms=behind_ms, caught_up_at=caught_up_at or self._lease.caught_up_at
            )

    def prepare_renewal(self) -> Lease | None:
        """The lease with its next heartbeat, to be kept; None when its holder is stuck or it is gone."""
        with self._lock:
            if self._gone or self.is_stuck:
                return None
            return self._lease._replace(heartbeat=self._lease.heartbeat + 1)

    def take_renewal(self, sent: Lease, sent_at: float, answer: Renewal) -> None:
        """Note what became of a renewal that was sent at `sent_at` by this lease's clock."""
        with self._lock:
            if self._gone:
                return
            if answer == "renewed":
                self._lease = self._lease._replace(heartbeat=sent.heartbeat)
                self._renewed_at = sent_at
            elif answer == "lost":
                self._lose()

    def take_successor(self, later: Lease) -> None:
        """Note that this process has taken a lease, perhaps this very one: it was stuck, and is replaced."""
        with self._lock:
            if (later.group, later.entry) == (self._lease.group, self._lease.entry) and not self._gone:
                self._lose()

    def _lose(self) -> None:
        self._gone = True
        log.warning("lease", outcome="lost", entry=self._lease.entry, epoch=self._lease.epoch)

    def release(self) -> Lease | None:
        """Give the lease up with its checkpoint kept: the free lease; if that fails, it expires by itself."""
        return self._give_up(lambda lease: lease)

    def end(self, expires_at: int) -> Lease | None:
        """Give the lease up for good: its shard is read to the end. The table may forget it then."""
        return self._give_up(lambda lease: lease._replace(phase=Phase.ENDED, expires_at=expires_at))

    def halt(self, reason: str) -> Lease | None:
        """Give the lease up until somebody has looked into it."""
        return self._give_up(lambda lease: lease._replace(phase=Phase.HALTED, halt_reason=reason))

    def _give_up(self, change: Callable[[Lease], Lease]) -> Lease | None:
        with self._lock:
            if self._gone:
                return None
            self._gone = True
        try:
            return self._table.release(change(self._lease))
        except TransientError as error:
            log.warning("lease", outcome="not released", entry=self._lease.entry, error=str(error))
            return None
