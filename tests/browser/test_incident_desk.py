"""Operators work on incidents by keyboard alone, see each other's claims, and a viewer only reads."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from channels.layers import channel_layers
from django.test import Client
from playwright.sync_api import Route

from tests.browser.screens import keep_screenshot
from tests.browser.staff_window import enter
from tests.distribution import in_browser
from tests.staff import as_caller, make_staff
from tests.tracking.pages.bookings import book
from tests.waiting import wait_for
from tracking.adapters.channels import ChannelsPush
from tracking.adapters.memory import MemoryShipmentStore
from tracking.adapters.memory_stream import MemoryEventStream
from tracking.adapters.memory_vehicles import MemoryVehicleStore
from tracking.domain.events import format_time
from tracking.models import Incident, StaffAction
from tracking.ports import TrackingPorts, ports, wire
from tracking.services.operations.card_actions import Seen
from tracking.services.operations.incident_changes import push_incidents
from tracking.services.operations.incidents import open_incident
from tracking.services.operations.staff_incidents import acknowledge_as_staff, snooze_as_staff
from tracking.services.requests.roles import Role

pytestmark = [pytest.mark.browser, in_browser]
WIDTHS = {"phone": 390, "tablet": 768, "desk": 1280}
CODES = ("suspected_fake_attempt", "attempt_failed", "delayed", "customer_request", "clock_skewed")
# Keystroke-level model of Card, Moran and Newell: a key, and a decision before a command, in seconds.
KEY_S, DECISION_S, ROUND_S = 0.28, 1.35, 20.0


@pytest.fixture
def live_store(web, transactional_db, local_redis):
    """Memory stores, and frames to consoles through Redis, as the running server sends them."""
    before = ports()
    channel_layers.backends.clear()
    push = ChannelsPush(local_redis)
    wire(TrackingPorts(MemoryShipmentStore(), MemoryEventStream(), push, MemoryVehicleStore()))
    yield
    wire(before)


@pytest.fixture
def incidents(web, live_store) -> dict[str, Incident]:
    """Incidents of five shipments, one of them with two symptoms, due at different times."""
    opened = {}
    for number, code in enumerate(CODES):
        shipment_id = f"SLX-{number}"
        book(None, shipment_id=shipment_id)
        moment = datetime.now(UTC) - timedelta(minutes=25 - number)
        opened[code] = open_incident(
            ports().live, code, shipment_id, "nobody came", moment, shipment_id=shipment_id, vehicle_id="KA-1"
        )
    moment = datetime.now(UTC) - timedelta(minutes=2)
    open_incident(ports().live, "delayed", "SLX-1", "late by 40 min", moment, shipment_id="SLX-1")
    return opened


def read_owner(incident) -> tuple[str, str]:
    return Incident.objects.values_list("owner", "resolution_code").get(pk=incident.pk)


def test_an_incident_is_found_claimed_worked_and_resolved_by_keyboard_alone(browser, web, incidents) -> None:
    page, watch = enter(browser, web, Role.OPERATOR, "asha")
    incident = incidents["attempt_failed"]
    card = page.locator(f"#card-{incident.pk}")
    focused = page.locator(f"#card-{incident.pk}:focus")
    pressed: list[str] = []

    def press(*names: str) -> None:
        for name in names:
            page.keyboard.press(name)
            pressed.append(name)

    press("j", "j")
    focused.wait_for()
    press("a")
    card.locator("[data-owner] >> text=asha").wait_for()
    press("s", "Escape")
    focused.wait_for()
    press("r", "Tab", "Tab", *"Resc", "Tab", "ArrowDown", "Tab", *"on Friday", "Enter")
    card.wait_for(state="detached")
    commands = sum(name in {"j", "a", "s", "r", "Enter"} for name in pressed)
    assert len(pressed) * KEY_S + commands * DECISION_S < ROUND_S
    assert read_owner(incident)[1] == "rescheduled"
    press("z")
    card.wait_for()
    assert read_owner(incident)[1] == ""
    # The card is taken up again, and there is nothing more to undo.
    focused.wait_for()
    press("z")
    page.locator("#notice >> text=Nothing to undo: an action can be undone for 10 seconds.").wait_for()
    # In an open form letters are text, not commands.
    note = card.locator("[data-menu=note]")
    note.locator("summary").press("Enter")
    note.locator("input[name=note]:focus").wait_for()
    page.keyboard.type("as agreed")
    assert note.locator("input[name=note]").input_value() == "as agreed"
    verbs = list(StaffAction.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == ["acknowledge_incident", "resolve_incident", "undo_own_action"]
    # An answer that arrives while the next page loads has no place any more.
    assert watch.faults() == []
    page.goto(f"{web}/ops/audit/")
    assert page.locator("tbody tr").count() == len(verbs)
    page.context.close()


def test_a_claim_shows_in_the_other_window_and_a_conflict_is_said_in_words(browser, web, incidents) -> None:
    asha, _ = enter(browser, web, Role.OPERATOR, "asha")
    ravi, watch = enter(browser, web, Role.OPERATOR, "ravi")
    first = f"#card-{incidents['suspected_fake_attempt'].pk}"
    for page in (asha, ravi):
        page.locator("[data-fresh=live]").wait_for()
    asha.locator(f"{first} [data-do=acknowledge]").click()
    ravi.locator(f"{first} [data-owner] >> text=asha").wait_for()
    assert watch.faults() == []
    ravi.locator(f"{first} [data-do=acknowledge]").click()
    ravi.locator("#notice >> text=asha claimed it at").wait_for()
    for page in (asha, ravi):
        page.context.close()


def test_the_notice_shows_also_if_the_list_was_read_again_before_the_answer(browser, web, incidents) -> None:
    asha, watch = enter(browser, web, Role.OPERATOR, "asha")
    ravi, _ = enter(browser, web, Role.OPERATOR, "ravi")
    asha.locator("[data-fresh=live]").wait_for()
    first, second = (f"#card-{incidents[code].pk}" for code in CODES[:2])
    held: list[Route] = []
    asha.route("**/acknowledge", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks it
    asha.locator(f"{second} [data-do=acknowledge]").click()
    ravi.locator(f"{first} [data-do=acknowledge]").click()
    asha.locator(f"{first} [data-owner] >> text=ravi").wait_for()
    held.pop().continue_()
    asha.locator("#notice >> text=Undo").wait_for()
    asha.locator(f"{second} [data-owner] >> text=asha").wait_for()
    assert (held, watch.faults()) == ([], [])
    for page in (asha, ravi):
        page.context.close()


def test_the_notice_and_the_focus_stay_when_the_list_is_read_again_right_after_the_answer(
    browser, web, incidents
) -> None:
    page, watch = enter(browser, web, Role.OPERATOR, "asha")
    page.locator("[data-fresh=live]").wait_for()
    # No timer runs: what were put off until after the answer would be put off until the next list.
    page.clock.install()
    page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=1))
    card = f"#card-{incidents['attempt_failed'].pk}"
    page.keyboard.press("j")
    page.keyboard.press("j")
    with page.expect_response("**/acknowledge"), page.expect_response("**part=cards"):
        page.keyboard.press("a")
    page.locator(f"{card}:focus [data-owner] >> text=asha").wait_for()
    page.locator("#notice >> text=Claimed SLX-1").wait_for()
    assert watch.faults() == []
    page.context.close()


@pytest.mark.parametrize(("width", "theme"), [(390, "dark"), (1280, "light")])
def test_a_notice_is_in_the_window_beneath_the_card_of_its_action_until_undo_ends(
    browser, web, incidents, width, theme
) -> None:
    page, watch = enter(browser, web, Role.OPERATOR, "asha", color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 640})
    page.clock.install()
    for _ in CODES[1:]:
        page.keyboard.press("j")
    page.keyboard.press("a")
    notice, card = page.locator("#notice .notice-line"), page.locator(".card:focus")
    notice.get_by_text("Claimed SLX-").wait_for()
    card.locator("[data-owner]").wait_for()
    keep_screenshot(page, f"ops-incidents-notice-{theme}-{width}", whole=False)

    def is_in_order() -> bool:
        boxes = [place.bounding_box() for place in (page.locator(".bar"), notice, card)]
        # A card that is replaced just now has none.
        if None in boxes:
            return False
        head, shown, focused = boxes
        tops = [head["y"] + head["height"], focused["y"], shown["y"], shown["y"] + shown["height"], 640]
        return page.evaluate("scrollY > 0") and tops == sorted(tops)

    # The list may be read again meanwhile.
    wait_for(is_in_order, pause_s=0.1)
    page.clock.run_for(9000)
    notice.locator("[data-undo]").wait_for(state="detached")
    assert (notice.count(), watch.faults()) == (1, [])
    page.context.close()


def test_an_open_form_keeps_the_list_as_it_is_and_says_that_it_has_changed(browser, web, incidents) -> None:
    asha, watch = enter(browser, web, Role.OPERATOR, "asha")
    asha.locator("[data-fresh=live]").wait_for()
    first, second, third = (f"#card-{incidents[code].pk}" for code in CODES[:3])
    staff, moment = as_caller(Role.OPERATOR), datetime.now(UTC)
    stale, note = asha.locator("[data-stale]"), asha.locator(f"{first} [data-menu=note]")

    def change(code: str) -> None:
        done = acknowledge_as_staff(staff, [[Seen(incidents[code].pk)]], moment)
        push_incidents(ports().live, done.incidents)

    def write() -> None:
        note.locator("summary").click()
        note.locator("input[name=note]").fill("as agreed")

    write()
    change(CODES[1])
    stale.wait_for()
    keep_screenshot(asha, "ops-incidents-list-has-changed", whole=False)
    owners = asha.locator(f"{second} [data-owner], {third} [data-owner]")
    assert (note.locator("input[name=note]").input_value(), owners.count()) == ("as agreed", 0)
    stale.get_by_text("Show").click()
    asha.locator(f"{second} [data-owner]").wait_for()
    write()
    change(CODES[2])
    stale.wait_for()
    assert owners.count() == 1
    note.locator("input[name=note]").press("Escape")
    asha.locator(f"{third} [data-owner]").wait_for()
    assert (stale.is_hidden(), watch.faults()) == (True, [])
    asha.context.close()


def test_the_rail_and_the_vehicles_of_the_fleet_page_follow_what_is_done(browser, web, incidents) -> None:
    vehicle = {"vehicle_id": "KA-1", "lat": 12.9, "lon": 77.5, "heading": 90, "speed_kmh": 40.0}
    riding = {"shipment_id": "SLX-1", "status": "in_transit", "is_delayed": False}
    heard = {"occurred_at": format_time(datetime.now(UTC))}
    frame = {"vehicles": [vehicle | riding | heard], "changes": [], "incidents": []}
    ports().live.push_fleet(frame)
    page, watch = enter(browser, web, Role.OPERATOR, "asha")
    page.goto(f"{web}/ops/?view=table")
    page.locator("[data-fresh=live]").wait_for()
    rail = page.locator("[data-incidents] [data-incident]")
    assert rail.count() == len(CODES)
    failed = page.locator(f"[data-incident='{incidents['attempt_failed'].pk}']")
    assert failed.locator("[data-part=why]").inner_text() == "Nobody came · Late by 40 min"
    page.locator("[data-vehicle=KA-1] >> text=Act now").wait_for()
    staff, doubt = as_caller(Role.OPERATOR), incidents["suspected_fake_attempt"]
    card, moment = [[Seen(doubt.pk)]], datetime.now(UTC)
    claimed = acknowledge_as_staff(staff, card, moment).incidents
    owner = page.locator(f"[data-incident='{doubt.pk}'] >> text=staff_0")
    # One frame may meet a page that is still fetching the rail for the one before.
    wait_for(lambda: push_incidents(ports().live, claimed) or owner.count(), pause_s=0.5)
    push_incidents(ports().live, snooze_as_staff(staff, card, "1_h", moment).incidents)
    page.locator("[data-vehicle=KA-1] >> text=On time").wait_for()
    assert (rail.count(), watch.faults()) == (len(CODES) - 1, [])
    page.context.close()


def test_several_are_selected_by_keys_and_acted_on_without_a_script_too(browser, web, incidents) -> None:
    page, watch = enter(browser, web, Role.OPERATOR, "asha")
    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    assert page.inner_text("[data-bulk-count]") == "2 selected"
    page.locator("#bulk >> text=Acknowledge").click()
    page.locator("#notice >> text=Claimed 2 incidents.").wait_for()
    assert watch.faults() == []
    page.context.close()
    plain, _ = enter_without_script(browser, web)
    plain.locator("#cards [data-menu=snooze] summary").first.click()
    plain.locator("#cards >> text=15 min").first.click()
    plain.locator("#notice >> text=Snoozed").wait_for()
    plain.context.close()


def enter_without_script(browser, web):
    client = Client()
    client.force_login(make_staff(Role.OPERATOR, "plain"))
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": web}])
    page = context.new_page()
    page.goto(f"{web}/ops/incidents/")
    return page, client


def test_keys_can_be_switched_off(browser, web, incidents) -> None:
    page, watch = enter(browser, web, Role.OPERATOR, "asha")
    page.keyboard.press("?")
    page.locator("[data-keys-on]").click()
    page.keyboard.press("Escape")
    page.reload()
    page.wait_for_selector("[data-help-open]:not([hidden])")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement === document.body")
    assert watch.faults() == []
    page.context.close()


def test_a_viewer_reads_the_queue_and_its_keys_do_nothing(browser, web, incidents) -> None:
    page, watch = enter(browser, web, Role.VIEWER, "vera")
    for key in ("j", "a", "s", "r", "x", "z"):
        page.keyboard.press(key)
    assert page.locator("#cards form").count() == 0
    assert (StaffAction.objects.count(), watch.faults()) == (0, [])
    page.context.close()


def test_the_queue_fits_every_screen(browser, web, incidents) -> None:
    page, watch = enter(browser, web, Role.SUPERVISOR, "meera", color_scheme="dark")
    page.locator("[data-menu=resolve] summary").first.click()
    page.locator(".playbook summary").first.click()
    for label, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 900})
        keep_screenshot(page, f"ops-incidents-dark-{label}")
        assert watch.sideways() == []
        filters = page.locator("select[name=code]").is_visible()
        assert (filters, page.locator(".card").first.bounding_box()["y"] < 420) == (label == "desk", True)
    page.locator(".fold").evaluate("fold => { fold.open = true; }")
    page.set_viewport_size({"width": 390, "height": 900})
    keep_screenshot(page, "ops-incidents-dark-phone-filters", whole=False)
    assert (page.locator("select[name=code]").is_visible(), watch.sideways()) == (True, [])
    page.route_web_socket("**/ws/ops/", lambda socket: socket.close())
    bar = page.locator(".bar").bounding_box()
    page.reload()
    page.get_by_text(re.compile(r"^Retry in \d+ s$")).wait_for()
    keep_screenshot(page, "ops-incidents-dark-phone-retry", whole=False)
    assert (page.locator(".bar").bounding_box(), watch.sideways()) == (bar, [])
    assert watch.faults() == []
    page.context.close()
