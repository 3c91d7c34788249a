"""Silent vehicles, silent partners and an unread stream become incidents that close themselves."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.events import at, make_fix
from tracking.domain.events import format_time
from tracking.lookup_ports import StreamProgress
from tracking.models import Incident, Manifest, Shipment, Stop, Vehicle
from tracking.ports import ports
from tracking.services.operations.silence import OnDuty, check_silence, list_on_duty


class KnownProgress:
    """Progress of reading that a test sets."""

    def __init__(self, progress: StreamProgress | None) -> None:
        self.progress = progress

    def read_progress(self) -> StreamProgress | None:
        return self.progress


@pytest.fixture(autouse=True)
def _now(time_machine):
    """Set the clock: the newest positions are those of the day that ends then."""
    time_machine.move_to(at(60), tick=False)


def load(partner, vehicle_id, *, status="in_transit", starts=0, livemode=True):
    """Put a parcel on a run of a new vehicle, which begins so many minutes after the start."""
    vehicle = Vehicle.objects.create(vehicle_id=vehicle_id, partner=partner, livemode=livemode)
    manifest = Manifest.objects.create(manifest_id=f"m-{vehicle_id}", vehicle=vehicle, starts_at=at(starts))
    shipment = Shipment.objects.create(shipment_id=f"s-{vehicle_id}", status=status)
    Stop.objects.create(manifest=manifest, shipment_id=shipment.shipment_id, sequence=1)
    return manifest


def report(world, vehicle_id, minute):
    world.vehicles.record_fixes([make_fix(minute, vehicle_id, lat=13.0, lon=77.6)])


def scan(world, vehicle_id, minute):
    """Let the vehicle be heard by a scan of a parcel, which stores no position of the vehicle alone."""
    row = {"vehicle_id": vehicle_id, "occurred_at": format_time(at(minute))}
    world.live.push_fleet({"vehicles": [row], "changes": []})


def list_incidents():
    rows = Incident.objects.order_by("pk")
    return list(rows.values_list("code", "subject", "opened_at", "resolved_at"))


def test_a_vehicle_on_duty_is_silent_after_ten_minutes_and_its_next_position_closes_the_incident(
    world, partner
):
    load(partner, "KA-1")
    report(world, "KA-1", 1)
    heard = at(1) + timedelta(milliseconds=40)
    assert [check_silence(ports(), at(minute)) for minute in (2, 11, 12, 13)] == [0, 0, 1, 0]
    opened = ("vehicle_silent", "KA-1", heard + timedelta(minutes=10), None)
    assert list_incidents() == [opened]
    incident = Incident.objects.get()
    assert (incident.vehicle_id, incident.severity, incident.why) == (
        "KA-1",
        "high",
        "on duty with parcels aboard, not heard since 12:31:00",
    )
    report(world, "KA-1", 14)
    assert [check_silence(ports(), at(minute)) for minute in (15, 16)] == [1, 0]
    assert list_incidents() == [(*opened[:3], at(15))]


def test_a_scan_of_a_parcel_aboard_is_a_sign_of_life_too(world, partner):
    load(partner, "KA-1")
    scan(world, "KA-1", 20)
    assert list_on_duty(ports(), at(21)) == [OnDuty("KA-1", "prt_acme", at(20))]
    assert check_silence(ports(), at(21)) == 0


def test_a_vehicle_that_never_reported_counts_from_the_start_of_its_run(world, partner):
    load(partner, "KA-1", starts=5)
    scan(world, "KA-9", 10)
    assert [check_silence(ports(), at(minute)) for minute in (4, 14, 15)] == [0, 0, 1]


def test_without_any_newest_position_a_vehicle_that_was_never_heard_is_not_judged(world, partner):
    load(partner, "KA-1")
    assert (list_on_duty(ports(), at(20)), check_silence(ports(), at(20))) == ([], 0)


@pytest.mark.parametrize(
    "run",
    [{"status": "delivered"}, {"starts": 30}, {"livemode": False}],
    ids=["nothing aboard", "not begun", "test vehicle"],
)
def test_a_vehicle_that_is_not_on_duty_may_be_silent(world, partner, run):
    load(partner, "KA-1", **run)
    report(world, "KA-1", 1)
    assert (check_silence(ports(), at(20)), list_incidents()) == (0, [])


def test_the_end_of_the_run_closes_the_incident(world, partner):
    manifest = load(partner, "KA-1")
    report(world, "KA-1", 1)
    check_silence(ports(), at(12))
    manifest.ends_at = at(13)
    manifest.save()
    assert check_silence(ports(), at(13)) == 1
    assert [row[3] for row in list_incidents()] == [at(13)]


def test_a_partner_without_any_voice_gets_one_incident_instead_of_one_per_vehicle(
    world, partner, other_partner
):
    for name in ("KA-1", "KA-2", "KA-3"):
        load(partner, name)
        report(world, name, 1)
    load(other_partner, "RV-1")
    report(world, "RV-1", 11)
    assert check_silence(ports(), at(12)) == 1
    heard = at(1) + timedelta(milliseconds=40)
    opened = ("feed_silent", "prt_acme", heard + timedelta(minutes=10), None)
    assert list_incidents() == [opened]
    report(world, "KA-2", 13)
    assert check_silence(ports(), at(14)) == 3
    silent = [("vehicle_silent", name, heard + timedelta(minutes=10), None) for name in ("KA-1", "KA-3")]
    assert list_incidents() == [(*opened[:3], at(14)), *silent]


def test_a_stream_that_nobody_reads_is_one_incident_and_no_vehicle_is_judged_meanwhile(world, partner):
    load(partner, "KA-1")
    report(world, "KA-1", 1)
    known = KnownProgress(StreamProgress(at(14), shards=4, stopped=3))
    unread = replace(ports(), stream_progress=known)
    assert [check_silence(unread, at(minute)) for minute in (14.5, 15, 15.1, 16)] == [1, 0, 1, 0]
    assert list_incidents()[1] == ("feed_silent", "stream", at(14), None)
    assert Incident.objects.get(subject="stream").why == (
        "not every record was read since 12:44:00: 3 of 4 shards have no reader"
    )
    report(world, "KA-1", 16)
    known.progress = StreamProgress(at(17), shards=4, stopped=0)
    assert check_silence(unread, at(17)) == 2
    assert [row[3] for row in list_incidents()] == [at(17), at(17)]


def test_shards_that_were_never_read_are_an_incident_and_no_shards_are_none(world, db):
    known = KnownProgress(StreamProgress(None, shards=2, stopped=2))
    never = replace(ports(), stream_progress=known)
    assert [check_silence(never, at(minute)) for minute in (1, 2)] == [1, 0]
    assert list_incidents() == [("feed_silent", "stream", at(1), None)]
    known.progress = None
    assert check_silence(never, at(3)) == 0
    assert list_incidents() == [("feed_silent", "stream", at(1), None)]
