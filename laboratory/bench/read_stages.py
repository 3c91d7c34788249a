"""Stages of the slowest requests: times of the load, joined with those that the server noted."""

from collections.abc import Sequence
from statistics import fmean
from typing import NamedTuple

import msgspec

from laboratory.bench.http_load import Moments

# Requests that count as slow, as a part of all.
SLOWEST = 0.01
MILLI = 1e3
# Path at which a traced server answers with what it has noted since it was last asked.
NOTED = "/bench/noted"


class Passage(msgspec.Struct):
    """Times of one request in the server, of the monotonic clock: 0 for a stage that it did not reach.

    It called the application, asked for a state, got it, and was answered.
    """

    called_at: float
    asked_at: float = 0.0
    given_at: float = 0.0
    answered_at: float = 0.0


class Noted(msgspec.Struct):
    """Notes of a server: passages by request id, begin and end of each stop for the garbage collector."""

    passages: dict[str, Passage] = {}
    pauses: list[tuple[float, float]] = []


class Split(NamedTuple):
    """Means over the slowest requests: the delay, its stages, and garbage collection meanwhile."""

    delay_ms: float
    stages_ms: dict[str, float]
    collected_ms: float
    # Part of them that were due in the first second of the load.
    in_first_second: float


def split_slowest(moments: Sequence[Moments], noted: Noted) -> Split:
    """Return the means over the slowest `SLOWEST` of the requests.

    Raises `KeyError` for a request that the server did not note.
    """
    ordered = sorted(moments, key=lambda one: one.received_at - one.due_at)
    slowest = ordered[-max(1, int(len(ordered) * SLOWEST)) :]
    split = [_split(one, noted.passages[name_request(one.number)]) for one in slowest]
    first_due_at = min(one.due_at for one in moments)
    return Split(
        fmean(one.received_at - one.due_at for one in slowest) * MILLI,
        {stage: fmean(one[stage] for one in split) * MILLI for stage in split[0]},
        fmean(sum(_overlap(one, pause) for pause in noted.pauses) for one in slowest) * MILLI,
        fmean(one.due_at < first_due_at + 1 for one in slowest),
    )


def name_request(number: int) -> str:
    """Return the request id of a request of the load."""
    return f"bench-{number}"


def _split(moments: Moments, passage: Passage) -> dict[str, float]:
    """Return the seconds of each stage; together they are the delay."""
    ready_at = max(moments.due_at, moments.assigned_at)
    read_s = passage.given_at - passage.asked_at
    return {
        "waiting for a connection": ready_at - moments.due_at,
        "late in the load": moments.sent_at - ready_at,
        "until the application": passage.called_at - moments.sent_at,
        "Redis and store": read_s,
        "rest of the application": passage.answered_at - passage.called_at - read_s,
        "until received": moments.received_at - passage.answered_at,
    }


def _overlap(moments: Moments, pause: tuple[float, float]) -> float:
    begins_at, ends_at = pause
    return max(0.0, min(ends_at, moments.received_at) - max(begins_at, moments.due_at))
