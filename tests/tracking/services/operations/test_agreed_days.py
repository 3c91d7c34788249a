"""A day agreed with the recipient: promise, window and delay follow it, once and not before it is settled."""

import json
import re
from datetime import date

import pytest
from django.urls import reverse

from laboratory.simulator.agreed_days import AgreedDays
from tests.events import at, make_event
from tests.staff import make_staff
from tests.tracking.pages.visible_text import read_text
from tests.tracking.stories import BOOKING, record_timeline
from tracking.models import Incident, Shipment
from tracking.ports import ports
from tracking.services.operations.agreed_days import move_agreed_deliveries
from tracking.services.operations.delivery_days import NoDeliveryDayError
from tracking.services.operations.incident_changes import resolve_incident
from tracking.services.operations.incidents import open_incident
from tracking.services.reading.change_answers import render_change
from tracking.services.requests.bodies import Resolution
from tracking.services.requests.roles import Role
from tracking.tokens import make_token
from workers.line.decode import decode
from workers.line.enrich import enrich
from workers.line.gather import Gathered
from workers.line.record import record_events
from workers.ports import StreamRecord

pytestmark = pytest.mark.usefixtures("plain_static")
TOKEN = make_token("123", 0)
WEDNESDAY = date(2026, 11, 25)
PROBLEMS = ("attempt_failed", "delayed")


class NoPlaces:
    def locate(self, points):
        return [None for _ in points]

    def locate_pincode(self, pincode):
        return None


@pytest.fixture
def asked(client, api, world, hubs, time_machine):
    """A client whose recipient asked for Monday; the parcel is late, the clock is at minute 240."""
    time_machine.move_to(at(230), tick=False)
    assert api.post("/api/v1/shipments", BOOKING).status_code == 201
    take_stream(world, 230)
    time_machine.move_to(at(240), tick=False)
    client.cookies["lang"] = "en"
    record_timeline(
        world.store, make_event(235, status="in_transit"), make_event(236, reported_status="delayed")
    )
    assert client.post(reverse("unlock", args=[TOKEN]), {"secret": "2345"}).status_code == 302
    client.post(
        reverse("requests", args=[TOKEN]), {"kind": "other_day", "day": "2026-11-23", "words": "Ring"}
    )
    return client


def resolve(code="agreed", day=None, minute=240.0, incident=None):
    return resolve_incident(
        ports().live,
        incident or Incident.objects.get(),
        Resolution(code, agreed_day=day),
        "staff_1",
        at(minute),
    )


def move(world, minute):
    """Run the task, and take what it has put on the stream through the line; return the changes."""
    return move_agreed_deliveries(ports(), at(minute)), take_stream(world, minute)


def take_stream(world, minute):
    changes = [change for first in record_stream(world, minute) for change in (first, *first.also)]
    return [(change.type, change.reason_code, change.why) for change in changes]


def record_stream(world, minute):
    records = [
        StreamRecord(raw, at(minute), "1/shard", f"{number:064d}", str(number))
        for number, (_, raw) in enumerate(world.stream.records, round(60 * minute))
    ]
    world.stream.records.clear()
    scans, refusals, _ = decode(records)
    assert refusals == []
    states = world.store.read_states(["123"])
    recorded = record_events(
        world.store, states, enrich(Gathered(scans, states), NoPlaces()).events, at(minute)
    )
    return recorded.changes


def test_promise_window_and_delay_follow_the_day_that_was_asked_for(asked, world):
    assert world.store.read_state("123").is_delayed
    resolve()
    # Until it can no longer be undone, nothing moves.
    assert move(world, 240.1) == (0, [])
    why = "agreed with the recipient for Mon 23 Nov"
    assert move(world, 240.2) == (1, [("eta_changed", "day_agreed", why)])
    assert move(world, 241) == (0, [])
    state, row = world.store.read_state("123"), Shipment.objects.get()
    hours = (at(19.5 * 60), at(32.5 * 60))
    assert (state.promised.from_, state.promised.to, state.deliver_from) == (*hours, hours[0])
    assert (row.promised_from, row.promised_to) == hours
    assert (state.is_delayed, state.eta.shown.reason) == (False, "agreed")


def test_the_page_names_the_agreed_day_its_hours_and_why(asked, world, time_machine):
    resolve()
    time_machine.move_to(at(241), tick=False)
    move(world, 241)
    page = asked.get(f"/t/{TOKEN}").content.decode()
    assert re.search(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)[1].strip() == "Arriving tomorrow"
    said = ("8 am – 9 pm", "This is your new delivery day.", "Agreed: the new day is Mon 23 Nov.")
    assert [words in read_text(page) for words in said] == [True, True, True]


def test_the_console_shows_the_agreed_day_without_a_prediction_of_another_one(asked, world, time_machine):
    resolve()
    time_machine.move_to(at(241), tick=False)
    move(world, 241)
    asked.force_login(make_staff(Role.OPERATOR, "asha"))
    page = read_text(asked.get("/ops/shipments/123").content.decode())
    said = ("moved to this day, of whose tour nothing is known yet", "predicted Sun", "medium confidence")
    assert [words in page for words in said] == [True, False, False]


def test_another_day_than_the_one_that_was_asked_for_may_be_agreed(asked, world, time_machine):
    resolve(day=WEDNESDAY)
    time_machine.move_to(at(241), tick=False)
    move(world, 241)
    assert Shipment.objects.get().promised_to == at(80.5 * 60)
    assert "That day is not possible. The new day is Wed 25 Nov." in asked.get(f"/t/{TOKEN}").content.decode()


@pytest.mark.parametrize(
    ("day", "detail"),
    [
        (date(2026, 11, 22), "Sun 22 Nov 2026 is not one of the next 30 days."),
        (date(2026, 11, 24), "Nothing is delivered on Tue 24 Nov 2026."),
        (date(2026, 12, 23), "Wed 23 Dec 2026 is not one of the next 30 days."),
    ],
)
def test_a_day_on_which_nothing_can_be_delivered_is_refused(asked, day, detail):
    with pytest.raises(NoDeliveryDayError, match=detail):
        resolve(day=day)
    assert Incident.objects.get().resolved_at is None


def test_no_day_is_agreed_for_a_parcel_that_was_delivered(asked):
    Shipment.objects.update(status="delivered")
    with pytest.raises(NoDeliveryDayError, match=r"No delivery follows any more: delivered\."):
        resolve()


def test_a_rescheduled_problem_moves_the_delivery_once_for_all_incidents_of_its_card(asked, world):
    problems = [open_incident(ports().live, code, "123", "", at(239), shipment_id="123") for code in PROBLEMS]
    for problem in problems:
        resolve("rescheduled", WEDNESDAY, incident=problem)
    why = "moved to Wed 25 Nov"
    assert move(world, 240.2) == (1, [("eta_changed", "day_agreed", why)])
    assert move(world, 241) == (0, [])
    state = world.store.read_state("123")
    assert (state.deliver_from, state.is_delayed, state.eta.shown.reason) == (at(67.5 * 60), False, "agreed")


def test_rescheduled_without_a_day_moves_nothing_and_without_a_booking_it_takes_none(asked, world):
    resolve("rescheduled")
    assert (Incident.objects.get().agreed_day, move(world, 241)) == (None, (0, []))
    stands = open_incident(ports().live, "vehicle_stands", "KA-1", "", at(239), vehicle_id="KA-1")
    with pytest.raises(NoDeliveryDayError, match=r"No booked parcel belongs to this incident\."):
        resolve("rescheduled", WEDNESDAY, incident=stands)


def test_no_other_result_moves_the_delivery(asked, world):
    resolve("too_late", day=WEDNESDAY)
    assert (Incident.objects.get().agreed_day, move(world, 241)) == (None, (0, []))


def test_a_parcel_that_was_delivered_meanwhile_is_not_moved(asked, world):
    resolve()
    Shipment.objects.update(status="delivered")
    assert move(world, 241) == (0, [])
    assert Shipment.objects.get().promised_to < at(240)


def test_a_promise_of_the_partner_replaces_the_agreed_day(asked, world, api, time_machine):
    resolve()
    move(world, 241)
    time_machine.move_to(at(242), tick=False)
    promised = {"from": "2026-11-26T13:00:00+05:30", "to": "2026-11-26T16:00:00+05:30"}
    assert api.patch("/api/v1/shipments/123", {"promised": promised}).status_code == 200
    move(world, 242)
    state = world.store.read_state("123")
    assert (state.promised.to, state.deliver_from) == (at(4 * 24 * 60 + 210), None)


def test_a_simulated_van_reads_the_day_in_the_feed_of_changes(asked, world):
    resolve()
    move_agreed_deliveries(ports(), at(241))
    days = AgreedDays()
    for change in record_stream(world, 241):
        days.note(json.loads(render_change(change, world.store.read_state("123"))))
    opens = at(19.5 * 60).timestamp()
    assert [days.is_before("123", opens - 1), days.is_before("123", opens)] == [True, False]
