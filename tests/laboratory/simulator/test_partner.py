"""The booking desk against a real HTTP server: it books, tries again, and gives up in time."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from laboratory.simulator.partner import PartnerDesk
from laboratory.simulator.reports import Manifest
from tests.laboratory.simulator.drives import STARTED_AT, bookings_of, drive
from tests.waiting import wait_for

pytestmark = pytest.mark.slow


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
                answer = json.dumps(office.answer(self.path, body)).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                """Say nothing."""

        self.told = 0
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Counter)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def answer(self, path, body):
        """What the real API answers when all is well."""
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
        self.told += path.endswith("/manifests")
        return {"manifest_id": f"man_{self.told}"}

    @property
    def paths(self):
        return [path.removeprefix("/api/v1/") for path, _, _ in self.requests]


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


BOOKINGS = bookings_of(drive(35))


def test_bookings_are_posted_with_the_partners_key(office, desk, noted):
    desk.book(BOOKINGS[0])
    wait_for(lambda: noted)
    path, headers, body = office.requests[0]
    assert path == "/api/v1/shipments/batch"
    assert headers["Authorization"] == "Bearer slx_live_k"
    assert body == {"shipments": [BOOKINGS[0].write(STARTED_AT)]}
    ((booking, answer),) = noted
    assert booking == BOOKINGS[0]
    assert answer["tracking_url"] == f"http://here/{booking.parcel.shipment_id}"


def test_all_bookings_are_made_a_few_calls_at_a_time(office, desk, noted):
    for booking in BOOKINGS:
        desk.book(booking)
    wait_for(lambda: desk.booked == len(BOOKINGS))
    assert [booking for booking, _ in noted] == BOOKINGS
    assert len(office.requests) < len(BOOKINGS) / 4


def test_a_busy_api_is_asked_again_with_the_same_key(office, desk, noted):
    office.answers = [503]
    desk.book(BOOKINGS[0])
    wait_for(lambda: noted)
    keys = [headers["Idempotency-Key"] for _, headers, _ in office.requests]
    assert len(keys) == 2
    assert len(set(keys)) == 1


def test_a_refusal_for_good_is_counted_and_explained(office, desk, noted):
    office.answers = [422]
    desk.book(BOOKINGS[0])
    wait_for(lambda: desk.refused)
    assert desk.last_refusal.startswith("HTTP 422")
    assert noted == []


def test_a_vehicle_is_registered_before_its_first_manifest(office, desk):
    desk.book(Manifest(5.0, "VAN-1", ("S-1", "S-2")))
    wait_for(lambda: len(office.requests) == 2)
    assert office.paths == ["vehicles", "manifests"]
    assert [stop["shipment_id"] for stop in office.requests[1][2]["stops"]] == ["S-1", "S-2"]


def test_a_run_is_closed_before_the_next_one_begins(office, desk):
    for stops in (("S-1",), ("S-2",), ()):
        desk.book(Manifest(5.0, "VAN-1", stops))
    wait_for(lambda: len(office.requests) == 5)
    closed = ["manifests/man_1/close", "manifests/man_2/close"]
    assert office.paths == ["vehicles", "manifests", closed[0], "manifests", closed[1]]


def test_a_manifest_is_told_after_the_bookings_before_it(office, desk):
    for step in (*BOOKINGS[:3], Manifest(5.0, "VAN-1", ("S-1",)), BOOKINGS[3]):
        desk.book(step)
    wait_for(lambda: desk.booked == 4 and office.told)
    assert office.paths.index("manifests") > 0
    assert office.paths[-1] == "shipments/batch"
