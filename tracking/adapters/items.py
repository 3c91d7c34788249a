"""Conversion between our types and DynamoDB attribute values; the only place where floats are rounded."""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from tracking.adapters.packed import LEVEL, THOROUGH, pack, unpack
from tracking.domain.changes import pending_partition
from tracking.domain.compatibility import complete_change, complete_event
from tracking.domain.events import Change, Scan, TrackingEvent, VehicleFix, format_time
from tracking.domain.shipment import ShipmentState

STATE_KEY = "~state"
# Keys of `status-index`.
INDEX_KEYS = ("status_shard", "status_at")
Attribute = dict[str, Any]
Item = dict[str, Attribute]

encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
_decode_state = msgspec.json.Decoder(ShipmentState).decode

# Fields of an event that nobody looks for one by one: they share the value `detail`. An empty one is not
# stored.
_DETAIL = frozenset(
    "place eta lateness_risk open_leg booking tour evidence change stream_source stream_position".split()
)
_DETAIL_FIELDS: dict[type[Scan], list[msgspec.structs.FieldInfo]] = {
    kind: [field for field in msgspec.structs.fields(kind) if field.name in _DETAIL]
    for kind in (TrackingEvent, VehicleFix)
}
_DETAIL_NAMES = {
    kind: [(field.encode_name, field.name) for field in fields] for kind, fields in _DETAIL_FIELDS.items()
}
_NO_DETAIL = {
    kind: {field.name: field.default for field in fields} for kind, fields in _DETAIL_FIELDS.items()
}


def to_attribute(value: Any) -> Attribute:
    """Return a plain value as an attribute value; floats are rounded to six decimals."""
    return _CONVERTERS[type(value)](value)


def to_attributes(values: dict[str, Any]) -> Item:
    """Return plain values as attribute values by the same names."""
    # Most values are texts, so that they are converted here, without a call.
    return {
        name: {"S": value} if type(value) is str else _CONVERTERS[type(value)](value)
        for name, value in values.items()
    }


def _write_map(value: dict[str, Any]) -> Attribute:
    return {"M": to_attributes(value)}


def _write_float(value: float) -> Attribute:
    text = repr(value)
    # Most floats have at most six decimals already; rounding one costs as much as writing it.
    if "e" in text or (len(text) > 8 and len(text) - text.find(".") > 7):
        text = repr(round(value, 6))
    return {"N": text}


def _write_list(value: Iterable[Any]) -> Attribute:
    return {"L": [_CONVERTERS[type(entry)](entry) for entry in value]}


class _Converters(dict[type, Callable[[Any], Attribute]]):
    """Converters by type. A type without one uses that of its nearest base, as string enums do."""

    def __missing__(self, kind: type) -> Callable[[Any], Attribute]:
        self[kind] = next(self[base] for base in kind.__mro__[1:-1] if base in self)
        return self[kind]


# A lookup by type is faster than `match`. A row has about 30 values, and thousands are written a second.
_PLAIN: dict[type, Callable[[Any], Attribute]] = {
    type(None): lambda _value: {"NULL": True},
    bool: lambda value: {"BOOL": value},
    str: lambda value: {"S": str(value)},
    float: _write_float,
    int: lambda value: {"N": str(value)},
    dict: _write_map,
    list: _write_list,
    tuple: _write_list,
}
_CONVERTERS = _Converters(_PLAIN)


def to_compressed(value: Any, level: int = LEVEL) -> Attribute:
    """Return a value that is read as a whole as an attribute value: compressed JSON."""
    return {"B": pack(encode(value), level)}


def from_attribute(attribute: Attribute) -> Any:
    """Return an attribute value as a plain value; one that is compressed is read whole."""
    ((kind, value),) = attribute.items()
    if kind == "B":
        return _decode(unpack(value))
    if kind == "N":
        return int(value) if value.lstrip("-").isdigit() else float(value)
    if kind == "M":
        return {key: from_attribute(entry) for key, entry in value.items()}
    if kind == "L":
        return [from_attribute(entry) for entry in value]
    return None if kind == "NULL" else value


def event_key(shipment_id: str, sort_key: str) -> Item:
    """Return the primary key of an event, or of any other row of the table `tracking`."""
    return {"shipment_id": {"S": shipment_id}, "timestamp": {"S": sort_key}}


def state_key(shipment_id: str) -> Item:
    """Return the primary key of the state of a shipment."""
    return event_key(shipment_id, STATE_KEY)


def event_item(event: TrackingEvent) -> Item:
    """Return an event as a row. Its sort key is the attribute `timestamp`; absent fields are left out.

    What people search by are attributes; the other fields are one compressed value.
    """
    fields = msgspec.to_builtins(msgspec.structs.replace(event, **_NO_DETAIL[TrackingEvent]))
    fields |= {"applied": event.applied, "source": event.source, "schema_version": event.schema_version}
    return _write_row(fields, event)


def read_event(item: Item) -> TrackingEvent:
    """Return the event in a row."""
    return complete_event(msgspec.convert(read_fields(item), TrackingEvent))


def read_change(item: Item) -> Change:
    """Return the change in the row of an event that caused one."""
    return complete_change(msgspec.convert(read_fields(item)["change"], Change))


def read_fields(item: Item) -> dict[str, Any]:
    """Return the fields in the row of an event or of a position, by their stored names."""
    fields = {name: from_attribute(attribute) for name, attribute in item.items()}
    fields["sort_key"] = fields.pop("timestamp")
    # A row from before there was a detail has all fields as attributes.
    detail: dict[str, Any] = fields.pop("detail", {})
    return fields | detail


def fix_item(fix: VehicleFix) -> Item:
    """Return a position of a vehicle as a row in the partition `vehicle#<id>`."""
    fields = msgspec.to_builtins(msgspec.structs.replace(fix, **_NO_DETAIL[VehicleFix]))
    fields["shipment_id"] = vehicle_partition(fix.vehicle_id)
    return _write_row(fields, fix)


def vehicle_partition(vehicle_id: str) -> str:
    """Return the partition key of a vehicle."""
    return f"vehicle#{vehicle_id}"


def state_item(state: ShipmentState) -> Item:
    """Return a state as a row: one value in `state`, and attributes for conditions and the index.

    The state is written and read as a whole, thousands of times a second. As one value that takes a tenth of
    the CPU of typed attributes (docs/decisions/0014-the-state-is-one-value.md), and compressed one write unit
    instead of five (docs/decisions/0177-what-is-read-as-a-whole-is-compressed.md). All attributes are always
    there, so that one statement text serves every write. Only a shipment without a status is in no index,
    since index keys must not be null.
    """
    item: Item = {
        "shipment_id": {"S": state.shipment_id},
        "timestamp": {"S": STATE_KEY},
        "state_version": {"N": str(state.state_version)},
        "state": to_compressed(state),
        "expires_at": {"N": str(state.expires_at)},
    }
    if state.status_at is not None:
        item["status_shard"] = {"S": f"{state.status.value}#{pending_partition(state.shipment_id)}"}
        item["status_at"] = {"S": format_time(state.status_at)}
    return item


def read_state(item: Item) -> ShipmentState:
    """Return the state in a row."""
    attribute = item["state"]
    # A row from before states were compressed holds text.
    return _decode_state(attribute["S"]) if "S" in attribute else unpack_state(attribute["B"])


def unpack_state(packed: bytes) -> ShipmentState:
    """Return the state in the compressed value of a row."""
    return _decode_state(unpack(packed))


def find_detail(scan: Scan) -> dict[str, Any]:
    """Return the fields of an event or position that share the value `detail`, by their stored names."""
    return {name: value for name, field in _DETAIL_NAMES[type(scan)] if (value := getattr(scan, field))}


def _write_row(fields: dict[str, Any], scan: Scan) -> Item:
    """Return the row with these columns, and with the detail of the scan that they were made of."""
    fields.pop("fix_memory", None)
    fields["timestamp"] = fields.pop("sort_key")
    item = to_attributes(fields)
    detail = find_detail(scan)
    if detail:
        # A row with a change is near the end of its first KB, and is written twice.
        item["detail"] = to_compressed(detail, THOROUGH if "change" in detail else LEVEL)
    return item
