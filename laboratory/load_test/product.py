"""Access to the product under load, as partners, devices and customers reach it: API, stream and sockets."""

import json
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit

from laboratory.bench.socket_load import Server
from laboratory.simulator.stream_sink import StreamSink
from tracking.domain.events import format_time

TIMEOUT_S = 30.0
TRIES, PAUSE_S = 6, 2.0
BOOKINGS_AT_ONCE, READ_AT_ONCE = 40, 100
EVENTS_A_PAGE = 200
# References of a run's shipments begin with it, then comes the run.
PREFIX = "LOAD"


class LoadError(Exception):
    """Raised when the product cannot be put under load; the message says why."""


class Product:
    """A running product. `web` is its public URL, `api_key` that of a partner who may book and read."""

    def __init__(self, web: str, api_key: str, stream: StreamSink) -> None:
        self._web, self._api_key = web.rstrip("/"), api_key
        self.stream = stream

    @property
    def server(self) -> Server:
        """Server of the sockets."""
        address = urlsplit(self._web)
        tls = address.scheme == "https"
        return Server(address.port or (443 if tls else 80), address.hostname or "", tls)

    def find_hubs(self) -> tuple[str, str]:
        """Return where the partner's newest shipment comes from and goes to. Raises `LoadError`."""
        found = self._request("shipments?limit=1")["results"]
        if not found:
            raise LoadError("The partner has no shipment that shows which hubs there are: name two hubs.")
        return found[0]["origin_hub"], found[0]["destination_hub"]

    def book(self, number: int, hubs: tuple[str, str], now: datetime) -> list[str]:
        """Book so many shipments, without messages to anybody; return their numbers. Raises `LoadError`."""
        promised = {
            "from": format_time(now + timedelta(hours=4)),
            "to": format_time(now + timedelta(hours=8)),
        }
        recipient = {"name": "Load Test", "address": "1 Example Road", "pin_code": "560034"}
        run = f"{int(now.timestamp()):x}".upper()
        bodies = [
            {
                "reference": f"{PREFIX}-{run}-{each:05d}",
                "recipient": recipient,
                "promised": promised,
                "origin_hub": hubs[0],
                "destination_hub": hubs[1],
            }
            for each in range(number)
        ]
        booked: list[str] = []
        for start in range(0, number, BOOKINGS_AT_ONCE):
            body = {"shipments": bodies[start : start + BOOKINGS_AT_ONCE]}
            answer = self._request("shipments/batch", body)
            refused = [result for result in answer["results"] if result["outcome"] != "booked"]
            if refused:
                raise LoadError(f"A shipment was not booked: {json.dumps(refused[0])[:300]}")
            booked += [str(result["shipment_id"]) for result in answer["results"]]
        return booked

    def wait_until_shown(self, shipment_ids: Sequence[str], patience_s: float) -> None:
        """Wait until customers see booked shipments. Raises `LoadError` after so many seconds."""
        ends_at = time.monotonic() + patience_s
        for start in range(0, len(shipment_ids), READ_AT_ONCE):
            body = {"shipment_ids": shipment_ids[start : start + READ_AT_ONCE]}
            # Version 0 is that of a booking which is still on the stream.
            while not all(found["state_version"] for found in self._request("tracking/batch", body)["found"]):
                if time.monotonic() >= ends_at:
                    raise LoadError(f"Booked and not shown after {patience_s:.0f} s")
                time.sleep(PAUSE_S)

    def list_times(self, shipment_id: str) -> Iterator[datetime]:
        """Yield when the recorded events of a shipment occurred. Raises `LoadError`."""
        query: dict[str, Any] = {"limit": EVENTS_A_PAGE}
        while True:
            page = self._request(f"shipments/{shipment_id}/events?{urlencode(query)}")
            yield from (datetime.fromisoformat(event["occurred_at"]) for event in page["results"])
            if not page["next"]:
                return
            query["cursor"] = page["next"]

    def _request(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Return the API's answer; wait if it asks for that. Raises `LoadError`."""
        failed: Exception | None = None
        for _ in range(TRIES):
            try:
                return self._call(path, body)
            except HTTPError as error:
                if error.code not in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
                    raise LoadError(f"{path}: {error} {error.read(300).decode(errors='replace')}") from error
                failed = error
                time.sleep(float(error.headers.get("Retry-After") or PAUSE_S))
            except (URLError, OSError) as error:
                failed = error
                time.sleep(PAUSE_S)
        raise LoadError(f"{self._web} does not answer: {failed}")

    def _call(self, path: str, body: Mapping[str, Any] | None) -> Any:
        request = urllib.request.Request(  # noqa: S310 - the address is the caller's own
            f"{self._web}/api/v1/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._api_key}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            return json.load(answer)


def reach_demo(demo: Mapping[str, Any]) -> Product:
    """Return the product of a running demo; `demo` is the content of its demo.json."""
    names: Mapping[str, Any] = demo["names"]
    stream = StreamSink(names["stream"], demo["region"], demo["aws_endpoint"], demo["aws_access_key"])
    return Product(demo["web"], demo["api_key"], stream)


def list_missing(product: Product, accepted: Mapping[str, Sequence[datetime]], patience_s: float) -> int:
    """Return how many accepted reports of these shipments are not recorded after so many seconds."""
    ends_at = time.monotonic() + patience_s
    waiting = dict(accepted)
    while True:
        waiting = {key: left for key, times in waiting.items() if (left := _left(product, key, times))}
        if not waiting or time.monotonic() >= ends_at:
            return sum(len(times) for times in waiting.values())
        time.sleep(PAUSE_S)


def _left(product: Product, shipment_id: str, times: Sequence[datetime]) -> list[datetime]:
    recorded = {moment.astimezone(UTC) for moment in product.list_times(shipment_id)}
    return [moment for moment in times if moment not in recorded]
