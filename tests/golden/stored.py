"""Stored rows of the golden scenario, and recorded rows read again by the product's own adapters."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from tests.golden.product import (
    Commit,
    DynamoLaneStatisticsStore,
    DynamoQuarantine,
    DynamoShipmentStore,
    DynamoVehicleStore,
)
from tests.golden.wire import Item, Wire
from tests.golden.world import STREAM, TABLE, clients_on

# Shipments that are recorded with all their fields.
DETAILED = ("123", "SLX-1003", "SLX-1006", "SLX-SLOW")
# Prefixes of partitions without shipments: vehicles, lanes, first arrivals. Quarantine rows have another key.
OTHER_PARTITIONS = ("vehicle#", "lane#", "seen#")


def list_shipments(rows: Iterable[Item]) -> list[str]:
    """List the ids of the shipments among these rows."""
    partitions = {row["shipment_id"]["S"] for row in rows if "shipment_id" in row and "stream" not in row}
    return sorted(name for name in partitions if not name.startswith(OTHER_PARTITIONS))


def read_shipments(rows: Sequence[Item]) -> list[Commit]:
    """Read shipments by the DynamoDB store, each as the one commit that would write it."""
    with clients_on(Wire(rows)):
        store = DynamoShipmentStore(TABLE)
        return [
            Commit(None, state, tuple(store.read_timeline(shipment_id)))
            for shipment_id in list_shipments(rows)
            if (state := store.read_state(shipment_id)) is not None
        ]


def write_shipments(commits: Sequence[Commit]) -> list[Item]:
    """Write shipments by the DynamoDB store and return the rows."""
    wire = Wire()
    with clients_on(wire):
        DynamoShipmentStore(TABLE).commit(commits)
    return [row for _, row in sorted(wire.rows.items())]


def read_others(rows: Sequence[Item]) -> dict[str, Any]:
    """Read vehicles, positions, manifests, lane statistics and quarantined records by the adapters."""
    partitions = {row["shipment_id"]["S"] for row in rows if "stream" not in row}
    vehicle_ids = sorted(name.removeprefix("vehicle#") for name in partitions if name.startswith("vehicle#"))
    lanes = sorted(name for name in partitions if name.startswith("lane#"))
    kept = sorted(
        f"{row['stream']['S'].rsplit(':', 1)[1]}/{row['entry']['S']}" for row in rows if "stream" in row
    )
    with clients_on(Wire(rows)):
        vehicles, quarantine = DynamoVehicleStore(TABLE), DynamoQuarantine("leases", STREAM)
        statistics = DynamoLaneStatisticsStore(TABLE)
        registrations = vehicles.read_registrations(vehicle_ids)
        owners = {name: registration.owner for name, registration in registrations.items()}
        read = {
            "vehicles": vehicles.read_vehicles(vehicle_ids),
            "manifests": vehicles.read_manifests(vehicle_ids),
            "registrations": registrations,
            "fixes": {
                name: vehicles.read_fixes(name, owners.get(name), "", "9", 1000) for name in vehicle_ids
            },
            "lanes": statistics.read(lanes),
            "set aside": [_describe_refusal(quarantine.read(name)) for name in kept],
            "set aside, as shown": [one._asdict() for one in quarantine.read_newest(100)],
        }
    return msgspec.to_builtins(read)


def read_values(rows: Sequence[Item]) -> dict[str, Any]:
    """Return the shipments of `DETAILED` as values: state and events with all fields."""
    return {
        commit.shipment_id: {
            "state": msgspec.to_builtins(commit.after),
            "events": msgspec.to_builtins(commit.events),
        }
        for commit in read_shipments(rows)
        if commit.shipment_id in DETAILED
    }


def _describe_refusal(refusal: Any) -> dict[str, Any]:
    return refusal._asdict() | {"record": refusal.record._asdict()}
