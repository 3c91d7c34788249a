"""WebSocket clients that follow shipments as customers' browsers do, and measure the delay of frames."""

import asyncio
import json
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Origin

from laboratory.local.meter.ledger import LedgerLine

# The product allows 20 sockets per client address; stay below that.
SOCKETS = 16
# Address that the sockets come from, so that they take none from the browser of the person who watches. Only
# Linux has more than one loopback address by default.
FROM = ("127.0.0.2", 0) if sys.platform == "linux" else None
CLOSED_WITHIN_S = 5.0
# A closed socket (the web role was restarted) is opened again after this long.
AGAIN_AFTER_S = 1.0


class Screens:
    """Follows the first shipments that move, each by the link in its booking, until it is closed."""

    def __init__(self, web: str) -> None:
        self._web = web
        self._links: dict[str, str] = {}
        self._followed: set[str] = set()
        self._delays_ms: list[float] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="screens", daemon=True)
        self._thread.start()

    @property
    def delays_ms(self) -> list[float]:
        """Return per frame the milliseconds since its newest event arrived in the stream."""
        return list(self._delays_ms)

    def follow(self, lines: list[LedgerLine]) -> None:
        """Follow the shipments of these lines that have moved, up to `SOCKETS` in total."""
        self._links |= {
            line.shipment_id: line.tracking_url for line in lines if line.shipment_id and line.tracking_url
        }
        moving = [line.shipment_id for line in lines if line.shipment_id in self._links and line.shard]
        for shipment_id in dict.fromkeys(moving):
            if shipment_id and shipment_id not in self._followed and len(self._followed) < SOCKETS:
                self._followed.add(shipment_id)
                asyncio.run_coroutine_threadsafe(self._follow(self._links[shipment_id]), self._loop)

    def close(self) -> None:
        """Close every socket and end the thread."""
        asyncio.run_coroutine_threadsafe(self._cancel_all(), self._loop).result(CLOSED_WITHIN_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _follow(self, link: str) -> None:
        token = urlsplit(link).path.rstrip("/").rpartition("/")[2]
        address = f"{self._web.replace('http', 'ws', 1)}/ws/track/{token}/"
        while True:
            with suppress(OSError, WebSocketException):
                async with connect(address, origin=Origin(self._web), proxy=None, local_addr=FROM) as socket:
                    async for frame in socket:
                        self._add_delay(json.loads(frame), datetime.now(UTC))
            await asyncio.sleep(AGAIN_AFTER_S)

    def _add_delay(self, frame: dict[str, object], now: datetime) -> None:
        trace = frame.get("trace")
        if frame.get("type") == "state" and isinstance(trace, dict):
            arrived_at = datetime.fromisoformat(trace["arrived_at"])
            self._delays_ms.append((now - arrived_at).total_seconds() * 1000)

    async def _cancel_all(self) -> None:
        this_task = asyncio.current_task()
        tasks = [task for task in asyncio.all_tasks() if task is not this_task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
