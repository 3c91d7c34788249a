"""In a real browser, a shipment's page: map, chart, recipient and proofs in clear, a note, a correction."""

import dataclasses
from datetime import UTC, datetime

import pytest
from django.templatetags.static import static
from django.test import Client

import tracking.ports
from notifications.ports import ports, wire
from tests.browser.accessibility import find_violations
from tests.browser.screens import keep_screenshot
from tests.browser.views import STAFF_WIDTHS, find_overflow, show_view
from tests.browser.watch import Watch
from tests.distribution import in_browser
from tests.notifications.traces import wire_transports
from tests.staff import make_staff
from tests.tracking.pages.rich_shipment import SHIPMENT_ID, make_rich_shipment
from tracking.adapters.memory_stream import MemoryEventStream
from tracking.models import StaffAction
from tracking.services.requests.roles import Role

pytestmark = [pytest.mark.browser, in_browser]
# Draws the chart of a history, and counts the pixels with ink at its right edge.
LAST_COLUMN = """async ([source, history]) => {
  const place = document.querySelector("[data-eta]");
  (await import(source)).showEta(place, history);
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const canvas = [...place.querySelectorAll("canvas")].at(-1);
  const { data } = canvas.getContext("2d").getImageData(canvas.width - 1, 0, 1, canvas.height);
  return data.filter((value) => value).length;
}"""
# Draws the chart of a history, and returns the texts on its canvas.
LABELS = """async ([source, history]) => {
  const texts = [];
  const fill = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...more) {
    texts.push(text);
    return fill.call(this, text, ...more);
  };
  (await import(source)).showEta(document.querySelector("[data-eta]"), history);
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  return texts;
}"""
WITHOUT_WEBGL = """
  const get = HTMLCanvasElement.prototype.getContext;
  HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
    return kind === "webgl2" ? null : get.call(this, kind, ...more);
  };
"""


@pytest.fixture
def shipment(web, store, files):
    before, tracking_before = ports(), tracking.ports.ports()
    wire_transports()
    tracking.ports.wire(dataclasses.replace(tracking_before, stream=MemoryEventStream()))
    make_rich_shipment(store, datetime.now(UTC))
    yield f"{web}/ops/shipments/{SHIPMENT_ID}"
    wire(before)
    tracking.ports.wire(tracking_before)


def enter(browser, web, address, role, username, *, has_map=False):
    """Open the page in a new window of this account; return it with its watch.

    Without a graphics card a map costs more than all else, so only those tests that look at it have one.
    """
    client = Client()
    client.force_login(make_staff(role, username))
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": web}])
    page = context.new_page()
    watch = Watch(page, web)
    if not has_map:
        page.add_init_script(WITHOUT_WEBGL)
    page.goto(address)
    return page, watch


def draw_all(page) -> None:
    """Wait until map and chart are drawn."""
    page.locator("[data-track]").scroll_into_view_if_needed()
    page.locator("[data-track][data-map-ready]").wait_for()
    page.locator("[data-eta][data-drawn] canvas").wait_for()


def test_the_page_is_accessible_and_fits_every_screen(browser, web, shipment) -> None:
    page, watch = enter(browser, web, shipment, Role.SUPERVISOR, "meera", has_map=True)
    draw_all(page)
    page.locator(".eta-table summary").click()
    for theme, (label, width) in zip(("dark", "light", "dark"), STAFF_WIDTHS.items(), strict=True):
        show_view(page, theme, width)
        page.locator("[data-eta] canvas").wait_for()
        assert watch.sideways() == []
        # `make axe` judges every width in both themes.
        if label != "desk":
            assert find_violations(page) == []
        keep_screenshot(page, f"ops-shipment-{theme}-{label}")
    page.locator("#event-attempt >> text=Correct").click()
    assert (find_violations(page), find_overflow(page, watch, STAFF_WIDTHS)) == ([], {})
    keep_screenshot(page, "ops-correct-dark-desk")
    assert watch.faults() == []
    page.context.close()


def test_pictures_a_note_and_the_recipient_are_shown_with_entries(browser, web, shipment) -> None:
    page, watch = enter(browser, web, shipment, Role.OPERATOR, "asha")
    page.click("text=Show in clear")
    page.wait_for_selector("#recipient >> text=Asha Raghavan")
    # The audit of the open page says so at once.
    page.wait_for_selector("#audit >> text=Read the recipient in clear")
    page.click("text=Show pictures")
    picture = page.locator("#proofs img")
    picture.wait_for()
    page.wait_for_function("() => document.querySelector('#proofs img').naturalWidth > 0")
    assert find_violations(page) == []
    keep_screenshot(page, "ops-shipment-clear-desk")
    page.fill("#note-text", "Recipient asks for the evening")
    page.click("#notes >> text=Add note")
    page.wait_for_selector("#notes >> text=Recipient asks for the evening")
    shown = page.locator("#audit tbody td:nth-child(4)").all_inner_texts()
    assert shown == ["Added a note", "Looked at the proofs", "Read the recipient in clear"]
    table = page.locator("#audit .scroll")
    assert table.evaluate("table => table.scrollWidth - table.clientWidth") == 0
    assert watch.faults() == []
    page.context.close()


def test_the_last_time_below_the_chart_is_whole(browser, web, shipment) -> None:
    page, _ = enter(browser, web, shipment, Role.VIEWER, "vera")
    page.locator("[data-eta][data-drawn] canvas").wait_for()
    # From six to six o'clock in India: the last tick is where the chart ends.
    begins_at = int(datetime(2026, 11, 22, 0, 30, tzinfo=UTC).timestamp())
    moments = [begins_at, begins_at + 12 * 3600]
    history = dict.fromkeys(("at", "from", "middle", "to"), moments) | {"promised": None, "ended": None}
    ink = page.evaluate(LAST_COLUMN, [static("tracking/ops/shipment_eta.js"), history])
    assert ink == 0
    page.context.close()


def test_the_chart_has_labels_at_whole_steps_of_the_indian_clock(browser, web, shipment) -> None:
    page, _ = enter(browser, web, shipment, Role.VIEWER, "vera")
    page.locator("[data-eta][data-drawn] canvas").wait_for()
    # Made from 5:47 to 9:47 in the morning; arrivals from 1:12 to 5:52 in the afternoon.
    made_at = int(datetime(2026, 11, 22, 0, 17, tzinfo=UTC).timestamp())
    moments, arrivals = [made_at, made_at + 4 * 3600], [made_at + 26_700, made_at + 43_500]
    history = {"at": moments, "promised": None, "ended": None}
    history |= dict.fromkeys(("from", "middle", "to"), arrivals)
    labels = page.evaluate(LABELS, [static("tracking/ops/shipment_eta.js"), history])
    hours = [*range(6, 10), *range(14, 19, 2)]
    assert labels == [f"Sun 22, {hour:02d}:00" for hour in hours]
    page.context.close()


def test_a_correction_asks_first_and_leaves_an_entry(browser, web, shipment) -> None:
    page, watch = enter(browser, web, shipment, Role.SUPERVISOR, "meera")
    page.locator("#event-attempt >> text=Correct").click()
    page.check("input[value=retract]")
    assert page.locator("#correct-what").is_hidden()
    page.fill("#correct-note", "Nobody went there")
    page.click("button:has-text('Correct the event')")
    page.wait_for_selector("#notice >> text=The correction is sent.")
    assert [entry.subject for entry in StaffAction.objects.all()] == ["event attempt"]
    assert watch.faults() == []
    page.context.close()


def test_without_a_map_the_page_says_everything_in_words(browser, web, shipment) -> None:
    page, watch = enter(browser, web, shipment, Role.VIEWER, "vera")
    page.locator("[data-eta][data-drawn]").wait_for()
    assert page.locator("[data-track]").is_hidden()
    assert page.locator("#event-attempt >> text=Delivery attempt failed").is_visible()
    assert watch.faults() == []
    page.context.close()
