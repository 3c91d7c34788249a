"""Incidents: opened once by their cause, closed by its end, for any order and repeats."""

from datetime import timedelta

import pytest

from tests.events import at, make_event
from tests.tracking.stories import record_timeline
from tracking.domain.events import Booking, Eta, LatenessRisk, Window
from tracking.domain.status import Status
from tracking.domain.texts import say_status
from tracking.models import Incident
from tracking.ports import ports
from tracking.services.operations.incident_changes import incident_row, resolve_incident
from tracking.services.operations.incidents import close_incident, open_incident, update_incidents
from tracking.services.requests.bodies import Resolution

pytestmark = pytest.mark.django_db

# Partner and hubs of a shipment that nobody has booked.
NOBODYS = {"partner": None, "hubs": []}
PROMISE = Booking(promised=Window(from_=at(0), to=at(60)))


def eta(minutes):
    return Eta(from_=at(minutes - 10), at=at(minutes), to=at(minutes + 10))


def open_codes():
    return set(Incident.objects.filter(resolved_at=None).values_list("code", flat=True))


def take(world, *events):
    changes, _ = record_timeline(world.store, *events)
    for change in changes:
        update_incidents(ports(), change)
    return changes


@pytest.mark.parametrize(
    ("status", "substatus", "code", "severity", "minutes"),
    [
        ("attempt_failed", "not_home", "attempt_failed", "high", 30),
        ("exception", "damaged", "exception", "high", 30),
        ("exception", "suspected_fake_attempt", "attempt_doubtful", "critical", 15),
        ("exception", "delivered_disputed", "delivery_disputed", "critical", 15),
        ("lost", "confirmed", "exception", "high", 30),
        ("on_hold", "customs", "on_hold", "medium", 240),
    ],
)
def test_a_status_of_a_problem_opens_its_incident(world, status, substatus, code, severity, minutes):
    take(
        world,
        make_event(0, status="out_for_delivery", vehicle_id="KA-1"),
        make_event(5, status=status, substatus=substatus),
    )
    row = incident_row(Incident.objects.get())
    assert row == {
        "id": row["id"],
        "version": 1,
        "owner": "",
        "snoozed_until": None,
        "code": code,
        "severity": severity,
        "subject": "123",
        "shipment_id": "123",
        "vehicle_id": "KA-1",
        "why": f"{say_status(Status(status), substatus)}, reported by the device",
        "opened_at": "2026-11-22T07:05:00.000Z",
        "due_at": (at(5) + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "resolved_at": None,
    }
    assert world.live.fleet == [{"vehicles": [], "changes": [], "incidents": [row | NOBODYS]}]


def test_a_clock_that_is_fast_opens_and_closes_at_the_arrival_of_its_report(world):
    arrived = {"received_at": at(1)}
    take(world, make_event(4, "e1", status="on_hold", **arrived))
    take(world, make_event(5, "e2", status="in_transit", **arrived))
    assert list(Incident.objects.values_list("opened_at", "resolved_at")) == [(at(1), at(1))]


def test_the_next_attempt_closes_the_one_that_failed(world):
    take(world, make_event(0, status="out_for_delivery"), make_event(5, status="attempt_failed"))
    take(world, make_event(90, status="out_for_delivery"))
    incident = Incident.objects.get()
    assert (incident.resolved_at, world.live.fleet[-1]["incidents"]) == (
        at(90),
        [incident_row(incident) | NOBODYS],
    )


def test_lateness_is_open_from_delayed_to_delay_cleared(world):
    take(world, make_event(0, status="in_transit", booking=PROMISE))
    take(world, make_event(5, lat=12.9, lon=77.5, eta=eta(120)))
    assert open_codes() == {"delayed"}
    for minute in (35, 40, 45, 50):
        take(world, make_event(minute, lateness_risk=LatenessRisk(p_late=0.1)))
    assert open_codes() == set()
    take(world, make_event(70, status="in_transit", lat=12.9, lon=77.5))
    assert (open_codes(), Incident.objects.count()) == ({"delayed"}, 2)
    take(world, make_event(80, status="delivered"))
    assert open_codes() == set()


def test_a_stall_is_open_until_a_change_ends_it(world):
    take(world, make_event(0, status="in_transit"))
    clock = make_event(400, "stalled-no_scan-1", source="system", actor="clock", clock_kind="no_scan")
    take(world, clock)
    assert (open_codes(), Incident.objects.get().why) == ({"stalled"}, "no scan")
    take(world, make_event(420, status="out_for_delivery"))
    assert open_codes() == set()


def test_an_unmapped_status_is_open_until_the_next_known_status(world):
    take(world, make_event(0, status="in_transit"))
    take(world, make_event(5, reported_status="teleported"))
    assert open_codes() == {"unmapped_status"}
    take(world, make_event(10, status="out_for_delivery"))
    assert open_codes() == set()


def test_a_step_that_is_not_allowed_opens_nothing(world):
    changes = take(world, make_event(0, status="delivered"), make_event(5, status="in_transit"))
    assert ([change.type for change in changes], open_codes()) == (
        ["status_changed", "event_rejected"],
        set(),
    )


def test_the_same_change_again_opens_nothing_even_after_it_was_resolved(world):
    changes = take(world, make_event(0, status="out_for_delivery"), make_event(5, status="attempt_failed"))
    for change in changes:
        update_incidents(ports(), change)
    assert Incident.objects.count() == 1
    Incident.objects.update(resolved_at=at(6))
    for change in changes:
        update_incidents(ports(), change)
    assert (Incident.objects.count(), open_codes(), len(world.live.fleet)) == (1, set(), 1)


def test_changes_in_the_wrong_order_leave_no_ended_incident_open(world):
    changes = [
        change
        for event in (
            make_event(0, status="in_transit", booking=PROMISE),
            make_event(1, reported_status="teleported"),
            make_event(2, lat=12.9, lon=77.5, eta=eta(120)),
            make_event(3, status="on_hold", substatus="strike"),
            make_event(4, status="delivered"),
        )
        for change in record_timeline(world.store, event)[0]
    ]
    for change in reversed(changes):
        update_incidents(ports(), change)
    assert open_codes() == set()


def test_one_incident_is_open_per_code_and_subject(world):
    first = open_incident(
        ports().live, "unmapped_status", "dev-1", "speaks in tongues", at(0), vehicle_id="KA-1"
    )
    assert first is not None
    assert open_incident(ports().live, "unmapped_status", "dev-1", "still does", at(1)) is None
    assert open_incident(ports().live, "unmapped_status", "dev-2", "so does this one", at(1)) is not None
    closed = close_incident(ports().live, "unmapped_status", "dev-1", at(2))
    assert closed is not None
    assert (closed.pk, closed.resolved_at) == (first.pk, at(2))
    assert close_incident(ports().live, "unmapped_status", "dev-1", at(3)) is None
    assert open_incident(ports().live, "unmapped_status", "dev-1", "again", at(4)) is not None


def test_a_change_of_an_expired_shipment_does_nothing(world):
    changes, _ = record_timeline(world.store, make_event(0, status="attempt_failed"))
    world.store._states.clear()
    for change in changes:
        update_incidents(ports(), change)
    assert Incident.objects.count() == 0


def test_a_scan_by_another_partners_vehicle_opens_an_incident_once(world):
    booked = make_event(0, status="created", source="api", partner_id="p1", booking=PROMISE)
    take(world, booked)
    take(world, make_event(5, "theirs", status="in_transit", partner_id="p2"))
    take(world, make_event(6, "again", status="in_transit", partner_id="p2"))
    assert list(Incident.objects.values_list("code", "why")) == [
        ("foreign_vehicle", "foreign_vehicle (in_transit)")
    ]


@pytest.mark.parametrize(("minute", "resolved"), [(4, 5), (5, 5), (6, 6)])
def test_an_incident_never_ends_before_it_was_opened(world, minute, resolved):
    for subject in ("closed", "resolved"):
        open_incident(world.live, "delayed", subject, "late", at(5))
    closed = close_incident(world.live, "delayed", "closed", at(minute))
    incident = Incident.objects.get(subject="resolved")
    by_hand = resolve_incident(world.live, incident, Resolution(resolution_code="other"), "key_1", at(minute))
    assert closed is not None
    assert (closed.resolved_at, by_hand.resolved_at) == (at(resolved), at(resolved))
    assert list(Incident.objects.values_list("resolved_at", flat=True)) == [at(resolved)] * 2
