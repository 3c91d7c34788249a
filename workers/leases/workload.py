"""Interface of leased work: what is done under a lease, apart from which process does it and for how long."""

import threading
from typing import Protocol

from workers.leases.held import HeldLease
from workers.leases.ports import Lease, LeaseGroup

# A wait is cut into slices, because a request to one run cannot wake it: only the drain of the process can.
_SLICE_S = 0.25


class StopSignal:
    """Request to end, for one run or (by `drain`) for all runs of the process."""

    def __init__(self, drain: threading.Event) -> None:
        self._drain = drain
        self._is_requested = False

    def request(self) -> None:
        """Request that this run ends soon."""
        self._is_requested = True

    def is_requested(self) -> bool:
        """Return whether the run should finish what it has begun and end."""
        return self._is_requested or self._drain.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait until the time is over or an end is requested; return whether an end is requested."""
        while seconds > 0 and not self.is_requested():
            self._drain.wait(min(seconds, _SLICE_S))
            seconds -= _SLICE_S
        return self.is_requested()


class Workload(Protocol):
    """One kind of leased work: the shards of the stream, or the slots of the queues."""

    # Seconds a holder may go without a tick before it counts as stuck.
    wedged_after_s: float
    # Seconds between two renewals of all leases of a process.
    renew_every_s: float
    # Seconds between two checks for free leases by a lease renewer.
    check_every_s: float
    # Seconds between two offers by the supervisor; 0: whenever it is called.
    offer_every_s: float
    # True if the processes spread the leases evenly among them.
    shares_fairly: bool

    def audit(self) -> None:
        """List the work that exists now, and add a free lease where there is none."""
        ...

    def list_groups(self) -> list[str]:
        """Return the lease groups, as the last audit found them."""
        ...

    def may_start(self, lease: Lease, group: LeaseGroup) -> bool:
        """Return whether the work of this lease may begin, given the other leases of its group."""
        ...

    def run(self, held: HeldLease, stop: StopSignal) -> list[Lease]:
        """Work under the lease until it should end; return the leases that became free by it, best first.

        `run` may give the lease up itself (`end`, `halt`). If it does not, the caller releases it.
        """
        ...

    def offer(self, lease: Lease) -> None:
        """Offer a free lease to all processes. Never raises, and never blocks for long."""
        ...
