"""Pages of the console in a real browser: they fit, violate no rule of access, and search and replay work."""

from itertools import cycle

import pytest
from django.test import Client

from tests.browser.accessibility import find_violations
from tests.browser.console_world import NOON, VEHICLE, fill_console, make_trace, wire_memory
from tests.browser.screens import keep_screenshot
from tests.browser.views import STAFF_WIDTHS, THEMES, find_overflow, show_view
from tests.browser.watch import Watch
from tests.distribution import in_browser
from tracking.ports import ports

pytestmark = [pytest.mark.browser, in_browser]
PAGES = {
    "kpis": "/ops/kpis/?by=lane",
    "pipeline": "/ops/pipeline/",
    "vehicles": "/ops/vehicles/",
    "replay": f"/ops/vehicles/{VEHICLE}/?day={NOON:%Y-%m-%d}",
    "audit": "/ops/audit/",
}


@pytest.fixture
def wired(web, transactional_db):
    with wire_memory() as memory:
        yield memory


@pytest.fixture
def supervisor(wired, settings, tmp_path):
    settings.TRACES_EXPORTER, settings.TRACES_FILE = "jsonl", tmp_path / "traces.jsonl"
    settings.TRACES_FILE.write_bytes(make_trace())
    return fill_console(wired)


@pytest.fixture
def enter(browser, web, supervisor):
    """Return a function that opens a page of the console; all its windows are closed afterwards."""
    opened = []

    def open_page(path, **options):
        client = Client()
        client.force_login(supervisor)
        context = browser.new_context(viewport={"width": 1280, "height": 900}, **options)
        opened.append(context)
        context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": web}])
        page = context.new_page()
        watch = Watch(page, web)
        page.goto(f"{web}{path}")
        return page, watch

    yield open_page
    for context in opened:
        context.close()


@pytest.mark.parametrize(("name", "theme"), zip(PAGES, cycle(THEMES), strict=False))
def test_a_page_fits_every_width_and_violates_no_rule_of_access(name, theme, enter) -> None:
    page, watch = enter(PAGES[name], color_scheme=theme)
    if name == "replay":
        page.wait_for_selector("[data-replay-controls]:not([hidden])")
    keep_screenshot(page, f"ops-{name}-{theme}")
    assert find_violations(page) == []
    assert find_overflow(page, watch, STAFF_WIDTHS) == {}
    # The driver of the map reports that a screenshot has waited for it.
    assert [fault for fault in watch.faults() if "ReadPixels" not in fault] == []


def test_results_of_the_search_appear_as_people_type_and_are_reached_by_keys(enter) -> None:
    page, watch = enter("/ops/kpis/")
    page.keyboard.press("/")
    page.keyboard.type("slx 0")
    page.wait_for_selector("#search-results a")
    assert page.locator("#search-count").inner_text() == "10 results"
    for theme, width in zip(("dark", "light", "dark"), STAFF_WIDTHS.values(), strict=True):
        show_view(page, theme, width)
        keep_screenshot(page, f"ops-search-{theme}-{width}", whole=False)
        assert watch.sideways() == []
    assert find_violations(page, "header.bar") == []
    page.keyboard.press("Escape")
    assert page.locator("#search-results a").count() == 0
    page.keyboard.type("1")
    page.wait_for_selector("#search-results a")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ops/shipments/SLX-01")
    assert watch.faults() == []


def test_enter_in_the_search_leads_to_what_was_typed_exactly(enter) -> None:
    page, _ = enter("/ops/audit/")
    page.keyboard.press("/")
    page.keyboard.type("ka 01 ab 1234")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/ops/vehicles/?q={VEHICLE}")


def test_a_quarantined_record_is_replayed_in_place(enter, wired) -> None:
    page, watch = enter("/ops/pipeline/")
    page.click("button[name=record]")
    page.wait_for_selector("text=The record was processed")
    assert list(wired.quarantine.read_newest(10)) == []
    assert [event.status for event in ports().store.read_timeline("SLX-01")] == ["in_transit"]
    assert watch.faults() == []


def find_middle(page) -> tuple[float, float]:
    """Return the middle of the dot of the replay, in px of the window."""
    box = page.locator(".replay-dot").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_replay_is_moved_by_slider_and_button_without_leaving_its_way(enter) -> None:
    page, watch = enter(PAGES["replay"])
    page.wait_for_selector("[data-replay-controls]:not([hidden])")
    place = page.locator("[data-replay]")
    slider = page.locator("[data-replay-slider]")
    first = place.get_attribute("data-at")
    slider.press("End")
    last = place.get_attribute("data-at")
    assert last == "12.97000,77.59000"
    assert first != last
    end = find_middle(page)
    slider.press("Home")
    assert place.get_attribute("data-at") == first
    # The tour goes from the lower edge of the map to the upper one, up to the space around it.
    height, credit = (page.locator(name).bounding_box()["height"] for name in (".replay-map", ".credit"))
    assert end[1] - find_middle(page)[1] > height - credit - 2 * 55
    page.select_option("[data-replay-speed]", "300")
    slider.press(" ")
    page.wait_for_function("at => document.querySelector('[data-replay]').dataset.at !== at", arg=first)
    page.click("text=Pause")
    assert page.locator("[data-replay-play]").inner_text() == "Play"
    assert watch.faults() == []
