"""Fair share: how many leases each process should hold, so that none idles while another is full."""

from collections.abc import Mapping


def share_of(worker_id: str, slots: Mapping[str, int], leases: int) -> int:
    """How many of so many leases this worker may take at most: the ceiling of an even spread.

    `slots` are the workers that live and are not leaving. Where all have room it is ceil(leases / workers); a
    worker with few slots leaves its part to the others.
    """
    level = 0
    while _fill(slots, level) < min(leases, sum(slots.values())):
        level += 1
    return min(level, slots.get(worker_id, 0))


def floor_share_of(worker_id: str, slots: Mapping[str, int], leases: int) -> int:
    """How many leases this worker holds at least in an even spread."""
    level = 0
    while _fill(slots, level + 1) <= leases and level < max(slots.values(), default=0):
        level += 1
    return min(level, slots.get(worker_id, 0))


def should_hand_over(worker_id: str, held: Mapping[str, int], slots: Mapping[str, int]) -> bool:
    """Whether this worker holds more than its share while another holds less than an even spread gives it.

    Only then: between workers that differ by one a shard would go to and fro for ever.
    """
    leases = sum(held.values())
    if held.get(worker_id, 0) <= share_of(worker_id, slots, leases):
        return False
    return any(
        held.get(other, 0) < floor_share_of(other, slots, leases) for other in slots if other != worker_id
    )


def _fill(slots: Mapping[str, int], level: int) -> int:
    return sum(min(room, level) for room in slots.values())
