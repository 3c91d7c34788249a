"""The booking desk against a real HTTP server: it books, tries again, and gives up in time."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from swiftlogix.simulator.partner import PartnerDesk
from tests.swiftlogix.simulator.drives import STARTED_AT, bookings_of, drive


class Office:
    """A partner API that answers with the statuses it is told, then with 201."""

    def __init__(self):
        self.answers = []
        self.requests = []
        office = self

        class Counter(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                office.requests.append((self.path, dict(self.headers), body))
                status = office.answers.pop(0) if office.answers else 201
                answer = json.dumps({"tracking_url": f"http://here/t/{body['shipment_id']}"}).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Counter)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def office():
    office = Office()
    yield office
    office.server.shutdown()
    office.server.server_close()


@pytest.fixture
def noted():
    return []


@pytest.fixture
def desk(office, noted):
    desk = PartnerDesk(office.address, "slx_live_k", STARTED_AT, lambda *booked: noted.append(booked))
    yield desk
    desk.stop()


def wait_for(condition):
    ends_at = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < ends_at
        time.sleep(0.02)


BOOKINGS = bookings_of(drive(35))


def test_a_booking_is_posted_with_the_partners_key(office, desk, noted):
    desk.book(BOOKINGS[0])
    wait_for(lambda: noted)
    path, headers, body = office.requests[0]
    assert path == "/api/v1/shipments"
    assert headers["Authorization"] == "Bearer slx_live_k"
    assert body == BOOKINGS[0].write(STARTED_AT)
    assert noted == [(BOOKINGS[0], {"tracking_url": f"http://here/t/{body['shipment_id']}"})]


def test_all_bookings_are_made(desk, noted):
    for booking in BOOKINGS:
        desk.book(booking)
    wait_for(lambda: desk.booked == len(BOOKINGS))
    assert {booking.parcel.shipment_id for booking, _ in noted} == {
        booking.parcel.shipment_id for booking in BOOKINGS
    }


def test_a_busy_api_is_asked_again_with_the_same_key(office, desk, noted):
    office.answers = [503]
    desk.book(BOOKINGS[0])
    wait_for(lambda: noted)
    keys = [headers["Idempotency-Key"] for _, headers, _ in office.requests]
    assert keys == [BOOKINGS[0].parcel.shipment_id] * 2


def test_a_refusal_for_good_is_counted_and_explained(office, desk, noted):
    office.answers = [422]
    desk.book(BOOKINGS[0])
    wait_for(lambda: desk.refused)
    assert desk.last_refusal.startswith("HTTP 422")
    assert noted == []
