"""Device clocks: a device that is 5 h 30 min late gets one incident, closed when its clock is right."""

import pytest

from tests.events import at, make_fix
from tracking.models import Incident, Vehicle
from tracking.ports import ports
from tracking.services.operations.device_clocks import check_device_clocks


@pytest.fixture
def van(world, partner):
    """A registered vehicle; what it reports is kept as cleaning has left it."""
    Vehicle.objects.create(vehicle_id="van-1", partner=partner)
    return world.vehicles


def report(vehicles, minute, flags=(), vehicle_id="van-1"):
    fix = make_fix(minute, vehicle_id, lat=13.0, lon=77.6, fix_flags=flags)
    vehicles.record_fixes([fix])


def list_incidents():
    return list(Incident.objects.order_by("pk").values_list("code", "subject", "resolved_at"))


def test_a_wrong_clock_opens_one_incident_and_a_right_one_closes_it(van):
    report(van, 0, flags=("skew_late",))
    assert [check_device_clocks(ports(), at(minute)) for minute in (1, 11)] == [1, 0]
    assert list_incidents() == [("clock_skewed", "van-1", None)]
    report(van, 12)
    assert [check_device_clocks(ports(), at(minute)) for minute in (13, 14)] == [1, 0]
    assert list_incidents() == [("clock_skewed", "van-1", at(13))]


def test_the_clock_of_a_vehicle_without_recent_reports_is_not_judged(van):
    report(van, 0, flags=("skew_late",))
    assert (check_device_clocks(ports(), at(62)), list_incidents()) == (0, [])


def test_an_unregistered_vehicle_is_not_checked(van):
    report(van, 0, flags=("skew_late",), vehicle_id="van-of-nobody")
    assert (check_device_clocks(ports(), at(1)), list_incidents()) == (0, [])


def test_more_vehicles_than_one_read_takes_are_all_checked(van, partner):
    names = [f"v{number}" for number in range(120)]
    Vehicle.objects.bulk_create(Vehicle(vehicle_id=name, partner=partner) for name in names)
    for name in names:
        report(van, 0, flags=("skew_late", "swapped"), vehicle_id=name)
    assert check_device_clocks(ports(), at(1)) == 120
