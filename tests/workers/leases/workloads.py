"""Workload for tests: the test gives the work, the offers are kept."""

from collections.abc import Callable

from workers.leases.held import HeldLease
from workers.leases.policies import RENEW_EVERY_S, WEDGED_AFTER_S
from workers.leases.ports import Lease, LeaseGroup
from workers.leases.workload import StopSignal

GROUP = "scans@1"
Work = Callable[[HeldLease, StopSignal], list[Lease]]


def work_until_stopped(held: HeldLease, stop: StopSignal) -> list[Lease]:
    while not stop.wait(1):
        held.tick()
    return []


class PlainWorkload:
    """Workload that runs the function a test gives, and keeps its offers."""

    wedged_after_s = WEDGED_AFTER_S
    renew_every_s = RENEW_EVERY_S
    check_every_s = 0.5
    offer_every_s = 0.0
    shares_fairly = True

    def __init__(self, work: Work = work_until_stopped) -> None:
        self.work = work
        self.offered: list[Lease] = []

    def audit(self) -> None:
        pass

    def list_groups(self) -> list[str]:
        return [GROUP]

    def may_start(self, lease: Lease, group: LeaseGroup) -> bool:
        return True

    def run(self, held: HeldLease, stop: StopSignal) -> list[Lease]:
        return self.work(held, stop)

    def offer(self, lease: Lease) -> None:
        self.offered.append(lease)
