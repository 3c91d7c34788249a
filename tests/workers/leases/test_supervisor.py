"""The supervisor: what beat has offered, without holding any lease itself."""

from tests.workers.leases.clocks import Clock
from tests.workers.leases.duties import GROUP, PlainDuty
from workers.adapters.memory_leases import MemoryLeases
from workers.leases.policies import AUDIT_EVERY_S, EXPIRES_AFTER_S
from workers.leases.ports import Lease
from workers.leases.supervisor import Supervisor


class CountingDuty(PlainDuty):
    """A duty that counts its audits."""

    audits = 0

    def audit(self) -> None:
        self.audits += 1


def test_what_is_free_is_offered_at_each_look_and_what_is_held_only_once_it_has_expired():
    table, clock, duty = MemoryLeases(), Clock(), CountingDuty()
    table.add_missing([Lease(GROUP, "shard#a"), Lease(GROUP, "shard#b")])
    first, second = table.read_group(GROUP).leases
    held = table.take(second, "killed")
    supervisor = Supervisor(duty, table, clock)
    assert [supervisor.look(), supervisor.look()] == [1, 1]
    assert duty.offered == [first, first]
    clock.now += EXPIRES_AFTER_S
    assert supervisor.look() == 2
    assert duty.offered[2:] == [first, held]


def test_the_audit_is_made_at_the_first_look_and_then_every_half_minute():
    table, clock, duty = MemoryLeases(), Clock(), CountingDuty()
    supervisor = Supervisor(duty, table, clock)
    for _ in range(round(2 * AUDIT_EVERY_S)):
        supervisor.look()
        clock.now += 1
    assert duty.audits == 2
