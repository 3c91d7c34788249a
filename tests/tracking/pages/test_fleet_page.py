"""Fleet page: filters in the address, the panel and the trail of a vehicle, each within the scope."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.events import at, make_fix
from tests.staff import make_staff
from tests.tracking.services.reading.staff_world import make_world
from tracking.domain.events import format_time
from tracking.models import Incident, Manifest, Shipment, Stop, Vehicle
from tracking.ports import ports
from tracking.services.operations.incidents import close_incident, open_incident
from tracking.services.partners.drivers import keep_driver
from tracking.services.requests.roles import Role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static")]
NOW = at(30)


@pytest.fixture(autouse=True)
def _data(world, partner, other_partner, hubs, time_machine):
    time_machine.move_to(NOW, tick=False)
    make_world(partner, other_partner, hubs)
    rows = [
        describe("van-ours", "ours-pny", speed_kmh=0.0),
        describe("van-theirs", None, status="in_transit", is_delayed=True),
        describe("van-mixed", "ours-krm", status="in_transit"),
        describe("van-fast", None, ahead_s=200),
    ]
    world.live.push_fleet({"vehicles": rows, "changes": []})


def describe(vehicle_id, shipment_id, ahead_s=0, **fields):
    """Return the row of a vehicle that was heard now."""
    heard = format_time(timezone.now() + timedelta(seconds=ahead_s))
    usual = {"lat": 12.9, "lon": 77.5, "heading": None, "speed_kmh": 40.0, "is_delayed": False}
    named = {"vehicle_id": vehicle_id, "shipment_id": shipment_id, "status": None, "occurred_at": heard}
    return usual | named | fields


def enter(client, **limits):
    client.force_login(make_staff(Role.VIEWER, "vera", **limits))


def list_rows(page):
    return re.findall(r'<tr data-vehicle="([^"]+)"', page.content.decode())


@pytest.mark.parametrize(
    ("query", "vehicles"),
    [
        ("", ["van-theirs", "van-ours", "van-mixed", "van-fast"]),
        ("?hub=BLR-PNY", ["van-ours"]),
        ("?hub=BLR-KRM", ["van-mixed"]),
        ("?partner=prt_rival", ["van-theirs", "van-mixed"]),
        ("?partner=prt_rival&status=on_time", ["van-mixed"]),
        ("?status=moving", ["van-fast"]),
        ("?status=late", ["van-theirs"]),
        ("?partner=prt_rival&status=live", ["van-theirs", "van-mixed"]),
        ("?status=nonsense&hub=BLR-PNY", ["van-ours"]),
        ("?hub=nowhere", []),
    ],
)
def test_the_table_holds_the_vehicles_that_the_address_asks_for(client, query, vehicles):
    enter(client)
    page = client.get(f"/ops/{query}")
    assert list_rows(page) == vehicles
    count = re.search(r"data-vehicle-count>(\d+)</span> of <[^>]*>(\d+)<", page.content.decode())
    assert count.groups() == (str(len(vehicles)), "4")


def test_the_filters_offer_what_is_in_the_scope_and_keep_what_was_chosen(client, hubs):
    enter(client, hubs=hubs[:1])
    page = client.get("/ops/?hub=BLR-PNY&status=parked").content.decode()
    form = page[page.index("data-filters") : page.index("</form>", page.index("data-filters"))]
    assert re.findall(r'<option value="([^"]+)" selected', form) == ["BLR-PNY", "parked"]
    assert re.findall(r'value="(BLR-\w+)"', form) == ["BLR-PNY"]


def test_the_time_of_a_fast_clock_is_shown_as_a_fault(client):
    enter(client)
    page = client.get("/ops/?view=table").content.decode()
    assert re.findall(r'class="age warn" data-part="age">([^<]*)<', page) == ["clock 3 min fast"]


def test_affiliations_are_those_of_the_page(client, partner):
    enter(client, partners=[partner])
    assert client.get("/ops/fleet/affiliations.json").json() == {
        "van-ours": {"partner": "prt_acme", "hubs": ["BLR-PNY"]},
        "van-mixed": {"partner": "prt_rival", "hubs": ["BLR-KRM"]},
    }


def test_the_panel_of_a_vehicle_shows_its_stops_and_incidents(client):
    enter(client)
    page = client.get("/ops/fleet/van-mixed/panel").content.decode()
    assert re.findall(r"shipments/([\w-]+)", page) == ["ours-krm"] * 2
    assert "1 of 1 stop left" in page
    assert re.findall(r"#card-\d+\">([^<]+)<", page) == ["Problem with the parcel"]
    assert "No parcel aboard" not in page


@pytest.mark.parametrize("path", ["/ops/fleet/van-mixed/panel", "/ops/vehicles/van-mixed/"])
def test_a_late_vehicle_names_its_late_parcel_and_the_reason_after_the_incident_is_resolved(client, path):
    enter(client)
    Shipment.objects.filter(shipment_id="ours-krm").update(is_delayed=True)
    why = "expected 40 min past the promise"
    open_incident(ports().live, "delayed", "ours-krm", why, NOW, shipment_id="ours-krm")
    assert read_reasons(client, path) == [
        "Problem with the parcel ours-krm Why · 30 min old",
        "Delayed ours-krm Expected 40 min past the promise · 0 ms old",
    ]
    close_incident(ports().live, "delayed", "ours-krm", NOW)
    assert read_reasons(client, path)[1:] == [
        "Delayed ours-krm Expected 40 min past the promise · incident resolved"
    ]
    Incident.objects.filter(code="delayed").delete()
    Shipment.objects.filter(shipment_id="ours-krm").update(promised_to=NOW, eta_at=NOW)
    when = f"{timezone.localtime(NOW):%a %-d %b, %H:%M}"
    assert read_reasons(client, path)[1:] == [f"Delayed ours-krm Promised by {when}, expected {when}"]


def read_reasons(client, path):
    """Return the lines of what is wrong with the vehicle as words; each names its parcel by a link."""
    page = client.get(path).content.decode()
    wrong = page[page.index("What is wrong") :].partition("</section>")[0]
    lines = re.findall(r"<li>(.*?)</li>", wrong, re.DOTALL)
    assert all('href="/ops/shipments/ours-krm"' in line for line in lines)
    return [" ".join(re.sub("<[^>]+>", " ", line).split()) for line in lines]


def test_a_van_known_by_its_manifest_shows_its_worst_parcel_in_the_table(client):
    run = Manifest.objects.get()
    for name, status in (("p-1", "out_for_delivery"), ("p-2", "attempt_failed")):
        Shipment.objects.create(shipment_id=name, status=status)
        Stop.objects.create(manifest=run, shipment_id=name, sequence=2)
    ports().live.push_fleet({"vehicles": [describe("van-mixed", None, ahead_s=1)], "changes": []})
    enter(client)
    page = client.get("/ops/").content.decode()
    row = page[page.index('<tr data-vehicle="van-mixed"') :].partition("</tr>")[0]
    cells = [" ".join(re.sub("<[^>]+>", " ", cell).split()) for cell in row.split("</td>")]
    assert cells[:4] == ["van-mixed", "Attempt failed", "p-2 and 2 more", "Delivery attempt failed"]
    assert 'href="/ops/shipments/p-2"' in row


def test_no_parcel_aboard_is_said_only_when_the_run_is_done(client):
    enter(client)
    unknown = client.get("/ops/fleet/van-theirs/panel").content.decode()
    assert ("No parcel aboard" in unknown, "No run is under way" in unknown) == (False, True)
    Shipment.objects.filter(shipment_id="ours-krm").update(status="delivered")
    done = client.get("/ops/fleet/van-mixed/panel").content.decode()
    assert ("No parcel aboard" in done, "No run is under way" in done) == (True, False)


def test_the_trail_is_a_list_of_times_and_degrees(client, world):
    world.vehicles.record_fixes([make_fix(20, "van-fast", lat=13.0, lon=77.6)])
    enter(client)
    answer = client.get("/ops/fleet/van-fast/trail.json")
    assert answer.json() == {"points": [[round(at(20).timestamp() * 1000), 13.0, 77.6]]}


def test_the_driver_is_masked_until_an_operator_asks_for_the_contact(client):
    keep_driver(Vehicle.objects.get(vehicle_id="van-ours"), "Suresh Kumar", "98450 67890")
    client.force_login(make_staff(Role.VIEWER, "vera"))
    panel = client.get("/ops/fleet/van-ours/panel").content.decode()
    page = client.get("/ops/fleet/van-ours/driver").content.decode()
    assert ("S••• K•••" in panel, "+91 ••• ••• 90" in page, "67890" in panel + page) == (True, True, False)
    assert client.post("/ops/fleet/van-ours/driver/clear").status_code == 403
    client.force_login(make_staff(Role.OPERATOR, "asha"))
    assert 'href="tel:+919845067890"' in client.post("/ops/fleet/van-ours/driver/clear").content.decode()
    assert client.get("/ops/fleet/van-mixed/driver").status_code == 404


@pytest.mark.parametrize("path", ["/ops/fleet/van-theirs/panel", "/ops/fleet/van-theirs/trail.json"])
def test_a_vehicle_outside_of_the_scope_is_not_found(client, partner, path):
    enter(client, partners=[partner])
    assert client.get(path).status_code == 404
    assert client.get(path.replace("van-theirs", "van-ours")).status_code == 200
    assert client.get(path.replace("van-theirs", "van-nobody")).status_code == 404
