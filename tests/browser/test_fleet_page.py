"""Fleet page: filters and place in the address, clusters, trail, drawer; no panel covers a selection."""

import math
import re
from datetime import UTC, datetime, timedelta
from itertools import product
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser.accessibility import find_violations
from tests.browser.fleet_world import FleetWorld, launch_with_webgl, open_fleet
from tests.browser.screens import keep_screenshot
from tests.distribution import in_browser
from tests.long_runs import LONG
from tests.tracking.pages.bookings import book
from tests.waiting import wait_for
from tracking.domain.events import VehicleFix
from tracking.domain.identity import make_sort_key
from tracking.models import Manifest, Partner, Shipment, Stop, Vehicle
from tracking.ports import ports, wire
from tracking.services.operations.incidents import open_incident

pytestmark = [pytest.mark.browser, in_browser]
WIDTHS = {"phone": 390, "tablet": 768, "desk": 1280}
# Degrees from the vehicle to the middle of the map: the vehicle is low, at the right, or low at the left.
OFFSETS = ((0.35, -0.6), (0.0, 0.9), (-0.35, -0.7))
RING = "[data-map-selected]"
# What lies at the middle of the ring around the selected vehicle.
UNDER_RING = """() => {
  const box = document.querySelector('[data-map-selected]').getBoundingClientRect();
  const found = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return found ? found.className : "outside";
}"""


@pytest.fixture(scope="module")
def browser(browser_type, browser_type_launch_args):
    launched = launch_with_webgl(browser_type, browser_type_launch_args)
    yield launched
    launched.close()


@pytest.fixture
def world(web, transactional_db, local_redis):
    """Vehicles of two partners; KA-1 has a run with three stops, a trail and an incident."""
    before = ports()
    world = FleetWorld(local_redis, has_shards=False)
    acme, rival = (Partner.objects.create(partner_id=f"prt_{n}", name=n) for n in ("Acme", "Rival"))
    for n in range(3):
        book(None, shipment_id=f"SLX-{n}", status="delivered" if n == 0 else "out_for_delivery", partner=acme)
    Shipment.objects.filter(shipment_id="SLX-2").update(is_delayed=True)
    for n, owner in enumerate((acme, acme, rival), start=1):
        Vehicle.objects.create(vehicle_id=f"KA-{n}", partner=owner)
    now = datetime.now(UTC)
    run = Manifest.objects.create(
        manifest_id="m1", vehicle=Vehicle.objects.get(vehicle_id="KA-1"), starts_at=now - timedelta(hours=2)
    )
    for n in range(3):
        Stop.objects.create(manifest=run, shipment_id=f"SLX-{n}", sequence=n)
    open_incident(world.push, "attempt_failed", "SLX-1", "nobody came", now, shipment_id="SLX-1")
    world.vehicles.record_fixes([make_fix(n, now - timedelta(minutes=25 - n)) for n in range(25)])
    world.drive("KA-1", lat=12.90, lon=77.50, shipment_id="SLX-1", status="out_for_delivery")
    world.drive("KA-2", lat=13.10, lon=77.90, status="in_transit", is_delayed=True)
    world.drive("KA-3", lat=12.30, lon=76.60)
    yield world
    wire(before)


def make_fix(n, moment) -> VehicleFix:
    """Return a position of KA-1 on its way to where it is now."""
    return VehicleFix(
        event_id=f"f{n}",
        sort_key=make_sort_key(moment, f"f{n}"),
        occurred_at=moment,
        received_at=moment,
        expires_at=int((moment + timedelta(days=1)).timestamp()),
        vehicle_id="KA-1",
        lat=12.90 + (25 - n) * 0.01,
        lon=77.50 - (25 - n) * 0.008,
    )


def wait_for_map(page) -> None:
    page.locator("[data-fleet][data-map-ready]").wait_for()


def read_query(page) -> dict[str, str]:
    address = page.evaluate("location.href")
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def list_rows(page) -> list[str]:
    return page.locator("tr[data-vehicle]").evaluate_all("rows => rows.map((row) => row.dataset.vehicle)")


def test_filters_narrow_the_table_and_are_kept_in_the_address(browser, web, world) -> None:
    page, watch = open_fleet(browser, web, "?view=table")
    page.locator("[data-fresh=live]").wait_for()
    page.select_option("select[name=partner]", label="Acme")
    wait_for(lambda: list_rows(page) == ["KA-1", "KA-2"])
    figure, none = page.locator("[data-kpi=vehicles_live]"), page.locator("[data-no-incidents]")
    wait_for(lambda: (figure.inner_text(), none.is_visible()) == ("2", False))
    page.select_option("select[name=partner]", label="Rival")
    wait_for(lambda: (figure.inner_text(), none.is_visible()) == ("1", True))
    page.select_option("select[name=partner]", label="Acme")
    page.select_option("select[name=status]", label="Late")
    wait_for(lambda: page.inner_text("[data-filtered]") == "2 of 3 vehicles")
    # No report of KA-1 names the parcel on its run that is late.
    assert page.inner_text("[data-vehicle=KA-1] [data-part=state]") == "Late"
    assert read_query(page) == {"view": "table", "partner": "prt_Acme", "status": "late"}
    page.reload()
    page.locator("[data-fresh=live]").wait_for()
    assert list_rows(page) == ["KA-1", "KA-2"]
    assert page.locator("select[name=status]").input_value() == "late"
    page.select_option("select[name=status]", label="Silent")
    page.locator("text=No vehicle has these filters.").wait_for()
    # A card leads to what it counts: the vehicles of the partner.
    page.click("#figure-vehicles_live")
    page.locator("[data-fresh=live]").wait_for()
    wait_for(lambda: list_rows(page) == ["KA-1", "KA-2"])
    assert read_query(page) == {"view": "table", "status": "live", "partner": "prt_Acme"}
    assert watch.faults() == []
    page.context.close()


def test_the_map_goes_to_the_vehicle_of_a_link_and_to_the_one_chosen_in_the_table(
    browser, web, world
) -> None:
    page, watch = open_fleet(browser, web, "?view=map&vehicle=KA-1", color_scheme="dark")
    wait_for_map(page)

    def is_near(vehicle_id: str, lat: float, lon: float) -> bool:
        """Look whether the map has moved to within 0.2 degrees of the place, and marks the vehicle there."""
        found = re.fullmatch(r"([\d.]+),([\d.]+),10.00", read_query(page).get("at", ""))
        under = page.locator(RING).is_visible() and "maplibregl-canvas" in page.evaluate(UNDER_RING)
        chosen = page.inner_text("[data-drawer] [data-part=vehicle]") == vehicle_id
        near = found and math.dist([float(text) for text in found.groups()], [lat, lon]) < 0.2
        return bool(near and under and chosen)

    wait_for(lambda: is_near("KA-1", 12.90, 77.50), what="the map near the vehicle of the link")
    keep_screenshot(page, "ops-map-vehicle-dark", whole=False)
    page.click("[data-view-is=table]")
    page.click("tr[data-vehicle=KA-3] a[data-part=vehicle]")
    page.click("[data-view-is=map]")
    wait_for(lambda: is_near("KA-3", 12.30, 76.60), what="the map near the chosen vehicle")
    assert watch.faults() == []
    page.context.close()


def test_the_place_on_the_map_is_kept_in_the_address(browser, web, world) -> None:
    page, watch = open_fleet(browser, web, "?view=map&at=12.9000,77.5000,8.00")
    wait_for_map(page)
    page.click("[data-zoom='1']")
    wait_for(lambda: read_query(page)["at"].endswith(",9.00"))
    place = read_query(page)["at"]
    page.reload()
    wait_for_map(page)
    page.click("[data-zoom='-1']")
    wait_for(lambda: read_query(page)["at"] == place.replace(",9.00", ",8.00"))
    assert watch.faults() == []
    page.context.close()


def test_a_mark_is_where_the_map_has_its_place(browser, web, world) -> None:
    page, _ = open_fleet(browser, web, "?view=map&vehicle=KA-1&at=12.6000,77.3000,8.00")
    wait_for_map(page)
    page.locator(RING).wait_for()
    ring, ground = (page.locator(name).bounding_box() for name in (RING, "[data-map-ground]"))
    east = ring["x"] + ring["width"] / 2 - ground["x"] - ground["width"] / 2
    north = ground["y"] + ground["height"] / 2 - ring["y"] - ring["height"] / 2
    # A degree of longitude is 512 x 2^8 / 360 pixels; one of latitude is longer by 1 / cos(latitude).
    degree = 512 * 2**8 / 360
    assert east == pytest.approx(0.2 * degree, abs=1.5)
    assert north == pytest.approx(0.3 * degree / math.cos(math.radians(12.75)), abs=1.5)
    page.context.close()


# Each place with each width in a long run; else each of them once.
@pytest.mark.parametrize(
    ("offset", "width"),
    list(product(OFFSETS, WIDTHS.values()) if LONG else zip(OFFSETS, WIDTHS.values(), strict=True)),
)
def test_no_panel_covers_the_selected_vehicle(browser, web, world, width, offset) -> None:
    centre = f"{12.90 + offset[0]:.2f},{77.50 - offset[1]:.2f},8.30"
    size = {"width": width, "height": 844}
    page, watch = open_fleet(browser, web, f"?view=map&vehicle=KA-1&at={centre}", viewport=size)
    wait_for_map(page)
    page.locator("[data-drawer] >> text=2 of 3 stops left").wait_for()
    wait_for(lambda: "maplibregl-canvas" in page.evaluate(UNDER_RING), what="the map under the ring")
    keep_screenshot(page, f"ops-fleet-selected-{width}-{offset[0]}-{offset[1]}", whole=False)
    assert watch.faults() == []
    page.context.close()


def test_the_drawer_shows_run_stops_and_incidents_and_follows_what_is_done(browser, web, world) -> None:
    page, watch = open_fleet(browser, web, "?view=table&vehicle=KA-1")
    drawer = page.locator("[data-drawer]")
    drawer.locator("text=2 of 3 stops left").wait_for()
    assert drawer.locator("ol.stops a").all_inner_texts() == ["SLX-1", "SLX-2", "SLX-0"]
    assert "Nobody came" in drawer.inner_text()
    assert "No parcel aboard" not in drawer.inner_text()
    Shipment.objects.update(status="delivered")
    drawer.locator("text=No parcel aboard").wait_for()
    page.click("[data-vehicle=KA-3] [data-part=vehicle]")
    drawer.locator("text=No run is under way").wait_for()
    assert "No parcel aboard" not in drawer.inner_text()
    assert watch.faults() == []
    page.context.close()


def test_vehicles_that_would_touch_are_a_cluster_that_opens_to_a_list(browser, web, world) -> None:
    for n in range(4, 9):
        world.drive(f"KA-{n}", lat=12.9001, lon=77.5001)
    page, watch = open_fleet(browser, web, "?view=map&at=12.9000,77.5000,8.00")
    wait_for_map(page)
    box = page.locator("[data-map-ground]").bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    # The tip follows the pointer: a pointer that rests before the marks are drawn has none.
    tip = page.locator("[data-map-tip] >> text=6 vehicles")
    wait_for(lambda: page.mouse.move(*middle, steps=3) or tip.is_visible(), what="the tip of the cluster")
    keep_screenshot(page, "ops-fleet-cluster", whole=False)
    members = page.locator("[data-map-members]")
    wait_for(lambda: members.is_visible() or page.mouse.click(*middle), pause_s=1.0)
    assert members.locator("button").all_inner_texts() == ["KA-1", *(f"KA-{n}" for n in range(4, 9))]
    keep_screenshot(page, "ops-fleet-cluster-list", whole=False)
    members.locator("text=KA-5").click()
    assert page.inner_text("[data-drawer] h2") == "KA-5"
    assert read_query(page)["vehicle"] == "KA-5"
    assert watch.faults() == []
    page.context.close()


def test_the_trail_of_the_last_half_hour_is_drawn(browser, web, world) -> None:
    page, watch = open_fleet(browser, web, "?view=map&at=13.0000,77.4000,8.60")
    wait_for_map(page)
    with page.expect_response(re.compile(r"/ops/fleet/KA-1/trail\.json$")) as answered:
        page.locator("[data-view-is=table]").click()
        page.click("[data-vehicle=KA-1] [data-part=vehicle]")
    assert len(answered.value.json()["points"]) == 25
    page.locator("[data-view-is=map]").click()
    wait_for(lambda: page.locator(RING).is_visible())
    colour = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--brand')")
    wait_for(lambda: count_pixels(page, colour) > 200, what="the trail on the canvas")
    keep_screenshot(page, "ops-fleet-trail", whole=False)
    assert watch.faults() == []
    page.context.close()


def count_pixels(page, colour) -> int:
    """Count the pixels of the overlay in this colour, whatever their opacity."""
    wanted = [int(colour.strip()[n : n + 2], 16) for n in (1, 3, 5)]
    code = """(wanted) => {
      const canvas = document.querySelector('[data-map-overlay]');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let count = 0;
      for (let n = 0; n < data.length; n += 4) {
        if (data[n + 3] > 60 && wanted.every((value, k) => Math.abs(data[n + k] - value) < 12)) count += 1;
      }
      return count;
    }"""
    return page.evaluate(code, wanted)


@pytest.mark.parametrize(("view", "theme"), [("map", "dark"), ("table", "light")])
def test_the_page_is_accessible_and_fits_every_screen(browser, web, world, theme, view) -> None:
    page, watch = open_fleet(browser, web, f"?view={view}", color_scheme=theme)
    for vehicle in ("none", "KA-1"):
        if vehicle != "none":
            page.goto(f"{web}/ops/?view={view}&vehicle={vehicle}")
            page.locator("[data-drawer] >> text=2 of 3 stops left").wait_for()
        if view == "map":
            wait_for_map(page)
        for label, width in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": 844})
            keep_screenshot(page, f"ops-fleet-{view}-{theme}-{label}-{vehicle}", whole=False)
            wait_for(lambda: watch.sideways() == [], what="a page that fits the window")
            # `make axe` judges all widths.
            if label == ("desk" if vehicle == "none" else "phone"):
                assert find_violations(page) == []
    assert watch.faults() == []
    page.context.close()


@pytest.mark.parametrize("width", WIDTHS.values())
def test_the_panel_of_the_row_that_was_clicked_is_in_view(browser, web, world, width) -> None:
    for n in range(4, 24):
        world.drive(f"KA-{n}")
    page, watch = open_fleet(browser, web, "?view=table", viewport={"width": width, "height": 800})
    page.locator("[data-fresh=live]").wait_for()
    # The table comes first, below the key figures.
    above = page.locator("[data-kpis]").bounding_box()
    assert page.locator("section.vehicles").bounding_box()["y"] - above["y"] - above["height"] < 40
    # Beside the link, in the row.
    page.locator("[data-vehicle=KA-23] [data-part=state]").click()
    page.locator("[data-drawer] >> text=No run is under way").wait_for()
    box = page.locator("[data-drawer]").bounding_box()
    # Below the bar, which stays at the top of a wide window.
    assert 56 <= box["y"] < 400
    assert page.evaluate("document.activeElement.matches('[data-drawer]')") == (width < 1024)
    if width >= 1024:
        row = page.locator("[data-vehicle=KA-23]").bounding_box()
        assert row["x"] + row["width"] <= box["x"]
        assert 0 < row["y"] < 800
    page.keyboard.press("Escape")
    page.locator("[data-drawer]").wait_for(state="hidden")
    if width < 1024:
        assert page.evaluate("document.activeElement.textContent") == "KA-23"
    assert watch.faults() == []
    page.context.close()
