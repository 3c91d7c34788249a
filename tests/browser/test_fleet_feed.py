"""Fleet page: it shows that its data are old, and that the clock of a device is fast."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.browser.fleet_world import FleetWorld, open_fleet
from tests.browser.screens import keep_screenshot
from tests.distribution import in_browser
from tests.waiting import wait_for
from tracking.domain.events import format_time
from tracking.ports import ports, wire

pytestmark = [pytest.mark.browser, in_browser]
OF_NOW = ("vehicles_live", "vehicles_silent")


@pytest.fixture
def world(web, transactional_db, local_redis):
    """A fleet whose shards are read by nobody unless a test does it."""
    before = ports()
    yield FleetWorld(local_redis, has_shards=True)
    wire(before)


def wait_until_live(page, world) -> None:
    """Read the shards until the page says that it is live, however long it takes to open."""
    live = page.locator("[data-fresh=live]")
    wait_for(lambda: world.read_shards() or live.count(), pause_s=0.5)


def read_fault(page) -> str:
    return page.inner_text("[data-stale-bar] [data-part=fault]")


def test_stopped_shards_are_shown_in_amber_with_ages_that_count_and_end_when_they_are_read(
    browser, web, world
) -> None:
    world.drive("KA-1")
    page, watch = open_fleet(browser, web, "?view=table")
    bar = page.locator("[data-stale-bar]")
    wait_until_live(page, world)
    assert bar.is_hidden()
    world.read_shards(seconds_ago=42)
    bar.wait_for()
    assert "2 of 2 shards have no reader." in read_fault(page)
    assert [page.inner_text(f"[data-kpi={name}]") for name in OF_NOW] == ["–", "–"]
    assert page.locator("[data-fresh=slow]").count() == 1
    shown = page.inner_text("[data-part=fault-age]")
    age = page.inner_text("[data-vehicle=KA-1] [data-part=age]")
    wait_for(lambda: page.inner_text("[data-part=fault-age]") != shown)
    wait_for(lambda: page.inner_text("[data-vehicle=KA-1] [data-part=age]") != age)
    assert (
        page.evaluate("getComputedStyle(document.querySelector('.vehicles .pill')).filter") == "grayscale(1)"
    )
    keep_screenshot(page, "ops-fleet-unread", whole=False)
    assert is_bar_alone(page)
    wait_for(lambda: world.read_shards() or bar.is_hidden(), pause_s=0.5)
    wait_for(lambda: page.inner_text("[data-kpi=vehicles_live]") == "1")
    assert watch.faults() == []
    page.context.close()


def is_bar_alone(page) -> bool:
    """Return whether the bar covers neither the map nor its panels on a phone, where it has many lines."""
    size = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate("document.documentElement.dataset.view = 'map'")
    bar, fleet = (page.locator(each).bounding_box() for each in ("[data-stale-bar]", "[data-fleet]"))
    keep_screenshot(page, "ops-fleet-unread-phone", whole=False)
    page.evaluate("document.documentElement.dataset.view = 'table'")
    page.set_viewport_size(size)
    return bar["height"] > 40 and bar["y"] + bar["height"] == fleet["y"] and fleet["height"] > 400


def test_a_server_that_sends_nothing_is_shown_within_fifteen_seconds(browser, web, world) -> None:
    page, _ = open_fleet(browser, web, "?view=table")
    page.clock.install()
    silent = []
    page.route_web_socket("**/ws/ops/", lambda socket: hold(socket, silent))
    page.goto(f"{web}/ops/?view=table")
    wait_until_live(page, world)
    silent.append(True)
    assert page.locator("[data-stale-bar]").is_hidden()
    page.clock.fast_forward(14_000)
    page.locator("[data-stale-bar]").wait_for()
    assert read_fault(page).startswith("Nothing came from the server since ")
    assert [page.inner_text(f"[data-kpi={name}]") for name in OF_NOW] == ["–", "–"]
    page.context.close()


def hold(socket, silent) -> None:
    """Connect to the server, and pass its frames on until `silent` holds something."""
    server = socket.connect_to_server()
    server.on_message(lambda text: None if silent else socket.send(text))


def test_a_fast_clock_is_shown_as_a_fault_and_does_not_lead_the_latest_changes(browser, web, world) -> None:
    world.drive("KA-1", seconds_ago=-235)
    page, watch = open_fleet(browser, web, "?view=map")
    page.locator("[data-fresh=live]").wait_for()
    # The first is reported by a clock that is four minutes fast; the other two happen later.
    for number, ahead_s in enumerate((240, 0, 0)):
        moment = format_time(datetime.now(UTC) + timedelta(seconds=ahead_s))
        named = {"change_id": f"c{number}", "type": "status_changed", "shipment_id": f"SLX-{number}"}
        change = named | {"status": "in_transit", "occurred_at": moment, "place": None}
        world.push.push_fleet({"vehicles": [], "changes": [change], "incidents": []})
        world.push.drain()
        page.locator(f"[data-change=c{number}]").wait_for(state="attached")
    rows = page.locator("[data-change]").evaluate_all("rows => rows.map((row) => row.dataset.change)")
    assert rows == ["c2", "c1", "c0"]
    assert page.locator("[data-change=c0] [data-part=at]").inner_text() == "clock fast"
    page.click("[data-view-is=table]")
    assert page.inner_text("[data-vehicle=KA-1] [data-part=age]") == "clock 3 min fast"
    keep_screenshot(page, "ops-fleet-clock", whole=False)
    assert watch.faults() == []
    page.context.close()
