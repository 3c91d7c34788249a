"""Lateness before a parcel counts as delayed: on its page, in the list and in the search."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.events import START, make_event
from tests.staff import make_staff
from tests.tracking.pages.visible_text import read_text
from tests.tracking.stories import record_timeline
from tracking.domain.events import Booking, Eta, Window
from tracking.models import Shipment
from tracking.services.requests.roles import Role
from tracking.templatetags.lateness import after_promise, likely_at

NOON = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("late", "text"),
    [
        (timedelta(minutes=41), "41 min after the promise"),
        (timedelta(hours=3, minutes=20), "3 h 20 min after the promise"),
        (timedelta(seconds=59), ""),
        (timedelta(minutes=-5), ""),
    ],
)
def test_the_time_after_the_promise_is_said_from_a_minute_on(late, text):
    assert after_promise(NOON + late, NOON) == text
    assert (after_promise(None, NOON), after_promise(NOON, None)) == ("", "")


@pytest.mark.django_db
@pytest.mark.usefixtures("plain_static")
@pytest.mark.parametrize("is_delayed", [False, True])
def test_list_search_and_page_say_it_unless_the_parcel_is_delayed_already(
    world, client, time_machine, is_delayed
):
    time_machine.move_to(NOON, tick=False)
    client.force_login(make_staff(Role.OPERATOR))
    promised, at = NOON + timedelta(hours=1), NOON + timedelta(hours=2)
    Shipment.objects.create(
        shipment_id="SLX-1", status="in_transit", eta_at=at, promised_to=promised, is_delayed=is_delayed
    )
    Shipment.objects.create(shipment_id="SLX-2", status="delivered", eta_at=at, promised_to=promised)
    pages = [
        client.get("/ops/shipments/"),
        client.post("/ops/search/", {"q": "SLX"}, headers={"HX-Request": "true"}),
    ]
    texts = [read_text(page.content.decode()) for page in pages]
    assert [text.count("1 h 0 min after the promise") for text in texts] == [int(not is_delayed)] * 2
    assert ("expected Tue 24 Nov, 14:00" in texts[1], "Delayed" in texts[1]) == (True, is_delayed)


@pytest.mark.usefixtures("plain_static")
def test_the_page_says_it_by_the_likely_time_of_the_shown_window(world, client, time_machine, db):
    time_machine.move_to(NOON, tick=False)
    client.force_login(make_staff(Role.OPERATOR))
    minute = (NOON - START).total_seconds() / 60
    from_, at, to = (NOON + timedelta(minutes=minutes) for minutes in (10, 90, 240))
    booking = Booking(promised=Window(from_=NOON, to=NOON + timedelta(hours=1)))
    record_timeline(
        world.store,
        make_event(minute - 60, "e1", status="created", source="api", booking=booking),
        make_event(
            minute,
            "e2",
            status="in_transit",
            eta=Eta(from_=from_, at=at, to=to, confidence="low", as_of=NOON),
        ),
    )
    state = world.store.read_state("123")
    assert (state.is_delayed, likely_at(state) > state.promised.to) == (False, True)
    late = after_promise(likely_at(state), state.promised.to)
    assert late in read_text(client.get("/ops/shipments/123").content.decode())
