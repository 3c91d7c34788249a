"""Booking client against a real HTTP server: it books, retries, and gives up."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from laboratory.simulator.booking_client import BookingClient
from laboratory.simulator.reports import Manifest
from tests.laboratory.simulator.drives import STARTED_AT, bookings_of, drive
from tests.waiting import wait_for

pytestmark = pytest.mark.slow


class PartnerApi:
    """HTTP server that answers with the given statuses, then with 201."""

    def __init__(self):
        self.answers = []
        self.requests = []
        api = self

        class Counter(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                api.requests.append((self.path, dict(self.headers), body))
                status = api.answers.pop(0) if api.answers else 201
                answer = json.dumps(api.answer(self.path, body)).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                """Log nothing."""

        self.manifests = 0
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Counter)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def answer(self, path, body):
        """Return the body that the real API answers on success."""
        if path.endswith("/batch"):
            ids = [shipment["shipment_id"] for shipment in body["shipments"]]
            return {
                "results": [
                    {
                        "index": index,
                        "shipment_id": name,
                        "outcome": "booked",
                        "tracking_url": f"http://here/{name}",
                    }
                    for index, name in enumerate(ids)
                ]
            }
        self.manifests += path.endswith("/manifests")
        return {"manifest_id": f"man_{self.manifests}"}

    @property
    def paths(self):
        return [path.removeprefix("/api/v1/") for path, _, _ in self.requests]


@pytest.fixture
def api():
    api = PartnerApi()
    yield api
    api.server.shutdown()
    api.server.server_close()


@pytest.fixture
def confirmed():
    return []


@pytest.fixture
def client(api, confirmed):
    client = BookingClient(api.address, "slx_live_k", STARTED_AT, lambda *booked: confirmed.append(booked))
    yield client
    client.stop()


@pytest.fixture(scope="module")
def bookings():
    return bookings_of(drive(35))


def test_bookings_are_posted_with_the_partners_api_key(api, client, confirmed, bookings):
    client.book(bookings[0])
    wait_for(lambda: confirmed)
    path, headers, body = api.requests[0]
    assert path == "/api/v1/shipments/batch"
    assert headers["Authorization"] == "Bearer slx_live_k"
    assert body == {"shipments": [bookings[0].write(STARTED_AT)]}
    ((booking, answer),) = confirmed
    assert booking == bookings[0]
    assert answer["tracking_url"] == f"http://here/{booking.parcel.shipment_id}"


def test_waiting_bookings_are_sent_in_batches(api, client, confirmed, bookings):
    for booking in bookings:
        client.book(booking)
    wait_for(lambda: client.booked == len(bookings))
    assert [booking for booking, _ in confirmed] == bookings
    assert len(api.requests) < len(bookings) / 4


def test_a_busy_api_is_retried_with_the_same_idempotency_key(api, client, confirmed, bookings):
    api.answers = [503]
    client.book(bookings[0])
    wait_for(lambda: confirmed)
    keys = [headers["Idempotency-Key"] for _, headers, _ in api.requests]
    assert len(keys) == 2
    assert len(set(keys)) == 1


def test_a_permanent_refusal_is_counted_with_its_reason(api, client, confirmed, bookings):
    api.answers = [422]
    client.book(bookings[0])
    wait_for(lambda: client.refused)
    assert client.last_refusal.startswith("HTTP 422")
    assert confirmed == []


def test_a_vehicle_is_registered_before_its_first_manifest(api, client):
    client.book(Manifest(5.0, "VAN-1", ("S-1", "S-2")))
    wait_for(lambda: len(api.requests) == 2)
    assert api.paths == ["vehicles", "manifests"]
    assert [stop["shipment_id"] for stop in api.requests[1][2]["stops"]] == ["S-1", "S-2"]


def test_a_manifest_is_closed_before_the_next_one_is_sent(api, client):
    for stops in (("S-1",), ("S-2",), ()):
        client.book(Manifest(5.0, "VAN-1", stops))
    wait_for(lambda: len(api.requests) == 5)
    closed = ["manifests/man_1/close", "manifests/man_2/close"]
    assert api.paths == ["vehicles", "manifests", closed[0], "manifests", closed[1]]


def test_a_manifest_is_sent_after_the_bookings_before_it(api, client, bookings):
    for step in (*bookings[:3], Manifest(5.0, "VAN-1", ("S-1",)), bookings[3]):
        client.book(step)
    wait_for(lambda: client.booked == 4 and api.manifests)
    assert api.paths.index("manifests") > 0
    assert api.paths[-1] == "shipments/batch"
