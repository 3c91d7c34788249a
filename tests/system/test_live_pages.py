"""Pages of the running product in a real browser: reported changes appear without a reload."""

import time
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from tests.browser.watch import Watch
from tests.distribution import heavy
from tests.properties import IS_NIGHT
from tests.waiting import PUBLIC_PAUSE_S, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.browser, heavy]
CUT_MS = 30_000 if IS_NIGHT else 3_000


@pytest.fixture
def booked(product):
    """Return a booking whose page exists."""
    booking = product.book()
    wait_for(
        lambda: product.call("GET", f"/tracking/{booking['shipment_id']}").status == 200,
        pause_s=PUBLIC_PAUSE_S,
    )
    return booking


def test_an_event_by_the_api_changes_the_open_page_without_a_reload(page, product, booked):
    watch = Watch(page, product.web)
    with page.expect_websocket() as live:
        page.goto(product.web + urlsplit(booked["tracking_url"]).path)
    live.value.wait_for_event("framereceived")
    before = page.locator("h1").inner_text()
    answer = product.call(
        "POST",
        "/api/v1/events",
        {"shipment_id": booked["shipment_id"], "lat": 12.9352, "lon": 77.6245, "status": "out_for_delivery"},
    )
    assert answer.status == 202
    page.get_by_text("Out for delivery · live").wait_for()
    assert page.locator("h1").inner_text() != before
    assert watch.faults() == []


def test_a_page_without_a_network_catches_up_without_a_reload_misses_nothing_and_shows_nothing_twice(
    page, product, booked
):
    shipment_id = booked["shipment_id"]
    watch = Watch(page, product.web)
    with page.expect_websocket() as live:
        page.goto(product.web + urlsplit(booked["tracking_url"]).path)
    live.value.wait_for_event("framereceived")
    page.evaluate("window.isSamePage = true")

    page.context.set_offline(True)
    page.locator("[data-banner]:visible").wait_for()
    sent = ["picked_up", "in_transit", "out_for_delivery"]
    for minute, status in enumerate(sent):
        at = {"lat": 12.97, "lon": 77.59, "timestamp": _minutes_ago(len(sent) - minute)}
        product.put({"shipment_id": shipment_id, "status": status} | at)
    wait_for(
        lambda: product.call("GET", f"/tracking/{shipment_id}").json["status"] == sent[-1],
        pause_s=PUBLIC_PAUSE_S,
    )
    page.wait_for_timeout(CUT_MS)
    page.context.set_offline(False)

    page.get_by_text("Out for delivery · live").wait_for()
    journey = page.locator(".journey li").all_inner_texts()
    first_lines = [step.partition("\n")[0] for step in journey]
    assert first_lines == [
        "Out for delivery near Bengaluru",
        "On the way near Bengaluru",
        "Picked up from the sender, Bengaluru",
    ]
    assert (page.evaluate("window.isSamePage"), page.evaluate("navigator.onLine")) == (True, True)
    assert set(watch.faults()) <= {"error: Failed to load resource: net::ERR_INTERNET_DISCONNECTED"}
    page.reload()
    assert page.locator(".journey li").all_inner_texts() == journey


def _minutes_ago(minutes: int) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


def test_a_vehicle_that_reports_appears_in_the_console_without_a_reload(page, product):
    watch = Watch(page, product.web)
    login = product.demo["logins"]["ops"]
    page.goto(f"{product.web}/ops/?view=table")
    page.fill("input[name=username]", login["username"])
    page.fill("input[name=password]", login["password"])
    with page.expect_websocket() as live:
        page.press("input[name=password]", "Enter")
    live.value.wait_for_event("framereceived")
    product.put({"vehicle_id": "KA-01-TEST", "lat": 12.9716, "lon": 77.5946, "speed_kmh": 30})
    page.get_by_text("KA-01-TEST").first.wait_for()
    assert watch.faults() == []


def test_a_recipient_who_unlocks_the_page_sees_the_van_approach(page, product):
    before, own = product.book(), product.book()
    van = f"VAN-{time.time_ns()}"
    assert product.call("POST", "/api/v1/vehicles", {"vehicle_id": van}).status == 201
    run = {
        "vehicle_id": van,
        "starts_at": (datetime.now(UTC) - timedelta(minutes=1)).isoformat(),
        "stops": [
            {"shipment_id": booked["shipment_id"], "sequence": number}
            for number, booked in enumerate((before, own), 1)
        ],
    }
    assert product.call("POST", "/api/v1/manifests", run).status == 201
    loaded = {"vehicle_id": van, "lat": 12.9716, "lon": 77.5946, "status": "out_for_delivery"}
    product.put(*({"shipment_id": booked["shipment_id"], **loaded} for booked in (before, own)))

    watch, address = Watch(page, product.web), product.web + urlsplit(own["tracking_url"]).path
    page.goto(address)
    page.click("#private summary")
    page.fill("#secret", "0001")
    page.click("#private button")
    page.locator("main[data-ready] #private.acts").wait_for()
    wait_for(lambda: 'class="stops"' in page.request.get(address).text())
    page.goto(address)
    stops = page.locator(".stops")
    assert stops.inner_text().startswith("1 stop before you · ")

    product.put({"shipment_id": before["shipment_id"], **loaded, "status": "delivered"})
    product.put({"vehicle_id": van, "lat": 12.9352, "lon": 77.6245})
    stops.filter(has_text="You are next · ").wait_for()
    assert watch.faults() == []
