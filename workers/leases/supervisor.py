"""Offers what nobody works on: the look of a process that holds no leases itself."""

from workers.leases.clock import Clock, steady_clock
from workers.leases.duty import Duty
from workers.leases.policies import AUDIT_EVERY_S
from workers.leases.ports import LeaseTable
from workers.leases.watch import LeaseWatch


class Supervisor:
    """VehicleChecks at one duty's leases whenever it is told to; beat tells it every two seconds."""

    def __init__(self, duty: Duty, table: LeaseTable, clock: Clock = steady_clock) -> None:
        self._duty = duty
        self._table = table
        self._clock = clock
        self._watch = LeaseWatch(clock)
        self._audit_due = clock()

    def look(self) -> int:
        """Offer each lease that is free or has expired and may start; how many those were."""
        if self._clock() >= self._audit_due:
            self._duty.audit()
            self._audit_due = self._clock() + AUDIT_EVERY_S
        return sum(self._look_at(group) for group in self._duty.list_groups())

    def _look_at(self, group: str) -> int:
        rows = self._table.read_group(group)
        view = self._watch.look(rows)
        startable = [lease for lease in view.free + view.expired if self._duty.may_start(lease, rows)]
        for lease in startable:
            self._duty.offer(lease)
        return len(startable)
