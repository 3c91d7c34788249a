"""Client of the partner API: sends the fleet's bookings and manifests from a thread of its own."""

import hashlib
import json
import threading
import urllib.request
from collections import deque
from collections.abc import Callable, Collection
from http import HTTPStatus
from typing import Any
from urllib.error import HTTPError, URLError

from laboratory.simulator.reports import Booking, Manifest

TIMEOUT_S = 30.0
TRIES = 6
PAUSE_S = 1.0
LONGEST_PAUSE_S = 10.0
BOOKINGS_AT_ONCE = 40
# Answers after which the request is tried again.
RETRIED = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE})

OnBooked = Callable[[Booking, dict[str, Any]], None]
Answer = dict[str, Any]


class BookingClient:
    """Sends bookings in a thread of its own, so that a slow API does not delay the fleet.

    Bookings that are waiting are sent in one call; a manifest is sent after the bookings before it. `booked`
    and `refused` are counts; `last_refusal` is the reason of the last refusal. `on_booked` is called with
    each booking and the API's answer, from the client's thread.
    """

    def __init__(self, api: str, api_key: str, started_at: float, on_booked: OnBooked) -> None:
        self._url = f"{api.rstrip('/')}/api/v1"
        self._api_key = api_key
        self._on_booked = on_booked
        self._started_at = started_at
        self._waiting: deque[Booking | Manifest] = deque()
        self._more = threading.Semaphore(0)
        self._stopped = threading.Event()
        self._open_manifests: dict[str, str] = {}
        self._registered: set[str] = set()
        self.booked = 0
        self.refused = 0
        self.last_refusal = ""
        # A daemon thread: a running request must not keep the process from ending.
        threading.Thread(target=self._work, name="booking-client", daemon=True).start()

    def book(self, step: Booking | Manifest) -> None:
        """Queue a booking or a vehicle's manifest."""
        self._waiting.append(step)
        self._more.release()

    def stop(self) -> None:
        """Stop sending; what waits is dropped."""
        self._stopped.set()

    def _work(self) -> None:
        while not self._stopped.is_set():
            self._more.acquire()
            if isinstance(self._waiting[0], Manifest):
                self._send_manifest(self._waiting.popleft())  # type: ignore[arg-type]
                continue
            self._book_all(self._take_bookings())

    def _take_bookings(self) -> list[Booking]:
        """Take the bookings that wait before the next manifest, at most `BOOKINGS_AT_ONCE`."""
        taken: list[Booking] = []
        while self._waiting and len(taken) < BOOKINGS_AT_ONCE and isinstance(self._waiting[0], Booking):
            taken.append(self._waiting.popleft())  # type: ignore[arg-type]
            # The semaphore was acquired for the first one already.
            if len(taken) > 1:
                self._more.acquire()
        return taken

    def _book_all(self, bookings: list[Booking]) -> None:
        body = {"shipments": [booking.write(self._started_at) for booking in bookings]}
        answer = self._request("shipments/batch", body)
        if answer is None:
            self.refused += len(bookings)
            return
        for booking, result in zip(bookings, answer["results"], strict=True):
            if result["outcome"] != "booked":
                self.refused += 1
                self.last_refusal = json.dumps(result)[:300]
                continue
            self.booked += 1
            self._on_booked(booking, result)

    def _send_manifest(self, manifest: Manifest) -> None:
        """Close the vehicle's open manifest, and register the new one if it has stops."""
        vehicle_id = manifest.vehicle_id
        if vehicle_id in self._open_manifests:
            self._request(f"manifests/{self._open_manifests.pop(vehicle_id)}/close", {})
        if not manifest.shipment_ids:
            return
        if vehicle_id not in self._registered:
            # A vehicle that another run has registered stays as it is.
            self._request("vehicles", {"vehicle_id": vehicle_id}, accepted=(HTTPStatus.CONFLICT,))
            self._registered.add(vehicle_id)
        answer = self._request("manifests", manifest.write(self._started_at))
        if answer is not None:
            self._open_manifests[vehicle_id] = answer["manifest_id"]

    def _request(self, path: str, body: Answer, accepted: Collection[int] = ()) -> Answer | None:
        """Return the API's answer, or None if it has refused for good or could not be reached."""
        raw = json.dumps(body).encode()
        for attempt in range(TRIES):
            try:
                return self._post(path, raw)
            except HTTPError as error:
                if error.code in accepted:
                    return None
                self.last_refusal = f"HTTP {error.code}: {error.read(300).decode(errors='replace')}"
                if error.code not in RETRIED:
                    return None
                pause = float(error.headers.get("Retry-After") or PAUSE_S)
            except (URLError, OSError) as error:
                self.last_refusal = str(error)
                pause = PAUSE_S
            if self._stopped.wait(min(pause, LONGEST_PAUSE_S) * (1 + attempt / 2)):
                return None
        return None

    def _post(self, path: str, raw: bytes) -> Answer:
        request = urllib.request.Request(  # noqa: S310 - the address is the caller's own
            f"{self._url}/{path}",
            data=raw,
            headers={
                "Authorization": f"Bearer {self._api_key}",
                "Content-Type": "application/json",
                # A repeated request whose first answer was lost must not book twice.
                "Idempotency-Key": hashlib.sha256(path.encode() + raw).hexdigest()[:40],
            },
        )
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            parsed: Answer = json.load(answer)
        return parsed
