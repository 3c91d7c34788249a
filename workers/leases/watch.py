"""Observation of lease groups by this process's own clock: live workers, and leases that may be taken."""

import math
import threading
from collections.abc import Iterable
from typing import NamedTuple

from workers.leases.clock import Clock, steady_clock
from workers.leases.policies import EXPIRES_AFTER_S, OVERDUE_AFTER_S
from workers.leases.ports import Lease, LeaseGroup, Phase, Worker

Beat = tuple[int, int]


class View(NamedTuple):
    """Result of one observation of a group.

    `free` leases have no owner; `still_free` are those of them that had none at the previous observation
    either. `expired` leases have an owner, but their rows have not changed for 5 s; `overdue` are those of
    them that have not changed for 5.4 s. `alive` are the workers whose rows change. `next_change` is when, by
    the watcher's clock, the first owned lease expires or becomes overdue if its row does not change; infinity
    if there is none.
    """

    free: list[Lease]
    still_free: list[Lease]
    expired: list[Lease]
    alive: list[Worker]
    overdue: list[Lease] = []
    next_change: float = math.inf


class LeaseWatch:
    """Finds rows that do not change, by one host's clock alone. Safe to use from many threads."""

    def __init__(self, clock: Clock = steady_clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._last_changes: dict[tuple[str, str], tuple[Beat, float]] = {}

    def observe(self, group: LeaseGroup) -> View:
        """Compare the rows of a group with those of earlier observations."""
        now = self._clock()
        with self._lock:
            # Seconds since each row changed; None if it changed since the last observation, or is new.
            unchanged_s = {
                (row.group, name): self._age(row.group, name, beat, now) for row, name, beat in _rows(group)
            }
        open_leases = [lease for lease in group.leases if lease.phase is Phase.OPEN]
        free = [lease for lease in open_leases if lease.owner_id is None]
        owned = [lease for lease in open_leases if lease.owner_id is not None]
        ages = [unchanged_s[lease.group, lease.entry] or 0.0 for lease in owned]

        def older_than(limit_s: float) -> list[Lease]:
            return [lease for lease, age in zip(owned, ages, strict=True) if age >= limit_s]

        return View(
            free=free,
            still_free=[lease for lease in free if unchanged_s[lease.group, lease.entry] is not None],
            expired=older_than(EXPIRES_AFTER_S),
            alive=[
                worker
                for worker in group.workers
                if (unchanged_s[worker.group, worker.worker_id] or 0.0) < EXPIRES_AFTER_S
            ],
            overdue=older_than(OVERDUE_AFTER_S),
            next_change=now + min(map(_time_left, ages), default=math.inf),
        )

    def _age(self, group: str, name: str, beat: Beat, now: float) -> float | None:
        last_beat, since = self._last_changes.get((group, name), (None, now))
        if last_beat != beat:
            self._last_changes[group, name] = beat, now
            return None
        return now - since


def _rows(group: LeaseGroup) -> Iterable[tuple[Lease | Worker, str, Beat]]:
    for lease in group.leases:
        yield lease, lease.entry, (lease.epoch, lease.heartbeat)
    for worker in group.workers:
        yield worker, worker.worker_id, (0, worker.heartbeat)


def _time_left(age: float) -> float:
    """Return the seconds until a lease whose row is unchanged for `age` seconds reaches its next limit."""
    return min(
        (limit_s - age for limit_s in (EXPIRES_AFTER_S, OVERDUE_AFTER_S) if age < limit_s), default=math.inf
    )
