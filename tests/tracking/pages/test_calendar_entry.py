"""Calendar entry of the arrival window, as other programs read it."""

from datetime import timedelta

import pytest
from icalendar import Calendar

from tests.tracking.pages.bookings import book
from tests.tracking.pages.examples import NOW, PROMISED, STATES, make_state

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world", "plain_static")]


@pytest.fixture(autouse=True)
def moment(time_machine):
    time_machine.move_to(NOW, tick=False)


def read_event(client, state):
    token = book(state)
    answer = client.get(f"/t/{token}/delivery.ics")
    assert (answer["Content-Type"], answer["Cache-Control"]) == (
        "text/calendar; charset=utf-8",
        "private, no-cache",
    )
    (event,) = Calendar.from_ical(answer.content).events
    return token, event


def test_the_entry_has_the_window_the_page_shows_and_the_link(client, settings):
    token, event = read_event(client, STATES["on-the-way"])
    shown = {name: event.decoded(name) for name in ("uid", "summary", "dtstart", "dtend", "url", "sequence")}
    link = f"{settings.PUBLIC_URL}/t/{token}"
    assert {name: value.decode() if isinstance(value, bytes) else value for name, value in shown.items()} == {
        "uid": "SLX-4821-0937@swiftlogix",
        "summary": "Parcel SLX-4821-0937 arrives",
        "dtstart": PROMISED.from_,
        "dtend": PROMISED.to,
        "url": link,
        "sequence": 7,
    }


def test_before_a_prediction_the_entry_has_the_promise(client):
    _, event = read_event(client, make_state("created"))
    assert (event.start, event.end) == (PROMISED.from_, PROMISED.to)


@pytest.mark.parametrize("state", [STATES["on-the-way"], make_state("created")])
def test_an_entry_does_not_begin_in_the_past(client, time_machine, state):
    begun = PROMISED.from_ + timedelta(minutes=10)
    time_machine.move_to(begun, tick=False)
    _, event = read_event(client, state)
    assert (event.start, event.end) == (begun, PROMISED.to)


@pytest.mark.parametrize(
    "state", [STATES["delivered"], STATES["lost"], make_state("in_transit", promised=None)]
)
def test_a_parcel_without_a_window_has_no_entry_and_no_link_to_one(client, state):
    path = f"/t/{book(state)}"
    answer = client.get(f"{path}/delivery.ics")
    assert (answer.status_code, answer["Location"]) == (302, path)
    assert f'href="{path}/delivery.ics" download hidden>' in client.get(path).content.decode()


def test_a_promise_that_has_passed_is_no_window(client, time_machine):
    time_machine.move_to(PROMISED.to + timedelta(minutes=1), tick=False)
    assert client.get(f"/t/{book(make_state('created'))}/delivery.ics").status_code == 302
