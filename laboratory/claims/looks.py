"""Reads of a day, made from simulated shipments and a model of how people look, and their exact misses.

Recipients who are notified of a change open the page soon; those who wait for a van look now and
then; each look is followed by more within a minute, more often than not; a messenger that previews a link
fetches it too.
"""

import json
import random
import tempfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from laboratory.simulator.fleet import FleetOptions
from laboratory.simulator.simulation import Options, record_run

STARTS_AT = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
OPENS_AT_H, SECONDS = 6.0, 50_000.0
NOTIFIED = ("out_for_delivery", "attempt_failed", "delivered", "available_for_pickup")


class Viewing(NamedTuple):
    """Model of how people look; times in seconds."""

    opens_when_notified: float = 0.6
    opens_after_s: float = 300.0
    looks_an_hour_while_waiting: float = 0.7
    reloads: float = 1.5
    reload_after_s: float = 30.0
    previews: float = 0.2
    preview_before_s: float = 3.0


class Change(NamedTuple):
    """Change of a shipment that its recipient is notified of, in seconds since the start of the day."""

    at: float
    shipment_id: str
    status: str


class Look(NamedTuple):
    """Read of a shipment's public answer, in seconds since the start of the day."""

    at: float
    shipment_id: str


class CachePolicy(NamedTuple):
    """Seconds for which an answer is fresh, and then stale: still given while a new one is fetched."""

    fresh_s: float
    stale_s: float


def simulate_changes(vans: int, seed: int) -> list[Change]:
    """Return the changes of a simulated day of so many vans."""
    with tempfile.TemporaryDirectory() as folder:
        fleet = FleetOptions(vans, seed=seed, hour=OPENS_AT_H)
        options = Options(fleet, started_at=STARTS_AT.timestamp(), seconds=SECONDS)
        record_run(options, Path(folder))
        lines = (Path(folder) / "records.jsonl").read_text().splitlines()
    found = sorted(change for line in lines if (change := _read_change(json.loads(line))) is not None)
    # Vehicles repeat a status with their positions; only its first report is a change.
    first = {(change.shipment_id, change.status): change for change in reversed(found)}
    return sorted(first.values())


def make_looks(changes: Sequence[Change], viewing: Viewing, seed: int) -> list[Look]:
    """Return the reads of a day, in order of time."""
    chance = random.Random(seed)  # noqa: S311 - repeatable chance, not a secret
    opened = [
        change.at + chance.expovariate(1 / viewing.opens_after_s)
        if chance.random() < viewing.opens_when_notified
        else None
        for change in changes
    ]
    looks = [
        look
        for change, at in zip(changes, opened, strict=True)
        if at is not None
        for look in _look_around(change.shipment_id, at, viewing, chance, may_preview=True)
    ]
    for shipment_id, begins, ends in _list_waits(changes):
        at = begins
        while viewing.looks_an_hour_while_waiting:
            at += chance.expovariate(viewing.looks_an_hour_while_waiting / 3600)
            if at >= ends:
                break
            looks += _look_around(shipment_id, at, viewing, chance, may_preview=False)
    return sorted(looks)


def count_fetches(looks: Iterable[Look], policy: CachePolicy) -> int:
    """Return how many reads reach the origin behind one cache that keeps to the policy exactly."""
    fetched_at: dict[str, float] = {}
    fetches = 0
    for look in looks:
        age = look.at - fetched_at.get(look.shipment_id, float("-inf"))
        # A stale answer is given at once, and fetched anew behind it: a fetch either way.
        if age >= policy.fresh_s:
            fetched_at[look.shipment_id] = look.at
            fetches += 1
    return fetches


def _look_around(
    shipment_id: str, at: float, viewing: Viewing, chance: random.Random, *, may_preview: bool
) -> list[Look]:
    """Return a person's reads around one time: perhaps a preview before, then reloads."""
    looks = [Look(at, shipment_id)]
    if may_preview and chance.random() < viewing.previews:
        looks.insert(0, Look(max(0.0, at - viewing.preview_before_s), shipment_id))
    while chance.random() < viewing.reloads / (1 + viewing.reloads):
        at += chance.expovariate(1 / viewing.reload_after_s)
        looks.append(Look(at, shipment_id))
    return looks


def _list_waits(changes: Sequence[Change]) -> list[tuple[str, float, float]]:
    """Return for each shipment on a van from when until when it was there."""
    waits, since = [], dict[str, float]()
    for change in changes:
        if change.status == "out_for_delivery":
            since[change.shipment_id] = change.at
        elif change.shipment_id in since:
            waits.append((change.shipment_id, since.pop(change.shipment_id), change.at))
    return waits


def _read_change(line: dict[str, Any]) -> Change | None:
    try:
        fields = json.loads(line["raw"])
    except (KeyError, ValueError):
        return None
    if not isinstance(fields, dict) or fields.get("status") not in NOTIFIED or "shipment_id" not in fields:
        return None
    at = (datetime.fromisoformat(line["put_at"]) - STARTS_AT).total_seconds()
    return Change(at, str(fields["shipment_id"]), fields["status"])
