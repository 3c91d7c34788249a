"""Shipments of two partners from two hubs, vehicles that carry them, and an incident of each."""

from datetime import UTC, datetime
from typing import Any

from tracking.models import Manifest, Shipment, Stop, Vehicle
from tracking.ports import ports
from tracking.services.operations.incidents import open_incident

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)


def make_world(partner, other_partner, hubs) -> None:
    """Book `ours-krm`, `ours-pny`, `theirs-pny`, and `unbooked` without a partner; all out for delivery.

    `van-ours` and `van-theirs` belong to the partners. `van-mixed` is theirs and carries `ours-krm`.
    """
    peenya, koramangala = hubs
    book("ours-krm", partner, koramangala)
    book("ours-pny", partner, peenya)
    book("theirs-pny", other_partner, peenya)
    book("unbooked", None, None)
    Vehicle.objects.create(vehicle_id="van-ours", partner=partner)
    Vehicle.objects.create(vehicle_id="van-theirs", partner=other_partner)
    mixed = Vehicle.objects.create(vehicle_id="van-mixed", partner=other_partner)
    run = Manifest.objects.create(manifest_id="man_1", vehicle=mixed, starts_at=NOW)
    Stop.objects.create(manifest=run, shipment_id="ours-krm", sequence=1)
    for vehicle_id in ("van-ours", "van-theirs"):
        open_incident(ports().live, "delayed", vehicle_id, "late", NOW, vehicle_id=vehicle_id)
    open_incident(ports().live, "clock_skewed", "clock", "a clock", NOW)


def book(shipment_id, partner, hub) -> None:
    """Book a shipment from the hub, out for delivery, with an open incident."""
    Shipment.objects.create(
        shipment_id=shipment_id, partner=partner, origin_hub=hub, status="out_for_delivery"
    )
    open_incident(ports().live, "exception", shipment_id, "why", NOW, shipment_id=shipment_id)


def describe_vehicle(
    vehicle_id: str, shipment_id: str | None, occurred_at: str = "2099-01-01T00:00:00.000Z"
) -> dict[str, Any]:
    """Return the row of a vehicle in a frame, as far as a scope reads it."""
    return {"vehicle_id": vehicle_id, "shipment_id": shipment_id, "status": None, "occurred_at": occurred_at}
