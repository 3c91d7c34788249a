"""Supervisor of one workload: offers its free leases, on behalf of a process that holds no leases itself."""

from workers.leases.clock import Clock, steady_clock
from workers.leases.policies import AUDIT_EVERY_S
from workers.leases.ports import LeaseTable
from workers.leases.watch import LeaseWatch
from workers.leases.workload import Workload


class Supervisor:
    """Offers the free leases of one workload; beat calls it every two seconds.

    Offers of a workload that can wait are made at the first call, and then every `offer_every_s` seconds.
    """

    def __init__(self, workload: Workload, table: LeaseTable, clock: Clock = steady_clock) -> None:
        self._workload = workload
        self._table = table
        self._clock = clock
        self._watch = LeaseWatch(clock)
        self._audit_due = self._offer_due = clock()

    def offer_free_leases(self) -> int:
        """Offer each lease that is free or has expired and may start; return how many were offered."""
        if self._clock() >= self._audit_due:
            self._workload.audit()
            self._audit_due = self._clock() + AUDIT_EVERY_S
        if self._clock() < self._offer_due:
            return 0
        self._offer_due = self._clock() + self._workload.offer_every_s
        return sum(self._offer_group(group) for group in self._workload.list_groups())

    def _offer_group(self, group: str) -> int:
        rows = self._table.read_group(group)
        view = self._watch.observe(rows)
        startable = [lease for lease in view.free + view.expired if self._workload.may_start(lease, rows)]
        for lease in startable:
            self._workload.offer(lease)
        return len(startable)
