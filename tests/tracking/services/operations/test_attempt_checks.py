"""Checks of attempts: what is noted, when it is looked at, and what the evidence leads to."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.events import at, make_event, make_fix
from tests.workers.records import decode_record
from tracking.adapters.memory_pincodes import MemoryPinCodes
from tracking.domain.attempts import Door
from tracking.domain.events import Booking
from tracking.models import AttemptCheck, Incident, Shipment
from tracking.ports import ports, wire
from tracking.services.operations.attempt_checks import check_attempts, find_door
from tracking.services.operations.incident_changes import UNDO_FOR, resolve_incident
from tracking.services.partners.recipients import Contact, keep_contact
from tracking.services.requests.bodies import DoorPoint, Resolution
from workers.line.decode import decode
from workers.line.record import record_events
from workers.ports import StreamRecord
from workers.runtime import LISTENERS

pytestmark = pytest.mark.django_db

HOME = DoorPoint(lat=12.93, lon=77.62)
PIN = "560034"
AWAY = {"lat": 12.99, "lon": 77.62}
AT_HOME = {"lat": 12.93, "lon": 77.62}


def event(minute, event_id, **fields):
    """Event that arrives at the moment it happens."""
    return make_event(minute, event_id, received_at=at(minute), **fields)


BOOKED = event(
    -60, "b", status="created", source="api", partner_id="prt_acme", booking=Booking(destination_pin=PIN)
)
OUT = event(-30, "o", status="out_for_delivery", vehicle_id="van-1")
ATTEMPT = event(60, "a1", status="attempt_failed", substatus="not_home", vehicle_id="van-1")


@pytest.fixture
def booking(world, partner):
    """A booking with a known door; its changes are taken as the listener of operators does."""
    wire(replace(ports(), pin_codes=MemoryPinCodes({PIN: (HOME.lat, HOME.lon)})))
    shipment = Shipment(shipment_id="123", partner=partner, pin_code=PIN)
    keep_contact(shipment, Contact(point=HOME))
    shipment.save()
    return shipment


def drive(world, place, first=-10, last=80, owner="prt_acme"):
    """Positions of the van at one place every five minutes, reported while it was the owner's."""
    owned = {"partner_id": owner, "speed_kmh": 0.0}
    world.vehicles.record_fixes(
        [make_fix(minute, "van-1", **place, **owned) for minute in range(first, last, 5)]
    )


def take(world, *events):
    """Record events at the time of the last one, and take their changes."""
    if not events:
        return []
    recorded = record_events(world.store, world.store.read_states(["123"]), events, events[-1].occurred_at)
    changes = [change for first in recorded.changes for change in (first, *first.also)]
    for change in changes:
        LISTENERS["ops"](change)
    return changes


def look(world, minute):
    """Run the periodic check at a minute, and take what it puts through decode and record."""
    world.stream.records.clear()
    put = check_attempts(ports(), at(minute))
    records = [
        StreamRecord(raw, at(minute), "1/shard", f"{minute:05d}{number}", f"{minute}{number}")
        for number, (_, raw) in enumerate(world.stream.records)
    ]
    scans = decode(records).scans
    changes = take(world, *(event(minute, scan.event_id, **read_own(scan)) for scan in scans))
    return put, [change.type for change in changes]


def read_own(scan):
    return {name: getattr(scan, name) for name in ("source", "actor", "clock_kind", "evidence")}


def read_evidence(world):
    found = [event.evidence for event in world.store.read_timeline("123") if event.evidence]
    return [(each.event_id, each.verdict, each.nearest_m, each.computed_at) for each in found]


def open_codes():
    return set(Incident.objects.filter(resolved_at=None).values_list("code", flat=True))


def test_an_attempt_without_a_visit_is_contradicted_and_opens_an_incident(world, booking):
    take(world, BOOKED, OUT, ATTEMPT)
    drive(world, AWAY)
    assert look(world, 69) == (0, [])
    assert look(world, 70) == (1, ["attempt_doubted"])
    assert read_evidence(world) == [("a1", "contradicted", 6672, at(70))]
    incident = Incident.objects.get(code="suspected_fake_attempt")
    assert (incident.severity, incident.subject, incident.vehicle_id, incident.opened_at, incident.why) == (
        "critical",
        "123",
        "van-1",
        at(70),
        "Delivery attempt failed, reported while the vehicle was elsewhere; nearest 6672 m",
    )
    assert look(world, 71) == (0, [])
    take(world, event(80, "h", status="in_transit", substatus="arrived_hub"))
    assert look(world, 90) == (0, [])
    assert not AttemptCheck.objects.exists()


def test_a_visit_supports_attempt_and_delivery_and_opens_nothing(world, booking):
    take(world, BOOKED, OUT, ATTEMPT)
    drive(world, AT_HOME)
    assert look(world, 70) == (1, [])
    take(world, event(75, "d1", status="delivered", vehicle_id="van-1"))
    assert look(world, 85) == (1, [])
    assert [found[:2] for found in read_evidence(world)] == [("a1", "supported"), ("d1", "supported")]
    assert "suspected_fake_attempt" not in open_codes()


def test_buffered_positions_turn_insufficient_evidence_into_a_verdict(world, booking):
    take(world, BOOKED, OUT, ATTEMPT)
    assert look(world, 70) == (1, [])
    assert look(world, 119) == (0, [])
    # Without a new position nothing new is said.
    assert look(world, 120) == (0, [])
    drive(world, AWAY)
    assert look(world, 420) == (1, ["attempt_doubted"])
    assert [found[1:2] + found[3:] for found in read_evidence(world)] == [
        ("insufficient", at(70)),
        ("contradicted", at(420)),
    ]


def test_a_delivery_is_looked_at_four_times_at_most(world, booking):
    take(world, BOOKED, OUT, event(60, "d1", status="delivered", vehicle_id="van-1"))
    found = [look(world, minute)[0] for minute in (70, 120, 420, 1500)]
    assert (found, AttemptCheck.objects.count()) == ([1, 0, 0, 0], 0)


def test_a_shipment_that_stays_at_an_attempt_is_looked_at_every_hour_for_two_days(world, booking):
    take(world, BOOKED, OUT, ATTEMPT)
    drive(world, AT_HOME)
    look(world, 70)
    assert AttemptCheck.objects.get().due_at == at(130)
    assert look(world, 60 + 48 * 60 - 1) == (0, [])
    assert AttemptCheck.objects.get().due_at == at(60 + 49 * 60 - 1)
    assert look(world, 60 + 49 * 60 - 1) == (0, [])
    assert not AttemptCheck.objects.exists()


def test_a_decided_verdict_stands_whatever_positions_come_later(world, booking):
    take(world, BOOKED, OUT, ATTEMPT)
    drive(world, AWAY)
    look(world, 70)
    drive(world, AT_HOME, first=-9, last=79)
    take(world, event(100, "o2", status="out_for_delivery", vehicle_id="van-1"))
    assert look(world, 110) == (0, [])


def test_without_door_or_vehicle_or_own_positions_the_evidence_is_insufficient(world, booking):
    drive(world, AWAY)
    of_partner = {"source": "api", "partner_id": "prt_acme"}
    take(world, BOOKED, event(0, "o1", status="out_for_delivery", **of_partner))
    take(world, event(60, "a1", status="attempt_failed", **of_partner))
    look(world, 70)
    Shipment.objects.update(recipient_sealed=b"", pin_code="")
    take(world, event(75, "o", status="out_for_delivery", vehicle_id="van-1"))
    take(world, event(78, "a2", status="attempt_failed", vehicle_id="van-1"))
    look(world, 90)
    assert [found[:3] for found in read_evidence(world)] == [
        ("a1", "insufficient", None),
        ("a2", "insufficient", None),
    ]


def test_positions_from_before_the_vehicle_was_the_partners_do_not_count(world, booking):
    foreign = [
        make_fix(minute, "van-1", **AWAY, partner_id="prt_rival", speed_kmh=0.0)
        for minute in range(-10, 80, 5)
    ]
    world.vehicles.record_fixes(foreign)
    take(world, BOOKED, OUT, ATTEMPT)
    look(world, 70)
    assert [found[:3] for found in read_evidence(world)] == [("a1", "insufficient", None)]


def test_a_parcel_handed_over_at_a_counter_is_not_compared_with_the_door(world, booking):
    drive(world, AWAY)
    take(world, BOOKED, OUT, event(50, "p", status="available_for_pickup", vehicle_id="van-1"))
    take(world, event(60, "d1", status="delivered"))
    assert look(world, 70) == (1, [])
    assert [found[:3] for found in read_evidence(world)] == [("d1", "insufficient", None)]


def test_a_delivery_back_to_the_shipper_is_no_attempt(world, booking):
    take(world, BOOKED, OUT, event(10, "r", status="returning"))
    take(world, event(60, "d1", status="delivered", vehicle_id="van-1"))
    assert (look(world, 80), read_evidence(world)) == ((0, []), [])


def test_an_attempt_reported_again_gets_evidence_within_the_hour(world, booking):
    take(world, BOOKED, OUT, ATTEMPT)
    drive(world, AT_HOME, last=150)
    look(world, 70)
    take(world, event(75, "a2", status="attempt_failed", vehicle_id="van-1"))
    assert look(world, 129) == (0, [])
    assert look(world, 130) == (1, [])
    assert [found[:2] for found in read_evidence(world)] == [("a1", "supported"), ("a2", "supported")]


def test_an_attempt_reported_again_just_before_a_look_is_looked_at_ten_minutes_later(world, booking):
    take(world, BOOKED, OUT, ATTEMPT)
    drive(world, AT_HOME, last=70)
    drive(world, AWAY, first=70, last=300)
    look(world, 70)
    take(world, event(185, "a2", status="attempt_failed", vehicle_id="van-1"))
    assert look(world, 190) == (0, [])
    assert look(world, 195) == (1, ["attempt_doubted"])


def test_an_attempt_reported_again_gets_evidence_when_the_shipment_moves_on(world, booking):
    take(world, BOOKED, OUT, ATTEMPT)
    drive(world, AT_HOME, last=150)
    look(world, 70)
    take(world, event(75, "a2", status="attempt_failed", vehicle_id="van-1"))
    take(world, event(90, "h", status="in_transit", substatus="arrived_hub"))
    assert look(world, 100) == (1, [])
    assert [found[:2] for found in read_evidence(world)] == [("a1", "supported"), ("a2", "supported")]


def test_the_incident_closes_when_the_attempt_is_retracted(world, booking):
    take(world, BOOKED, OUT, ATTEMPT)
    drive(world, AWAY)
    look(world, 70)
    take(world, event(80, "o2", status="out_for_delivery", vehicle_id="van-1"))
    assert open_codes() == {"suspected_fake_attempt"}
    changes = take(world, event(90, "c", source="manual", retracts="a1"))
    assert ([change.type for change in changes], open_codes()) == (["corrected"], set())


def test_the_doubt_ends_after_an_operator_has_resolved_the_incident(world, booking):
    take(world, BOOKED, OUT, ATTEMPT)
    drive(world, AWAY)
    look(world, 70)
    incident = Incident.objects.get(code="suspected_fake_attempt")
    assert look(world, 71) == (0, [])
    resolve_incident(world.live, incident, Resolution(resolution_code="false_alarm"), "ops:asha", at(80))
    assert check_attempts(ports(), at(80) + UNDO_FOR / 2) == 0
    assert look(world, 81) == (1, [])
    assert world.store.read_state("123").doubts == ()
    assert (look(world, 82), open_codes()) == ((0, []), {"attempt_failed"})


def test_the_door_is_its_point_else_the_area_of_the_pin_code(booking, partner):
    pin_codes = MemoryPinCodes({PIN: (12.9, 77.6)}, radius_m=2500.0)
    without = Shipment(shipment_id="124", partner=partner, pin_code=PIN)
    found = [find_door(shipment, pin_codes) for shipment in (booking, without, Shipment(pin_code="1"), None)]
    assert found == [Door(HOME.lat, HOME.lon), Door(12.9, 77.6, 2500.0), None, None]


def test_the_evidence_is_a_signed_record_of_our_own_that_a_device_cannot_send(world, booking):
    take(world, BOOKED, OUT, ATTEMPT)
    drive(world, AWAY)
    check_attempts(ports(), at(70))
    ((key, raw),) = world.stream.records
    record = decode_record(raw)
    assert (key, record["source"], record["clock_kind"], record["timestamp"]) == (
        "123",
        "system",
        "evidence",
        "2026-11-22T08:10:00.000Z",
    )
    forged = raw.replace(b'"dwell_s":0', b'"dwell_s":9')
    scans = decode([StreamRecord(data, at(70), "1/s", "1", "1") for data in (raw, forged)]).scans
    assert [(scan.source, scan.evidence is not None) for scan in scans] == [
        ("system", True),
        ("device", False),
    ]
    assert scans[0].occurred_at - ATTEMPT.occurred_at == timedelta(minutes=10)
