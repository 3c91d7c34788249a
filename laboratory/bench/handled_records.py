"""Reads which records were handled and when, and measures how long a shard stood still."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings

from tracking.adapters.aws import build_client
from tracking.adapters.items import STATE_KEY, read_event, read_state


class Handled(NamedTuple):
    """Record that was handled: when, in seconds since the epoch, and its event id."""

    at: float
    event_id: str


def count_repeats(folder: Path) -> int:
    """Sum the repeats that workers recognised, from the `record_repeats` metrics in their logs."""
    lines = (line for path in folder.glob("shards-*.log") for line in path.read_text().splitlines())
    return sum(
        int(json.loads(line)["record_repeats"])
        for line in lines
        if line.endswith("}") and "record_repeats" in line
    )


def read_journals(folder: Path) -> list[Handled]:
    """Read the records from the peers' journals, in order of time."""
    lines = (line.split() for path in folder.glob("*.journal") for line in path.read_text().splitlines())
    return sorted(Handled(float(words[0]), words[1]) for words in lines if len(words) == 2)


def read_recorded(run: str) -> tuple[list[Handled], Counter[str]]:
    """Read the run's records from the tracking table in order of time, and each shipment's state version."""
    handled, versions = [], Counter[str]()
    for item in _scan_table():
        name = item["shipment_id"]["S"]
        if not name.startswith(f"{run}-"):
            continue
        if item["timestamp"]["S"] == STATE_KEY:
            versions[name] = read_state(item).state_version
        elif (event := read_event(item)).recorded_at is not None:
            handled.append(Handled(event.recorded_at.timestamp(), name))
    return sorted(handled), versions


def measure_failover_gap(handled: Iterable[Handled], killed_at: float) -> float:
    """Return the seconds from the last record before the kill to the first after it, for the slower shard.

    Infinite if a shard has no record after the kill.
    """
    last, first = [killed_at, killed_at], [float("inf"), float("inf")]
    for record in handled:
        shard = find_shard(record.event_id)
        if record.at <= killed_at:
            last[shard] = record.at
        else:
            first[shard] = min(first[shard], record.at)
    return max(after - before for before, after in zip(last, first, strict=True))


def measure_longest_gap(handled: Iterable[Handled], since: float) -> float:
    """Return the longest gap between records of a shard, in seconds, from its last record before `since` on.

    Infinite if a shard has no record after `since`.
    """
    times: tuple[list[float], list[float]] = ([since], [since])
    for record in handled:
        own = times[find_shard(record.event_id)]
        if record.at <= since:
            own[0] = record.at
        else:
            own.append(record.at)
    return max(max((b - a for a, b in pairwise(own)), default=float("inf")) for own in times)


def find_shard(key: str) -> int:
    """Return which of the stream's two shards (0 or 1) a partition key belongs to."""
    return hashlib.md5(key.encode(), usedforsecurity=False).digest()[0] >> 7


def _scan_table() -> Iterator[dict[str, Any]]:
    start: dict[str, Any] = {}
    while True:
        page = build_client("dynamodb").scan(TableName=settings.AWS_NAMES["tracking_table"], **start)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
