"""Workload of the queues: which slots there are, and that none waits for another."""

import threading

import pytest

from tests.waiting import PATIENCE_S
from workers.adapters.memory import MemoryQueues
from workers.adapters.memory_leases import MemoryLeases
from workers.consumers.queue_workload import QueueWorkload
from workers.leases.clock import steady_clock
from workers.leases.held import HeldLease
from workers.leases.policies import LISTENER_WEDGED_AFTER_S
from workers.leases.workload import StopSignal


class QueuesThatEnd(MemoryQueues):
    """Queues that request the end of the run at their last poll, and note how long each poll may wait."""

    def __init__(self, polls: int, stop: "NotingStop") -> None:
        super().__init__(["ops"])
        self.left, self.stop = polls, stop

    def receive(self, queue, wait_s):
        self.left -= 1
        if not self.left:
            self.stop.request()
        return super().receive(queue, 0.0)


class NotingStop(StopSignal):
    """Stop signal that notes for how long it was to wait, and does not."""

    def __init__(self) -> None:
        super().__init__(threading.Event())
        self.waits: list[float] = []

    def wait(self, seconds):
        self.waits.append(seconds)
        return self.is_requested()


@pytest.mark.parametrize(("entry", "waits"), [("slot#0", []), ("slot#1", [5.0, 5.0, 5.0])])
def test_the_first_slot_polls_all_the_time_and_the_other_rests_after_a_poll_that_found_nothing(entry, waits):
    stop, leases = NotingStop(), MemoryLeases()
    workload = QueueWorkload(QueuesThatEnd(3, stop), leases, {"ops": [].append}, lambda _lease: None)
    workload.audit()
    (free,) = [lease for lease in leases.read_group("queue:ops").leases if lease.entry == entry]
    lease = leases.take(free, "here")
    held = HeldLease(leases, lease, steady_clock, LISTENER_WEDGED_AFTER_S, steady_clock())
    # In a thread of its own, as in production: it closes the database connections of its thread.
    run = threading.Thread(target=workload.run, args=(held, stop))
    run.start()
    run.join(PATIENCE_S)
    assert stop.waits == waits


def test_every_queue_with_a_service_has_two_slots_and_its_changes_go_to_that_service():
    queues, leases, taken = MemoryQueues(["ops", "notify"]), MemoryLeases(), []
    workload = QueueWorkload(
        queues, leases, {"ops": taken.append, "notify": taken.append}, lambda _lease: None
    )
    workload.audit()
    workload.audit()
    slots = [lease for group in workload.list_groups() for lease in leases.read_group(group).leases]
    assert [(lease.group, lease.entry) for lease in slots] == [
        (f"queue:{queue}", f"slot#{number}") for queue in ("ops", "notify") for number in range(2)
    ]
    assert all(workload.may_start(lease, leases.read_group(lease.group)) for lease in slots)
