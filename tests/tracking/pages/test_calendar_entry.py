"""Calendar entry of the arrival window, as other programs read it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from icalendar import Calendar

from tests.tracking.pages.bookings import book
from tests.tracking.pages.examples import NOW, PROMISED, STATES, make_state
from tracking.domain.calendars import DAY_MIN, DeliveryCalendar
from tracking.domain.events import Eta, Window
from tracking.domain.shown_window import ShownWindow
from tracking.models import Partner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world", "plain_static")]


@pytest.fixture(autouse=True)
def moment(time_machine):
    time_machine.move_to(NOW, tick=False)


def read_event(client, state, **fields):
    token = book(state, **fields)
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


ROUND_THE_CLOCK = DeliveryCalendar(opens_min=0, closes_min=DAY_MIN - 1)
MIDNIGHT = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)


def make_whole_day(begin, end):
    shown = ShownWindow(from_=begin, at=begin, to=end, text_code="day", calendar=ROUND_THE_CLOCK)
    eta = Eta(from_=begin, at=begin, to=end, shown=shown)
    return make_state("in_transit", eta=eta, promised=None)


@pytest.mark.parametrize("begin", [MIDNIGHT, MIDNIGHT + timedelta(hours=5)], ids=str)
def test_a_whole_day_of_deliveries_around_the_clock_is_an_event_of_the_day(client, begin):
    end = MIDNIGHT + timedelta(minutes=DAY_MIN - 1)
    promised = make_state("created", promised=Window(from_=MIDNIGHT, to=end), shipment_id="SLX-2")
    events = [read_event(client, state)[1] for state in (make_whole_day(begin, end), promised)]
    assert [(event.start, event.end) for event in events] == [(date(2026, 11, 25), date(2026, 11, 26))] * 2


def test_the_entry_names_the_sender_and_the_number(client, settings):
    partner = Partner.objects.create(partner_id="prt_1", name="Kaveri Books")
    token, event = read_event(client, make_state("created"), partner=partner)
    said = [str(event[name]) for name in ("summary", "description")]
    link = f"{settings.PUBLIC_URL}/t/{token}"
    assert said == ["Parcel from Kaveri Books arrives", f"SLX-4821-0937\n{link}"]


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
