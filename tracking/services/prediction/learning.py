"""Update lane statistics from finished legs, each leg exactly once."""

import random
import time
from collections.abc import Iterator, Sequence

import msgspec

from tracking.domain.errors import TransientError
from tracking.domain.events import Change
from tracking.domain.legs import FinishedLeg
from tracking.eta.lanes import lane_key
from tracking.eta.learning import learn, list_touched_keys
from tracking.ports import LaneStatisticsStore, Lesson

MAX_CONFLICTS = 5
BACKOFF_S = 0.02
# One transaction takes 100 rows: the legs and every statistic they touch.
MAX_LEGS, MAX_ROWS = 10, 100


def learn_from_changes(lanes: LaneStatisticsStore, changes: Sequence[Change]) -> None:
    """Learn from the legs that these changes have finished. Safe for repeats and any order.

    Shipments in test mode do not count in the quality of windows, which is public.
    """
    finished = [(change.finished_leg, change.livemode) for change in changes]
    learn_legs(
        lanes, [leg if livemode else leave_out_windows(leg) for leg, livemode in finished if leg is not None]
    )


def learn_legs(lanes: LaneStatisticsStore, legs: Sequence[FinishedLeg]) -> int:
    """Update the statistics from these legs, in this order; return how many legs were new.

    A leg with a `fault` is left out, and a leg that was learned before changes nothing, so repeats are safe.
    Raises `TransientError` when the store cannot be reached, or after more than five conflicts with other
    writers.
    """
    unique = {_name(leg): leg for leg in legs if leg.fault is None}
    return sum(_learn_batch(lanes, batch) for batch in _split_batches(list(unique.values())))


def leave_out_windows(leg: FinishedLeg) -> FinishedLeg:
    """Return the leg without the windows that were shown for it."""
    under_way = tuple(
        msgspec.structs.replace(prediction, low_offset=None, high_offset=None) for prediction in leg.under_way
    )
    return msgspec.structs.replace(
        leg, low_offset=None, high_offset=None, first_estimate=None, under_way=under_way
    )


def _learn_batch(lanes: LaneStatisticsStore, legs: list[FinishedLeg]) -> int:
    conflicts = 0
    while legs:
        stored = lanes.read(sorted({key for leg in legs for key in list_touched_keys(leg)}))
        statistics = {key: entry.statistic for key, entry in stored.items()}
        versions = {key: entry.version for key, entry in stored.items()}
        learned = lanes.keep(Lesson(legs, learn(statistics, legs), versions))
        if learned.kept:
            return len(legs)
        if learned.known:
            legs = [leg for leg in legs if _name(leg) not in learned.known]
            continue
        conflicts += 1
        if conflicts > MAX_CONFLICTS:
            raise TransientError(f"lane statistics: {conflicts} conflicts with other writers")
        time.sleep(random.uniform(0, BACKOFF_S * 2**conflicts))  # noqa: S311 - jitter, not a secret
    return 0


def _split_batches(legs: list[FinishedLeg]) -> Iterator[list[FinishedLeg]]:
    """Split the legs into batches that fit one transaction."""
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
