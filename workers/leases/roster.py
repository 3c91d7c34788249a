"""What this process works on under leases: how much it can hold, what it holds, and how it leaves."""

import threading
from collections.abc import Sequence
from typing import NamedTuple

import structlog

from tracking.domain.errors import TransientError
from workers.leases.clock import Clock, name_owner, steady_clock
from workers.leases.duty import Duty, Stop
from workers.leases.held import HeldLease
from workers.leases.ports import Lease, LeaseTable

log = structlog.get_logger()


class Run(NamedTuple):
    """One stint under way."""

    held: HeldLease
    stop: Stop
    started_at: float


class Roster:
    """The stints of one duty in one process, whoever has started them; safe to use from many threads."""

    def __init__(
        self,
        duty: Duty,
        table: LeaseTable,
        slots: int,
        drain: threading.Event,
        owner_id: str | None = None,
        clock: Clock = steady_clock,
    ) -> None:
        """At most `slots` stints at once; `drain` asks all of them to end and lets no other begin."""
        self.owner_id = owner_id or name_owner()
        self.slots = slots
        self.drain = drain
        self.clock = clock
        self._duty = duty
        self._table = table
        self._room = threading.Semaphore(slots)
        self._lock = threading.Lock()
        self._runs: list[Run] = []

    def read_runs(self) -> list[Run]:
        """The stints under way, oldest first."""
        with self._lock:
            return list(self._runs)

    def work(self, seen: Lease) -> bool:
        """Take the lease as it was seen and work under it, and under what follows from it, until that ends.

        False, at once, when there is no slot free, somebody was quicker, or the process is leaving.
        """
        if self.drain.is_set() or not self._room.acquire(blocking=False):
            return False
        try:
            return self._work(seen)
        finally:
            self._room.release()

    def start(self, seen: Lease) -> None:
        """The same in a thread of its own."""
        threading.Thread(target=self.work, args=(seen,), name=f"stint {seen.entry}", daemon=True).start()

    def hand_over_oldest(self, min_age_s: float) -> None:
        """Ask the oldest stint to end, if it has run for so long; whoever has room will go on with it."""
        oldest = next(iter(self.read_runs()), None)
        if (
            oldest is not None
            and self.clock() - oldest.started_at >= min_age_s
            and not oldest.stop.is_asked()
        ):
            log.info("lease", outcome="handed over", entry=oldest.held.lease.entry)
            oldest.stop.ask()

    def give_up_all(self) -> None:
        """Release and offer whatever is still held: what its stint has not finished is done by the next."""
        for run in self.read_runs():
            free = run.held.release()
            if free is not None:
                self._duty.offer(free)

    def _work(self, seen: Lease) -> bool:
        held = self._take(seen)
        taken = held is not None
        while held is not None:
            following = self._run(held)
            self._offer(following[1:])
            held = self._take(following[0]) if following else None
        return taken

    def _take(self, seen: Lease) -> HeldLease | None:
        asked_at = self.clock()
        try:
            lease = self._table.take(seen, self.owner_id)
        except TransientError as error:
            log.warning("lease", outcome="not taken", entry=seen.entry, error=str(error))
            return None
        if lease is None:
            return None
        return HeldLease(self._table, lease, self.clock, self._duty.wedged_after_s, asked_at)

    def _run(self, held: HeldLease) -> list[Lease]:
        """Work under one lease; the leases this process should go on with afterwards, best first."""
        run = Run(held, Stop(self.drain), self.clock())
        with self._lock:
            # No call shall carry two renewals of one row, of which only one can be right.
            for earlier in self._runs:
                earlier.held.take_successor(held.lease)
            self._runs.append(run)
        freed = self._run_safely(run)
        own = held.release()
        with self._lock:
            self._runs.remove(run)
        if freed is None:
            return []
        if own is not None:
            freed = [own, *freed]
        if not run.stop.is_asked():
            return freed
        self._offer(freed)
        return []

    def _run_safely(self, run: Run) -> list[Lease] | None:
        """The leases that became free, or None after a failure: somebody will try again a little later."""
        try:
            return self._duty.run(run.held, run.stop)
        except TransientError as error:
            log.warning("lease", outcome="stint broken off", entry=run.held.lease.entry, error=str(error))
            return None
        except Exception:
            # A bug of ours must not end the process. The lease is given up, and a later look finds it.
            log.exception("lease", outcome="stint failed", entry=run.held.lease.entry)
            return None

    def _offer(self, leases: Sequence[Lease]) -> None:
        for lease in leases:
            self._duty.offer(lease)
