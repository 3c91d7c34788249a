"""Who is alive and which leases may be taken, seen on this process's own clock alone."""

import math
import threading
from collections.abc import Iterable
from typing import NamedTuple

from workers.leases.clock import Clock, steady_clock
from workers.leases.policies import EXPIRES_AFTER_S, OVERDUE_AFTER_S
from workers.leases.ports import Lease, LeaseGroup, Phase, Worker

Beat = tuple[int, int]


class View(NamedTuple):
    """One look at a group.

    `free` leases have no owner; `still_free` are those of them that had none at the look before already;
    `expired` ones have an owner, but have stood still for 5 s; `overdue` are those of them that nobody has
    taken a while later. `alive` are the workers whose rows move. `next_change` is when, by the watcher's
    clock, the first of the owned leases will have expired or be overdue if it stands still; infinity if none.
    """

    free: list[Lease]
    still_free: list[Lease]
    expired: list[Lease]
    alive: list[Worker]
    overdue: list[Lease] = []
    next_change: float = math.inf


class LeaseWatch:
    """Sees which rows stand still: no two hosts' clocks are ever compared. Safe to use from many threads."""

    def __init__(self, clock: Clock = steady_clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[tuple[str, str], tuple[Beat, float]] = {}

    def look(self, group: LeaseGroup) -> View:
        """What this look finds, compared with the looks before."""
        now = self._clock()
        with self._lock:
            # How long each row has stood still; None where it moved since the last look, or is new.
            still = {
                (row.group, name): self._age(row.group, name, beat, now) for row, name, beat in _rows(group)
            }
        open_leases = [lease for lease in group.leases if lease.phase is Phase.OPEN]
        free = [lease for lease in open_leases if lease.owner_id is None]
        owned = [lease for lease in open_leases if lease.owner_id is not None]
        ages = [still[lease.group, lease.entry] or 0.0 for lease in owned]

        def older_than(limit_s: float) -> list[Lease]:
            return [lease for lease, age in zip(owned, ages, strict=True) if age >= limit_s]

        return View(
            free=free,
            still_free=[lease for lease in free if still[lease.group, lease.entry] is not None],
            expired=older_than(EXPIRES_AFTER_S),
            alive=[
                worker
                for worker in group.workers
                if (still[worker.group, worker.worker_id] or 0.0) < EXPIRES_AFTER_S
            ],
            overdue=older_than(OVERDUE_AFTER_S),
            next_change=now + min(map(_time_left, ages), default=math.inf),
        )

    def _age(self, group: str, name: str, beat: Beat, now: float) -> float | None:
        known, since = self._seen.get((group, name), (None, now))
        if known != beat:
            self._seen[group, name] = beat, now
            return None
        return now - since


def _rows(group: LeaseGroup) -> Iterable[tuple[Lease | Worker, str, Beat]]:
    for lease in group.leases:
        yield lease, lease.entry, (lease.epoch, lease.heartbeat)
    for worker in group.workers:
        yield worker, worker.worker_id, (0, worker.heartbeat)


def _time_left(age: float) -> float:
    """Seconds until a lease that has stood still so long has reached its next limit."""
    return min(
        (limit_s - age for limit_s in (EXPIRES_AFTER_S, OVERDUE_AFTER_S) if age < limit_s), default=math.inf
    )
