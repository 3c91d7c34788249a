"""Workload of the queues: which slots there are, and that none waits for another."""

from workers.adapters.memory import MemoryQueues
from workers.adapters.memory_leases import MemoryLeases
from workers.consumers.queue_workload import QueueWorkload


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
