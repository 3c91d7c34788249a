"""Queue: its order, its filters, whole cards, and saved views."""

import pytest

from tests.events import at
from tests.tracking.pages.bookings import book
from tests.tracking.services.operations.desk_world import enter, open_on, read_entries, see
from tracking.models import Incident, SavedView, Vehicle
from tracking.pages.incident_cards import list_open_cards
from tracking.ports import ports
from tracking.services.operations.incident_changes import list_rows
from tracking.services.operations.incident_queue import (
    QueueFilter,
    find_bookings,
    list_pressing,
    read_notes,
    read_queue,
    say_place,
)
from tracking.services.operations.incidents import close_incident, open_incident
from tracking.services.operations.saved_views import MAX_VIEWS, delete_view, list_views, save_view
from tracking.services.operations.staff_incidents import (
    acknowledge_as_staff,
    note_as_staff,
    snooze_as_staff,
)
from tracking.services.requests.refusals import ConflictError, UnknownError
from tracking.services.requests.roles import EVERYTHING, Role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


def ask(actor="staff_0", minute=10, **filters):
    found = read_queue(EVERYTHING, QueueFilter(**filters), actor, at(minute))
    return [(row.subject, row.code) for row in found]


def test_the_most_pressing_of_every_type_come_first():
    for minute in range(3):
        open_on(f"late-{minute}", "delayed", minute)
        open_on(f"held-{minute}", "on_hold", minute)
    open_on("failed", "attempt_failed", 2)
    open_on("doubt", "suspected_fake_attempt", 2)
    found = [row.subject for row in list_pressing(Incident.objects.all(), at(70), 4)]
    # 8 x (1 + 68/15), 4 x (1 + 68/30), then 2 x (1 + 70/60) and 2 x (1 + 69/60).
    assert found == ["doubt", "failed", "late-0", "late-1"]


def test_filters_by_type_severity_owner_hub_partner_and_state(partner):
    asha = enter("asha")
    book(None, "NLM-GTW", "MYS-HUB", shipment_id="ours", partner=partner)
    book(None, "BLR-PNY", "BLR-WFD", shipment_id="theirs")
    Vehicle.objects.create(vehicle_id="KA-1", partner=partner)
    ours, theirs = open_on("ours"), open_on("theirs", "exception")
    open_incident(ports().live, "clock_skewed", "KA-1", "fast", at(0), vehicle_id="KA-1")
    acknowledge_as_staff(asha, [see(ours)], at(1))
    assert ask() == [("theirs", "exception"), ("ours", "delayed"), ("KA-1", "clock_skewed")]
    assert ask(code="delayed") == [("ours", "delayed")]
    assert ask(severity="low") == [("KA-1", "clock_skewed")]
    assert ask(asha.actor, owner="me") == ask(owner=asha.actor) == [("ours", "delayed")]
    assert ask(owner="nobody") == [("theirs", "exception"), ("KA-1", "clock_skewed")]
    assert ask(hub="BLR-WFD") == [("theirs", "exception")]
    assert ask(partner=partner.partner_id) == [("ours", "delayed"), ("KA-1", "clock_skewed")]
    snooze_as_staff(asha, [see(theirs)], "15_min", at(2))
    close_incident(ports().live, "clock_skewed", "KA-1", at(9))
    assert ask() == [("ours", "delayed")]
    assert (ask(state="snoozed"), ask(state="resolved")) == (
        [("theirs", "exception")],
        [("KA-1", "clock_skewed")],
    )
    assert (ask(minute=17), ask(minute=17, state="snoozed")) == (
        [("theirs", "exception"), ("ours", "delayed")],
        [],
    )
    bookings = find_bookings([ours, theirs])
    assert {name: say_place(booking) for name, booking in bookings.items()} == {
        "ours": "to Mysuru Hub",
        "theirs": "to Bengaluru Whitefield Delivery Hub",
    }
    # Filtered by the hub that it comes from, a card says so.
    origin = bookings["ours"].origin_hub
    assert say_place(bookings["ours"], origin.hub_id) == f"from {origin.name}"


def test_a_card_is_whole_though_one_symptom_alone_passes_the_filter():
    for shipment_id, code in (("SLX-1", "delayed"), ("SLX-1", "exception"), ("SLX-2", "exception")):
        open_on(shipment_id, code)
    assert ask(code="delayed") == [("SLX-1", "delayed"), ("SLX-1", "exception")]


def test_a_snoozed_symptom_is_in_the_list_of_snoozed_ones_alone_and_not_in_the_rail():
    asha, snoozed, other = enter("asha"), open_on("SLX-1"), open_on("SLX-1", "exception")
    snooze_as_staff(asha, [see(snoozed)], "15_min", at(2))
    assert (ask(), ask(state="snoozed")) == ([("SLX-1", "exception")], [("SLX-1", "delayed")])
    cards = list_open_cards(list_rows(Incident.objects.all()), at(3))
    assert [[one.incident["id"] for one in card.symptoms] for card in cards] == [[other.pk]]


def test_notes_are_read_with_their_authors():
    asha, incident = enter("asha"), open_on("SLX-1")
    note_as_staff(asha, incident.pk, "called", at(1))
    note_as_staff(asha, incident.pk, "called again", at(2))
    assert read_notes([incident]) == [
        (incident.pk, "asha", at(1), "called"),
        (incident.pk, "asha", at(2), "called again"),
    ]


def test_views_belong_to_their_account():
    asha, vera = enter("asha"), enter("vera", Role.VIEWER)
    view = save_view(asha, "  My  late ones ", "code=delayed")
    save_view(vera, "Held", "code=on_hold")
    save_view(asha, "My late ones", "code=delayed&owner=me")
    assert [(one.name, one.filters) for one in list_views(asha.actor)] == [
        ("My late ones", "code=delayed&owner=me")
    ]
    with pytest.raises(UnknownError):
        delete_view(vera, view.pk)
    delete_view(asha, view.pk)
    assert list_views(asha.actor) == []
    assert [entry[1] for entry in read_entries()] == ["save_view"] * 3 + ["delete_view"]


def test_an_account_has_at_most_twenty_views_with_names():
    asha = enter("asha")
    for number in range(MAX_VIEWS):
        save_view(asha, f"view {number}", "")
    for name in ("one more", "  "):
        with pytest.raises(ConflictError):
            save_view(asha, name, "")
    assert SavedView.objects.count() == MAX_VIEWS
