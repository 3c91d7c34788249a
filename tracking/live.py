"""Names of the channel groups that open pages join, and the messages sent to those groups."""

from typing import Any

import msgspec

OPS_GROUP = "ops"
# Message types: Channels calls the consumer method `live_state` for the type `live.state`.
STATE_MESSAGE = "live.state"
FLEET_MESSAGE = "live.fleet"
POSITION_MESSAGE = "live.position"


def shipment_group(shipment_id: str) -> str:
    """Return the group of the sockets that follow a shipment."""
    return f"shipment.{shipment_id}"


def vehicle_group(vehicle_id: str) -> str:
    """Return the group of the sockets that follow a shipment carried by the vehicle."""
    return f"vehicle.{vehicle_id}"


def state_message(frame: dict[str, Any], vehicle_id: str | None = None) -> dict[str, Any]:
    """Build the message of a shipment's group; its frame is encoded once for all sockets.

    `v` lets a socket drop stale versions. `vehicle_id` is the vehicle that carries the shipment: the socket
    joins that vehicle's group; the id itself is not sent to clients.
    """
    return {"type": STATE_MESSAGE, "v": frame["v"], "text": encode_frame(frame), "vehicle_id": vehicle_id}


def position_message(frame: dict[str, Any]) -> dict[str, Any]:
    """Build the message of a vehicle's group; its frame is encoded once for all sockets."""
    return {"type": POSITION_MESSAGE, "text": encode_frame(frame)}


def fleet_message(frame: dict[str, Any]) -> dict[str, Any]:
    """Build the message of the ops group; each console socket merges it into its next frame."""
    return {"type": FLEET_MESSAGE, "frame": frame}


def encode_frame(frame: dict[str, Any]) -> str:
    """Encode a frame as the JSON text sent over a socket."""
    return msgspec.json.encode(frame).decode()
