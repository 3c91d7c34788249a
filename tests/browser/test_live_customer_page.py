"""An open customer page shows what the server renders, by socket and by polling, and counts ages itself."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import msgspec
import pytest
import time_machine

from tests.browser.parts import read_parts, reconnect
from tests.browser.screens import keep_screenshot
from tests.browser.watch import Watch
from tests.tracking.pages.bookings import book, rename, store_state
from tests.tracking.pages.examples import NOW, STATES, make_position
from tracking import live_consumer
from tracking.pages.indian_time import format_age

pytestmark = pytest.mark.browser
SHIPMENT_ID = "SLX-4821-LIVE"
# Shown one after the other, ending with the first.
TALE = [
    msgspec.structs.replace(rename(STATES[name], SHIPMENT_ID), state_version=version)
    for version, name in enumerate([*STATES, *list(STATES)[:1]], 10)
]
AGES_S = (9, 10, 59, 60, 3599, 3600, 86_399, 86_400, 172_799, 172_800, 864_000)


@pytest.fixture
def moment() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def page(browser, web, store, moment):
    """A page on a phone."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    yield context.new_page()
    context.close()


def test_every_state_pushed_over_the_socket_looks_like_a_newly_opened_page(page, web) -> None:
    watch = Watch(page, web)
    page.clock.set_fixed_time(NOW)
    page.goto(f"{web}/t/{book(TALE[0])}")
    page.wait_for_selector("main[data-ready]")
    for before, after in pairwise(TALE):
        store_state(after)
        reconnect(page)
        rendered, shown = read_parts(page)
        assert shown == rendered, f"{before.status} to {after.status}"
        keep_screenshot(page, f"customer-live-{after.state_version}-{after.status}", whole=False)
    assert [fault for fault in watch.faults() if "ERR_INTERNET_DISCONNECTED" not in fault] == []


def test_a_page_says_that_the_stream_is_unread_and_that_the_server_is_silent(page, web) -> None:
    heartbeat = {"type": "heartbeat", "v": 0}
    opened = []

    def answer_once(route) -> None:
        opened.append(route)
        if len(opened) == 1:
            route.send(json.dumps(heartbeat | {"mode": "late"}))

    page.route_web_socket("**/ws/page/**", answer_once)
    page.clock.install(time=NOW)
    page.goto(f"{web}/t/{book(rename(STATES['on-the-way'], SHIPMENT_ID))}")
    banner = page.locator("[data-banner]")
    banner.filter(has_text="Updates are delayed. This page may be out of date.").wait_for()
    assert page.locator("[data-live]").is_hidden()
    opened[0].send(json.dumps(heartbeat))
    page.locator("[data-live]").wait_for()
    assert banner.is_hidden()
    page.clock.fast_forward(25_000)
    banner.filter(has_text="Reconnecting. Last update").wait_for()
    assert page.locator("[data-live]").is_hidden()


def test_a_page_that_missed_a_frame_asks_again_at_the_heartbeat(page, web, monkeypatch) -> None:
    monkeypatch.setattr(live_consumer, "HEARTBEAT_S", 0.2)
    opened = []

    def lose_frames_of_the_first_socket(route) -> None:
        opened.append(route)
        is_first = len(opened) == 1

        def pass_on(message) -> None:
            frame = json.loads(message)
            if not (is_first and frame["type"] == "page" and frame["v"] == 8):
                route.send(message)

        route.connect_to_server().on_message(pass_on)

    page.route_web_socket("**/ws/page/**", lose_frames_of_the_first_socket)
    page.clock.set_fixed_time(NOW)
    page.goto(f"{web}/t/{book(rename(STATES['on-the-way'], SHIPMENT_ID))}")
    page.wait_for_selector("main[data-ready]")
    store_state(msgspec.structs.replace(rename(STATES["out-for-delivery"], SHIPMENT_ID), state_version=8))
    page.locator("[data-pill]", has_text="Out for delivery").wait_for()
    rendered, shown = read_parts(page)
    assert (shown, len(opened), page.is_visible("[data-banner]")) == (rendered, 2, False)


def test_the_parcel_moves_smoothly_to_its_new_position(browser, web, store, moment) -> None:
    page = browser.new_context(reduced_motion="no-preference").new_page()
    page.clock.install(time=NOW)
    page.goto(f"{web}/t/{book(rename(STATES['on-the-way'], SHIPMENT_ID))}")
    state = msgspec.structs.replace(rename(STATES["on-the-way"], SHIPMENT_ID), state_version=8)
    places = [page.get_attribute(".dot", "transform")]
    store_state(msgspec.structs.replace(state, position=make_position(1, (12.36, 76.66))))
    reconnect(page)
    for milliseconds in (300, 300, 1000):
        page.clock.run_for(milliseconds)
        places.append(page.get_attribute(".dot", "transform"))
    # It moves from the upper right to the lower left and ends at the exact position.
    across = [float(re.findall(r"[\d.]+", place)[0]) for place in places]
    assert across == sorted(across, reverse=True)
    assert len(set(across)) > 2
    rendered, shown = read_parts(page)
    assert shown == rendered
    page.context.close()


def test_details_that_the_reader_opened_stay_open_and_keep_the_focus(page, web) -> None:
    page.clock.set_fixed_time(NOW)
    page.goto(f"{web}/t/{book(rename(STATES['on-the-way'], SHIPMENT_ID))}")
    page.click("[data-part=journey] summary")
    store_state(msgspec.structs.replace(rename(STATES["out-for-delivery"], SHIPMENT_ID), state_version=8))
    reconnect(page)
    assert page.inner_text("[data-pill]") == "Out for delivery"
    assert page.evaluate("[document.querySelector('details').open, document.activeElement.nodeName]") == [
        True,
        "SUMMARY",
    ]


def test_only_a_change_of_status_is_announced(page, web) -> None:
    page.clock.set_fixed_time(NOW)
    page.goto(f"{web}/t/{book(rename(STATES['on-the-way'], SHIPMENT_ID))}")
    store_state(msgspec.structs.replace(rename(STATES["on-the-way-stale"], SHIPMENT_ID), state_version=8))
    reconnect(page)
    assert (page.inner_text(".seen"), page.text_content("[data-announce]")) == ("Last seen 14 min ago", "")
    store_state(msgspec.structs.replace(rename(STATES["delivered"], SHIPMENT_ID), state_version=9))
    reconnect(page)
    assert page.text_content("[data-announce]") == (
        "Delivered. Delivered today 6:46\u00a0am. Left with a neighbour."
    )


def test_if_sockets_are_blocked_the_page_is_fetched_every_half_minute(page, web) -> None:
    page.route_web_socket("**/ws/**", lambda socket: socket.close())
    page.clock.install(time=NOW)
    page.goto(f"{web}/t/{book(rename(STATES['on-the-way'], SHIPMENT_ID))}")
    polling = page.get_by_text("checked every 30 s")
    while not polling.is_visible():
        page.clock.run_for(1000)
    store_state(msgspec.structs.replace(rename(STATES["delivered"], SHIPMENT_ID), state_version=8))
    page.clock.run_for(30_000)
    page.get_by_role("heading", name="Delivered today").wait_for()
    rendered, shown = read_parts(page)
    assert shown == rendered


def test_the_page_formats_ages_as_the_server_does(page, web) -> None:
    page.route_web_socket("**/ws/**", lambda socket: None)
    state = rename(STATES["delivered"], SHIPMENT_ID)
    page.clock.install(time=state.updated_at)
    page.goto(f"{web}/t/{book(state)}")
    page.wait_for_selector("main[data-ready]")
    for age in AGES_S:
        page.clock.set_fixed_time(state.updated_at + timedelta(seconds=age))
        page.clock.run_for(1000)
        moment = state.updated_at + timedelta(seconds=age)
        assert page.inner_text("[data-updated]") == f"Updated {format_age(state.updated_at, moment)}"
