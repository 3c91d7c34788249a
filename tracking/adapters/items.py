"""Between our types and DynamoDB's attribute values; floats become decimals here and nowhere else."""

from typing import Any

import msgspec

from tracking.domain.changes import pending_partition
from tracking.domain.events import Scan, TrackingEvent
from tracking.domain.shipment import ShipmentState

STATE_KEY = "~state"
# The keys of `status-index`.
INDEX_KEYS = ("status_shard", "status_at")
Item = dict[str, dict[str, Any]]


def to_attribute(value: Any) -> dict[str, Any]:
    """A plain value as DynamoDB writes it; numbers keep at most six decimals."""
    match value:
        case None:
            attribute: dict[str, Any] = {"NULL": True}
        case bool():
            attribute = {"BOOL": value}
        case str():
            attribute = {"S": value}
        case float():
            attribute = {"N": repr(round(value, 6))}
        case int():
            attribute = {"N": str(value)}
        case dict():
            attribute = {"M": {key: to_attribute(entry) for key, entry in value.items()}}
        case _:
            attribute = {"L": [to_attribute(entry) for entry in value]}
    return attribute


def from_attribute(attribute: dict[str, Any]) -> Any:
    """A DynamoDB attribute value as a plain value."""
    ((kind, value),) = attribute.items()
    if kind == "N":
        return int(value) if value.lstrip("-").isdigit() else float(value)
    if kind == "M":
        return {key: from_attribute(entry) for key, entry in value.items()}
    if kind == "L":
        return [from_attribute(entry) for entry in value]
    return None if kind == "NULL" else value


def event_key(shipment_id: str, sort_key: str) -> Item:
    """The primary key of an event, or of any row of the table `tracking`."""
    return {"shipment_id": {"S": shipment_id}, "timestamp": {"S": sort_key}}


def state_key(shipment_id: str) -> Item:
    """The primary key of a shipment's state."""
    return event_key(shipment_id, STATE_KEY)


def event_item(event: TrackingEvent) -> Item:
    """An event as a row: its sort key is `timestamp`, absent fields are left out."""
    fields = msgspec.to_builtins(event)
    fields.pop("fix_memory", None)
    fields["timestamp"] = fields.pop("sort_key")
    fields |= {"applied": event.applied, "source": event.source, "schema_version": event.schema_version}
    return {name: to_attribute(value) for name, value in fields.items()}


def read_event(item: Item) -> TrackingEvent:
    """The event of a row."""
    return msgspec.convert(_fields(item), TrackingEvent)


def fix_item(fix: Scan) -> Item:
    """A vehicle's position as a row under `vehicle#<id>`."""
    fields = msgspec.to_builtins(fix)
    fields.pop("fix_memory", None)
    fields["timestamp"] = fields.pop("sort_key")
    fields["shipment_id"] = vehicle_partition(fix.vehicle_id or "")
    return {name: to_attribute(value) for name, value in fields.items()}


def vehicle_partition(vehicle_id: str) -> str:
    """The partition value of a vehicle."""
    return f"vehicle#{vehicle_id}"


def state_item(state: ShipmentState) -> Item:
    """A state as a row, every field present, so that one statement text serves every write.

    A shipment without a status yet is in no index: the index's keys must not be null.
    """
    fields = {name: msgspec.to_builtins(getattr(state, name)) for name in state.__struct_fields__}
    fields |= {
        "timestamp": STATE_KEY,
        "is_delayed": state.is_delayed,
        "status_shard": f"{state.status}#{pending_partition(state.shipment_id)}",
    }
    if state.status_at is None:
        for name in INDEX_KEYS:
            del fields[name]
    return {name: to_attribute(value) for name, value in fields.items()}


def read_state(item: Item) -> ShipmentState:
    """The state of a row."""
    fields = _fields(item)
    return msgspec.convert(fields, ShipmentState)


def _fields(item: Item) -> dict[str, Any]:
    fields = {name: from_attribute(attribute) for name, attribute in item.items()}
    fields["sort_key"] = fields.pop("timestamp")
    return fields
