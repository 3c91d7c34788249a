"""Trail of a vehicle: the last half hour of its own positions."""

from tests.events import at, make_fix
from tracking.domain.vehicles import Owner, Registration
from tracking.services.reading.vehicle_trails import TrailPoint, read_trail


def point(minute, lat):
    return TrailPoint(round(at(minute).timestamp() * 1000), lat, 77.6)


def test_a_trail_holds_the_good_positions_of_the_last_half_hour_oldest_first(world):
    dropped = make_fix(45, "KA-1", lat=1.0, lon=77.6, fix_flags=("null_island",))
    fixes = [make_fix(minute, "KA-1", lat=minute, lon=77.600001) for minute in (60, 29, 31, 50)]
    world.vehicles.record_fixes([*fixes, dropped, make_fix(40, "KA-2", lat=2.0, lon=77.6)])
    assert read_trail(world.vehicles, "KA-1", at(60)) == [point(31, 31), point(50, 50), point(60, 60)]
    assert read_trail(world.vehicles, "KA-3", at(60)) == []


def test_the_position_of_a_fast_clock_has_the_time_of_its_arrival(world):
    world.vehicles.record_fixes([make_fix(63, "KA-1", lat=13.0, lon=77.6, received_at=at(59))])
    assert read_trail(world.vehicles, "KA-1", at(60)) == [point(59, 13.0)]


def test_positions_under_an_earlier_owner_are_not_in_the_trail(world):
    world.vehicles.record_fixes([make_fix(50, "KA-1", lat=13.0, lon=77.6)])
    world.vehicles.keep_registration("KA-1", Registration(Owner("prt_acme")))
    own = make_fix(55, "KA-1", lat=14.0, lon=77.6, partner_id="prt_acme")
    world.vehicles.record_fixes([own])
    assert read_trail(world.vehicles, "KA-1", at(60)) == [point(55, 14.0)]
