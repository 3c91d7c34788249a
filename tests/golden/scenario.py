"""A repeatable day of parcels: records of devices, requests of partners and movements of the clock."""

from tests.golden.cast import FAR_OFF, KORAMANGALA, MIDWAY, NEAR_DOOR, PEENYA, Cast, between, fix, scan
from tests.golden.frozen import at
from tests.golden.product import BOOKING, draw_form


class Day(Cast):
    """Scenario in parts, each with its own parcels."""

    def play(self) -> None:
        """Run all parts of the day."""
        for part in (
            self.book_long_ago,
            self.report_the_given_record,
            self.book_shipments,
            self.register_vehicles,
            self.plan_lanes,
            self.deliver_after_an_attempt,
            self.drive_a_manifest,
            self.run_late,
            self.correct_events,
            self.send_back,
            self.hold_and_cancel,
            self.send_what_cannot_be_read,
            self.lose_the_bus,
        ):
            part()

    def book_long_ago(self) -> None:
        """Book two parcels weeks ago: one is still on its way, the other has sent no further event."""
        send, move = self.product.send, self.product.move
        self.product.import_plan("BLR-PNY", "BLR-KRM", 80)
        move(60 - 30 * 1440)
        self.book("SLX-SILENT")
        move(-25 * 1440)
        self.book("SLX-SLOW")
        for day in (24, 23, 21, 20):
            move(-day * 1440)
            send(scan(-day * 1440, "SLX-SLOW", "in_transit", MIDWAY, substatus="arrived_hub"))
        move(-2 * 1440)
        send(scan(-2 * 1440, "SLX-SLOW", "in_transit", MIDWAY, substatus="departed_hub"))

    def report_the_given_record(self) -> None:
        """Send the record of the task without a time, repeat it, then send it with a time and deliver."""
        given = b'{"shipment_id": "123", "lat": 12.9716, "lon": 77.5946, "status": "in_transit"}'
        send, move = self.product.send, self.product.move
        move(0)
        send(given)
        send(given, given)
        move(1)
        send(
            scan(1, "123", "in_transit", MIDWAY, event_id="e-1", speed_kmh=41.5, heading=120, accuracy_m=9.5)
        )
        send(
            scan(1, "123", "in_transit", MIDWAY, event_id="e-1", speed_kmh=41.5, heading=120, accuracy_m=9.5)
        )
        send({"shipment_id": 123, "status": "Out For-Delivery", "event_id": "untimed-1", "vehicle_id": 77})
        move(2)
        send({"shipment_id": 123, "status": "Out For-Delivery", "event_id": "untimed-1", "vehicle_id": 77})
        send(scan(1.5, "123", None, between(MIDWAY, KORAMANGALA, 0.5), device_id="d-9", device_seq=4))
        move(3)
        send(scan(3, "123", "delivered", KORAMANGALA, substatus="to_recipient", note="Ring 98450 12345"))

    def book_shipments(self) -> None:
        """Book by the API, one by one and in a batch, with invalid requests among them."""
        self.product.move(4)
        for number in (1, 2, 3, 4, 5, 6, 7, 8):
            self.book(f"SLX-100{number}")
        self.request(
            "POST", "/api/v1/shipments", BOOKING | {"shipment_id": None, "cod": {"amount": "1499.50"}}
        )
        self.book("SLX-1001")
        self.book("SLX-9", recipient={"name": "A", "pin_code": "1"}, colour="red")
        good = BOOKING | {"recipient": BOOKING["recipient"] | {"consent": {}}}
        batch = [
            good | {"shipment_id": "SLX-2001"},
            good | {"promised": 7},
            good | {"shipment_id": "SLX-2001"},
        ]
        self.request("POST", "/api/v1/shipments/batch", {"shipments": batch}, Idempotency_Key="batch-1")
        self.request("POST", "/api/v1/shipments/batch", {"shipments": batch}, Idempotency_Key="batch-1")
        self.request("POST", "/api/v1/shipments/batch", {"shipments": batch[:1]}, Idempotency_Key="batch-1")
        self.request("POST", "/api/v1/shipments", BOOKING | {"shipment_id": "TEST-1"}, key=self.test_key)
        self.request("PATCH", "/api/v1/shipments/SLX-1008", {"reference": "order-78", "metadata": {"a": "b"}})
        later = {"from": "2026-11-23T13:00:00+05:30", "to": "2026-11-23T16:00:00+05:30"}
        self.request("PATCH", "/api/v1/shipments/SLX-1008", {"promised": later}, If_Match='"other"')
        self.request("PATCH", "/api/v1/shipments/SLX-1008", {"promised": later})

    def register_vehicles(self) -> None:
        """Register vehicles of both partners."""
        self.request("POST", "/api/v1/vehicles", {"vehicle_id": "KA-1", "label": "Van 1", "class": "van"})
        self.request("POST", "/api/v1/vehicles", {"vehicle_id": "KA-2", "cohort": "evening"})
        self.request("POST", "/api/v1/vehicles", {"vehicle_id": "KA-1"})
        self.request("POST", "/api/v1/vehicles", {"vehicle_id": "RV-1"}, key=self.rival_key)
        self.request("PATCH", "/api/v1/vehicles/KA-2", {"label": "Van 2"})
        self.request("POST", "/api/v1/vehicles", {"vehicle_id": "KA-3"})
        self.request("DELETE", "/api/v1/vehicles/KA-3")

    def plan_lanes(self) -> None:
        """Set a lane's planned time, and read it before and after."""
        lane = "/api/v1/lanes/BLR-PNY/BLR-KRM"
        self.request("GET", lane)
        self.request("PUT", lane, {"planned_minutes": 75})
        self.request("GET", lane)
        self.request("PUT", lane, {"planned_minutes": 0})
        self.request("GET", "/api/v1/lanes/BLR-PNY/NOWHERE")

    def deliver_after_an_attempt(self) -> None:
        """Move SLX-1001 through its journey, a failed attempt, a delivery with a proof, and late events."""
        name, send, move = "SLX-1001", self.product.send, self.product.move
        move(10)
        send(scan(10, name, "picked_up", PEENYA, substatus="from_shipper", vehicle_id="TR-1"))
        move(12)
        send(scan(12, name, "in_transit", PEENYA, substatus="arrived_hub", event_id="a-1"))
        move(20)
        send(scan(20, name, "in_transit", PEENYA, substatus="departed_hub", vehicle_id="TR-1"))
        for minute in range(22, 44, 3):
            move(minute)
            share = (minute - 20) / 24
            send(
                scan(minute, name, None, between(PEENYA, KORAMANGALA, share), vehicle_id="TR-1", speed_kmh=35)
            )
        move(45)
        send(scan(45, name, "in_transit", KORAMANGALA, substatus="arrived_destination_hub"))
        move(50)
        send(scan(50, name, "ofd", KORAMANGALA, substatus="loaded", vehicle_id="VAN-1"))
        move(58)
        send(scan(58, name, "undelivered", NEAR_DOOR, substatus="not_home", reason_code="not_home"))
        self.request("POST", "/api/v1/events", self.make_report(name, 62, "out_for_delivery"))
        move(75)
        send(scan(75, name, "delivered", NEAR_DOOR, substatus="otp_verified", traceparent="00-" + "a" * 32))
        form = draw_form(kind="photo", captured_at=at(75).isoformat())
        self.recorder.call(self.client, "POST", f"/api/v1/shipments/{name}/proofs", key=self.key, form=form)
        move(76)
        send(scan(48, name, "in_transit", KORAMANGALA, event_id="late-1"))
        send(scan(75.5, name, "in_transit", KORAMANGALA, event_id="refused-1"))
        send(scan(12, name, "in_transit", PEENYA, substatus="arrived_hub", event_id="a-1"))

    def drive_a_manifest(self) -> None:
        """Carry SLX-1002 and SLX-1004 on KA-1, whose records give their position."""
        send, move = self.product.send, self.product.move
        move(80)
        # It is promised earlier than its stop can be reached, and is delivered nevertheless.
        self.book("SLX-2002", promised={"from": at(112).isoformat(), "to": at(114).isoformat()})
        for name in ("SLX-1002", "SLX-1004", "SLX-2002"):
            send(scan(80, name, "picked_up", PEENYA))
        names = ("SLX-1002", "SLX-1004", "SLX-2002")
        stops = [{"shipment_id": name, "sequence": number} for number, name in enumerate(names, start=1)]
        run = {"vehicle_id": "KA-1", "starts_at": at(80).isoformat(), "stops": stops}
        made = self.request("POST", "/api/v1/manifests", run).json()
        self.manifest = f"/api/v1/manifests/{made['manifest_id']}"
        self.request("POST", "/api/v1/manifests", run)
        self.request("POST", "/api/v1/manifests", run | {"vehicle_id": "RV-1"})
        later = {"vehicle_id": "KA-2", "starts_at": at(500).isoformat(), "ends_at": at(600).isoformat()}
        self.request("POST", "/api/v1/manifests", later)
        for minute in range(81, 112, 3):
            move(minute)
            share = min(1.0, (minute - 81) / 27)
            send(fix(minute, "KA-1", between(PEENYA, KORAMANGALA, share), speed_kmh=32.5, device_seq=minute))
        self.product.sweep()
        move(113)
        send(
            fix(90, "KA-1", MIDWAY),
            fix(113, "KA-1", FAR_OFF),
            fix(113, "KA-1", (0, 0)),
            fix(112, "RV-1", MIDWAY),
        )
        self.request("PATCH", self.manifest, {"add": [{"shipment_id": "SLX-1005", "sequence": 3}]})
        for name in names:
            send(scan(113, name, "out_for_delivery", KORAMANGALA, substatus="loaded", vehicle_id="KA-1"))
        send(scan(113.5, "SLX-2002", "delivered", NEAR_DOOR, substatus="signed", vehicle_id="KA-1"))
        for minute in (116, 119):
            move(minute)
            send(fix(minute, "KA-1", between(KORAMANGALA, NEAR_DOOR, (minute - 113) / 9), speed_kmh=12))
        move(122)
        send(scan(122, "SLX-1002", "delivered", NEAR_DOOR, substatus="to_neighbour", vehicle_id="KA-1"))
        self.request("GET", self.manifest)
        self.request("PATCH", self.manifest, {"remove": ["SLX-1005"]})
        send(scan(123, "SLX-1003", None, MIDWAY, vehicle_id="RV-1", event_id="foreign-1"))

    def run_late(self) -> None:
        """Delay SLX-1006 by a device's report and SLX-1007 by the clock."""
        send, move = self.product.send, self.product.move
        move(130)
        send(scan(130, "SLX-1006", "in_transit", PEENYA, substatus="departed_hub"))
        send(scan(130, "SLX-1007", "picked_up", PEENYA))
        move(140)
        send(scan(140, "SLX-1006", "delayed", MIDWAY, event_id="word-1"))
        for minute in (200, 205, 210, 215, 230):
            move(minute)
            self.product.sweep()
        send(scan(230, "SLX-1006", "in_transit", KORAMANGALA, substatus="arrived_destination_hub"))
        self.product.sweep()
        move(640)
        self.product.sweep()
        later = {"from": "2026-11-24T13:00:00+05:30", "to": "2026-11-24T16:00:00+05:30"}
        self.request("PATCH", "/api/v1/shipments/SLX-2001", {"promised": later})
        self.product.sweep()

    def correct_events(self) -> None:
        """Retract and replace events; some corrections are refused."""
        send, move = self.product.send, self.product.move
        move(650)
        send(scan(650, "SLX-1006", "delivered", NEAR_DOOR, event_id="wrong-1"))
        path = "/api/v1/shipments/SLX-1006/events/wrong-1/corrections"
        self.request("POST", path, {"kind": "supersede", "reason": "incorrect_data"})
        move(651)
        replacement = {"status": "attempt_failed", "substatus": "not_home"}
        right = {
            "kind": "supersede",
            "reason": "incorrect_data",
            "replacement": replacement,
            "note": "wrong door",
        }
        self.request("POST", path, right)
        self.request("POST", path, {"kind": "retract", "reason": "did_not_occur"})
        move(652)
        send(scan(652, "SLX-1007", "out_for_delivery", KORAMANGALA, event_id="wrong-2"))
        self.request(
            "POST",
            "/api/v1/shipments/SLX-1007/events/wrong-2/corrections",
            {"kind": "retract", "reason": "did_not_occur"},
        )
        self.request("POST", "/api/v1/shipments/SLX-1007/events/none/corrections", right)

    def send_back(self) -> None:
        """Damage SLX-1003 and return it to the shipper."""
        name, send, move = "SLX-1003", self.product.send, self.product.move
        move(660)
        send(scan(660, name, "picked_up", PEENYA, substatus="dropped_off"))
        send(
            scan(660.5, name, "in_transit", MIDWAY), scan(661, name, "exception", MIDWAY, substatus="damaged")
        )
        move(670)
        send(scan(670, name, "rto", MIDWAY, substatus="rto_initiated"))
        send(scan(675, name, "in_transit", between(MIDWAY, PEENYA, 0.5)))
        send(scan(675, name, "delivered", PEENYA))
        move(690)
        send(scan(690, name, "returned", PEENYA, substatus="to_shipper"))

    def hold_and_cancel(self) -> None:
        """Put SLX-1004 on hold; others are cancelled, lost, or ready for pickup."""
        send, move = self.product.send, self.product.move
        move(700)
        send(scan(700, "SLX-1004", "on_hold", NEAR_DOOR, substatus="payment_due"))
        self.request("DELETE", "/api/v1/shipments/SLX-1005")
        self.request("DELETE", "/api/v1/shipments/SLX-1001")
        move(701)
        send(scan(701, "SLX-1007", "available_for_pickup", KORAMANGALA, substatus="at_branch"))
        send(scan(701, "SLX-1008", "lost", None, substatus="confirmed"))
        send(scan(701, "TEST-1", "in_transit", MIDWAY))
        send(scan(701, "WALK-IN", "exception", MIDWAY, substatus="suspected_fake_attempt"))
        events = [
            {"shipment_id": "SLX-2001", "status": "picked_up"},
            {"shipment_id": "SLX-2001", "status": "picked_up", "lat": 12.9},
            {"shipment_id": "TEST-1", "status": "picked_up"},
            {"vehicle_id": "KA-2", "lat": 13.0, "lon": 77.6, "timestamp": at(701).isoformat()},
            {"shipment_id": "SLX-2001", "timestamp": "yesterday"},
            {"shipment_id": "SLX-2001", "status": "delivered", "substatus": "not_home"},
            {"shipment_id": "SLX-2001", "pace": 3},
            {"shipment_id": "SLX-2001", "timestamp": at(2000).isoformat()},
        ]
        self.request("POST", "/api/v1/events", {"events": events})

    def send_what_cannot_be_read(self) -> None:
        """Send records that are quarantined, one for each reason, and unknown status words."""
        send, move = self.product.send, self.product.move
        move(710)
        send(b"not json", b"\xff\xfe", b"[1, 2", b'{"shipment_id": "a b"}', b'{"shipment_id": "x", "lat": 1}')
        send(b'{"shipment_id": "x", "lat": 91, "lon": 0}', b'{"vehicle_id": "v"}', b"{}", b"[]", b'"x"')
        send(b'{"shipment_id": "big", "note": "' + b"x" * 33_000 + b'"}')
        send(scan(2000, "EARLY"), scan(-20_000, "OLD"), {"shipment_id": "WHEN", "timestamp": "soon"})
        good = b'{"shipment_id": "IN-ARRAY", "status": "created"}'
        bad = b'{"shipment_id": "BAD", "status": 1}'
        send(b"[" + good + b', {"lat": 3}, ' + bad + b"]")
        vague = scan(709, "SLX-1007", None, FAR_OFF, accuracy_m=900)
        send(scan(709, "SLX-1007", "teleported", MIDWAY), vague)
        # India's clock stamped as UTC: five and a half hours ahead.
        send(scan(710 + 330, "CLOCK", "in_transit", MIDWAY), fix(710 + 330, "KA-2", MIDWAY))
        send({"shipment_id": "CLAIM", "status": "created", "source": "device", "partner_id": "prt_acme"})

    def lose_the_bus(self) -> None:
        """Stop the bus: changes stay pending until the sweeper publishes them, except the last one."""
        send, move = self.product.send, self.product.move
        move(720)
        self.product.wire.bus_is_up = False
        send(scan(720, "SLX-1007", "delivered", KORAMANGALA, substatus="at_pickup_point"))
        self.product.wire.bus_is_up = True
        move(721)
        self.product.publish_pending()
        self.request("POST", f"{self.manifest}/close")
        self.request("PATCH", self.manifest, {"remove": ["SLX-1004"]})
        stops = [{"shipment_id": "SLX-2001", "sequence": 1}]
        run = {"vehicle_id": "KA-1", "starts_at": at(721).isoformat(), "stops": stops}
        self.request("POST", "/api/v1/manifests", run)
        self.product.sweep()
        self.product.wire.bus_is_up = False
        send(scan(721, "SLX-1004", "out_for_delivery", NEAR_DOOR))
        self.product.wire.bus_is_up = True
