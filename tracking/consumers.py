"""WebSocket consumers of the API (one shipment) and of the console (the whole fleet)."""

import asyncio
from asyncio import sleep
from contextlib import suppress
from datetime import UTC, datetime
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs

import structlog
from asgiref.sync import sync_to_async
from channels.auth import get_user
from channels.consumer import get_handler_name
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.urls import path

from tracking.answer import bare_frame, current_frame, live_frame
from tracking.domain.errors import TransientError
from tracking.domain.shipment import ShipmentState
from tracking.live import OPS_GROUP, encode_frame, shipment_group, vehicle_group
from tracking.ports import ports
from tracking.services.operations.fleet import read_kpis, read_snapshot
from tracking.services.operations.second_factor import find_admitted
from tracking.services.reading.shipments import find_by_token, has_link_ended, read_current_state
from tracking.services.reading.staff_scope import limit_frame

BAD_REQUEST, SIGN_IN, UNKNOWN, LINK_ENDED, TRY_LATER = 4400, 4401, 4404, 4410, 1013
HEARTBEAT_S = 15.0
FLEET_EVERY_S = 1.0
POSITION_EVERY_S = 2.0
MAX_CHANGES_A_FRAME = 100

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
        except TransientError as error:
            log.warning("push", outcome="no first frame", error=str(error))
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
        """Send a heartbeat every 15 s; by it a client detects a dead connection."""
        while True:
            await sleep(HEARTBEAT_S)
            await self.send(encode_frame(bare_frame("heartbeat")))


class FollowingConsumer(LiveConsumer):
    """Consumer subscribed to one shipment's group and to the group of the vehicle that carries it."""

    vehicle_id: str | None = None
    # Newest version received from the group; a message that is not newer is dropped.
    version = 0

    async def disconnect(self, code: int) -> None:
        """Leave the vehicle's group too."""
        await self.follow_vehicle(None)
        await super().disconnect(code)

    async def live_state(self, message: dict[str, Any]) -> None:
        """Receive a new version of the shipment from its group."""
        if message["v"] > self.version:
            self.version = message["v"]
            self.take_state(message["text"])
            await self.follow_vehicle(message["vehicle_id"])

    async def live_position(self, message: dict[str, Any]) -> None:
        """Receive a new position of the vehicle from its group."""
        self.take_position(message["text"])

    def take_state(self, text: str) -> None:
        """Process the frame of a new version of the shipment."""
        raise NotImplementedError

    def take_position(self, text: str) -> None:
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
        shipment_id = await self._find_shipment(subject)
        await self.join(shipment_group(shipment_id))
        state = await sync_to_async(read_current_state, thread_sensitive=False)(ports(), shipment_id)
        self._check_state(state, by_link=shipment_id != subject)
        await self.follow_vehicle(state.manifest_vehicle_id)
        await self._send_first(state)
        self.start(self._send_newest(), self._send_positions(), self.send_heartbeats())

    def take_state(self, text: str) -> None:
        """Keep the newest version for `_send_newest`, replacing an unsent older one."""
        self.newest = text
        self.woken.set()

    def take_position(self, text: str) -> None:
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
            text, self.newest = self.newest, None
            if text is not None:
                await self.send(text)

    async def _send_positions(self) -> None:
        while True:
            await self.moved.wait()
            self.moved.clear()
            text, self.position = self.position, None
            if text is not None:
                await self.send(text)
                await sleep(POSITION_EVERY_S)


class OpsConsumer(LiveConsumer):
    """`/ws/ops/`: a snapshot of the fleet, then at most one frame a second with the changes."""

    async def begin(self) -> None:
        """Admit staff only; join the group before reading the snapshot, so that no change is missed."""
        await self._check_staff(self.scope.get("user"))
        self._clear_pending()
        await self.join(OPS_GROUP)
        snapshot = await database_sync_to_async(read_snapshot)(ports(), self.staff.scope)
        self.kpis = snapshot["kpis"]
        await self.send(encode_frame(snapshot))
        self.start(self._send_changes(), self.send_heartbeats())

    async def send_heartbeats(self) -> None:
        """Check session, role and scope again before each heartbeat; they may have ended or changed."""
        while True:
            await sleep(HEARTBEAT_S)
            await self._check_staff(await read_user_again(self.scope))
            await self.send(encode_frame(bare_frame("heartbeat")))

    async def _check_staff(self, user: Any) -> None:
        """Read the staff of the socket. Raises `SocketRefusedError` for an incomplete sign-in."""
        staff = await database_sync_to_async(find_admitted)(user, self.scope.get("session", {}))
        if staff is None:
            raise SocketRefusedError(SIGN_IN)
        self.staff = staff

    async def live_fleet(self, message: dict[str, Any]) -> None:
        """Collect changes for the next frame: the newest state of each vehicle, each change and incident."""
        frame = message["frame"]
        for vehicle in frame.get("vehicles", ()):
            earlier = self.vehicles.get(vehicle["vehicle_id"])
            if earlier is None or earlier["occurred_at"] <= vehicle["occurred_at"]:
                self.vehicles[vehicle["vehicle_id"]] = vehicle
        self.changes = [*self.changes, *frame.get("changes", ())][-MAX_CHANGES_A_FRAME:]
        self.incidents |= {incident["id"]: incident for incident in frame.get("incidents", ())}

    def _clear_pending(self) -> None:
        self.vehicles: dict[str, dict[str, Any]] = {}
        self.changes: list[dict[str, Any]] = []
        self.incidents: dict[int, dict[str, Any]] = {}

    async def _send_changes(self) -> None:
        while True:
            await sleep(FLEET_EVERY_S)
            kpis = await database_sync_to_async(read_kpis)(ports(), self.staff.scope)
            if self.vehicles or self.changes or self.incidents or kpis != self.kpis:
                await self._send_fleet_frame(kpis)

    async def _send_fleet_frame(self, kpis: dict[str, Any]) -> None:
        self.kpis = kpis
        frame = bare_frame("fleet") | {
            "vehicles": list(self.vehicles.values()),
            "changes": self.changes,
            "incidents": list(self.incidents.values()),
            "kpis": kpis,
        }
        self._clear_pending()
        if self.staff.scope.is_limited:
            frame = await database_sync_to_async(limit_frame)(self.staff.scope, frame)
        await self.send(encode_frame(frame))


async def read_user_again(scope: dict[str, Any]) -> Any:
    """Return the user of the session as it is stored now."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    return await get_user({"session": store(scope["session"].session_key)})


socket_urls = [
    path("ws/track/<str:subject>/", ShipmentConsumer.as_asgi()),
    path("ws/ops/", OpsConsumer.as_asgi()),
]
