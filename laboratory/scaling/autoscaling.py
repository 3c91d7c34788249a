"""Simulation of the role shards under a burst: steps by the age of records, leases by the policy.

Time passes in seconds. `workers.leases.share` decides who may hold how many shards and who hands one over,
`workers.leases.policies` when.
"""

import math
from collections import Counter
from typing import NamedTuple

from workers.leases.policies import HANDOVER_AFTER_S
from workers.leases.share import compute_floor_share, compute_share, should_hand_over

# As in deploy/templates/compute.yaml; a test compares them.
BEHIND_MS, FAR_BEHIND_MS, AHEAD_MS = 5_000, 30_000, 1_000
STEP_OUT, LARGE_STEP_OUT, STEP_IN = 2, 4, -1
PERIOD_S, OUT_COOLDOWN_S, IN_COOLDOWN_S, IN_PERIODS = 60, 60, 600, 10
# A task takes this long to start, of the 30 to 60 s that Fargate needs.
TASK_STARTS_S = 45
QUIET_S, LONGEST_S = 120, 7_200
# The age is far below this once the burst has been absorbed.
ABSORBED_S = 1.0


class Service(NamedTuple):
    """Role shards in a simulation: events a second that a task processes, and how it is scaled.

    `step_share`: a step is this share of the running tasks, or twice of it; 0: two or four tasks.
    """

    shards: int
    slots: int
    least_tasks: int
    task_rate: float
    step_share: float = 0.0


class Burst(NamedTuple):
    """Effect of a burst: seconds until it was absorbed (None: not in two hours), tasks, the largest age."""

    absorbed_after_s: int | None
    tasks_before: int
    tasks_most: int
    oldest_s: float


class _Task(NamedTuple):
    name: str
    starts_at: int


class BurstSimulation:
    """Shards with records that wait, tasks that hold and read them, and the scaling of the service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._tasks = [_Task(f"task-{number:04d}", 0) for number in range(service.least_tasks)]
        self._wanted = service.least_tasks
        self._owners: list[str | None] = [None] * service.shards
        self._held_since = [0] * service.shards
        self._waiting = [0.0] * service.shards
        self._last_scaled_at, self._calm_periods = -IN_COOLDOWN_S, 0
        self._oldest_in_period = 0.0

    def run(self, quiet_rate: float, burst_rate: float) -> Burst:
        """Let `quiet_rate` events a second arrive, then `burst_rate` until the age has come down again."""
        before, most, oldest = self._wanted, self._wanted, 0.0
        was_behind = False
        for now in range(LONGEST_S):
            rate = (quiet_rate if now < QUIET_S else burst_rate) / self._service.shards
            self._assign(now)
            age = self._process(rate)
            self._oldest_in_period = max(self._oldest_in_period, age)
            if now % PERIOD_S == PERIOD_S - 1:
                self._scale(now)
            most, oldest = max(most, self._wanted), max(oldest, age if now >= QUIET_S else 0.0)
            was_behind = was_behind or (now > QUIET_S and age > ABSORBED_S)
            if now >= QUIET_S + PERIOD_S and age <= ABSORBED_S:
                return Burst(now - QUIET_S if was_behind else 0, before, most, oldest)
        return Burst(None, before, most, oldest)

    def _assign(self, now: int) -> None:
        """Let each running task take free shards up to its share, or hand one over, as the policy says."""
        slots = {task.name: self._service.slots for task in self._tasks if task.starts_at <= now}
        held = Counter(owner for owner in self._owners if owner is not None)
        free = [shard for shard, owner in enumerate(self._owners) if owner is None]
        # All tasks have as many slots, so their shares are equal.
        first = next(iter(slots))
        share = compute_share(first, slots, len(self._owners))
        floor = compute_floor_share(first, slots, held.total())
        for name in slots:
            while free and held[name] < share:
                shard = free.pop()
                self._owners[shard], self._held_since[shard] = name, now
                held[name] += 1
        if any(held[name] < floor for name in slots):
            counted = {name: held[name] for name in slots}
            for name in slots:
                if held[name] > share and should_hand_over(name, counted, slots):
                    self._hand_over(name, now)

    def _hand_over(self, name: str, now: int) -> None:
        """Free the shard that the task has held longest, if it has held it for long enough."""
        own = [shard for shard, owner in enumerate(self._owners) if owner == name]
        oldest = min(own, key=lambda shard: self._held_since[shard])
        if now - self._held_since[oldest] >= HANDOVER_AFTER_S:
            self._owners[oldest] = None

    def _process(self, rate: float) -> float:
        """Add a second's events, and process what the tasks can; return the age of the oldest, in seconds."""
        by_owner: dict[str, list[int]] = {}
        for shard, owner in enumerate(self._owners):
            self._waiting[shard] += rate
            if owner is not None:
                by_owner.setdefault(owner, []).append(shard)
        for shards in by_owner.values():
            left = self._service.task_rate
            # The emptiest first: what it leaves of its part goes to the others.
            for number, shard in enumerate(sorted(shards, key=lambda one: self._waiting[one])):
                done = min(self._waiting[shard], left / (len(shards) - number))
                self._waiting[shard] -= done
                left -= done
        return max(self._waiting) / rate

    def _scale(self, now: int) -> None:
        """Start or stop tasks by the largest age of the period, as the alarms of the template do."""
        age_ms, self._oldest_in_period = self._oldest_in_period * 1000, 0.0
        self._calm_periods = self._calm_periods + 1 if age_ms < AHEAD_MS else 0
        if age_ms > BEHIND_MS and now - self._last_scaled_at >= OUT_COOLDOWN_S:
            is_far = age_ms >= BEHIND_MS + (FAR_BEHIND_MS - BEHIND_MS)
            self._set_tasks(self._wanted + self._find_step(is_far=is_far), now)
        elif self._calm_periods >= IN_PERIODS and now - self._last_scaled_at >= IN_COOLDOWN_S:
            self._set_tasks(self._wanted + STEP_IN, now)

    def _find_step(self, *, is_far: bool) -> int:
        if self._service.step_share:
            return math.ceil(self._wanted * self._service.step_share * (2 if is_far else 1))
        return LARGE_STEP_OUT if is_far else STEP_OUT

    def _set_tasks(self, wanted: int, now: int) -> None:
        wanted = min(max(wanted, self._service.least_tasks), self._service.shards)
        if wanted != self._wanted:
            self._last_scaled_at = now
        for number in range(self._wanted, wanted):
            self._tasks.append(_Task(f"task-{number:04d}-{now}", now + TASK_STARTS_S))
        for task in self._tasks[wanted:]:
            self._owners = [None if owner == task.name else owner for owner in self._owners]
        del self._tasks[wanted:]
        self._wanted = wanted
