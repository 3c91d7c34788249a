"""Cleaning of positions before they are stored: implausible ones are flagged and move nothing."""

from datetime import datetime, timedelta
from itertools import pairwise

import msgspec

from tracking.domain.distance import distance_km
from tracking.domain.events import DROPPING_FLAGS
from tracking.domain.indian_time import INDIAN_OFFSET

# Bounding box of India with its islands, in degrees.
SOUTH, NORTH, WEST, EAST = 6.0, 38.0, 68.0, 98.0
NULL_ISLAND_DEGREES = 0.1
MAX_KMH = 150.0
# Accuracy assumed for receivers that report none.
DEFAULT_ACCURACY_M = 25.0
# Jumps in a row that agree with each other move the vehicle after all: two within this time, else three.
AGREEING = 3
AGREEING_WITHIN = timedelta(minutes=5)
SAME_DEGREES = 1e-6
FROZEN_AFTER = timedelta(minutes=10)
MOVING_KMH = 5.0
# Indian time labelled as UTC is ahead by `INDIAN_OFFSET`, give or take this much; a clock that was corrected
# the wrong way is behind by it.
AHEAD_BY = timedelta(minutes=10)
BEHIND_BY = timedelta(minutes=2)
# Late fixes in a row that make a clock late, and how much their spacing may differ between device and stream.
LAGS = 5
SPACING = 0.1
# Flag of a time that was corrected: the device stamped Indian time as UTC, and was 5 h 30 min ahead.
SKEW_530 = "skew_530"


class Fix(msgspec.Struct, frozen=True, array_like=True):
    """Position as reported: time in the world, degrees, metres, km/h."""

    occurred_at: datetime
    lat: float
    lon: float
    accuracy_m: float | None = None
    speed_kmh: float | None = None


class Lag(msgspec.Struct, frozen=True, array_like=True):
    """Time a fix was made and time it was received."""

    occurred_at: datetime
    received_at: datetime


class FixMemory(msgspec.Struct, frozen=True, array_like=True):
    """Memory of a track that the next fix is compared with.

    `accepted` is the last accepted fix; `still_since` is the time since which the position has not changed
    although a speed is reported; `rejected` are the jumps since then that agree with each other; `lags` those
    of the last fixes in a row that were received 5 h 30 min late.
    """

    accepted: Fix | None = None
    still_since: datetime | None = None
    rejected: tuple[Fix, ...] = ()
    lags: tuple[Lag, ...] = ()


class CleanedFix(msgspec.Struct, frozen=True):
    """Fix after cleaning: position in degrees, flags, and the memory for the next fix.

    `is_history` is True if it is older than an accepted fix; it then moves nothing.
    """

    lat: float
    lon: float
    flags: tuple[str, ...]
    memory: FixMemory
    is_history: bool = False

    @property
    def is_dropped(self) -> bool:
        """True if the position stays on the event and moves nothing."""
        return not DROPPING_FLAGS.isdisjoint(self.flags)


def correct_clock(sent_at: datetime, arrived_at: datetime) -> datetime | None:
    """Return the true time of a timestamp that is 5 h 30 min ahead (+-10 min), or None for any other."""
    ahead = sent_at - arrived_at
    return sent_at - INDIAN_OFFSET if abs(ahead - INDIAN_OFFSET) <= AHEAD_BY else None


def clean_fix(memory: FixMemory, fix: Fix, received_at: datetime) -> CleanedFix:
    """Return the fix after all rules, in this order: clock, swapped axes, null island, jump, frozen.

    Never raises. `received_at` is the time the stream accepted the fix. A fix that is dropped or is history
    leaves the accepted fix in the memory as it was.
    """
    lags = _note_lag(memory.lags, fix.occurred_at, received_at)
    if lags != memory.lags:
        memory = msgspec.structs.replace(memory, lags=lags)
    flags: tuple[str, ...] = ("skew_late",) if _runs_late(lags) else ()
    if is_swapped(fix.lat, fix.lon):
        fix = msgspec.structs.replace(fix, lat=fix.lon, lon=fix.lat)
        flags = (*flags, "swapped")
    if _is_null_island(fix):
        return CleanedFix(fix.lat, fix.lon, (*flags, "null_island"), memory)
    found, memory, is_history = _compare(memory, fix)
    return CleanedFix(fix.lat, fix.lon, (*flags, *found), memory, is_history)


def start_at_hub(cleaned: CleanedFix, fix: Fix) -> CleanedFix:
    """Return a jump that ends at a hub as the start of a new track: there nobody needs a second fix."""
    fix = msgspec.structs.replace(fix, lat=cleaned.lat, lon=cleaned.lon)
    flags = tuple("rebased" if flag == "jump" else flag for flag in cleaned.flags)
    return msgspec.structs.replace(cleaned, flags=flags, memory=_accept(cleaned.memory, fix, None))


def is_position(lat: float, lon: float) -> bool:
    """Return whether degrees are on the globe, or are in India once their axes are exchanged."""
    return _is_on_globe(lat, lon) or is_swapped(lat, lon)


def is_swapped(lat: float, lon: float) -> bool:
    """Return whether degrees lie outside India, and inside once their axes are exchanged."""
    return not _is_in_india(lat, lon) and _is_in_india(lon, lat)


def _compare(memory: FixMemory, fix: Fix) -> tuple[tuple[str, ...], FixMemory, bool]:
    """Return the flags of a fix by the last accepted one, the memory after it, and whether it is history."""
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
    """Return flags and memory of a jump: dropped until enough in a row agree that the vehicle is elsewhere.

    A second report of the same instant is no second opinion.
    """
    agrees = memory.rejected and not _is_jump(memory.rejected[-1], fix)
    running = (*memory.rejected, fix) if agrees else (fix,)
    since = fix.occurred_at - running[-2].occurred_at if agrees else timedelta(0)
    if len(running) == AGREEING or timedelta(0) < since <= AGREEING_WITHIN:
        return ("rebased",), _accept(memory, fix, None)
    return ("jump",), msgspec.structs.replace(memory, rejected=running)


def _note_standing(memory: FixMemory, last: Fix, fix: Fix) -> datetime | None:
    """Return since when the position has not moved by 1e-6 degrees although a speed is reported, or None."""
    stands = abs(fix.lat - last.lat) <= SAME_DEGREES and abs(fix.lon - last.lon) <= SAME_DEGREES
    if not stands or (fix.speed_kmh or 0.0) <= MOVING_KMH:
        return None
    return memory.still_since or last.occurred_at


def _is_jump(before: Fix, after: Fix) -> bool:
    """Return whether the speed between two fixes is impossible, even with both at their worst accuracy."""
    slack_m = _accuracy_m(before) + _accuracy_m(after)
    km = distance_km(before.lat, before.lon, after.lat, after.lon) - slack_m / 1000
    hours = abs((after.occurred_at - before.occurred_at).total_seconds()) / 3600
    return km > MAX_KMH * hours


def _accuracy_m(fix: Fix) -> float:
    return DEFAULT_ACCURACY_M if fix.accuracy_m is None else fix.accuracy_m


def _is_null_island(fix: Fix) -> bool:
    """Return whether the receiver had no position: near (0, 0), off the globe, or one axis is exactly 0."""
    if not _is_on_globe(fix.lat, fix.lon) or fix.lat == 0 or fix.lon == 0:
        return True
    return abs(fix.lat) < NULL_ISLAND_DEGREES and abs(fix.lon) < NULL_ISLAND_DEGREES


def _is_on_globe(lat: float, lon: float) -> bool:
    return abs(lat) <= 90 and abs(lon) <= 180


def _is_in_india(lat: float, lon: float) -> bool:
    return SOUTH <= lat <= NORTH and WEST <= lon <= EAST


def _note_lag(lags: tuple[Lag, ...], occurred_at: datetime, received_at: datetime) -> tuple[Lag, ...]:
    """Return the lags of fixes in a row that came 5 h 30 min off (+-2 min); any other fix clears them."""
    if abs(received_at - occurred_at - INDIAN_OFFSET) > BEHIND_BY:
        return ()
    return (*lags, Lag(occurred_at=occurred_at, received_at=received_at))[-LAGS:]


def _runs_late(lags: tuple[Lag, ...]) -> bool:
    """Return whether five late fixes came with their own spacing: a wrong clock, and no flushed buffer."""
    return len(lags) == LAGS and all(_is_spaced_alike(before, after) for before, after in pairwise(lags))


def _is_spaced_alike(before: Lag, after: Lag) -> bool:
    made_s = (after.occurred_at - before.occurred_at).total_seconds()
    received_s = (after.received_at - before.received_at).total_seconds()
    return made_s > 0 and abs(received_s - made_s) <= SPACING * made_s
