"""What a process does under leases: a kind of work, told apart from who may do it and for how long."""

import threading
from typing import Protocol

from workers.leases.held import HeldLease
from workers.leases.ports import Lease, LeaseGroup

# Waiting is cut into pieces, so that one stint can be asked to end as well as all of a process.
_SLICE_S = 0.25


class Stop:
    """Asks one stint to end, or hears that the whole process is asked to."""

    def __init__(self, drain: threading.Event) -> None:
        self._drain = drain
        self._asked = False

    def ask(self) -> None:
        """Ask this stint to end soon."""
        self._asked = True

    def is_asked(self) -> bool:
        """Whether the stint should finish what is in hand and end."""
        return self._asked or self._drain.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait so long unless asked to end; whether that is so."""
        while seconds > 0 and not self.is_asked():
            self._drain.wait(min(seconds, _SLICE_S))
            seconds -= _SLICE_S
        return self.is_asked()


class Duty(Protocol):
    """One kind of leased work: the shards of the stream, or the slots of the queues."""

    # How long a holder may go without a tick before it counts as stuck.
    wedged_after_s: float
    # How often a keeper looks at what others hold.
    look_every_s: float
    # Whether the processes share the leases evenly among them.
    shares_fairly: bool

    def audit(self) -> None:
        """Find out what there is to do now, and put a free lease for whatever has none."""
        ...

    def list_groups(self) -> list[str]:
        """The groups of leases to look at, as the last audit found them."""
        ...

    def may_start(self, lease: Lease, group: LeaseGroup) -> bool:
        """Whether the work of this lease may begin, given the rest of its group."""
        ...

    def run(self, held: HeldLease, stop: Stop) -> list[Lease]:
        """Work under the lease until it should end; the leases that have become free by it, best first.

        The lease may have been given up on return, by `end` or `halt`; if not, the caller releases it.
        """
        ...

    def offer(self, lease: Lease) -> None:
        """Offer a free lease to all processes; never raises, and never waits for long."""
        ...
