"""Workload of the queues: a few slots on each queue of the bus, each held by one listener at a time."""

from collections.abc import Callable, Mapping

from workers.consumers.queue_listener import Service, run_listener
from workers.leases.held import HeldLease
from workers.leases.policies import (
    LISTENER_CHECK_EVERY_S,
    LISTENER_OFFER_EVERY_S,
    LISTENER_RENEW_EVERY_S,
    LISTENER_WEDGED_AFTER_S,
)
from workers.leases.ports import Lease, LeaseGroup, LeaseTable
from workers.leases.workload import StopSignal
from workers.ports import MessageQueues

SLOTS_PER_QUEUE = 2
# One slot polls a queue all the time. The others are for queues with much to do, and rest after empty polls.
REST_S = 5.0
_FIRST_SLOT = "slot#0"
_QUEUE_GROUPS = "queue:"


class QueueWorkload:
    """`Workload` for the slots of all queues that have a service."""

    wedged_after_s = LISTENER_WEDGED_AFTER_S
    renew_every_s = LISTENER_RENEW_EVERY_S
    check_every_s = LISTENER_CHECK_EVERY_S
    offer_every_s = LISTENER_OFFER_EVERY_S
    shares_fairly = False

    def __init__(
        self,
        queues: MessageQueues,
        leases: LeaseTable,
        services: Mapping[str, Service],
        offer: Callable[[Lease], None],
    ) -> None:
        """`services` maps each queue to the service that takes its messages; `offer` offers a free slot."""
        self._queues = queues
        self._leases = leases
        self._services = services
        self.offer = offer

    def audit(self) -> None:
        """Add a free lease for each slot that has none."""
        for group in self.list_groups():
            present = {lease.entry for lease in self._leases.read_group(group).leases}
            slots = [Lease(group, f"slot#{number}") for number in range(SLOTS_PER_QUEUE)]
            self._leases.add_missing([slot for slot in slots if slot.entry not in present])

    def list_groups(self) -> list[str]:
        """Return one group for each queue."""
        return [f"{_QUEUE_GROUPS}{queue}" for queue in self._services]

    def may_start(self, lease: Lease, group: LeaseGroup) -> bool:  # noqa: ARG002 - no slot waits for another
        """Return True: no slot waits for another."""
        return True

    def run(self, held: HeldLease, stop: StopSignal) -> list[Lease]:
        """Pass the messages of the slot's queue to its service."""
        queue = held.lease.group.removeprefix(_QUEUE_GROUPS)
        rest_s = 0.0 if held.lease.entry == _FIRST_SLOT else REST_S
        run_listener(held, self._queues, queue, self._services[queue], stop, rest_s)
        return []
