"""WebSocket consumers: their base, and that of the API, which follows one shipment."""

import asyncio
from asyncio import sleep
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import structlog
from asgiref.sync import sync_to_async
from channels.consumer import get_handler_name
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.urls import path

from tracking.answer import bare_frame, current_frame, live_frame
from tracking.domain.shipment import ShipmentState
from tracking.limits import HEARTBEAT_S
from tracking.live import encode_frame, shipment_group, state_message, vehicle_group
from tracking.outages import OUTAGES
from tracking.ports import ports
from tracking.services.reading.shipments import find_by_token, has_link_ended, read_current_state

BAD_REQUEST, UNKNOWN, LINK_ENDED, TRY_LATER = 4400, 4404, 4410, 1013
POSITION_EVERY_S = 2.0

log = structlog.get_logger()


class SocketRefusedError(Exception):
    """Raised to close a socket before its first frame, with one of the close codes above."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class LiveConsumer(AsyncWebsocketConsumer):
    """Base of the consumers that only send: accept, close with a code, heartbeats, background tasks."""

    group: str | None = None

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Call the method of the message directly.

        Channels' own `dispatch` switches to a thread for each message, to close old database connections.
        The database calls made here close their own connections, so that switch is left out.
        """
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        """Accept, then check: a client cannot read the close code of a refused handshake."""
        self.tasks: list[asyncio.Task[None]] = []
        await self.accept()
        try:
            await self.begin()
        except SocketRefusedError as refusal:
            await self.close(refusal.code)
        except OUTAGES as error:
            log.warning("push", outcome="no first frame", error=f"{type(error).__name__}: {error}")
            await self.close(TRY_LATER)

    async def begin(self) -> None:
        """Check, join the group, send the first frame, start the tasks.

        Raises `SocketRefusedError` when the socket must be closed.
        """
        raise NotImplementedError

    async def join(self, group: str) -> None:
        """Join a group; messages sent to it from now on arrive here."""
        self.group = group
        await self.channel_layer.group_add(group, self.channel_name)

    async def disconnect(self, code: int) -> None:
        """Stop the tasks and leave the group."""
        for task in self.tasks:
            task.cancel()
        if self.group is not None:
            await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Ignore messages from the client: the protocol has none."""

    def start(self, *routines: Any) -> None:
        """Run coroutines as tasks that are cancelled when the socket closes."""
        self.tasks += [asyncio.create_task(self._run(routine)) for routine in routines]

    async def _run(self, routine: Any) -> None:
        """Run a task of the socket; when it fails, close the socket so that the client connects again."""
        with suppress(asyncio.CancelledError):
            try:
                await routine
            except SocketRefusedError as refusal:
                await self.close(refusal.code)
            except Exception as error:  # noqa: BLE001 - the edge of a task
                log.warning("push", outcome="socket lost", error=f"{type(error).__name__}: {error}")
                # The failed call may have been a send on a socket that is closed already.
                with suppress(Exception):
                    await self.close(TRY_LATER)

    async def send_heartbeats(self) -> None:
        """Send a heartbeat every 15 s; by it a client detects a dead connection, or a missed frame."""
        while True:
            await sleep(HEARTBEAT_S)
            facts = await self.prepare_heartbeat()
            await self.send(encode_frame(bare_frame("heartbeat") | facts))

    async def prepare_heartbeat(self) -> dict[str, Any]:
        """Check what may have changed without a message; return the fields of the heartbeat.

        Raises `SocketRefusedError` when the socket must be closed.
        """
        raise NotImplementedError


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
        state = None
        try:
            state = await self.read_state()
        except OUTAGES as error:
            log.warning("push", outcome="version unknown", error=f"{type(error).__name__}: {error}")
        if state is not None and state.state_version > self.version:
            await self.live_state(state_message(live_frame("state", state), state.manifest_vehicle_id))
        await self.send_waiting()
        return {"v": self.find_sent_version()}

    async def read_state(self) -> ShipmentState | None:
        """Return the shipment's current state from the store."""
        read = sync_to_async(read_current_state, thread_sensitive=False)
        return await read(ports(), self.shipment_id)

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

    async def live_state(self, message: dict[str, Any]) -> None:
        """Receive the message `live.state` of the shipment's group: a new version of the shipment."""
        if message["v"] > self.version:
            self.version = message["v"]
            self.receive_state(message["text"])
            await self.follow_vehicle(message["vehicle_id"])

    async def live_position(self, message: dict[str, Any]) -> None:
        """Receive the message `live.position` of the vehicle's group: a new position of the vehicle."""
        self.receive_position(message["text"])

    def receive_state(self, text: str) -> None:
        """Process the frame of a new version of the shipment."""
        raise NotImplementedError

    def receive_position(self, text: str) -> None:
        """Process the frame of a new position of the vehicle."""
        raise NotImplementedError

    async def follow_vehicle(self, vehicle_id: str | None) -> None:
        """Join the group of the vehicle that carries the shipment now; leave the previous vehicle's group."""
        if vehicle_id == self.vehicle_id:
            return
        if self.vehicle_id is not None:
            await self.channel_layer.group_discard(vehicle_group(self.vehicle_id), self.channel_name)
        self.vehicle_id = vehicle_id
        if vehicle_id is not None:
            await self.channel_layer.group_add(vehicle_group(vehicle_id), self.channel_name)


class ShipmentConsumer(FollowingConsumer):
    """`/ws/track/<token or shipment_id>/?since=<version>`: the shipment's answer, on connect and on change.

    Each frame holds the whole answer, so only the newest unsent frame is kept for a slow socket.
    """

    async def begin(self) -> None:
        """Join the group before reading the state, so that no version is missed in between."""
        self.version = self._read_since()
        self.newest: str | None = None
        self.position: str | None = None
        self.moved = asyncio.Event()
        self.woken = asyncio.Event()
        subject = self.scope["url_route"]["kwargs"]["subject"]
        self.shipment_id = await self._find_shipment(subject)
        await self.join(shipment_group(self.shipment_id))
        state = await self.read_state()
        self._check_state(state, by_link=self.shipment_id != subject)
        await self.follow_vehicle(state.manifest_vehicle_id)
        await self._send_first(state)
        self.start(self._send_newest(), self._send_positions(), self.send_heartbeats())

    def receive_state(self, text: str) -> None:
        """Keep the newest version for `_send_newest`, replacing an unsent older one."""
        self.newest = text
        self.woken.set()

    def receive_position(self, text: str) -> None:
        """Keep the newest position for `_send_positions`, replacing an unsent older one."""
        self.position = text
        self.moved.set()

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
        booking = await database_sync_to_async(find_by_token)(subject)
        return booking.shipment_id if booking else subject

    def _check_state(self, state: ShipmentState | None, *, by_link: bool) -> None:
        if state is None:
            raise SocketRefusedError(UNKNOWN)
        if by_link and has_link_ended(state, datetime.now(UTC)):
            raise SocketRefusedError(LINK_ENDED)

    async def _send_first(self, state: ShipmentState) -> None:
        up_to_date = self.version >= state.state_version
        self.version = state.state_version
        frame = current_frame(state) if up_to_date else live_frame("snapshot", state)
        await self.send(encode_frame(frame))

    async def _send_newest(self) -> None:
        while True:
            await self.woken.wait()
            self.woken.clear()
            await self.send_waiting()

    async def send_waiting(self) -> None:
        """Send the newest unsent version, if there is one."""
        text, self.newest = self.newest, None
        if text is not None:
            await self.send(text)

    def find_sent_version(self) -> int:
        """Return the newest version received: each is sent as soon as the socket takes it."""
        return self.version

    async def _send_positions(self) -> None:
        while True:
            await self.moved.wait()
            self.moved.clear()
            text, self.position = self.position, None
            if text is not None:
                await self.send(text)
                await sleep(POSITION_EVERY_S)


socket_urls = [path("ws/track/<str:subject>/", ShipmentConsumer.as_asgi())]
