"""WebSocket consumer of the console: the whole fleet, for staff who are signed in."""

from asyncio import sleep
from importlib import import_module
from typing import Any

from channels.auth import AuthMiddleware, get_user
from channels.db import database_sync_to_async
from channels.sessions import SessionMiddleware
from django.conf import settings
from django.urls import path

from tracking.answer import bare_frame
from tracking.live import OPS_GROUP, FleetMessage, LiveMessage, encode_frame
from tracking.live_consumer import LiveConsumer, SocketRefusedError
from tracking.ports import ports
from tracking.services.operations.fleet import read_kpis, read_snapshot, read_stream_progress
from tracking.services.operations.second_factor import find_admitted
from tracking.services.reading.parcels_aboard import add_aboard
from tracking.services.reading.staff_scope import limit_frame
from tracking.services.requests.roles import Scope

SIGN_IN, FOREIGN_ORIGIN = 4401, 4403
FLEET_EVERY_S = 1.0
MAX_CHANGES_A_FRAME = 100
# A frame is sent after so many rounds without a change, so that a page sees soon when the server stops.
QUIET_ROUNDS = 3


class OpsConsumer(LiveConsumer):
    """`/ws/ops/`: a snapshot of the fleet, then at most one frame a second with the changes."""

    vehicles: dict[str, dict[str, Any]]
    changes: list[dict[str, Any]]
    incidents: dict[int, dict[str, Any]]

    async def begin(self) -> None:
        """Admit staff only; join the group before reading the snapshot, so that no change is missed."""
        if find_header(self.scope, b"origin") != settings.PUBLIC_URL:
            raise SocketRefusedError(FOREIGN_ORIGIN)
        await self._check_staff(self.scope.get("user"))
        self._clear_pending()
        await self.join(OPS_GROUP)
        snapshot = await database_sync_to_async(read_snapshot)(ports(), self.staff.scope)
        self.figures = {name: snapshot[name] for name in ("kpis", "stream")}
        await self.send(encode_frame(snapshot))
        self.start(self._send_changes(), self.send_heartbeats())

    async def prepare_heartbeat(self) -> dict[str, Any]:
        """Read session, role and scope again: a socket ends with them, and shows what they allow now."""
        await self._check_staff(await read_user_again(self.scope))
        return {}

    async def _check_staff(self, user: Any) -> None:
        """Read the staff of the socket. Raises `SocketRefusedError` for an incomplete sign-in."""
        staff = await database_sync_to_async(find_admitted)(user, self.scope.get("session", {}))
        if staff is None:
            raise SocketRefusedError(SIGN_IN)
        self.staff = staff

    async def live_fleet(self, message: dict[str, Any]) -> None:
        """Receive the message `live.fleet` of the channel layer."""
        self._collect(message["frame"])

    def receive_message(self, message: LiveMessage) -> None:
        """Process a message of the group of consoles."""
        if isinstance(message, FleetMessage):
            self._collect(message.frame)

    def _collect(self, frame: dict[str, Any]) -> None:
        """Collect changes for the next frame: the newest state of each vehicle, each change and incident."""
        for vehicle in frame.get("vehicles", ()):
            earlier = self.vehicles.get(vehicle["vehicle_id"])
            if earlier is None or earlier["occurred_at"] <= vehicle["occurred_at"]:
                self.vehicles[vehicle["vehicle_id"]] = vehicle
        # A batch that is recorded again pushes its changes again.
        found = {change["change_id"]: change for change in (*self.changes, *frame.get("changes", ()))}
        self.changes = list(found.values())[-MAX_CHANGES_A_FRAME:]
        # A process of the release before pushes incidents without partner and hubs.
        for incident in frame.get("incidents", ()):
            self.incidents[incident["id"]] = {"partner": None, "hubs": []} | incident

    def _clear_pending(self) -> None:
        self.vehicles = {}
        self.changes = []
        self.incidents = {}

    async def _send_changes(self) -> None:
        quiet_rounds = 0
        while True:
            await sleep(FLEET_EVERY_S)
            figures = await database_sync_to_async(_read_figures)(self.staff.scope)
            is_quiet = not (self.vehicles or self.changes or self.incidents or figures != self.figures)
            quiet_rounds = quiet_rounds + 1 if is_quiet else 0
            if not is_quiet or quiet_rounds > QUIET_ROUNDS:
                quiet_rounds = 0
                await self._send_fleet_frame(figures)

    async def _send_fleet_frame(self, figures: dict[str, Any]) -> None:
        self.figures = figures
        frame = bare_frame("fleet") | {
            "vehicles": list(self.vehicles.values()),
            "changes": self.changes,
            "incidents": list(self.incidents.values()),
            **figures,
        }
        self._clear_pending()
        if frame["vehicles"] or self.staff.scope.is_limited:
            frame = await database_sync_to_async(_complete_frame)(self.staff.scope, frame)
        await self.send(encode_frame(frame))


def _read_figures(scope: Scope) -> dict[str, Any]:
    return {"kpis": read_kpis(ports(), scope), "stream": read_stream_progress(ports())}


def _complete_frame(scope: Scope, frame: dict[str, Any]) -> dict[str, Any]:
    """Return what the scope shows of the frame, with the marks of vehicles that the snapshot has too."""
    shown = limit_frame(scope, frame)
    return shown | {"vehicles": add_aboard(ports(), scope, shown["vehicles"])}


def find_header(scope: dict[str, Any], name: bytes) -> str:
    """Return the value of a header of the handshake; empty without it."""
    headers: dict[bytes, bytes] = dict(scope.get("headers", ()))
    return headers.get(name, b"").decode("latin-1")


async def read_user_again(scope: dict[str, Any]) -> Any:
    """Return the user of the session as it is stored now."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    return await get_user({"session": store(scope["session"].session_key)})


ops_socket_urls = [path("ws/ops/", OpsConsumer.as_asgi())]
# Sessions and users are read for these sockets alone.
staff_socket_urls = [path("ws/ops/", SessionMiddleware(AuthMiddleware(OpsConsumer.as_asgi())))]
