"""WebSocket consumers that follow one shipment: their base, and the socket of the API."""

from asyncio import sleep
from datetime import UTC, datetime
from time import monotonic
from typing import Any
from urllib.parse import parse_qs

import structlog
from channels.db import database_sync_to_async
from django.urls import path

from tracking.answer import current_frame, live_frame
from tracking.coalesced_reads import coalesced_reads
from tracking.domain.shipment import ShipmentState
from tracking.live import (
    FrameMessage,
    LiveMessage,
    PositionMessage,
    StateMessage,
    encode_frame,
    shipment_group,
    state_message,
    vehicle_group,
)
from tracking.live_consumer import BAD_REQUEST, LINK_ENDED, UNKNOWN, LiveConsumer, SocketRefusedError
from tracking.outages import OUTAGES
from tracking.services.reading.shipments import find_booked_state, find_by_token, has_link_ended
from tracking.tokens import is_token

POSITION_EVERY_S = 2.0
# States for heartbeats are read together with those of other sockets.
HEARTBEAT_READ_WITHIN_S = 0.2

log = structlog.get_logger()


class FollowingConsumer(LiveConsumer):
    """Consumer subscribed to one shipment's group and to the group of the vehicle that carries it."""

    vehicle_id: str | None = None
    # Set by `begin`.
    shipment_id: str
    # Newest version received from the group; a message that is not newer is dropped.
    version = 0

    async def prepare_heartbeat(self) -> dict[str, Any]:
        """Read the state again: a message is lost with a connection to Redis, and nobody notices.

        A newer version is taken like one from the group. The heartbeat holds the version sent by then.
        """
        await self.find_missed(HEARTBEAT_READ_WITHIN_S)
        await self.send_waiting()
        return {"v": self.find_sent_version()}

    async def find_missed(self, within_s: float = 0.0) -> None:
        """Read the state, beginning within so many seconds, and take it if it is newer."""
        state = None
        try:
            state = await self.read_state(within_s)
        except OUTAGES as error:
            log.warning("push", outcome="version unknown", error=f"{type(error).__name__}: {error}")
        if state is not None and state.state_version > self.version:
            await self.live_state(state_message(live_frame("state", state), state.manifest_vehicle_id))

    async def read_state(self, within_s: float = 0.0) -> ShipmentState | None:
        """Return the shipment's current state from the store."""
        return await coalesced_reads().ask(self.shipment_id, None, within_s)

    async def send_waiting(self) -> None:
        """Send the newest version now, unless it is sent already."""
        raise NotImplementedError

    def find_sent_version(self) -> int:
        """Return the version that the client has been sent last."""
        raise NotImplementedError

    async def disconnect(self, code: int) -> None:
        """Leave the vehicle's group too."""
        await self.follow_vehicle(None)
        await super().disconnect(code)

    def receive_message(self, message: LiveMessage) -> None:
        """Process a new version of the shipment, or a new position of its vehicle."""
        if isinstance(message, StateMessage):
            if self._is_newer(message) and message.vehicle_id != self.vehicle_id:
                self.start(self.follow_vehicle(message.vehicle_id))
        elif isinstance(message, PositionMessage):
            self.receive_position(message)

    async def live_state(self, message: dict[str, Any]) -> None:
        """Receive the message `live.state` of the channel layer: a new version of the shipment."""
        if self._is_newer(StateMessage(message["text"], message["v"], message["vehicle_id"])):
            await self.follow_vehicle(message["vehicle_id"])

    async def live_position(self, message: dict[str, Any]) -> None:
        """Receive the message `live.position` of the channel layer: a new position of the vehicle."""
        self.receive_position(PositionMessage(message["text"]))

    def _is_newer(self, message: StateMessage) -> bool:
        """Process the message if its version is newer; return whether it is."""
        if message.v <= self.version:
            return False
        self.version = message.v
        self.receive_state(message)
        return True

    def receive_state(self, message: StateMessage) -> None:
        """Process a new version of the shipment."""
        raise NotImplementedError

    def receive_position(self, message: PositionMessage) -> None:
        """Process a new position of the vehicle."""
        raise NotImplementedError

    async def follow_vehicle(self, vehicle_id: str | None) -> None:
        """Join the group of the vehicle that carries the shipment now; leave the previous vehicle's group."""
        if vehicle_id == self.vehicle_id:
            return
        before, self.vehicle_id = self.vehicle_id, vehicle_id
        if before is not None:
            await self.exit(vehicle_group(before))
        if vehicle_id is not None:
            await self.enter(vehicle_group(vehicle_id))


class ShipmentConsumer(FollowingConsumer):
    """`/ws/track/<token or shipment_id>/?since=<version>`: the shipment's answer, on connect and on change.

    Each frame holds the whole answer, so only the newest unsent frame is kept for a slow socket.
    """

    async def begin(self) -> None:
        """Join the group before reading the state, so that no version is missed in between."""
        self.version = self._read_since()
        self.newest: str | None = None
        self.position: str | None = None
        self.is_sending = self.is_pacing = False
        self.position_due = 0.0
        subject = self.scope["url_route"]["kwargs"]["subject"]
        self.shipment_id = await self._find_shipment(subject)
        await self.join(shipment_group(self.shipment_id))
        state = await self.read_state()
        if state is None:
            state = await database_sync_to_async(find_booked_state)(self.shipment_id)
        self._check_state(state, by_link=self.shipment_id != subject)
        await self.follow_vehicle(state.manifest_vehicle_id)
        await self._send_first(state)
        self.start(self.send_heartbeats())

    def receive_state(self, message: StateMessage) -> None:
        """Send the new version at once; while the client is slow, keep it in place of an unsent older one."""
        if not self.is_sending and self._send_now(message):
            return
        self.newest = message.text
        if not self.is_sending:
            self.is_sending = True
            self.start(self._send_newest())

    def receive_position(self, message: PositionMessage) -> None:
        """Send the position, or keep it until one is due in place of an unsent older one."""
        now = monotonic()
        if not self.is_pacing and now >= self.position_due and self._send_now(message):
            self.position_due = now + POSITION_EVERY_S
            return
        self.position = message.text
        if not self.is_pacing:
            self.is_pacing = True
            self.start(self._send_positions(self.position_due - now))

    def _send_now(self, message: FrameMessage) -> bool:
        """Write the message, encoded once for all sockets; return False if the socket cannot take it now."""
        return self.ready is not None and self.ready.write(message)

    async def follow_vehicle(self, vehicle_id: str | None) -> None:
        """Follow another vehicle; drop an unsent position of the previous one."""
        if vehicle_id != self.vehicle_id:
            self.position = None
        await super().follow_vehicle(vehicle_id)

    def _read_since(self) -> int:
        sent = parse_qs(self.scope["query_string"].decode()).get("since", ["0"])[-1]
        if not (sent.isascii() and sent.isdigit() and len(sent) <= 18):
            raise SocketRefusedError(BAD_REQUEST)
        return int(sent)

    async def _find_shipment(self, subject: str) -> str:
        """Return the shipment id of a token; any other text is taken as a shipment id."""
        if not is_token(subject):
            return subject
        booking = await database_sync_to_async(find_by_token)(subject)
        return booking.shipment_id if booking else subject

    def _check_state(self, state: ShipmentState | None, *, by_link: bool) -> None:
        if state is None:
            raise SocketRefusedError(UNKNOWN)
        if by_link and has_link_ended(state, datetime.now(UTC)):
            raise SocketRefusedError(LINK_ENDED)

    async def _send_first(self, state: ShipmentState) -> None:
        # Without a version the client has no answer yet, also of a booking, whose version is 0.
        up_to_date = self.version > 0 and self.version >= state.state_version
        self.version = state.state_version
        frame = current_frame(state) if up_to_date else live_frame("snapshot", state)
        await self.send(encode_frame(frame))

    async def _send_newest(self) -> None:
        try:
            while self.newest is not None:
                await self.send_waiting()
        finally:
            self.is_sending = False

    async def send_waiting(self) -> None:
        """Send the newest unsent version, if there is one."""
        text, self.newest = self.newest, None
        if text is not None:
            await self.send(text)

    async def send_heartbeat(self, text: str) -> None:
        """Send a heartbeat past all layers, but never before a version that is being sent."""
        if self.is_sending or not self._send_now(FrameMessage(text)):
            await self.send(text)

    def find_sent_version(self) -> int:
        """Return the newest version received: each is sent as soon as the socket takes it."""
        return self.version

    async def _send_positions(self, wait_s: float) -> None:
        """Send the newest position after so many seconds, and then each newer one after an interval."""
        if wait_s > 0:
            await sleep(wait_s)
        while self.position is not None:
            text, self.position = self.position, None
            await self.send(text)
            await sleep(POSITION_EVERY_S)
        self.is_pacing = False


socket_urls = [path("ws/track/<str:subject>/", ShipmentConsumer.as_asgi())]
