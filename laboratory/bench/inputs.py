"""Makes the benches' input from a seed: scans of distinct shipments, a twentieth with a status change."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

RECORD_BYTES = 400
CHANGES = 0.05
POISON = 0.001
# Every scan lies around one of these cities, (lat, lon) in degrees.
CITIES = ((12.9716, 77.5946), (19.0760, 72.8777), (28.6139, 77.2090), (13.0827, 80.2707), (17.3850, 78.4867))
SPREAD_DEGREES = 0.4
OLDEST_S = 5.0
BETWEEN_TURNS = timedelta(seconds=0.1)


class Sent(NamedTuple):
    """Record as a vehicle sends it; `shipment_id` is None if the record cannot be decoded."""

    raw: bytes
    shipment_id: str | None
    changes: bool


def make_records(
    run: str, count: int, seed: int, at: datetime, changes: float = CHANGES, shipments: int | None = None
) -> Iterator[Sent]:
    """Yield `count` records; the share `changes` of them carries a new status.

    They are of `shipments` shipments in turn, whose reports are in order of time, or of as many as there are
    records. Shipment ids start with `run`, so that runs never share a shipment.
    """
    chance = random.Random(seed)  # noqa: S311 - repeatable chance, not a secret
    for number in range(count):
        turn, place = divmod(number, shipments or count)
        reported_at = at - timedelta(seconds=chance.uniform(0, OLDEST_S / (100 if shipments else 1)))
        yield _make_record(f"{run}-{place:07d}", chance, reported_at + turn * BETWEEN_TURNS, changes)


def _make_record(shipment_id: str, chance: random.Random, at: datetime, share: float) -> Sent:
    lat, lon = chance.choice(CITIES)
    changes, poison = chance.random() < share, chance.random() < POISON
    scan = {
        "shipment_id": shipment_id,
        "vehicle_id": f"KA-01-{chance.randrange(10_000):04d}",
        "device_id": f"dev-{shipment_id}",
        "device_seq": chance.randrange(1, 1_000_000),
        "lat": round(lat + chance.uniform(-SPREAD_DEGREES, SPREAD_DEGREES), 6),
        "lon": round(lon + chance.uniform(-SPREAD_DEGREES, SPREAD_DEGREES), 6),
        "timestamp": at.astimezone(UTC).isoformat(),
        "speed_kmh": round(chance.uniform(0, 80), 1),
        "heading": chance.randrange(360),
        "accuracy_m": round(chance.uniform(3, 30), 1),
        **({"status": "out_for_delivery"} if changes else {}),
    }
    # Real devices send fields the product does not use; the decoder has to skip them.
    text = json.dumps(scan)
    scan["firmware"] = "x" * max(0, RECORD_BYTES - len(text) - len(', "firmware": ""'))
    if poison:
        return Sent(json.dumps(scan).encode()[:-9], None, changes=False)
    return Sent(json.dumps(scan).encode(), shipment_id, changes)
