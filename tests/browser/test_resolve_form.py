"""Form that resolves a card, by keyboard: an answer, the new day, and what the recipient will read."""

from datetime import UTC, date, datetime

import pytest

from tests.browser.accessibility import find_violations
from tests.browser.screens import keep_screenshot
from tests.browser.staff_window import enter
from tests.distribution import in_browser
from tests.tracking.pages.bookings import book
from tracking.domain.indian_time import write_day
from tracking.models import Incident, Shipment
from tracking.pages.delivery_days import list_delivery_days
from tracking.ports import ports
from tracking.services.operations.incidents import open_incident
from tracking.services.requests.roles import Role

# Of the fields of two requests and a problem, each with its day: the second request stays open.
DISABLED = (False, False, True, True, False, True)
pytestmark = [pytest.mark.browser, in_browser]


def test_a_request_is_answered_with_a_new_day_beside_a_problem_by_keyboard_alone(browser, web, store) -> None:
    now = datetime.now(UTC)
    book(None, shipment_id="SLX-1")
    booking = Shipment.objects.select_related("destination_hub").get()
    asked, offered = (
        date.fromisoformat(day.iso) for day in list_delivery_days(booking, {"eta": None}, now)[:2]
    )
    why = f"Another day requested: {write_day(asked)}. Ring twice"
    for code, subject, reason in (
        ("attempt_failed", "SLX-1", "nobody came"),
        ("customer_request", "SLX-1/other_day", why),
        ("customer_request", "SLX-1/neighbour", "Asked to leave it with a neighbour: Meera"),
    ):
        open_incident(ports().live, code, subject, reason, now, shipment_id="SLX-1")
    page, watch = enter(browser, web, Role.OPERATOR, "asha")
    form = page.locator("form[data-resolve]")
    words, day, result = (
        form.locator(what)
        for what in ("[data-reads-of]:visible", "[data-day-codes^=agreed]", "[name=resolution]")
    )

    def press(*keys: str) -> None:
        for key in keys:
            page.keyboard.press(key)

    # The boxes of what to end come first.
    press("j", "r", "Tab", "Tab", "Tab")
    form.locator("select[name^=answer]:focus").wait_for()
    assert day.is_hidden()
    press(*"Agr")
    assert words.all_inner_texts() == [f"The recipient reads: “Agreed: the new day is {write_day(asked)}.”"]
    press("Tab", "ArrowDown")
    agreed = f"The recipient reads: “That day is not possible. The new day is {write_day(offered)}.”"
    assert words.all_inner_texts() == [agreed]
    # The request for a neighbour stays open: nothing is asked about it.
    form.get_by_text("Asked to leave it with a neighbour: Meera").click()
    assert [box.is_disabled() for box in form.locator("select").all()] == list(DISABLED)
    result.focus()
    press(*"Oth", "Tab", *"agreed by phone")
    keep_screenshot(page, "ops-incidents-resolve", whole=False)
    assert (find_violations(page, "#cards"), watch.sideways()) == ([], [])
    press("Enter")
    page.locator("#notice >> text=Resolved: attempt failed, another day requested, SLX-1.").wait_for()
    found = list(Incident.objects.order_by("pk").values_list("resolution_code", "agreed_day"))
    assert (found, watch.faults()) == ([("other", None), ("agreed", offered), ("", None)], [])
    page.context.close()
