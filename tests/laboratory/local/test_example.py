"""Examples of the customer page: one with stops ahead, and a delayed one."""

from datetime import timedelta

import pytest

from laboratory.local.example import Examples, find_examples
from laboratory.local.seed import PARTNER_ID
from tests.tracking.pages.bookings import use_memory_store
from tests.tracking.pages.examples import NOW
from tests.tracking.pages.nearby import RECIPIENT, ride
from tracking import ports
from tracking.models import Partner, Shipment
from tracking.tokens import make_token

PHONE = RECIPIENT.phone.removeprefix("+")
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def store(time_machine):
    time_machine.move_to(NOW, tick=False)
    before = ports.ports()
    use_memory_store()
    yield
    ports.wire(before)


def set_fields(shipment_id, **fields):
    """Set what the list of shipments knows of a booking."""
    partner = Partner.objects.get_or_create(partner_id=PARTNER_ID, defaults={"name": "Pilot"})[0]
    Shipment.objects.filter(shipment_id=shipment_id).update(partner=partner, created_at=NOW, **fields)


def book_late(shipment_id, **fields):
    Shipment.objects.create(shipment_id=shipment_id, token_sha256=shipment_id)
    set_fields(shipment_id, **{"status": "in_transit", "is_delayed": True, "eta_at": NOW} | fields)


def describe(shipment_id, settings, secret):
    page = f"{settings.PUBLIC_URL}/t/{make_token(shipment_id, 0)}"
    return {"shipment_id": shipment_id, "page": page, "secret": secret}


def test_the_best_example_has_stops_ahead_and_the_other_one_a_new_time(settings):
    ride(4)
    set_fields("SLX-4821-NEAR", status="out_for_delivery")
    book_late("SLX-LATE-1", eta_at=None)
    book_late("SLX-LATE-2", status="delivered")
    book_late("SLX-LATE-3")
    assert find_examples(NOW - timedelta(minutes=1)) == Examples(
        describe("SLX-4821-NEAR", settings, PHONE),
        is_best=True,
        delayed=describe("SLX-LATE-3", settings, ""),
    )


@pytest.mark.parametrize("stops_ahead", [0, 1, 7, 11])
def test_a_van_that_is_too_near_or_too_far_is_no_best_example(settings, stops_ahead):
    ride(stops_ahead)
    set_fields("SLX-4821-NEAR", status="out_for_delivery")
    assert find_examples(NOW) == Examples(describe("SLX-4821-NEAR", settings, PHONE))


def test_shipments_booked_before_are_no_examples():
    ride(4)
    set_fields("SLX-4821-NEAR", status="out_for_delivery")
    assert find_examples(NOW + timedelta(seconds=1)) == Examples()
