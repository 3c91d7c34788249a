"""Lease renewer: the thread that renews the leases of a process and starts work on free ones."""

import math
import os
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable

import structlog

from tracking import metrics
from tracking.domain.errors import SwiftLogixError
from workers.leases.held import Hold
from workers.leases.policies import (
    AUDIT_EVERY_S,
    CHECK_JITTER,
    DRAIN_S,
    EXIT_WITHIN_S,
    HANDOVER_AFTER_S,
    TAKE_JITTER_S,
    WORKER_ROW_KEPT_S,
)
from workers.leases.ports import Lease, LeaseGroup, LeaseTable, Phase, Worker
from workers.leases.running_leases import RunningLeases
from workers.leases.share import compute_share, should_hand_over
from workers.leases.watch import LeaseWatch, View
from workers.leases.workload import Workload

log = structlog.get_logger()

REPORT_EVERY_S = 10.0
# Exit code of a process whose lease renewer died. It must not go on, since its leases are not renewed.
RENEWER_DIED = 70
_PAUSE_S = 0.02

ExitProcess = Callable[[int], None]


def exit_at_once(code: int) -> None:
    """End this process whatever its threads are doing; what has been written is flushed."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


class LeaseRenewer:
    """Renews the leases of one `RunningLeases` on one thread; the audit, which may block, has its own."""

    def __init__(
        self,
        workload: Workload,
        running: RunningLeases,
        table: LeaseTable,
        version: str = "",
        exit_process: ExitProcess = exit_at_once,
        show_life: Callable[[], None] = lambda: None,
    ) -> None:
        """`exit_process` ends the process with an exit code, if this thread dies or a drain takes too long.

        `show_life` is called in every round in which no run is stuck.
        """
        self._workload = workload
        self._running = running
        self._table = table
        self._version = version
        self._exit_process = exit_process
        self._show_life = show_life
        self._watch = LeaseWatch(running.clock)
        self._heartbeat = 0
        self._due: dict[str, float] = {}
        self._next_change = math.inf
        self._audit: threading.Thread | None = None
        self._thread = threading.Thread(target=self._run, name="lease renewer", daemon=True)

    def start(self) -> None:
        """Start the thread. It ends after the drain flag of the running leases is set."""
        self._thread.start()

    def join(self, timeout_s: float) -> bool:
        """Wait until the process holds no lease any more; return whether that happened within `timeout_s`."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def renew(self) -> None:
        """Renew all leases whose holders are alive, and the row of this worker, in one call."""
        sent_at = self._running.clock()
        prepared = [(run.held, run.held.prepare_renewal()) for run in self._running.read_runs()]
        sent = [(held, lease) for held, lease in prepared if lease is not None]
        worker = self._describe(len(prepared))
        for (held, lease), answer in zip(
            sent, self._table.renew_all([lease for _, lease in sent], worker), strict=True
        ):
            held.take_renewal(lease, sent_at, answer)
            if answer == "gone" and held.hold is Hold.HELD:
                # The row was deleted by hand. Its owner knows how far the shard is done.
                log.warning("lease", outcome="put back", entry=lease.entry)
                self._table.add_missing([lease])

    def start_free_leases(self) -> None:
        """Start work on free and expired leases while this process has free slots and is below its share.

        Overdue leases are started above the share too: reading a shard matters more than an even spread.
        """
        self._next_change = math.inf
        for group in self._workload.list_groups():
            rows = self._table.read_group(group)
            view = self._watch.observe(rows)
            self._next_change = min(self._next_change, view.next_change + _draw(0, TAKE_JITTER_S))
            startable = [
                lease for lease in view.expired + view.still_free if self._workload.may_start(lease, rows)
            ]
            random.shuffle(startable)
            allowed, slots = self._count_allowed(rows, view), self._count_free_slots()
            above_share = [lease for lease in startable[allowed:] if lease in view.overdue]
            for lease in (startable[:allowed] + above_share)[:slots]:
                log.info("lease", outcome="started here", entry=lease.entry, last_owner=lease.owner_id or "")
                self._running.start(lease)
            self._hand_over(rows, view)

    def run_due_steps(self) -> float:
        """Run each step that is due; return the seconds until the next one is due."""
        if not any(run.held.is_stuck for run in self._running.read_runs()):
            self._show_life()
        check_every_s = self._workload.check_every_s * _draw(1 - CHECK_JITTER, 1 + CHECK_JITTER)
        for name, work, every_s in (
            ("renew", self.renew, self._workload.renew_every_s),
            ("audit", self._start_audit, AUDIT_EVERY_S),
            ("check", self.start_free_leases, check_every_s),
            ("report", self._report, REPORT_EVERY_S),
        ):
            now = self._running.clock()
            if self._due.get(name, now) <= now:
                self._due[name] = now + every_s
                self._try(name, work)
        # An expiring lease is taken when it expires, and not at the next regular check.
        self._due["check"] = min(self._due["check"], self._next_change)
        return max(0.0, min(self._due.values()) - self._running.clock())

    def _run(self) -> None:
        wait_s = 0.0
        try:
            while not self._running.drain.wait(wait_s):
                wait_s = self.run_due_steps()
            self._drain()
        except BaseException:
            # Without renewals every run of this process would be fenced for good.
            log.exception("lease", outcome="lease renewer died")
            self._exit_process(RENEWER_DIED)

    def _try(self, name: str, work: Callable[[], None]) -> None:
        try:
            work()
        except SwiftLogixError as error:
            log.warning("lease", outcome=f"{name} failed", error=str(error))
        except Exception:
            # Whatever failed, the leases of this process must be renewed.
            log.exception("lease", outcome=f"{name} failed")

    def _start_audit(self) -> None:
        """Start the audit on its own thread, so leases are renewed while the stream does not answer."""
        if self._audit is None or not self._audit.is_alive():
            self._audit = threading.Thread(
                target=self._try, args=("audit", self._workload.audit), name="audit", daemon=True
            )
            self._audit.start()

    def _count_free_slots(self) -> int:
        return max(0, self._running.slots - len(self._running.read_runs()))

    def _count_allowed(self, group: LeaseGroup, view: View) -> int:
        """Return how many more leases this process may hold within its share."""
        free = self._count_free_slots()
        if not self._workload.shares_fairly:
            return free
        open_leases = sum(lease.phase is Phase.OPEN for lease in group.leases)
        share = compute_share(self._running.owner_id, self._slots_of(view), open_leases)
        return max(0, min(free, share - len(self._running.read_runs())))

    def _hand_over(self, group: LeaseGroup, view: View) -> None:
        if not self._workload.shares_fairly:
            return
        held = Counter(lease.owner_id for lease in group.leases if lease.owner_id is not None)
        if should_hand_over(self._running.owner_id, held, self._slots_of(view)):
            self._running.hand_over_oldest(HANDOVER_AFTER_S)

    def _slots_of(self, view: View) -> dict[str, int]:
        """Return the slots of each worker that is alive and not draining, this one included."""
        others = {worker.worker_id: worker.slots for worker in view.alive if not worker.draining}
        return others | {self._running.owner_id: self._running.slots}

    def _describe(self, held: int) -> Worker | None:
        """Return the row of this worker with its next heartbeat; None while no group is known."""
        group = next(iter(self._workload.list_groups()), None)
        if group is None or not self._workload.shares_fairly:
            return None
        self._heartbeat += 1
        return Worker(
            group=group,
            worker_id=self._running.owner_id,
            heartbeat=self._heartbeat,
            slots=self._running.slots,
            held=held,
            draining=self._running.drain.is_set(),
            version=self._version,
            expires_at=int(time.time()) + WORKER_ROW_KEPT_S,
        )

    def _report(self) -> None:
        if not self._workload.shares_fairly:
            return
        held = [run.held for run in self._running.read_runs()]
        metrics.emit(metrics.LEASES_HELD, len(held))
        for one in held:
            metrics.emit(metrics.READ_LAG_S, one.lag_s, shard=_shard_id(one.lease))

    def _drain(self) -> None:
        """Give up all leases: runs get `DRAIN_S` to finish, then their leases are released as they are."""
        began_at = self._running.clock()
        self._try("renew", self.renew)
        while self._running.read_runs() and self._running.clock() - began_at < DRAIN_S:
            time.sleep(_PAUSE_S)
        unfinished = self._running.read_runs()
        self._running.give_up_all()
        self._try("last renewal", self._renew_worker_row)
        log.info("lease", outcome="drained", unfinished=len(unfinished))
        if self._workload.shares_fairly:
            threading.Thread(target=self._exit_in_time, args=(began_at,), daemon=True).start()

    def _renew_worker_row(self) -> None:
        self._table.renew_all([], self._describe(0))

    def _exit_in_time(self, began_at: float) -> None:
        """End the process after `EXIT_WITHIN_S`: holding no lease, it need not wait for threads that hang."""
        time.sleep(max(0.0, began_at + EXIT_WITHIN_S - self._running.clock()))
        self._exit_process(0)


def _draw(low: float, high: float) -> float:
    return random.uniform(low, high)  # noqa: S311 - jitter, not a secret


def _shard_id(lease: Lease) -> str:
    return lease.entry.partition("#")[2]
