"""The thread that keeps a process's leases: renews them, looks at the others', starts stints itself."""

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
from workers.leases.duty import Duty
from workers.leases.held import Hold
from workers.leases.policies import (
    AUDIT_EVERY_S,
    DRAIN_S,
    EXIT_WITHIN_S,
    HANDOVER_AFTER_S,
    LOOK_JITTER,
    RENEW_EVERY_S,
    TAKE_JITTER_S,
    WORKER_ROW_KEPT_S,
)
from workers.leases.ports import Lease, LeaseGroup, LeaseTable, Phase, Worker
from workers.leases.roster import Roster
from workers.leases.share import share_of, should_hand_over
from workers.leases.watch import LeaseWatch, View

log = structlog.get_logger()

REPORT_EVERY_S = 10.0
# What a process says whose keeper has died: it must not go on, since nobody renews its leases.
KEEPER_DIED = 70
_PAUSE_S = 0.02

ExitProcess = Callable[[int], None]


def exit_at_once(code: int) -> None:
    """End this process whatever its threads are doing; what has been written is flushed."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


class LeaseRenewer:
    """Keeps the leases of one roster, on one thread but for the audit, which may have to wait for others."""

    def __init__(
        self,
        duty: Duty,
        roster: Roster,
        table: LeaseTable,
        version: str = "",
        exit_process: ExitProcess = exit_at_once,
        show_life: Callable[[], None] = lambda: None,
    ) -> None:
        """`exit_process` ends the process with a code: if the keeper dies, or a drain takes too long.

        `show_life` is called in every round in which no stint is stuck.
        """
        self._duty = duty
        self._roster = roster
        self._table = table
        self._version = version
        self._exit_process = exit_process
        self._show_life = show_life
        self._watch = LeaseWatch(roster.clock)
        self._heartbeat = 0
        self._due: dict[str, float] = {}
        self._next_change = math.inf
        self._audit: threading.Thread | None = None
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)

    def start(self) -> None:
        """Begin; the roster's drain flag ends it."""
        self._thread.start()

    def join(self, timeout_s: float) -> bool:
        """Wait until the process owns nothing any more; whether that came about in time."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def renew(self) -> None:
        """Renew all leases whose holders are alive and the worker's own row, in one call."""
        sent_at = self._roster.clock()
        prepared = [(run.held, run.held.prepare_renewal()) for run in self._roster.read_runs()]
        sent = [(held, lease) for held, lease in prepared if lease is not None]
        worker = self._describe(len(prepared))
        for (held, lease), answer in zip(
            sent, self._table.renew_all([lease for _, lease in sent], worker), strict=True
        ):
            held.take_renewal(lease, sent_at, answer)
            if answer == "gone" and held.hold is Hold.HELD:
                # Deleted by hand. Its owner knows best how far the shard is done.
                log.warning("lease", outcome="put back", entry=lease.entry)
                self._table.add_missing([lease])

    def look(self) -> None:
        """See what nobody works on, and work on it if this process has room and less than its share.

        What is overdue is taken above the share too: better unevenly read than not at all.
        """
        self._next_change = math.inf
        for group in self._duty.list_groups():
            rows = self._table.read_group(group)
            view = self._watch.look(rows)
            self._next_change = min(self._next_change, view.next_change + _draw(0, TAKE_JITTER_S))
            startable = [
                lease for lease in view.expired + view.still_free if self._duty.may_start(lease, rows)
            ]
            random.shuffle(startable)
            room, slots = self._count_room(rows, view), self._count_free_slots()
            above_share = [lease for lease in startable[room:] if lease in view.overdue]
            for lease in (startable[:room] + above_share)[:slots]:
                log.info("lease", outcome="started here", entry=lease.entry, was_of=lease.owner_id or "")
                self._roster.start(lease)
            self._hand_over(rows, view)

    def keep(self) -> float:
        """Do all that is due by the roster's clock; the seconds until something is due again."""
        if not any(run.held.is_stuck for run in self._roster.read_runs()):
            self._show_life()
        for name, work, every_s in (
            ("renew", self.renew, RENEW_EVERY_S),
            ("audit", self._start_audit, AUDIT_EVERY_S),
            ("look", self.look, self._duty.look_every_s * _draw(1 - LOOK_JITTER, 1 + LOOK_JITTER)),
            ("report", self._report, REPORT_EVERY_S),
        ):
            now = self._roster.clock()
            if self._due.get(name, now) <= now:
                self._due[name] = now + every_s
                self._try(name, work)
        # Whoever has stood still is taken over when that may be, and not at the look after.
        self._due["look"] = min(self._due["look"], self._next_change)
        return max(0.0, min(self._due.values()) - self._roster.clock())

    def _run(self) -> None:
        wait_s = 0.0
        try:
            while not self._roster.drain.wait(wait_s):
                wait_s = self.keep()
            self._leave()
        except BaseException:
            # Without renewals every stint of this process would be fenced, one by one, and for good.
            log.exception("lease", outcome="keeper died")
            self._exit_process(KEEPER_DIED)

    def _try(self, name: str, work: Callable[[], None]) -> None:
        try:
            work()
        except SwiftLogixError as error:
            log.warning("lease", outcome=f"no {name}", error=str(error))
        except Exception:
            # Whatever it was: the leases of this process must go on being renewed.
            log.exception("lease", outcome=f"no {name}")

    def _start_audit(self) -> None:
        """On a thread of its own: while the stream does not answer, leases are renewed all the same."""
        if self._audit is None or not self._audit.is_alive():
            self._audit = threading.Thread(
                target=self._try, args=("audit", self._duty.audit), name="audit", daemon=True
            )
            self._audit.start()

    def _count_free_slots(self) -> int:
        return max(0, self._roster.slots - len(self._roster.read_runs()))

    def _count_room(self, group: LeaseGroup, view: View) -> int:
        """How many leases more this process may hold within its share."""
        free = self._count_free_slots()
        if not self._duty.shares_fairly:
            return free
        workable = sum(lease.phase is Phase.OPEN for lease in group.leases)
        share = share_of(self._roster.owner_id, self._slots_of(view), workable)
        return max(0, min(free, share - len(self._roster.read_runs())))

    def _hand_over(self, group: LeaseGroup, view: View) -> None:
        if not self._duty.shares_fairly:
            return
        held = Counter(lease.owner_id for lease in group.leases if lease.owner_id is not None)
        if should_hand_over(self._roster.owner_id, held, self._slots_of(view)):
            self._roster.hand_over_oldest(HANDOVER_AFTER_S)

    def _slots_of(self, view: View) -> dict[str, int]:
        """The room of each worker that lives and stays, this one among them."""
        others = {worker.worker_id: worker.slots for worker in view.alive if not worker.draining}
        return others | {self._roster.owner_id: self._roster.slots}

    def _describe(self, held: int) -> Worker | None:
        """The row of this process, with its next heartbeat; None while there is no group to put it in."""
        group = next(iter(self._duty.list_groups()), None)
        if group is None or not self._duty.shares_fairly:
            return None
        self._heartbeat += 1
        return Worker(
            group=group,
            worker_id=self._roster.owner_id,
            heartbeat=self._heartbeat,
            slots=self._roster.slots,
            held=held,
            draining=self._roster.drain.is_set(),
            version=self._version,
            expires_at=int(time.time()) + WORKER_ROW_KEPT_S,
        )

    def _report(self) -> None:
        if not self._duty.shares_fairly:
            return
        leases = [run.held.lease for run in self._roster.read_runs()]
        metrics.emit(metrics.LEASES_HELD, len(leases))
        for lease in leases:
            metrics.emit(metrics.READ_LAG_S, lease.behind_ms / 1000, shard=_name(lease))

    def _leave(self) -> None:
        """Give up everything: stints get a moment to finish, then their leases go as they are."""
        began_at = self._roster.clock()
        self._try("renew", self.renew)
        while self._roster.read_runs() and self._roster.clock() - began_at < DRAIN_S:
            time.sleep(_PAUSE_S)
        unfinished = self._roster.read_runs()
        self._roster.give_up_all()
        self._try("renew", self._say_goodbye)
        log.info("lease", outcome="drained", unfinished=len(unfinished))
        if self._duty.shares_fairly:
            threading.Thread(target=self._exit_in_time, args=(began_at,), daemon=True).start()

    def _say_goodbye(self) -> None:
        self._table.renew_all([], self._describe(0))

    def _exit_in_time(self, began_at: float) -> None:
        """A process that owns nothing need not wait for what hangs: nobody counts on its work any more."""
        time.sleep(max(0.0, began_at + EXIT_WITHIN_S - self._roster.clock()))
        self._exit_process(0)


def _draw(low: float, high: float) -> float:
    return random.uniform(low, high)  # noqa: S311 - jitter, not a secret


def _name(lease: Lease) -> str:
    return lease.entry.partition("#")[2]
