"""Writes by staff: incidents, the recipient in clear, a correction; each within the scope, with its entry."""

import json
from datetime import UTC, datetime

import pytest

from tests.events import at, make_event
from tests.staff import as_caller
from tests.tracking.stories import find_secrets, record_timeline
from tracking.adapters.memory_stream import MemoryEventStream
from tracking.domain.errors import TransientError
from tracking.models import Incident, Shipment, ShipmentNote, StaffAction, Vehicle
from tracking.ports import TrackingPorts, ports
from tracking.services.operations.card_actions import Seen
from tracking.services.operations.incidents import open_incident
from tracking.services.operations.shipment_notes import MAX_NOTES, list_notes, note_shipment
from tracking.services.operations.staff_drivers import read_masked_driver, unmask_driver
from tracking.services.operations.staff_incidents import acknowledge_as_staff, resolve_as_staff
from tracking.services.operations.staff_recipients import (
    make_customer_token,
    mask_contact,
    read_masked_contact,
    see_proofs,
    unmask_recipient,
)
from tracking.services.partners.drivers import Driver, keep_driver
from tracking.services.partners.recipients import NO_CONTACT, Contact, keep_contact
from tracking.services.recording.corrections import correct_event_as_staff
from tracking.services.requests.bodies import Correction, Resolution
from tracking.services.requests.refusals import ConflictError, UnknownError
from tracking.services.requests.roles import Role, RoleRefusedError, Scope
from tracking.tokens import make_token

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
CONTACT = Contact("Asha Raghavan", "+919845012345", "asha@example.com", "12 Sampige Road")
MASKED = Contact("A••• R•••", "+91 ••• ••• 45", "a•••@example.com", "•••")
VIEWER, OPERATOR, SUPERVISOR = (as_caller(role) for role in Role)
RESOLUTION = Resolution(resolution_code="false_alarm", note="asked 98450 12345")
RETRACT = Correction(kind="retract", reason="did_not_occur", note="rang 98450 12345")


@pytest.fixture
def booking(world, partner):
    row = Shipment(shipment_id="123", partner=partner)
    keep_contact(row, CONTACT)
    row.save()
    return row


@pytest.fixture
def van(partner) -> Vehicle:
    row = Vehicle.objects.create(vehicle_id="van-1", partner=partner)
    keep_driver(row, "Suresh Kumar", "98450 67890")
    row.refresh_from_db()
    return row


@pytest.fixture
def incident(booking) -> Incident:
    return open_incident(ports().live, "exception", "123", "why", NOW, shipment_id="123")


@pytest.fixture
def elsewhere(other_partner):
    """Return an operator and a supervisor who are limited to another partner."""
    scope = Scope(partners=frozenset([other_partner.pk]))
    return as_caller(Role.OPERATOR, scope), as_caller(Role.SUPERVISOR, scope)


def read_entries():
    names = ("actor", "verb", "subject", "shipment_id", "before", "after", "reason")
    return list(StaffAction.objects.order_by("pk").values_list(*names))


def test_a_recipient_is_masked_and_shown_in_clear_by_an_action(booking):
    assert (read_masked_contact(booking), mask_contact(NO_CONTACT)) == (MASKED, NO_CONTACT)
    assert read_entries() == []
    assert unmask_recipient(OPERATOR, "123") == CONTACT
    (entry,) = read_entries()
    assert entry == ("staff_0", "unmask_recipient", "recipient of 123", "123", {}, {}, "")
    assert find_secrets(entry) == []


def test_a_driver_is_stored_sealed_masked_and_shown_in_clear_by_an_action(van):
    assert b"Suresh" not in bytes(van.driver_sealed)
    assert read_masked_driver(OPERATOR.scope, "van-1") == Driver("S••• K•••", "+91 ••• ••• 90")
    assert unmask_driver(OPERATOR, "van-1") == Driver("Suresh Kumar", "+919845067890")
    assert read_entries() == [("staff_0", "unmask_driver", "driver of van-1", "", {}, {}, "")]
    keep_driver(van, "", "")
    assert (Vehicle.objects.get().driver_sealed, read_masked_driver(OPERATOR.scope, "van-1")) == (b"", None)


def test_the_customers_link_is_given_by_an_action(booking):
    assert make_customer_token(OPERATOR, "123") == make_token("123", 0)
    assert [entry[1:4] for entry in read_entries()] == [("see_as_customer", "shipment 123", "123")]


def test_a_correction_is_put_on_the_stream_with_its_entry(world, booking):
    record_timeline(world.store, make_event(5, "e5", status="attempt_failed"))
    correct_event_as_staff(SUPERVISOR, ports(), "123", "e5", RETRACT, at(60))
    assert [json.loads(data)["actor"] for _, data in world.stream.records] == ["staff_0"]
    assert read_entries() == [
        ("staff_0", "correct_event", "event e5", "123", {}, {"kind": "retract"}, "did_not_occur: rang •••")
    ]


def test_a_correction_that_the_stream_does_not_take_leaves_no_entry(world, booking):
    class LostStream(MemoryEventStream):
        def put(self, records):
            raise TransientError("no route")

    record_timeline(world.store, make_event(5, "e5", status="attempt_failed"))
    lost = TrackingPorts(world.store, LostStream(), *world[2:])
    with pytest.raises(TransientError):
        correct_event_as_staff(SUPERVISOR, lost, "123", "e5", RETRACT, at(60))
    assert read_entries() == []


def test_a_note_is_masked_and_the_log_holds_no_word_of_it(booking):
    note = note_shipment(OPERATOR, "123", " call 98450 12345 or asha@example.com ", NOW)
    assert [tuple(shown) for shown in list_notes("123")] == [("staff_0", NOW, "call ••• or •••", "")]
    assert read_entries() == [("staff_0", "note_shipment", "shipment 123", "123", {}, {"note": note.pk}, "")]


@pytest.mark.parametrize("text", ["", "  ", "\0"])
def test_a_note_without_words_and_one_too_many_are_refused(booking, text):
    with pytest.raises(ConflictError, match="Write the note first"):
        note_shipment(OPERATOR, "123", text, NOW)
    ShipmentNote.objects.bulk_create(
        ShipmentNote(shipment_id="123", at=NOW, actor="staff_0", text="x") for _ in range(MAX_NOTES)
    )
    with pytest.raises(ConflictError, match="at most 200 notes"):
        note_shipment(OPERATOR, "123", "one more", NOW)
    assert read_entries() == []


def list_writes(incident, operator, supervisor):
    return {
        "acknowledge": lambda: acknowledge_as_staff(operator, [[Seen(incident.pk)]], NOW),
        "resolve": lambda: resolve_as_staff(operator, [[Seen(incident.pk)]], RESOLUTION, NOW),
        "unmask": lambda: unmask_recipient(operator, "123"),
        "driver": lambda: unmask_driver(operator, "van-1"),
        "proofs": lambda: see_proofs(operator, "123"),
        "note": lambda: note_shipment(operator, "123", "called", NOW),
        "link": lambda: make_customer_token(operator, "123"),
        "correct": lambda: correct_event_as_staff(supervisor, ports(), "123", "e5", RETRACT, at(60)),
    }


@pytest.mark.parametrize(
    "name", ["acknowledge", "resolve", "unmask", "driver", "proofs", "note", "link", "correct"]
)
def test_outside_of_the_scope_nothing_is_there_and_a_lower_role_is_refused(
    world, incident, van, elsewhere, name
):
    record_timeline(world.store, make_event(5, "e5", status="attempt_failed"))
    with pytest.raises(UnknownError):
        list_writes(incident, *elsewhere)[name]()
    with pytest.raises(RoleRefusedError):
        list_writes(incident, VIEWER, OPERATOR)[name]()
    incident.refresh_from_db()
    assert (incident.acknowledged_at, incident.resolved_at, read_entries()) == (None, None, [])
    assert world.stream.records == []
