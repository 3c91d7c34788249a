"""Inputs as devices and partners have sent them, with what is right over the stream and over the API."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from tests.workers.records import make_record
from tests.workers.world import World
from tracking.domain.events import TrackingEvent, format_time

ARRIVED = datetime(2026, 11, 28, 18, 36, tzinfo=UTC)


class FieldInput(NamedTuple):
    """One input: its records, and the outcome over the stream and over the API."""

    name: str
    records: Sequence[bytes]
    stream: dict[str, Any]
    api: dict[str, Any]

    @property
    def body(self) -> bytes:
        """Body of a request with these reports."""
        return self.records[0] if len(self.records) == 1 else b'{"events":[' + b",".join(self.records) + b"]}"


def read_field_inputs() -> list[FieldInput]:
    """Read all inputs; `sent` is one report or several, `text` is bytes as they stand."""
    path = Path(__file__).parent / "fixtures" / "field_inputs.json"
    return [_read_input(entry) for entry in json.loads(path.read_text(encoding="utf-8"))]


def _read_input(entry: dict[str, Any]) -> FieldInput:
    if "text" in entry:
        records = [entry["text"].encode()]
    else:
        sent = entry["sent"] if isinstance(entry["sent"], list) else [entry["sent"]]
        records = [json.dumps(report).encode() for report in sent]
    return FieldInput(entry["name"], records, entry["stream"], entry["api"])


def process_records(records: Sequence[bytes]) -> dict[str, Any]:
    """Take records through the line, each alone; describe the shipment or the quarantined records."""
    world = World()
    for number, raw in enumerate(records, start=1):
        world.process([make_record(number, raw, arrived_at=ARRIVED + timedelta(seconds=number))])
    quarantined = [record.reason for record in world.workers.quarantine.read_day(ARRIVED.date())]
    if quarantined:
        return {"quarantined": quarantined[0]}
    (shipment_id,) = world.tracking.store.read_shipment_ids()
    state = world.tracking.store.read_state(shipment_id)
    timeline = world.tracking.store.read_timeline(shipment_id)
    assert state is not None
    position = [state.position.lat, state.position.lon] if state.position else None
    return {"status": state.status.value, "events": len(timeline), "position": position} | _describe(
        timeline[-1]
    )


def _describe(event: TrackingEvent) -> dict[str, Any]:
    return {
        "ignored": list(event.ignored_fields),
        "flags": list(event.fix_flags),
        "note": event.note,
        "occurred_at": format_time(event.occurred_at),
    }


def pick(outcome: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """Return the parts of an outcome that an input states; what it ignores and flags is always stated."""
    stated = expected if "quarantined" in expected else {"ignored": [], "flags": []} | expected
    return {name: outcome.get(name) for name in stated}


def complete(expected: dict[str, Any]) -> dict[str, Any]:
    """Return an expected outcome with the parts that are always stated."""
    return expected if "quarantined" in expected else {"ignored": [], "flags": []} | expected
