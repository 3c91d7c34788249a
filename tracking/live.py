"""Channels groups that open pages join, and the messages sent to them."""

from typing import Any

import msgspec

OPS_GROUP = "ops"
# Message types: Channels calls the consumer method `live_state` for `live.state`.
STATE_MESSAGE = "live.state"
FLEET_MESSAGE = "live.fleet"
POSITION_MESSAGE = "live.position"


def shipment_group(shipment_id: str) -> str:
    """Return the group of everyone who watches a shipment."""
    return f"shipment.{shipment_id}"


def vehicle_group(vehicle_id: str) -> str:
    """Return the group of everyone who watches a shipment aboard the vehicle."""
    return f"vehicle.{vehicle_id}"


def state_message(frame: dict[str, Any], vehicle_id: str | None = None) -> dict[str, Any]:
    """Return a message for the group of a shipment, encoded once for all sockets.

    With `v` they drop stale frames. They join the group of `vehicle_id`, whose positions are the shipment's;
    it is not sent to the page.
    """
    return {"type": STATE_MESSAGE, "v": frame["v"], "text": encode_frame(frame), "vehicle_id": vehicle_id}


def position_message(frame: dict[str, Any]) -> dict[str, Any]:
    """Return a message with a position of a vehicle for its group, encoded once for all sockets."""
    return {"type": POSITION_MESSAGE, "text": encode_frame(frame)}


def fleet_message(frame: dict[str, Any]) -> dict[str, Any]:
    """Return a message for the ops group; each console collects these for its next frame."""
    return {"type": FLEET_MESSAGE, "frame": frame}


def encode_frame(frame: dict[str, Any]) -> str:
    """Return a frame as JSON text for a socket."""
    return msgspec.json.encode(frame).decode()
