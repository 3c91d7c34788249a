"""Read model: follows the state and never goes back to an older one."""

import pytest

from tests.events import at, make_event
from tests.tracking.stories import record_timeline
from tracking.domain.events import Eta
from tracking.models import Shipment
from tracking.ports import ports
from tracking.services.recording.read_model import update_read_model

pytestmark = pytest.mark.django_db
COLUMNS = ("status", "substatus", "status_at", "is_delayed", "eta_at", "state_version")


def row():
    return Shipment.objects.values_list(*COLUMNS).get()


def test_a_shipment_that_was_never_booked_gets_a_row(world):
    eta = Eta(from_=at(10), at=at(20), to=at(30))
    changes, _ = record_timeline(
        world.store, make_event(0, status="in_transit", substatus="arrived_hub", lat=12.9, lon=77.5, eta=eta)
    )
    update_read_model(ports().store, changes[0])
    assert row() == ("in_transit", "arrived_hub", at(0), False, at(20), 1)
    assert Shipment.objects.get().partner is None


def test_a_booking_keeps_its_own_columns(world, partner):
    Shipment.objects.create(shipment_id="123", partner=partner, reference="order-77", pin_code="560034")
    changes, _ = record_timeline(world.store, make_event(0, status="picked_up"))
    update_read_model(ports().store, changes[0])
    kept = Shipment.objects.get()
    assert (kept.partner, kept.reference, kept.pin_code) == (partner, "order-77", "560034")
    assert row() == ("picked_up", "", at(0), False, None, 1)


def test_several_changes_of_one_commit_give_its_state_in_any_order(world):
    changes, _ = record_timeline(
        world.store,
        make_event(0, status="created"),
        make_event(1, status="picked_up"),
        make_event(2, status="in_transit"),
    )
    for change in reversed(changes):
        update_read_model(ports().store, change)
    assert row() == ("in_transit", "", at(2), False, None, 1)


def test_repeated_and_late_changes_never_write_an_older_state(world):
    first, _ = record_timeline(world.store, make_event(0, status="in_transit"))
    second, _ = record_timeline(world.store, make_event(5, status="delivered"))
    for change in [*second, *first, *second]:
        update_read_model(ports().store, change)
    assert row() == ("delivered", "", at(5), False, None, 2)


def test_a_row_with_a_newer_version_is_not_changed(world):
    changes, _ = record_timeline(world.store, make_event(0, status="in_transit"))
    Shipment.objects.create(shipment_id="123", status="delivered", state_version=9)
    update_read_model(ports().store, changes[0])
    assert row() == ("delivered", "", None, False, None, 9)


def test_the_row_counts_failed_attempts(world):
    changes, _ = record_timeline(
        world.store,
        make_event(0, status="out_for_delivery"),
        make_event(1, status="attempt_failed"),
        make_event(2, status="delivered"),
    )
    Shipment.objects.create(shipment_id="123")
    assert Shipment.objects.get().attempts is None
    update_read_model(ports().store, changes[0])
    assert Shipment.objects.get().attempts == 1
