"""WebSocket consumer of an open customer page: sends the parts of the page that changed, as HTML."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.urls import path
from django.utils import translation

from tracking.answer import bare_frame
from tracking.consumers import FollowingConsumer
from tracking.eta.recipient_view import VanNearby
from tracking.live import PositionMessage, StateMessage, encode_frame, shipment_group
from tracking.live_consumer import LINK_ENDED, UNKNOWN, SocketRefusedError
from tracking.models import Shipment
from tracking.outages import OUTAGES
from tracking.pages.asked import Requests, describe_asked
from tracking.pages.links import Found, LinkEndedError, NoSuchLinkError, find_booking, read_found
from tracking.pages.parts import ASKED, parts_context, render_parts
from tracking.pages.unlocking import is_unlocked
from tracking.ports import ports
from tracking.services.operations.customer_requests import list_sent_requests
from tracking.services.operations.fleet import is_stream_late
from tracking.services.reading.last_mile import find_driver, read_last_mile
from tracking.translation import find_language

POSITION_EVERY_S = 2.0
# Each read costs the vehicle's manifest and the stops before; a van moves about a street's length in 10 s.
NEAR_EVERY_S = 10.0
# The page shows ages in minutes, and "today" changes at midnight.
CLOCK_EVERY_S = 60.0


class PageConsumer(FollowingConsumer):
    """`/ws/page/<token>/?lang=<tag>`: renders the page again on each new version or position.

    A frame of type `page` holds the version (`v`) and the parts that changed (`html`); the first frame holds
    all parts. A page unlocked in this browser also shows how near its vehicle is. While the stream is not
    read, frames and heartbeats hold the mode `late`, and the page says so.
    """

    booking: Shipment
    answer: dict[str, Any]
    token: str
    near: VanNearby | None = None
    driver: str = ""
    # What the recipient has asked for; None while the page is locked in this browser.
    requests: Requests | None = None
    # Trace of the event whose version is to be shown; None for an event that is not traced.
    traceparent: str | None = None
    # Field of frames while the stream is not read, so that the page does not call itself live.
    mode: dict[str, str]

    async def begin(self) -> None:
        """Join the group before reading the state, so that no version is missed in between."""
        self.context: dict[str, Any] = {}
        # Hash of each part as it was last sent.
        self.sent: dict[str, int] = {}
        self.sent_version = self.rendered_version = 0
        self.rendering = asyncio.Lock()
        self.woken, self.moved, self.stirred = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.language = self._read_language()
        self.token = self.scope["url_route"]["kwargs"]["token"]
        await self._open(self.token)
        unlocked = await database_sync_to_async(self._is_unlocked)()
        if unlocked:
            await self._read_near()
            self.requests = await database_sync_to_async(self._read_requests)()
        await self._send_changed()
        self.start(self._send_states(), self._send_positions(), self._send_by_clock(), self.send_heartbeats())
        if unlocked:
            self.start(self._send_near())

    async def prepare_heartbeat(self) -> dict[str, Any]:
        """Read also whether the stream is read: without records a page would look fresh for ever.

        An unlocked page gets the answers to its requests, for which there is no message.
        """
        facts = await super().prepare_heartbeat()
        self.mode = await sync_to_async(_read_mode, thread_sensitive=False)()
        if self.requests is not None:
            with suppress(*OUTAGES):
                self.requests = await database_sync_to_async(self._read_requests)()
            await self._send_changed()
        return facts | self.mode

    def receive_state(self, message: StateMessage) -> None:
        """Show the new version immediately."""
        self.answer, self.traceparent, self.mode = message.answer, message.traceparent, {}
        self.woken.set()
        self.stirred.set()

    def receive_position(self, message: PositionMessage) -> None:
        """Show the parcel at its vehicle's position, unless the shipment has a newer position."""
        position, shown = message.position, self.answer["position"]
        if shown is None or position["occurred_at"] > shown["occurred_at"]:
            self.answer = self.answer | {"position": position}
            self.moved.set()
        self.stirred.set()

    def _read_language(self) -> str:
        sent = parse_qs(self.scope["query_string"].decode()).get("lang", [""])[-1]
        return find_language(sent)

    async def _open(self, token: str) -> None:
        try:
            self.booking = await database_sync_to_async(find_booking)(token)
            await self.join(shipment_group(self.booking.shipment_id))
            found, self.mode = await sync_to_async(_read_page, thread_sensitive=False)(self.booking)
        except NoSuchLinkError:
            raise SocketRefusedError(UNKNOWN) from None
        except LinkEndedError:
            raise SocketRefusedError(LINK_ENDED) from None
        self.answer, self.version = found.answer, found.state.state_version
        self.shipment_id = self.booking.shipment_id
        await self.follow_vehicle(found.state.manifest_vehicle_id)

    async def _send_states(self) -> None:
        while True:
            await self.woken.wait()
            self.woken.clear()
            await self._send_changed()

    async def _send_positions(self) -> None:
        while True:
            await self.moved.wait()
            self.moved.clear()
            await self._send_changed()
            await asyncio.sleep(POSITION_EVERY_S)

    async def _send_by_clock(self) -> None:
        while True:
            await asyncio.sleep(CLOCK_EVERY_S)
            await self._send_changed()

    async def _send_near(self) -> None:
        """Send how near the van is after each move, until the page is locked again."""
        is_still_unlocked = True
        while is_still_unlocked:
            await asyncio.sleep(NEAR_EVERY_S)
            await self.stirred.wait()
            self.stirred.clear()
            is_still_unlocked = await database_sync_to_async(self._read_unlocked)()
            if is_still_unlocked:
                await self._read_near()
            else:
                self.near = None
            await self._send_changed()

    def _read_unlocked(self) -> bool:
        """Read the booking again; return whether it is still unlocked in this browser."""
        try:
            self.booking = find_booking(self.token)
        except NoSuchLinkError:
            return False
        return self._is_unlocked()

    def _read_requests(self) -> Requests | None:
        is_still_unlocked = self._read_unlocked()
        return list_sent_requests(self.booking, datetime.now(UTC)) if is_still_unlocked else None

    def _is_unlocked(self) -> bool:
        return is_unlocked(self.scope.get("cookies", {}), self.token, self.booking)

    async def _read_near(self) -> None:
        read = sync_to_async(read_last_mile, thread_sensitive=False)
        self.near = await read(ports(), self.booking.shipment_id)
        if self.near and not self.driver:
            self.driver = await database_sync_to_async(find_driver)(self.booking.shipment_id)

    async def _send_changed(self) -> None:
        """Send the parts whose HTML differs from what was last sent, in one frame."""
        async with self.rendering:
            version = self.answer["state_version"]
            parts = await sync_to_async(self._render, thread_sensitive=False)()
            self.rendered_version = version
            changed = {name: html for name, html in parts.items() if self.sent.get(name) != hash(html)}
            if changed:
                self.sent |= {name: hash(html) for name, html in changed.items()}
                self.sent_version = version
                frame = bare_frame("page") | self.mode | {"v": version, "html": "".join(changed.values())}
                if self.traceparent is not None:
                    frame["traceparent"], self.traceparent = self.traceparent, None
                await self.send(encode_frame(frame))

    async def send_waiting(self) -> None:
        """Send the parts that the newest version changes, unless it is rendered already."""
        if self.answer["state_version"] > self.rendered_version:
            await self._send_changed()

    def find_sent_version(self) -> int:
        """Return the version of the last frame; a version that changes no part is not sent."""
        return self.sent_version

    def _render(self) -> dict[str, str]:
        """Render the parts; return none when the context equals that of the last rendering."""
        with translation.override(self.language):
            now = datetime.now(UTC)
            context = parts_context(self.booking, self.answer, self.near, now, self.driver)
            if self.requests is not None:
                context[ASKED] = describe_asked(self.requests, self.answer, now)
            if context == self.context:
                return {}
            self.context = context
            return render_parts(context)


def _read_page(booking: Shipment) -> tuple[Found, dict[str, str]]:
    """Return what the page shows, and its mode, in one turn on a thread. Raises `LinkEndedError`."""
    return read_found(booking, datetime.now(UTC)), _read_mode()


def _read_mode() -> dict[str, str]:
    return {"mode": "late"} if is_stream_late(ports(), datetime.now(UTC)) else {}


page_socket_urls = [path("ws/page/<str:token>/", PageConsumer.as_asgi())]
