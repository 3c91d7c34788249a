"""Geofence index: fences are found in every cell they touch, and old ones are used if reading fails."""

import math

from hypothesis import given
from hypothesis import strategies as st

from tracking.domain.calendars import DeliveryCalendar
from tracking.domain.distance import distance_km
from tracking.domain.errors import TransientError
from tracking.domain.geofence import OUTSIDE_RADII, make_geofence
from workers.places.fences import GeofenceIndex

HUB = make_geofence("BLR", "hub", 12.9716, 77.5946, "Bengaluru hub")
STORE = make_geofence("DS1", "dark_store", 12.9352, 77.6245)


@given(st.floats(8, 34), st.floats(70, 95), st.floats(0, 2 * math.pi), st.floats(0, 1.3))
def test_a_fence_is_found_from_anywhere_inside_it_and_from_the_belt_around_it(lat, lon, angle, radii):
    fence = make_geofence("F", "hub", lat, lon)
    step = radii * fence.radius_m / 111_200
    near = (lat + step * math.sin(angle), lon + step * math.cos(angle) / math.cos(math.radians(lat)))
    assert distance_km(lat, lon, *near) * 1000 <= OUTSIDE_RADII * fence.radius_m + 1
    assert list(GeofenceIndex(lambda: [fence]).find_near(*near)) == [fence]


def test_a_fence_is_found_by_its_id():
    book = GeofenceIndex(lambda: [HUB, STORE])
    assert (book.find("DS1"), book.find("none")) == (STORE, None)
    assert list(book.find_near(28.6, 77.2)) == []


def test_fences_are_read_again_once_a_minute():
    now, kept = [0.0], [HUB]
    book = GeofenceIndex(lambda: list(kept), clock=lambda: now[0])
    assert book.find("BLR") == HUB
    kept[:] = [STORE]
    now[0] = 59.0
    assert book.find("DS1") is None
    now[0] = 61.0
    assert (book.find("DS1"), book.find("BLR")) == (STORE, None)


def test_the_old_fences_are_used_while_new_ones_cannot_be_read():
    now, broken = [0.0], [False]

    def read():
        if broken[0]:
            raise TransientError("the database is away")
        return [HUB]

    book = GeofenceIndex(read, clock=lambda: now[0])
    assert book.find("BLR") == HUB
    now[0], broken[0] = 100.0, True
    assert book.find("BLR") == HUB


def test_the_delivery_hours_of_a_hub_are_found_by_its_id():
    calendar = DeliveryCalendar(closes_min=18 * 60)
    hub = make_geofence("BLR", "hub", 12.9716, 77.5946, "Bengaluru hub", calendar)
    book = GeofenceIndex(lambda: [hub])
    assert (book.find_calendar("BLR"), book.find_calendar("none")) == (calendar, None)
