"""Lease held by this process: its holder ticks it, the lease renewer renews it, its own age fences it."""

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
    """State of a lease from its holder's point of view."""

    HELD = "held"
    # Not renewed for too long. The holder must stop, but a later renewal may still succeed.
    FENCED = "fenced"
    # Owned by another process, or given up.
    GONE = "gone"


class NotHeldError(TransientError):
    """Raised when the lease is fenced or gone, so its holder must not read or write."""


class HeldLease:
    """Lease in the hands of its holder; safe to use from the holder's threads and the lease renewer's."""

    def __init__(
        self,
        table: LeaseTable,
        lease: Lease,
        clock: Clock = steady_clock,
        wedged_after_s: float = WEDGED_AFTER_S,
        taken_at: float | None = None,
    ) -> None:
        """`taken_at` is the reading of `clock` before the request that took the lease was sent."""
        self._table = table
        self._lease = lease
        self._clock = clock
        self._wedged_after_s = wedged_after_s
        self._lock = threading.Lock()
        self._ticked_at = clock()
        self._renewed_at = self._ticked_at if taken_at is None else taken_at
        self._noted_at = self._ticked_at
        self._gone = False

    @property
    def lease(self) -> Lease:
        """Current lease, with the newest checkpoint."""
        return self._lease

    @property
    def hold(self) -> Hold:
        """State of the lease for its holder. It is fenced 4 s after the last successful renewal was sent."""
        if self._gone:
            return Hold.GONE
        return Hold.HELD if self._clock() - self._renewed_at < FENCE_AFTER_S else Hold.FENCED

    @property
    def is_stuck(self) -> bool:
        """True if the holder has not ticked for `wedged_after_s` seconds."""
        return self._clock() - self._ticked_at > self._wedged_after_s

    def tick(self) -> None:
        """Record that the holder is alive."""
        self._ticked_at = self._clock()

    def tick_or_stop(self) -> None:
        """Record that the holder is alive. Raises `NotHeldError` if the lease is fenced or gone."""
        self.tick()
        if self.hold is not Hold.HELD:
            raise NotHeldError(f"{self._lease.entry} is {self.hold.value}")

    def move_checkpoint(self, stream_position: str, sequence: str, arrived_at: datetime) -> None:
        """Set the checkpoint: all records up to it are done. The next renewal or release stores it."""
        with self._lock:
            self._lease = self._lease._replace(
                checkpoint=stream_position, checkpoint_sequence=sequence, checkpoint_arrived_at=arrived_at
            )

    def note_lag(self, behind_ms: int, caught_up_at: datetime | None) -> None:
        """Set the lag of the last read and, if not None, when a read last reached the end of the shard."""
        with self._lock:
            self._lease = self._lease._replace(
                behind_ms=behind_ms, caught_up_at=caught_up_at or self._lease.caught_up_at
            )
            self._noted_at = self._clock()

    @property
    def lag_s(self) -> float:
        """Age of the oldest record that may not be processed yet, in seconds.

        It grows with the time since the lag was last noted: a holder that cannot write notes none.
        """
        return self._lease.behind_ms / 1000 + self._clock() - self._noted_at

    def prepare_renewal(self) -> Lease | None:
        """Return the lease with its next heartbeat; None if its holder is stuck or the lease is gone."""
        with self._lock:
            if self._gone or self.is_stuck:
                return None
            return self._lease._replace(heartbeat=self._lease.heartbeat + 1)

    def take_renewal(self, sent: Lease, sent_at: float, answer: Renewal) -> None:
        """Apply the result of a renewal that was sent at `sent_at` (by this lease's clock)."""
        with self._lock:
            if self._gone:
                return
            if answer == "renewed":
                self._lease = self._lease._replace(heartbeat=sent.heartbeat)
                self._renewed_at = sent_at
            elif answer == "lost":
                self._lose()

    def take_successor(self, later: Lease) -> None:
        """Mark this lease gone if `later` is the same one, taken again because its holder was stuck."""
        with self._lock:
            if (later.group, later.entry) == (self._lease.group, self._lease.entry) and not self._gone:
                self._lose()

    def _lose(self) -> None:
        self._gone = True
        log.warning("lease", outcome="lost", entry=self._lease.entry, epoch=self._lease.epoch)

    def release(self) -> Lease | None:
        """Give the lease up, store its checkpoint, and return the free lease.

        Return None if it was gone, or if the table cannot be reached: then it expires by itself.
        """
        return self._give_up(lambda lease: lease)

    def end(self, expires_at: int) -> Lease | None:
        """Give the lease up for good, as its shard is read to the end; the row expires at `expires_at`."""
        return self._give_up(lambda lease: lease._replace(phase=Phase.ENDED, expires_at=expires_at))

    def halt(self, reason: str) -> Lease | None:
        """Give the lease up; no process can take it until an operator resumes it."""
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
