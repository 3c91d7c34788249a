"""Program of a partner that uses a client generated from the document: books, reports and reads."""

import os
import sys
import time
from datetime import UTC, datetime, timedelta

from swift_logix_api_client import AuthenticatedClient
from swift_logix_api_client.api.events import report_events
from swift_logix_api_client.api.shipments import book_shipment
from swift_logix_api_client.api.tracking import read_tracking
from swift_logix_api_client.models import EventReport, NewBooking, Problem, Promise, Recipient, TrackingAnswer

TRIES, PAUSE_S = 200, 0.1

client = AuthenticatedClient(os.environ["SWIFTLOGIX_URL"], token=os.environ["SWIFTLOGIX_KEY"])
tomorrow = datetime.now(UTC) + timedelta(days=1)

booked = book_shipment.sync(
    client=client,
    body=NewBooking(
        reference="order-77",
        recipient=Recipient(name="Asha Raghavan", pin_code="560034", phone="+919845012345"),
        origin_hub="BLR-PNY",
        destination_hub="BLR-KRM",
        promised=Promise(from_=tomorrow, to=tomorrow + timedelta(hours=3)),
    ),
)
assert not isinstance(booked, Problem), booked
shipment_id = booked.shipment_id
reported = report_events.sync(
    client=client, body=EventReport(shipment_id=shipment_id, lat=12.9716, lon=77.5946, status="picked_up")
)
assert not isinstance(reported, Problem), reported
for _ in range(TRIES):
    tracked = read_tracking.sync(shipment_id, client=client)
    if isinstance(tracked, TrackingAnswer) and tracked.status == "picked_up":
        break
    time.sleep(PAUSE_S)
refused = report_events.sync(
    client=client, body=EventReport(shipment_id=shipment_id, status="in_transit", timestamp=tomorrow)
)
seen = [booked.reference, str(reported.accepted), tracked.status, refused.code, refused.errors[0].code]
sys.stdout.write(" ".join(seen) + "\n")
