"""Supervisor: which leases it offers, while it holds none itself."""

from tests.workers.leases.clocks import Clock
from tests.workers.leases.workloads import GROUP, PlainWorkload
from workers.adapters.memory_leases import MemoryLeases
from workers.leases.policies import AUDIT_EVERY_S, EXPIRES_AFTER_S
from workers.leases.ports import Lease
from workers.leases.supervisor import Supervisor


class CountingWorkload(PlainWorkload):
    """Workload that counts its audits."""

    audits = 0

    def audit(self) -> None:
        self.audits += 1


def test_a_free_lease_is_offered_at_each_call_and_an_owned_one_only_once_it_has_expired():
    table, clock, workload = MemoryLeases(), Clock(), CountingWorkload()
    table.add_missing([Lease(GROUP, "shard#a"), Lease(GROUP, "shard#b")])
    first, second = table.read_group(GROUP).leases
    held = table.take(second, "killed")
    supervisor = Supervisor(workload, table, clock)
    assert [supervisor.offer_free_leases(), supervisor.offer_free_leases()] == [1, 1]
    assert workload.offered == [first, first]
    clock.now += EXPIRES_AFTER_S
    assert supervisor.offer_free_leases() == 2
    assert workload.offered[2:] == [first, held]


def test_the_audit_runs_at_the_first_call_and_then_every_half_minute():
    table, clock, workload = MemoryLeases(), Clock(), CountingWorkload()
    supervisor = Supervisor(workload, table, clock)
    for _ in range(round(2 * AUDIT_EVERY_S)):
        supervisor.offer_free_leases()
        clock.now += 1
    assert workload.audits == 2


def test_the_audit_runs_again_thirty_seconds_after_the_last_and_not_before():
    table, clock, workload = MemoryLeases(), Clock(), CountingWorkload()
    supervisor = Supervisor(workload, table, clock)
    made = []
    for passed in (0, 29.9, 0.1, 29.9, 0.1):
        clock.now += passed
        supervisor.offer_free_leases()
        made.append(workload.audits)
    assert made == [1, 1, 2, 2, 3]


def test_free_leases_of_a_workload_that_can_wait_are_offered_at_the_first_call_and_then_as_often_as_it_says():
    table, clock, workload = MemoryLeases(), Clock(), CountingWorkload()
    workload.offer_every_s = 10.0
    table.add_missing([Lease(GROUP, "slot#0")])
    supervisor = Supervisor(workload, table, clock)
    offered = []
    for passed in (0, 2, 7.9, 0.1, 2, 8):
        clock.now += passed
        offered.append(supervisor.offer_free_leases())
    assert offered == [1, 0, 0, 1, 0, 1]


def test_a_lease_whose_work_may_not_start_yet_is_not_offered():
    class OneLeaseWorkload(PlainWorkload):
        def may_start(self, lease, group):
            return lease.entry == "shard#b" and len(group.leases) == 2

    table, workload = MemoryLeases(), OneLeaseWorkload()
    table.add_missing([Lease(GROUP, "shard#a"), Lease(GROUP, "shard#b")])
    assert Supervisor(workload, table, Clock()).offer_free_leases() == 1
    assert workload.offered == [table.read_group(GROUP).leases[1]]
