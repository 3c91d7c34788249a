"""Fair share: how many leases each worker should hold, so that none idles while another is full."""

from collections.abc import Mapping


def compute_share(worker_id: str, slots: Mapping[str, int], leases: int) -> int:
    """Return how many of `leases` leases this worker may hold at most: the ceiling of an even spread.

    `slots` gives the capacity of each worker that is alive and not draining. If all have enough capacity, the
    share is ceil(leases / workers); what a worker with few slots cannot hold goes to the others.
    """
    level = 0
    while _count_at_level(slots, level) < min(leases, sum(slots.values())):
        level += 1
    return min(level, slots.get(worker_id, 0))


def compute_floor_share(worker_id: str, slots: Mapping[str, int], leases: int) -> int:
    """Return how many of `leases` leases this worker holds at least in an even spread."""
    level = 0
    while _count_at_level(slots, level + 1) <= leases and level < max(slots.values(), default=0):
        level += 1
    return min(level, slots.get(worker_id, 0))


def should_hand_over(worker_id: str, held: Mapping[str, int], slots: Mapping[str, int]) -> bool:
    """Return whether this worker holds more than its share while another holds less than its floor share.

    Both are required: otherwise a shard would move back and forth between workers that differ by one.
    """
    leases = sum(held.values())
    if held.get(worker_id, 0) <= compute_share(worker_id, slots, leases):
        return False
    others = (other for other in slots if other != worker_id)
    return any(held.get(other, 0) < compute_floor_share(other, slots, leases) for other in others)


def _count_at_level(slots: Mapping[str, int], level: int) -> int:
    """Return how many leases are held if each worker holds `level`, or as many as it has slots."""
    return sum(min(capacity, level) for capacity in slots.values())
