"""Leases that this process works under: its slots, its runs, and how it gives them up."""

import threading
from collections.abc import Sequence
from typing import NamedTuple

import structlog

from tracking.domain.errors import TransientError
from workers.leases.clock import Clock, name_owner, steady_clock
from workers.leases.held import HeldLease
from workers.leases.ports import Lease, LeaseTable
from workers.leases.workload import StopSignal, Workload

log = structlog.get_logger()


class Run(NamedTuple):
    """Run in progress: one period of work under one lease."""

    held: HeldLease
    stop: StopSignal
    started_at: float


class RunningLeases:
    """Runs of one workload in one process. Safe to use from many threads."""

    def __init__(
        self,
        workload: Workload,
        table: LeaseTable,
        slots: int,
        drain: threading.Event,
        owner_id: str | None = None,
        clock: Clock = steady_clock,
    ) -> None:
        """Allow `slots` runs at once. When `drain` is set, all runs end and no new one begins."""
        self.owner_id = owner_id or name_owner()
        self.slots = slots
        self.drain = drain
        self.clock = clock
        self.workload = workload
        self._table = table
        self._free_slots = threading.Semaphore(slots)
        self._lock = threading.Lock()
        self._runs: list[Run] = []

    def read_runs(self) -> list[Run]:
        """Return the runs in progress, oldest first."""
        with self._lock:
            return list(self._runs)

    def work(self, seen: Lease) -> bool:
        """Take the lease and work under it, and then under the leases that become free by it.

        `seen` is the lease as last read. Blocks until the work ends. Returns False, at once, if no slot is
        free, another process has taken the lease, or this process drains.
        """
        if self.drain.is_set() or not self._free_slots.acquire(blocking=False):
            return False
        try:
            return self._work(seen)
        finally:
            self._free_slots.release()

    def start(self, seen: Lease) -> None:
        """Call `work` in a new thread."""
        threading.Thread(target=self.work, args=(seen,), name=f"run {seen.entry}", daemon=True).start()

    def hand_over_oldest(self, min_age_s: float) -> None:
        """Ask the oldest run to end, if it has lasted `min_age_s`; another process takes the lease then."""
        oldest = next(iter(self.read_runs()), None)
        if (
            oldest is not None
            and self.clock() - oldest.started_at >= min_age_s
            and not oldest.stop.is_requested()
        ):
            log.info("lease", outcome="handed over", entry=oldest.held.lease.entry)
            oldest.stop.request()

    def give_up_all(self) -> None:
        """Release and offer all leases still held; unfinished work is done under the next owner."""
        for run in self.read_runs():
            free = run.held.release()
            if free is not None:
                self.workload.offer(free)

    def _work(self, seen: Lease) -> bool:
        held = self._take(seen)
        taken = held is not None
        while held is not None:
            following = self._run(held)
            self._offer(following[1:])
            held = self._take(following[0]) if following else None
        return taken

    def _take(self, seen: Lease) -> HeldLease | None:
        sent_at = self.clock()
        try:
            lease = self._table.take(seen, self.owner_id)
        except TransientError as error:
            log.warning("lease", outcome="not taken", entry=seen.entry, error=str(error))
            return None
        if lease is None:
            return None
        return HeldLease(self._table, lease, self.clock, self.workload.wedged_after_s, sent_at)

    def _run(self, held: HeldLease) -> list[Lease]:
        """Work under one lease; return the leases this process should go on with, best first."""
        run = Run(held, StopSignal(self.drain), self.clock())
        with self._lock:
            # One renewal call must not carry two renewals of one row: only one of them can be right.
            for earlier in self._runs:
                earlier.held.take_successor(held.lease)
            self._runs.append(run)
        freed = self._run_workload(run)
        own = held.release()
        with self._lock:
            self._runs.remove(run)
        if freed is None:
            return []
        if own is not None:
            freed = [own, *freed]
        if not run.stop.is_requested():
            return freed
        self._offer(freed)
        return []

    def _run_workload(self, run: Run) -> list[Lease] | None:
        """Return the leases that became free, or None after a failure; a later check tries again."""
        try:
            return self.workload.run(run.held, run.stop)
        except TransientError as error:
            log.warning("lease", outcome="run aborted", entry=run.held.lease.entry, error=str(error))
            return None
        except Exception:
            # A bug must not end the process. The lease is released, and a later check finds it.
            log.exception("lease", outcome="run failed", entry=run.held.lease.entry)
            return None

    def _offer(self, leases: Sequence[Lease]) -> None:
        for lease in leases:
            self.workload.offer(lease)
