"""The last mile on the customer's page: for a recipient who has unlocked it, and near the door alone."""

import json
import re

import pytest

from tests.tracking.pages.examples import NOW
from tests.tracking.pages.nearby import PIN, VAN, ride
from tracking.eta.last_mile import LastMile
from tracking.pages.near_map import draw_near, say_near

pytestmark = pytest.mark.usefixtures("plain_static", "world", "db")
NEAR = {
    "lat": 12.319,
    "lon": 76.669,
    "occurred_at": "2026-11-24T01:21:00.000Z",
    "stops_ahead": 4,
    "door": {"lat": 12.305, "lon": 76.655},
}


@pytest.fixture(autouse=True)
def moment(time_machine):
    time_machine.move_to(NOW, tick=False)


def open_whole(client, token, secret=PIN):
    assert client.post(f"/t/{token}/unlock", {"secret": secret}).status_code == 302
    return client.get(f"/t/{token}").content.decode()


def find_coordinates(text):
    """Every number with more decimals than the public may know, of those near the van."""
    return re.findall(r"\b(?:12|76)\.\d{3,}", text)


def test_unlocked_the_page_says_how_many_stops_and_how_far(client):
    page = open_whole(client, ride(4))
    assert '<p class="stops">4 stops before you · 2.2 km</p>' in page
    told = re.search(r'<script id="near" type="application/json">(.*?)</script>', page)
    assert json.loads(told[1]) == NEAR


def test_a_locked_page_shows_its_lane_and_knows_nothing_nearer_than_a_kilometre(client):
    token = ride(4)
    for path in (f"/t/{token}", f"/t/{token}/map/", f"/t/{token}/state/"):
        answer = client.get(path)
        assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-cache")
        assert find_coordinates(answer.content.decode()) == []
        assert "before you" not in answer.content.decode()
    assert 'data-scene="lane"' in client.get(f"/t/{token}").content.decode()


def test_more_than_ten_stops_away_the_recipient_too_sees_the_lane(client):
    page = open_whole(client, ride(11))
    assert (find_coordinates(page), 'data-scene="lane"' in page, 'id="near"' in page) == ([], True, False)


def test_the_map_and_the_answer_alone_are_the_same_for_an_unlocked_browser(client):
    token = ride(4)
    open_whole(client, token)
    drawn, state = client.get(f"/t/{token}/map/"), client.get(f"/t/{token}/state/")
    assert '<div class="map near" data-scene="near">' in drawn.content.decode()
    assert state.json()["near"] == NEAR
    assert (drawn["Cache-Control"], state["Cache-Control"]) == ("private, no-store",) * 2
    # The public part stays as coarse as it is.
    assert state.json()["position"]["lat"] == round(VAN[0], 2)


@pytest.mark.parametrize(
    ("stops_ahead", "north_km", "words"),
    [
        (0, 0.0, "You are next · 100 m"),
        (1, 0.56, "1 stop before you · 600 m"),
        (2, 0.96, "2 stops before you · 1.0 km"),
        (10, 7.31, "10 stops before you · 7.3 km"),
    ],
)
def test_the_words_count_in_stops_and_in_steps_of_a_hundred_metres(stops_ahead, north_km, words):
    assert say_near(make_near(stops_ahead, north_km)) == words


@pytest.mark.parametrize(
    ("north_km", "radii", "dot"),
    [
        (0.5, ["84", "168", "420"], "320 66"),
        (1.5, ["42", "84", "210"], "320 45"),
        (4.0, ["16.8", "33.6", "84"], "320 40.8"),
        # Beyond the last ring it stands at the edge, in its direction.
        (9.0, ["16.8", "33.6", "84"], "320 16"),
    ],
)
def test_the_smallest_ring_that_holds_the_van_fills_the_picture(north_km, radii, dot):
    scene = draw_near(make_near(3, north_km))
    assert ([ring.radius for ring in scene.rings], scene.dot) == (radii, dot)


def make_near(stops_ahead, north_km):
    return LastMile(
        lat=12.0 + north_km / 111.2,
        lon=76.0,
        occurred_at=NOW,
        stops_ahead=stops_ahead,
        door_lat=12.0,
        door_lon=76.0,
    )
