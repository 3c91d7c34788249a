"""The groups open pages join, and the messages that are sent to them."""

from typing import Any

import msgspec

OPS_GROUP = "ops"
# What the methods of the consumers are called by: Channels turns `live.state` into `live_state`.
STATE_MESSAGE = "live.state"
FLEET_MESSAGE = "live.fleet"
POSITION_MESSAGE = "live.position"


def shipment_group(shipment_id: str) -> str:
    """The group of everyone who watches a shipment."""
    return f"shipment.{shipment_id}"


def vehicle_group(vehicle_id: str) -> str:
    """The group of everyone who watches a shipment that the vehicle carries."""
    return f"vehicle.{vehicle_id}"


def state_message(frame: dict[str, Any], vehicle_id: str | None = None) -> dict[str, Any]:
    """A frame for a shipment's group, encoded once for all sockets; `v` lets them drop what is stale.

    `vehicle_id` is the vehicle whose positions are the shipment's too; the socket follows it, untold.
    """
    return {"type": STATE_MESSAGE, "v": frame["v"], "text": encode_frame(frame), "vehicle_id": vehicle_id}


def position_message(frame: dict[str, Any]) -> dict[str, Any]:
    """A vehicle's position for its group, encoded once for all sockets."""
    return {"type": POSITION_MESSAGE, "text": encode_frame(frame)}


def fleet_message(frame: dict[str, Any]) -> dict[str, Any]:
    """What moved, for the ops group; each console gathers it for its next frame."""
    return {"type": FLEET_MESSAGE, "frame": frame}


def encode_frame(frame: dict[str, Any]) -> str:
    """A frame as the text that goes over a socket."""
    return msgspec.json.encode(frame).decode()
