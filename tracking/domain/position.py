"""Cleans positions before they are kept: what is not to be believed is marked, and moves nothing."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

import msgspec

from tracking.domain.distance import distance_km
from tracking.domain.events import DROPPING_FLAGS

# India with its islands, in degrees.
SOUTH, NORTH, WEST, EAST = 6.0, 38.0, 68.0, 98.0
NULL_ISLAND_DEGREES = 0.1
MAX_KMH = 150.0
# What a receiver that does not tell is taken to be off by.
UNTOLD_ACCURACY_M = 25.0
AGREEING = 3
SAME_DEGREES = 1e-6
FROZEN_AFTER = timedelta(minutes=10)
MOVING_KMH = 5.0
# India's clock stamped as if it were UTC runs this far ahead; a clock set back by it runs this far behind.
INDIAN_OFFSET = timedelta(hours=5, minutes=30)
AHEAD_BY = timedelta(minutes=10)
BEHIND_BY = timedelta(minutes=2)
LAGS = 5
SPACING = 0.1


class Fix(msgspec.Struct, frozen=True, array_like=True):
    """A position as reported: instant in the world, degrees, metres, km/h."""

    occurred_at: datetime
    lat: float
    lon: float
    accuracy_m: float | None = None
    speed_kmh: float | None = None


class Lag(msgspec.Struct, frozen=True, array_like=True):
    """When a fix was made and when it came."""

    occurred_at: datetime
    received_at: datetime


class FixMemory(msgspec.Struct, frozen=True, array_like=True):
    """What the next fix of the same vehicle is compared with.

    `accepted` is the last fix believed; `still_since` is when it began to stand still while reporting speed;
    `rejected` are the jumps since, as far as they agree; `lags` are of the last fixes that came 5 h 30 late.
    """

    accepted: Fix | None = None
    still_since: datetime | None = None
    rejected: tuple[Fix, ...] = ()
    lags: tuple[Lag, ...] = ()


class Cleaned(NamedTuple):
    """A fix after cleaning: where it was (degrees), what was found, and what to compare the next one with.

    `is_history`: it is older than one believed already, so it may move nothing.
    """

    lat: float
    lon: float
    flags: tuple[str, ...]
    memory: FixMemory
    is_history: bool = False

    @property
    def is_dropped(self) -> bool:
        """Whether the position stays on the event and moves nothing."""
        return not DROPPING_FLAGS.isdisjoint(self.flags)


def correct_clock(sent_at: datetime, arrived_at: datetime) -> datetime | None:
    """The true instant of a time stamped 5 h 30 ahead (give or take 10 min), or None where it is not that."""
    ahead = sent_at - arrived_at
    return sent_at - INDIAN_OFFSET if abs(ahead - INDIAN_OFFSET) <= AHEAD_BY else None


def clean_fix(memory: FixMemory, fix: Fix, received_at: datetime) -> Cleaned:
    """The fix with the rules applied in their order: clock, null island, exchanged axes, jump, frozen.

    Pure, and never raises. `received_at` is when the stream took the fix. The memory of a fix that is dropped
    or that is history keeps what was believed before.
    """
    lags = _note_lag(memory.lags, fix.occurred_at, received_at)
    memory = msgspec.structs.replace(memory, lags=lags)
    flags: tuple[str, ...] = ("skew_late",) if _runs_late(lags) else ()
    if _is_null_island(fix):
        return Cleaned(fix.lat, fix.lon, (*flags, "null_island"), memory)
    if not _is_in_india(fix.lat, fix.lon) and _is_in_india(fix.lon, fix.lat):
        fix = msgspec.structs.replace(fix, lat=fix.lon, lon=fix.lat)
        flags = (*flags, "swapped")
    found, memory, is_history = _compare(memory, fix)
    return Cleaned(fix.lat, fix.lon, (*flags, *found), memory, is_history)


def _compare(memory: FixMemory, fix: Fix) -> tuple[tuple[str, ...], FixMemory, bool]:
    """What the last fix believed says of this one, the memory after it, and whether it is history."""
    last = memory.accepted
    if last is None:
        return (), _accept(memory, fix, None), False
    if fix.occurred_at < last.occurred_at:
        return (), memory, True
    if _is_jump(last, fix):
        return *_reject(memory, fix), False
    still_since = _note_standing(memory, last, fix)
    if still_since is not None and fix.occurred_at - still_since > FROZEN_AFTER:
        return ("frozen",), msgspec.structs.replace(memory, still_since=still_since, rejected=()), False
    return (), _accept(memory, fix, still_since), False


def _accept(memory: FixMemory, fix: Fix, still_since: datetime | None) -> FixMemory:
    return msgspec.structs.replace(memory, accepted=fix, still_since=still_since, rejected=())


def _reject(memory: FixMemory, fix: Fix) -> tuple[tuple[str, ...], FixMemory]:
    """A jump: dropped, until three of them running agree that the vehicle is indeed elsewhere."""
    agrees = memory.rejected and not _is_jump(memory.rejected[-1], fix)
    running = (*memory.rejected, fix) if agrees else (fix,)
    if len(running) == AGREEING:
        return ("rebased",), _accept(memory, fix, None)
    return ("jump",), msgspec.structs.replace(memory, rejected=running)


def _note_standing(memory: FixMemory, last: Fix, fix: Fix) -> datetime | None:
    """Since when the position has not moved by a millionth of a degree though the vehicle says it drives."""
    stands = abs(fix.lat - last.lat) <= SAME_DEGREES and abs(fix.lon - last.lon) <= SAME_DEGREES
    if not stands or (fix.speed_kmh or 0.0) <= MOVING_KMH:
        return None
    return memory.still_since or last.occurred_at


def _is_jump(before: Fix, after: Fix) -> bool:
    """Whether nobody drives that far in the time between, even if both are as far off as told."""
    slack_m = sum(_accuracy_m(fix) for fix in (before, after))
    km = distance_km(before.lat, before.lon, after.lat, after.lon) - slack_m / 1000
    hours = abs((after.occurred_at - before.occurred_at).total_seconds()) / 3600
    return km > MAX_KMH * hours


def _accuracy_m(fix: Fix) -> float:
    return UNTOLD_ACCURACY_M if fix.accuracy_m is None else fix.accuracy_m


def _is_null_island(fix: Fix) -> bool:
    """Whether the receiver had no fix: what lies off the globe is none either."""
    if not (abs(fix.lat) <= 90 and abs(fix.lon) <= 180):
        return True
    return abs(fix.lat) < NULL_ISLAND_DEGREES and abs(fix.lon) < NULL_ISLAND_DEGREES


def _is_in_india(lat: float, lon: float) -> bool:
    return SOUTH <= lat <= NORTH and WEST <= lon <= EAST


def _note_lag(lags: tuple[Lag, ...], occurred_at: datetime, received_at: datetime) -> tuple[Lag, ...]:
    """The lags running, of fixes that came 5 h 30 late (give or take 2 min); any other ends the run."""
    if abs(received_at - occurred_at - INDIAN_OFFSET) > BEHIND_BY:
        return ()
    return (*lags, Lag(occurred_at=occurred_at, received_at=received_at))[-LAGS:]


def _runs_late(lags: tuple[Lag, ...]) -> bool:
    """Whether five fixes running came late yet one by one, as from a clock set wrong, not from a buffer."""
    return len(lags) == LAGS and all(_is_spaced_alike(before, after) for before, after in pairwise(lags))


def _is_spaced_alike(before: Lag, after: Lag) -> bool:
    made = (after.occurred_at - before.occurred_at).total_seconds()
    came = (after.received_at - before.received_at).total_seconds()
    return made > 0 and abs(came - made) <= SPACING * made
