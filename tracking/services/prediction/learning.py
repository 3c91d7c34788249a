"""Learn: what finished legs teach about their lanes, each leg exactly once."""

import random
import time
from collections.abc import Iterator, Sequence

from tracking.domain.errors import TransientError
from tracking.domain.events import Change
from tracking.domain.legs import FinishedLeg
from tracking.eta.lanes import lane_key
from tracking.eta.learning import learn, list_touched_keys
from tracking.ports import LaneStatisticsStore, Lesson, ports

MAX_CONFLICTS = 5
BACKOFF_S = 0.02
# One transaction takes 100 rows: the legs and every statistic they touch.
MAX_LEGS, MAX_ROWS = 10, 100


def take_changes(changes: Sequence[Change]) -> None:
    """Learn from what these changes have finished; bears repeats and any order."""
    learn_legs(ports().lanes, [change.finished_leg for change in changes if change.finished_leg is not None])


def learn_legs(lanes: LaneStatisticsStore, legs: Sequence[FinishedLeg]) -> int:
    """Teach these legs, in this order; returns how many were new.

    A leg that teaches nothing (its `fault`) is left out, and one that was learned before changes nothing,
    so repeats are harmless. Raises `TransientError` when the store cannot be reached, or when other
    writers won five times running; teaching the same legs again is safe.
    """
    unique = {_name(leg): leg for leg in legs if leg.fault is None}
    return sum(_learn_batch(lanes, batch) for batch in _cut(list(unique.values())))


def _learn_batch(lanes: LaneStatisticsStore, legs: list[FinishedLeg]) -> int:
    conflicts = 0
    while legs:
        known = lanes.read(sorted({key for leg in legs for key in list_touched_keys(leg)}))
        book = {key: one.statistic for key, one in known.items()}
        changed = learn(book, legs)
        learned = lanes.keep(Lesson(legs, changed, {key: one.version for key, one in known.items()}))
        if learned.kept:
            return len(legs)
        if learned.known:
            legs = [leg for leg in legs if _name(leg) not in learned.known]
            continue
        conflicts += 1
        if conflicts > MAX_CONFLICTS:
            raise TransientError(f"lane statistics moved under our hands {conflicts} times")
        time.sleep(random.uniform(0, BACKOFF_S * 2**conflicts))  # noqa: S311 - jitter, not a secret
    return 0


def _cut(legs: list[FinishedLeg]) -> Iterator[list[FinishedLeg]]:
    """The legs in batches that one transaction may carry."""
    batch: list[FinishedLeg] = []
    keys: set[str] = set()
    for leg in legs:
        more = keys | set(list_touched_keys(leg))
        if batch and (len(batch) == MAX_LEGS or len(batch) + 1 + len(more) > MAX_ROWS):
            yield batch
            batch, more = [], set(list_touched_keys(leg))
        batch.append(leg)
        keys = more
    if batch:
        yield batch


def _name(leg: FinishedLeg) -> tuple[str, str]:
    return lane_key(leg.profile), leg.sort_key
