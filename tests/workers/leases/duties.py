"""A duty whose work a test gives, and whose offers it keeps."""

from collections.abc import Callable

from workers.leases.duty import Stop
from workers.leases.held import HeldLease
from workers.leases.policies import WEDGED_AFTER_S
from workers.leases.ports import Lease, LeaseGroup

GROUP = "scans@1"
Work = Callable[[HeldLease, Stop], list[Lease]]


def work_until_asked(held: HeldLease, stop: Stop) -> list[Lease]:
    while not stop.wait(1):
        held.tick()
    return []


class PlainDuty:
    """A duty whose work the test gives; offers are kept."""

    wedged_after_s = WEDGED_AFTER_S
    look_every_s = 0.5
    shares_fairly = True

    def __init__(self, work: Work = work_until_asked) -> None:
        self.work = work
        self.offered: list[Lease] = []

    def audit(self) -> None:
        pass

    def list_groups(self) -> list[str]:
        return [GROUP]

    def may_start(self, lease: Lease, group: LeaseGroup) -> bool:
        return True

    def run(self, held: HeldLease, stop: Stop) -> list[Lease]:
        return self.work(held, stop)

    def offer(self, lease: Lease) -> None:
        self.offered.append(lease)
