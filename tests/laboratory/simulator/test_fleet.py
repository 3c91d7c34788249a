"""Fleet without faults: repeatable by its seed, plausible, and accepted by the product's status rules.

Nearly all tests read one hour of one fleet. A long run looks at the first minutes of five seeds, else of two.
"""

import hashlib
import itertools
import os
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

import pytest

from laboratory.simulator.fleet import count_by_class, make_run_tag
from laboratory.simulator.recipients import PHONES
from laboratory.simulator.reports import Booking
from laboratory.simulator.roads import distance_km
from tests.laboratory.simulator.drives import ROOT, STARTED_AT, bookings_of, drive, reports_of, send
from tests.long_runs import LONG
from tracking.domain.events import TrackingEvent
from tracking.domain.fold import apply_event
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import END_STATUSES, SUBSTATUSES, Status
from workers.line.decode import decode
from workers.ports import StreamRecord

pytestmark = pytest.mark.slow

HOUR = 3600.0


@pytest.fixture(scope="module")
def hour():
    return drive(HOUR)


@pytest.fixture(scope="module")
def decoded(hour):
    """Return the records of the hour as the product decodes them."""
    records = [
        StreamRecord(
            raw=record.raw,
            arrived_at=datetime.fromtimestamp(STARTED_AT + record.due, UTC),
            source="1/shard",
            stream_position=f"{number:020d}",
            sequence=str(number),
        )
        for number, record in enumerate(send(reports_of(hour)))
    ]
    return decode(records)


def until(seconds, hour):
    return [step for step in hour if step.at <= seconds]


def written(steps):
    """Return the steps with what each booking sends: its parcel changes with every later step."""
    return [step.write(STARTED_AT) if isinstance(step, Booking) else step for step in steps]


def test_the_same_options_give_the_same_steps(hour):
    assert written(drive(120)) == written(until(120, hour))


def test_only_parcels_with_an_amount_to_pay_fail_or_end_with_the_payment(hour):
    bodies = [booking.write(STARTED_AT) for booking in bookings_of(hour)]
    due = {body["shipment_id"] for body in bodies if "cod" in body}
    paid = {
        report.fields["shipment_id"]
        for report in reports_of(hour)
        if report.fields.get("substatus") in ("cod_not_ready", "cod_collected")
    }
    assert paid
    assert paid <= due
    assert 0.3 < len(due) / len(bodies) < 0.5


def test_another_seed_gives_other_steps(hour):
    assert written(drive(30, seed=2)) != written(until(30, hour))


def test_the_records_do_not_depend_on_the_process_hash_seed(hour):
    script = (
        "import hashlib; from tests.laboratory.simulator.drives import *;"
        "raw = b''.join(record.raw for record in send(reports_of(drive(60))));"
        "print(hashlib.sha256(raw).hexdigest())"
    )
    root = ROOT

    def run(hash_seed):
        environment = os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(root)}
        return subprocess.check_output([sys.executable, "-c", script], env=environment, text=True).strip()

    # Python draws the hash seed of this process.
    digest = hashlib.sha256(b"".join(record.raw for record in send(reports_of(until(60, hour))))).hexdigest()
    assert run("1") == digest


def test_steps_come_in_order_of_time(hour):
    times = [step.at for step in hour]
    assert times == sorted(times)


@pytest.mark.parametrize("rate", [20.0, 200.0])
def test_the_rate_is_kept_once_all_parcels_are_booked(rate, hour):
    steps = hour if rate == 20.0 else drive(120, rate=rate)
    seconds = Counter(int(step.at) for step in reports_of(steps))
    assert sum(seconds[second] for second in range(60, 120)) / 60 == pytest.approx(rate, rel=0.1)


def test_the_start_has_no_burst_of_records(hour):
    seconds = Counter(int(step.at // 10) for step in reports_of(until(60, hour)))
    assert max(seconds.values()) / 10 < 2.5 * 20


@pytest.mark.parametrize(
    ("vehicles", "mix"),
    [
        (50, {"line_haul": 6, "feeder": 9, "last_mile": 35}),
        (100, {"line_haul": 12, "feeder": 18, "last_mile": 70}),
        (1, {"line_haul": 0, "feeder": 0, "last_mile": 1}),
    ],
)
def test_the_mix_of_classes_is_that_of_the_pilot(vehicles, mix):
    assert count_by_class(vehicles) == mix


def test_every_vehicle_reports_in_the_first_seconds(hour):
    vehicles = {report.fields.get("vehicle_id") for report in reports_of(until(8, hour))} - {None}
    assert len(vehicles) == 50


def test_parcels_under_way_are_booked_in_the_first_minute(hour):
    early = [booking for booking in bookings_of(hour) if booking.at <= 60]
    assert 200 < len(early) < 600
    assert max(Counter(int(booking.at) for booking in early).values()) <= 25
    assert len(bookings_of(hour)) < 1500


def test_no_two_runs_share_a_shipment(hour):
    assert make_run_tag(STARTED_AT) != make_run_tag(STARTED_AT + 1)
    bookings = bookings_of(until(600, hour))
    assert len({booking.parcel.shipment_id for booking in bookings}) == len(bookings)


def test_the_product_can_decode_every_record(hour, decoded):
    assert decoded.refusals == []
    assert len(decoded.scans) == len(reports_of(hour))


def test_every_substatus_belongs_to_its_status(hour):
    for report in reports_of(hour):
        if "substatus" in report.fields:
            assert report.fields["substatus"] in SUBSTATUSES[Status(report.fields["status"])]


def test_the_product_accepts_every_change_of_status(hour, decoded):
    states = {
        booking.parcel.shipment_id: ShipmentState(
            shipment_id=booking.parcel.shipment_id,
            status=Status.CREATED,
            status_at=datetime.fromtimestamp(STARTED_AT + booking.at, UTC),
        )
        for booking in bookings_of(hour)
    }
    rejected = []
    for scan in sorted(decoded.scans, key=lambda scan: scan.occurred_at):
        if scan.shipment_id is None:
            continue
        event = TrackingEvent(**{name: getattr(scan, name) for name in scan.__struct_fields__})
        states[scan.shipment_id], verdict = apply_event(states[scan.shipment_id], event)
        if not verdict.applied:
            rejected.append((scan.shipment_id, verdict.reject_reason))
    assert rejected == []
    assert sum(state.status in END_STATUSES for state in states.values()) > 100


def test_a_parcel_is_booked_well_before_its_first_scan(hour):
    booked = {booking.parcel.shipment_id: booking.at for booking in bookings_of(hour)}
    for report in reports_of(hour):
        if "shipment_id" in report.fields:
            assert report.at >= booked[report.fields["shipment_id"]] + 3.9


def test_no_parcel_is_booked_after_its_promise_has_ended(hour):
    bookings = bookings_of(hour)
    assert [booking for booking in bookings if booking.promised[1] <= booking.at] == []
    assert [booking for booking in bookings if booking.promised[1] != booking.parcel.promised_at] == []


def test_about_one_attempt_in_ten_fails(hour):
    outcomes = Counter(
        report.fields["status"]
        for report in reports_of(hour)
        if report.fields.get("status") in ("delivered", "attempt_failed")
        and report.stamped
        and report.at > 120
    )
    assert outcomes["attempt_failed"] / outcomes.total() == pytest.approx(0.1, abs=0.04)


@pytest.mark.parametrize("seed", range(1, 6 if LONG else 3))
def test_something_happens_in_the_first_minutes(seed, hour):
    steps = until(120, hour) if seed == 1 else drive(120, seed=seed)
    first = Counter(report.fields.get("status") for report in reports_of(steps))
    assert first["out_for_delivery"] > 50
    assert first["delivered"] + first["attempt_failed"] >= 3


def test_parcels_pass_through_all_statuses_of_a_journey(hour):
    statuses = defaultdict(list)
    for report in reports_of(hour):
        if "status" in report.fields and report.stamped:
            statuses[report.fields["shipment_id"]].append(report.fields["status"])
    sequences = [list(dict.fromkeys(sequence)) for sequence in statuses.values()]
    assert ["picked_up", "in_transit", "out_for_delivery", "delivered"] in sequences
    assert ["picked_up", "in_transit", "out_for_delivery", "attempt_failed"] in sequences
    assert ["picked_up", "in_transit", "available_for_pickup"] in sequences


def test_some_reports_have_the_minimal_form(hour):
    minimal = [report for report in reports_of(hour) if not report.stamped]
    assert 0.01 < len(minimal) / len(reports_of(hour)) < 0.1
    assert {tuple(report.fields) for report in minimal} == {("shipment_id", "lat", "lon", "status")}


def test_vehicles_move_at_plausible_speeds(hour):
    tracks = defaultdict(list)
    for report in reports_of(hour):
        if report.fields.get("vehicle_id") and "lat" in report.fields:
            tracks[report.fields["vehicle_id"]].append(
                (report.at, report.fields["lat"], report.fields["lon"])
            )
    for track in tracks.values():
        for (then, *there), (now, *here) in itertools.pairwise(track):
            # 250 m allow for GPS noise between tall buildings; 70 km/h is the fastest on any lane.
            assert distance_km(tuple(there), tuple(here)) < 0.25 + (now - then) / 3600 * 70


def test_most_vehicles_move_within_an_hour(hour):
    places = defaultdict(set)
    for report in reports_of(hour):
        if report.fields.get("vehicle_id") and "lat" in report.fields:
            places[report.fields["vehicle_id"]].add(
                (round(report.fields["lat"], 2), round(report.fields["lon"], 2))
            )
    # Some trucks wait at a hub for longer.
    assert sum(len(visited) > 3 for visited in places.values()) > 40


def test_recipients_cannot_be_reached(hour):
    recipients = [booking.parcel.recipient for booking in bookings_of(hour)]
    assert {recipient["phone"] for recipient in recipients} == set(PHONES)
    assert all(recipient["email"].endswith("@example.com") for recipient in recipients)
    sms = sum(recipient["consent"]["sms"] for recipient in recipients) / len(recipients)
    email = sum(recipient["consent"]["email"] for recipient in recipients) / len(recipients)
    assert sms == pytest.approx(0.3, abs=0.1)
    assert email == pytest.approx(0.9, abs=0.1)


def test_a_booking_has_the_fields_of_the_partner_api(hour):
    body = bookings_of(hour)[0].write(STARTED_AT)
    assert set(body) == {
        "shipment_id",
        "reference",
        "recipient",
        "origin_hub",
        "destination_hub",
        "promised",
    } | ({"planned_minutes"} if body["origin_hub"] != body["destination_hub"] else set())
    promised = {end: datetime.fromisoformat(moment) for end, moment in body["promised"].items()}
    assert promised["to"] - promised["from"] == timedelta(minutes=90)
    newest = bookings_of(hour)[-1].write(STARTED_AT)
    assert datetime.fromisoformat(newest["promised"]["to"]) > datetime.fromtimestamp(STARTED_AT + HOUR, UTC)
