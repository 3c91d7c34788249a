"""A partner's booking desk: puts bookings to the partner API, a few at a time, beside the fleet."""

import json
import threading
import urllib.request
from collections import deque
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.error import HTTPError, URLError

from swiftlogix.simulator.reports import Booking, Manifest

DESKS = 3
TIMEOUT_S = 10.0
TRIES = 6
PAUSE_S = 1.0
# An answer with one of these may come out better the next time.
PASSING = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE}

OnBooked = Callable[[Booking, dict[str, Any]], None]


class PartnerDesk:
    """Books in threads of its own, so that a slow API does not hold the fleet up.

    `booked` and `refused` count; `last_refusal` says why the last one was refused. `on_booked` is told of
    each booking with the API's answer, by the thread that made it.
    """

    def __init__(self, api: str, api_key: str, started_at: float, on_booked: OnBooked) -> None:
        self._url = f"{api.rstrip('/')}/api/v1/shipments"
        self._api_key = api_key
        self._on_booked = on_booked
        self._started_at = started_at
        self._waiting: deque[Booking] = deque()
        self._more = threading.Semaphore(0)
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self.booked = 0
        self.refused = 0
        self.last_refusal = ""
        for number in range(DESKS):
            # Daemons: a booking under way must not keep the process from ending.
            threading.Thread(target=self._work, name=f"desk-{number}", daemon=True).start()

    def book(self, step: Booking | Manifest) -> None:
        """Book a parcel as soon as a desk is free."""
        if isinstance(step, Booking):
            self._waiting.append(step)
            self._more.release()

    def stop(self) -> None:
        """Take on nothing more."""
        self._stopped.set()

    def _work(self) -> None:
        while not self._stopped.is_set():
            self._more.acquire()
            booking = self._waiting.popleft()
            answer = self._try(booking)
            with self._lock:
                self.booked += answer is not None
                self.refused += answer is None
            if answer is not None:
                self._on_booked(booking, answer)

    def _try(self, booking: Booking) -> dict[str, Any] | None:
        """The API's answer, or None when it has refused for good or could not be reached."""
        body = json.dumps(booking.write(self._started_at)).encode()
        for attempt in range(TRIES):
            try:
                return self._post(body, booking.parcel.shipment_id)
            except HTTPError as error:
                self.last_refusal = f"HTTP {error.code}: {error.read(300).decode(errors='replace')}"
                if error.code not in PASSING:
                    return None
                pause = float(error.headers.get("Retry-After") or PAUSE_S)
            except (URLError, OSError) as error:
                self.last_refusal = str(error)
                pause = PAUSE_S
            if self._stopped.wait(min(pause, 10.0) * (1 + attempt / 2)):
                return None
        return None

    def _post(self, body: bytes, idempotency_key: str) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - the address is the caller's own
            self._url,
            data=body,
            headers={
                "Authorization": f"Bearer {self._api_key}",
                "Content-Type": "application/json",
                # A try whose answer was lost must not book twice.
                "Idempotency-Key": idempotency_key,
            },
        )
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            booked: dict[str, Any] = json.load(answer)
        return booked
