"""Channels groups that open pages join, and the messages sent to them."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import msgspec
from msgspec import Struct

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


class FrameMessage(Struct, array_like=True, dict=True):
    """Message with a frame for open pages. The same object goes to all sockets of a process."""

    text: str

    def encode_once(self, encode: Callable[[str], bytes]) -> bytes:
        """Return the text as the bytes of a socket; `encode` is called for the first socket alone."""
        encoded: bytes | None = self.__dict__.get("encoded")
        if encoded is None:
            encoded = self.__dict__["encoded"] = encode(self.text)
        return encoded


class StateMessage(FrameMessage, tag="state"):
    """Message with a frame of a new version.

    The sockets follow the positions of `vehicle_id`, which is not sent to the page.
    """

    v: int
    vehicle_id: str | None = None

    @cached_property
    def frame(self) -> dict[str, Any]:
        """Frame as a value."""
        frame: dict[str, Any] = msgspec.json.decode(self.text)
        return frame

    @property
    def answer(self) -> dict[str, Any]:
        """Public answer in the frame."""
        answer: dict[str, Any] = self.frame["shipment"]
        return answer

    @property
    def traceparent(self) -> str | None:
        """Trace of the event that led to the version, None if it is not traced."""
        found: str | None = (self.frame.get("trace") or {}).get("traceparent")
        return found


class PositionMessage(FrameMessage, tag="position"):
    """Message with a frame of a vehicle's new position."""

    @cached_property
    def position(self) -> dict[str, Any]:
        """Frame as a value."""
        position: dict[str, Any] = msgspec.json.decode(self.text)
        return position


class FleetMessage(Struct, tag="fleet", array_like=True):
    """Message to the consoles."""

    frame: dict[str, Any]


class MissedMessage(Struct, tag="missed", array_like=True):
    """Message in place of a state that could not be sent. Who takes it reads the store."""


LiveMessage = StateMessage | PositionMessage | FleetMessage
PublishedMessage = LiveMessage | MissedMessage
_encode_message = msgspec.msgpack.Encoder().encode
_message_decoder: msgspec.msgpack.Decoder[PublishedMessage] = msgspec.msgpack.Decoder(PublishedMessage)


def encode_message(message: PublishedMessage) -> bytes:
    """Return a message as the bytes that are published."""
    return _encode_message(message)


def decode_message(data: bytes) -> PublishedMessage:
    """Return a published message. Raises `msgspec.DecodeError` for anything else."""
    return _message_decoder.decode(data)
