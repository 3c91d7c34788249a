"""Agreed days: read from the feed of changes over HTTP, and kept by the vans."""

import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from laboratory.simulator import agreed_days
from laboratory.simulator.agreed_days import AgreedDays
from tests.laboratory.simulator.drives import STARTED_AT, drive, reports_of
from tests.waiting import wait_for

HOURS = 3600.0


def make_entry(shipment_id, begins, reason="agreed"):
    """Make an entry of the feed; `begins` is in epoch seconds."""
    shown = {"reason": reason, "from": datetime.fromtimestamp(begins, UTC).isoformat()}
    return {"data": {"change": {"shipment_id": shipment_id, "after": {"eta": {"shown": shown}}}}}


def statuses_of(steps, shipment_id):
    """Return the statuses that vehicles and hubs report of the parcel, each with its time."""
    reports = [step for step in reports_of(steps) if step.fields.get("shipment_id") == shipment_id]
    return [(step.at, step.fields["status"]) for step in reports if "status" in step.fields]


@pytest.fixture(scope="module")
def delivered():
    """Parcel that is delivered in the first two hours, and when."""
    reports = reports_of(drive(2 * HOURS, vehicles=10))
    ends = [(step.at, step.fields) for step in reports if step.fields.get("status") == "delivered"]
    at, fields = ends[len(ends) // 2]
    return fields["shipment_id"], at


def test_a_parcel_is_brought_back_to_its_hub_and_delivered_from_the_agreed_day_on(delivered):
    shipment_id, at = delivered
    days = AgreedDays(STARTED_AT)
    days.note(make_entry(shipment_id, STARTED_AT + at + 3 * HOURS))
    moves = statuses_of(drive(at + 10 * HOURS, vehicles=10, agreed_days=days), shipment_id)
    later = [(moment, status) for moment, status in moves if moment >= at]
    back = next(moment for moment, status in later if status == "in_transit")
    end = next(moment for moment, status in later if status == "delivered")
    assert back < at + 3 * HOURS <= end


def test_only_windows_of_agreed_days_hold_a_parcel_back():
    days = AgreedDays()
    days.note(make_entry("S-1", 100.0, reason="closed"))
    days.note({"data": {"change": {"shipment_id": "S-2", "after": {"eta": None}}}})
    assert [days.is_before(name, 0.0) for name in ("S-1", "S-2", "S-3")] == [False, False, False]


@pytest.mark.slow
def test_the_feed_is_read_page_by_page_with_the_partners_key(monkeypatch):
    monkeypatch.setattr(agreed_days, "PAGE", 1)
    entries, asked = [make_entry("S-1", 100.0), make_entry("S-2", 200.0)], []

    class Feed(BaseHTTPRequestHandler):
        def do_GET(self):
            query = parse_qs(urlsplit(self.path).query)
            asked.append((urlsplit(self.path).path, query, self.headers["Authorization"]))
            number = int(query.get("after", ["0"])[0])
            self.send_response(503 if len(asked) == 1 else 200)
            self.end_headers()
            page = entries[number : number + 1]
            self.wfile.write(json.dumps({"results": page, "next": str(number + len(page))}).encode())

        def log_message(self, *_):
            """Log nothing."""

    monkeypatch.setattr(agreed_days, "POLL_S", 0.01)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Feed)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    days = AgreedDays()
    days.follow(f"http://127.0.0.1:{server.server_address[1]}", "slx_live_k")
    wait_for(lambda: days.is_before("S-2", 199.0))
    days.stop()
    server.shutdown()
    server.server_close()
    first = {"types": ["shipment.eta_changed"], "limit": ["1"]}
    assert asked[:3] == [
        ("/api/v1/changes", query, "Bearer slx_live_k") for query in (first, first, first | {"after": ["1"]})
    ]
    assert [days.is_before("S-1", moment) for moment in (99.0, 100.0)] == [True, False]
