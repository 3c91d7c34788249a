"""Pages of vehicles: the list with its filters, page by page, and the replay of a day as page and as JSON."""

import html
import re
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from tests.events import at, make_event, make_fix
from tests.staff import make_staff
from tests.tracking.pages.visible_text import read_text
from tests.tracking.services.reading.staff_world import make_world
from tests.tracking.stories import record_timeline
from tracking.domain.events import format_time
from tracking.lookup_ports import StreamProgress
from tracking.models import Shipment, StaffAction, Vehicle
from tracking.pages.vehicle_list import PAGE_SIZE
from tracking.ports import TrackingPorts, wire
from tracking.services.operations.fleet import read_stream_progress
from tracking.services.requests.roles import Role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static")]
NOW = at(60)


@pytest.fixture(autouse=True)
def _data(world, partner, other_partner, hubs, time_machine):
    time_machine.move_to(NOW, tick=False)
    make_world(partner, other_partner, hubs)


def hear(world, vehicle_id, minutes_ago=0, **fields) -> None:
    report = {
        "vehicle_id": vehicle_id,
        "lat": 12.9,
        "lon": 77.5,
        "heading": None,
        "speed_kmh": 30.0,
        "occurred_at": format_time(NOW - timedelta(minutes=minutes_ago)),
        "shipment_id": None,
        "status": None,
        "is_delayed": False,
    }
    world.live.push_fleet({"vehicles": [report | fields], "changes": []})


def read_rows(client, query="") -> list[tuple[str, str]]:
    """Return id and state of each vehicle shown."""
    page = client.get(f"/ops/vehicles/{query}").content.decode()
    body = page.split("<tbody>")[1] if "<tbody>" in page else ""
    found = re.findall(
        r'<th scope="row" class="nowrap">(.*?)</th>.*?<span class="pill \w+">(.*?)</span>', body, re.DOTALL
    )
    return [(re.sub(r"<[^>]+>", "", vehicle_id), state) for vehicle_id, state in found]


def test_the_list_says_that_nothing_new_is_read(client, world):
    class Stopped:
        def read_progress(self):
            return StreamProgress(NOW - timedelta(minutes=1), 2, 2)

    hear(world, "van-ours")
    client.force_login(make_staff(Role.VIEWER))
    fresh = client.get("/ops/vehicles/").content.decode()
    read_stream_progress.cache.clear()
    wire(TrackingPorts(*world, stream_progress=Stopped()))
    stale = client.get("/ops/vehicles/").content.decode()
    assert ["The stream is not read right now." in page for page in (fresh, stale)] == [False, True]
    assert ["data-unread" in page for page in (fresh, stale)] == [False, True]


def test_the_list_and_the_fleet_page_say_the_same_states(client, world):
    Shipment.objects.filter(shipment_id="ours-krm").update(is_delayed=True)
    hear(world, "van-mixed")
    hear(world, "van-ours", shipment_id="ours-pny", status="attempt_failed")
    hear(world, "van-ours", shipment_id="ours-pny", status="in_transit")
    hear(world, "van-theirs", shipment_id="theirs-pny", status="delivered")
    client.force_login(make_staff(Role.VIEWER))
    fleet = client.get("/ops/?view=table").content.decode()
    shown = re.findall(r'data-vehicle="([\w-]+)">.*?data-part="state">(.*?)<', fleet, re.DOTALL)
    assert (
        shown
        == read_rows(client)
        == [("van-mixed", "Late"), ("van-ours", "On time"), ("van-theirs", "Moving")]
    )


def test_vehicles_are_listed_with_those_that_need_attention_first(client, world):
    hear(world, "van-ours", status="in_transit")
    hear(world, "a-parked", speed_kmh=0.0)
    hear(world, "d-empty")
    hear(world, "b-late", status="in_transit", is_delayed=True)
    hear(world, "c-silent", minutes_ago=11)
    client.force_login(make_staff(Role.VIEWER))
    everything = [
        ("b-late", "Late"),
        ("c-silent", "Silent"),
        ("a-parked", "Parked"),
        ("van-ours", "On time"),
        ("d-empty", "Moving"),
        ("van-mixed", "Not heard of"),
        ("van-theirs", "Not heard of"),
    ]
    assert read_rows(client) == everything
    assert read_rows(client, "?state=late") == [("b-late", "Late")]
    assert read_rows(client, "?state=never&q=VAN-M") == [("van-mixed", "Not heard of")]
    assert read_rows(client, "?hub=BLR-KRM") == [("van-mixed", "Not heard of")]
    assert read_rows(client, "?state=flying&hub=%00&page=x") == everything
    assert read_rows(client, "?page=99999") == []


def test_a_limited_scope_opens_its_own_vehicles_alone(client, partner):
    client.force_login(make_staff(Role.OPERATOR, partners=[partner]))
    page = client.get("/ops/vehicles/").content.decode()
    assert re.findall(r'href="(/ops/vehicles/[\w-]+/)"', page) == ["/ops/vehicles/van-ours/"]
    paths = ["van-ours/", "van-mixed/", "van-theirs/", "van-ours/track.json", "van-theirs/track.json"]
    codes = [client.get(f"/ops/vehicles/{path}").status_code for path in paths]
    assert codes == [200, 404, 404, 200, 404]
    shipments = ["ours-krm/replay", "theirs-pny/replay", "ours-krm/track.json", "theirs-pny/track.json"]
    assert [client.get(f"/ops/shipments/{path}").status_code for path in shipments] == [200, 404, 200, 404]


def test_the_list_is_shown_page_by_page(client, partner):
    Vehicle.objects.bulk_create(
        Vehicle(vehicle_id=f"z{number:03d}", partner=partner) for number in range(PAGE_SIZE + 1)
    )
    client.force_login(make_staff(Role.VIEWER))
    assert len(read_rows(client, "?q=z")) == PAGE_SIZE
    assert ">Next</a>" in client.get("/ops/vehicles/?q=z").content.decode()
    assert read_rows(client, "?q=z&page=2") == [(f"z{PAGE_SIZE:03d}", "Not heard of")]


def test_a_track_is_answered_as_the_script_reads_it(client, world):
    world.vehicles.record_fixes([make_fix(2, "V1", lat=12.900004, lon=77.5, speed_kmh=31.5)])
    record_timeline(world.store, make_event(1, status="delivered", lat=13.0, lon=77.6))
    client.force_login(make_staff(Role.VIEWER))
    day = f"day={at(0):%Y-%m-%d}"
    two, one = (int(at(minute).timestamp() * 1000) for minute in (2, 1))
    assert client.get(f"/ops/vehicles/V1/track.json?{day}").json() == {
        "points": [[two, 12.9, 77.5, 31.5]],
        "marks": [],
        "is_cut": False,
    }
    mark = {"at": one, "text": "Delivered", "icon": "tick", "tone": "good", "shipment": "123"}
    assert client.get(f"/ops/shipments/123/track.json?{day}").json() == {
        "points": [[one, 13.0, 77.6, None]],
        "marks": [mark],
        "is_cut": False,
    }


@pytest.mark.parametrize("day", ["", "x", "9999-12-31", "0001-01-01", "2026-02-30"])
def test_a_day_that_cannot_be_shown_is_replaced(client, day):
    client.force_login(make_staff(Role.VIEWER))
    page = client.get(f"/ops/vehicles/V1/?day={day}").content.decode()
    (shown,) = re.findall(r'data-track="/ops/vehicles/V1/track.json\?day=([\d-]+)"', page)
    today = f"{at(0):%Y-%m-%d}"
    assert shown == today or (day == "0001-01-01" and shown == f"{at(0) - timedelta(days=30):%Y-%m-%d}")


def test_the_track_of_a_day_is_downloaded_in_three_forms_by_operators(client, world):
    places = [(1, 77.51), (2, 77.52)]
    world.vehicles.record_fixes([make_fix(minute, "V1", lat=12.9, lon=lon) for minute, lon in places])
    client.force_login(make_staff(Role.OPERATOR))
    path = "/ops/vehicles/V1/"
    found = re.findall(rf'href="({path}track\?[^"]+)"', client.get(path).content.decode())
    gpx, geojson, table = answers = [client.get(html.unescape(link)) for link in found]
    named = [answer["Content-Disposition"].partition("V1-")[2][10:] for answer in answers]
    assert named == ['.gpx"', '.geojson"', '.csv"']
    tree = ET.fromstring(gpx.content)
    points = [(point.get("lat"), point.get("lon"), point[0].text) for point in tree.findall(".//{*}trkpt")]
    times = [format_time(at(minute)) for minute, _ in places]
    assert points == [("12.9", "77.51", times[0]), ("12.9", "77.52", times[1])]
    assert geojson.json()["geometry"]["coordinates"] == [[77.51, 12.9], [77.52, 12.9]]
    assert [row.split(",")[:3] for row in table.content.decode().splitlines()] == [
        ["at", "lat", "lon"],
        [times[0], "12.9", "77.51"],
        [times[1], "12.9", "77.52"],
    ]
    kept = list(StaffAction.objects.values_list("verb", "subject"))
    assert kept == [("export", "track of vehicle V1")] * 3
    client.force_login(make_staff(Role.VIEWER, "vera"))
    assert client.get(html.unescape(found[0])).status_code == 403
    assert "/track?" not in client.get(path).content.decode()


def test_the_page_of_a_vehicle_has_its_stops_and_its_last_report(client, world):
    hear(world, "van-mixed", minutes_ago=3)
    client.force_login(make_staff(Role.OPERATOR))
    page = read_text(client.get("/ops/vehicles/van-mixed/").content.decode())
    assert ("last report Sun 22 Nov, 13:27, 30 km/h" in page, "1 of 1 stop left" in page) == (True, True)
