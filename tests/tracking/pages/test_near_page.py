"""Map of the last mile: shown only on an unlocked page, and only near the door."""

import re

import msgspec
import pytest

from tests.tracking.pages.examples import NOW
from tests.tracking.pages.nearby import SECRET, ride
from tracking.eta.recipient_view import VanNearby
from tracking.models import Manifest, Partner, Stop, Vehicle
from tracking.pages.near_map import draw_near, format_near

pytestmark = pytest.mark.usefixtures("plain_static", "world", "db")


@pytest.fixture(autouse=True)
def moment(time_machine):
    time_machine.move_to(NOW, tick=False)


def open_whole(client, token, secret=SECRET):
    assert client.post(f"/t/{token}/unlock", {"secret": secret}).status_code == 302
    return client.get(f"/t/{token}").content.decode()


def find_coordinates(text):
    """Find numbers near the van's coordinates with more decimals than the public may see."""
    return re.findall(r"\b(?:12|76)\.\d{3,}", text)


def test_an_unlocked_page_shows_the_number_of_stops_and_the_distance(client):
    page = open_whole(client, ride(4))
    assert '<p class="stops">4 stops before you · 2.2 km</p>' in page
    assert 'data-scene="near"' in page
    # The picture is in pixels, so the exact position is not sent.
    assert find_coordinates(page) == []


@pytest.mark.parametrize(
    ("stops", "h1"),
    [(0, "Your stop is next"), (1, "1 stop away"), (4, "4 stops away"), (10, "10 stops away")],
)
def test_the_headline_has_the_number_of_stops(client, stops, h1):
    page = open_whole(client, ride(stops))
    assert (f"<h1>{h1}</h1>" in page, f"<title>{h1} · SwiftLogix</title>" in page) == (True, True)


@pytest.mark.parametrize(
    ("substatus", "h1", "caption"),
    [
        ("arriving", "Your stop is next", "You are next · 2.2 km"),
        ("arrived", "At your door", "At your door"),
    ],
)
def test_headline_and_map_agree_on_whether_the_van_is_at_the_door(client, substatus, h1, caption):
    page = open_whole(client, ride(0, substatus=substatus))
    assert (f"<h1>{h1}</h1>" in page, f'<p class="stops">{caption}</p>' in page) == (True, True)
    (dot,) = re.findall(r'class="dot" transform="translate\(([\d.]+) ([\d.]+)\)"', page)
    is_beside = abs(float(dot[0]) - 320) <= 20 and dot[1] == "98"
    assert is_beside is (substatus == "arrived")


def test_the_recipient_and_nobody_else_reads_the_first_name_of_the_driver(client):
    token = ride(4)
    vehicle = Vehicle.objects.create(
        vehicle_id="VAN-7", partner=Partner.objects.create(partner_id="prt_acme", name="Acme")
    )
    manifest = Manifest.objects.create(
        manifest_id="m", vehicle=vehicle, starts_at=NOW, driver_first_name="Suresh"
    )
    Stop.objects.create(manifest=manifest, shipment_id="SLX-4821-NEAR", sequence=5)
    locked = client.get(f"/t/{token}").content.decode()
    assert ("Suresh" in locked, "Suresh is bringing it." in open_whole(client, token)) == (False, True)


def test_a_locked_page_shows_its_lane_and_no_position_finer_than_a_kilometre(client):
    answer = client.get(f"/t/{ride(4)}")
    page = answer.content.decode()
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-cache")
    assert find_coordinates(page) == []
    assert ("before you" in page, 'data-scene="lane-forward"' in page) == (False, True)


def test_more_than_ten_stops_away_an_unlocked_page_shows_the_lane(client):
    page = open_whole(client, ride(11))
    assert ("before you" in page, 'data-scene="lane-forward"' in page) == (False, True)


@pytest.mark.parametrize(
    ("stops_ahead", "north_km", "text"),
    [
        (0, 0.0, "You are next · 100 m"),
        (1, 0.56, "1 stop before you · 600 m"),
        (2, 0.96, "2 stops before you · 1.0 km"),
        (10, 7.31, "10 stops before you · 7.3 km"),
    ],
)
def test_the_caption_has_the_stops_and_the_distance_in_steps_of_a_hundred_metres(stops_ahead, north_km, text):
    assert format_near(make_near(stops_ahead, north_km)) == text


@pytest.mark.parametrize(
    ("north_km", "radii", "dot"),
    [
        (0.5, ["74", "148", "370"], "320 61"),
        (1.5, ["37", "74", "185"], "320 42.5"),
        (4.0, ["14.8", "29.6", "74"], "320 38.8"),
        # Outside the last ring it is drawn at the edge, in its direction.
        (9.0, ["14.8", "29.6", "74"], "320 18"),
    ],
)
def test_the_smallest_ring_around_the_van_fills_the_picture(north_km, radii, dot):
    scene = draw_near(make_near(3, north_km))
    assert ([ring.radius for ring in scene.rings], scene.dot) == (radii, dot)


def test_at_the_door_the_van_is_close_beside_it_wherever_the_middle_of_the_area_is():
    scene = draw_near(msgspec.structs.replace(make_near(0, 1.5), is_at_door=True))
    assert ([ring.radius for ring in scene.rings], scene.dot) == (["74", "148", "370"], "340 98")


def make_near(stops_ahead, north_km):
    return VanNearby(
        lat=12.0 + north_km / 111.2,
        lon=76.0,
        occurred_at=NOW,
        stops_ahead=stops_ahead,
        pin_lat=12.0,
        pin_lon=76.0,
    )
