"""Live push by PUBLISH: one message per frame, which each web process hands to its own sockets.

`fanout_groups.py` is the receiving side.
"""

from collections.abc import Sequence
from typing import Any

import redis

from tracking.adapters.command_sender import CommandSender, Sending
from tracking.adapters.fleet import keep_newest_command
from tracking.adapters.live_redis import DATABASE, LiveRedis
from tracking.adapters.live_states import forget_command, keep_command
from tracking.adapters.scripts import Command
from tracking.domain.shipment import ShipmentState
from tracking.live import (
    OPS_GROUP,
    FleetMessage,
    MissedMessage,
    PositionMessage,
    StateMessage,
    encode_frame,
    encode_message,
    shipment_group,
    vehicle_group,
)

SEND_TIMEOUT_S = 2.0
_PREFIX = "fanout:"
_MISSED = encode_message(MissedMessage())


def name_channel(group: str) -> str:
    """Return the Redis channel of a group."""
    return _PREFIX + group


class FanoutPush:
    """`LivePush` that encodes each frame once and publishes it from a thread of its own."""

    def __init__(self, redis_url: str) -> None:
        self._redis_url = redis_url
        self._redis = LiveRedis(redis_url)
        self._sender = CommandSender(self._make_client, self._redis.note_failure)

    def find_watched(self, shipment_ids: Sequence[str]) -> set[str]:
        """Return those of these shipments that have a subscriber or were read in the last minute."""
        return self._redis.find_watched(shipment_ids, _name_shipment_channel)

    def push_shipment(self, state: ShipmentState, frame: dict[str, Any]) -> None:
        """Publish a frame unless a newer version is stored; store the state if its version is newer.

        It replaces an older version that waits. If it is lost, the sockets of the shipment read the store.
        """
        message = StateMessage(encode_frame(frame), frame["v"], state.manifest_vehicle_id)
        channel = _name_shipment_channel(state.shipment_id)
        self._sender.send(
            Sending(
                keep_command(state, channel, encode_message(message)),
                channel,
                state.state_version,
                notice=forget_command(state.shipment_id, channel, _MISSED),
            )
        )

    def push_vehicle(self, vehicle_id: str, frame: dict[str, Any]) -> None:
        """Publish a position for the shipments aboard the vehicle."""
        message = PositionMessage(encode_frame(frame))
        channel = name_channel(vehicle_group(vehicle_id))
        self._sender.send(Sending(_publish(channel, encode_message(message)), channel))

    def push_fleet(self, frame: dict[str, Any]) -> None:
        """Store the newest position of each vehicle, and publish the frame for the consoles."""
        stored = [Sending(keep_newest_command(frame["vehicles"]))] if frame.get("vehicles") else []
        published = _publish(name_channel(OPS_GROUP), encode_message(FleetMessage(frame)))
        self._sender.send(*stored, Sending(published))

    def read_fleet(self) -> list[dict[str, Any]]:
        """Return the newest position of every vehicle of the last day; empty if Redis cannot be reached."""
        return self._redis.read_fleet()

    def drain(self, timeout_s: float = SEND_TIMEOUT_S) -> bool:
        """Wait until everything is sent; return whether that happened within the timeout."""
        return self._sender.drain(timeout_s)

    def _make_client(self) -> "redis.Redis":
        return redis.Redis.from_url(
            self._redis_url,
            db=DATABASE,
            socket_timeout=SEND_TIMEOUT_S,
            socket_connect_timeout=SEND_TIMEOUT_S,
        )


def _name_shipment_channel(shipment_id: str) -> str:
    return name_channel(shipment_group(shipment_id))


def _publish(channel: str, message: bytes) -> Command:
    return ("PUBLISH", channel, message)
