"""Admin of hubs and vehicles: by the services, with their rules, and times as India writes them."""

import dataclasses
from datetime import UTC, datetime

import pytest

from tests.staff import make_staff
from tests.tracking.admin.forms import list_entries, page_of, read_errors
from tests.tracking.pages.bookings import book
from tracking.adapters.memory_vehicles import MemoryVehicleStore
from tracking.domain.errors import TransientError
from tracking.domain.vehicles import Owner, Registration
from tracking.models import Hub, Manifest, Vehicle
from tracking.ports import ports, wire
from tracking.services.partners.drivers import NO_DRIVER, Driver, read_driver
from tracking.services.partners.vehicles import register_vehicle
from tracking.services.requests.bodies import NewVehicle
from tracking.services.requests.callers import Caller
from tracking.services.requests.roles import Role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static")]
VEHICLE, HUB = "tracking_vehicle", "tracking_hub"
FIELDS = {"label": "Red van", "vehicle_class": "Small  Van", "cohort": "", "livemode": "on"}
NEW_HUB = {
    "hub_id": "MAA-HUB",
    "name": "Chennai hub",
    "town": "Chennai",
    "pin_code": "600001",
    "lat": "13.08",
    "lon": "80.27",
    "delivers_from": "08:00",
    "delivers_until": "21:00",
    "working_days": list("123456"),
    "region": "",
    "holidays_kept": "state",
}


def test_a_state_that_is_not_that_of_the_pin_code_is_said_at_its_field_and_can_be_confirmed(admin):
    path, wrong = page_of(HUB, "add"), NEW_HUB | {"region": "KA"}
    refused = admin.post(path, wrong)
    assert read_errors(refused) == [
        "PIN code 600001 is one of TN. Correct it or the state, or confirm the state below."
    ]
    assert (Hub.objects.count(), "The state is right" in refused.content.decode()) == (0, True)
    assert admin.post(path, wrong | {"state_is_right": "on"}).status_code == 302
    assert Hub.objects.get().region == "KA"
    assert "The state is right" not in admin.get(path).content.decode()
    assert admin.post(path, NEW_HUB | {"hub_id": "MAA-2", "region": "TN"}).status_code == 302


@pytest.fixture
def van(world, partner) -> Vehicle:
    caller = Caller(partner, livemode=True, actor="key_abc")
    return register_vehicle(world.vehicles, caller, NewVehicle(vehicle_id="van-1", label="Red van"))


def read_registered(world, vehicle_id="van-1"):
    return world.vehicles.read_registrations([vehicle_id]).get(vehicle_id)


def test_a_vehicle_is_registered_in_the_store_that_the_line_reads(admin, world, partner):
    form = FIELDS | {"vehicle_id": "van-1", "partner": partner.pk}
    assert admin.post(page_of(VEHICLE, "add"), form).status_code == 302
    assert read_registered(world) == Registration(Owner("prt_acme"), "small van")
    row = Vehicle.objects.get()
    changed = {"label": "Blue van", "vehicle_class": "Truck", "cohort": "south", "vehicle_id": "van-2"}
    assert admin.post(page_of(VEHICLE, "change", row.pk), changed).status_code == 302
    row.refresh_from_db()
    assert (row.vehicle_id, row.label, row.cohort) == ("van-1", "Blue van", "south")
    assert read_registered(world) == Registration(Owner("prt_acme"), "truck")
    assert list_entries() == [("add", "tracking.vehicle"), ("change", "tracking.vehicle")]


def test_the_driver_of_a_vehicle_is_set_kept_shown_nowhere_and_removed(admin, van):
    path = page_of(VEHICLE, "change", van.pk)
    driver = {"driver_name": "Suresh", "driver_phone": "98450 67890"}
    assert admin.post(path, FIELDS | driver).status_code == 302
    assert admin.post(path, FIELDS).status_code == 302
    assert read_driver(Vehicle.objects.get()) == Driver("Suresh", "+919845067890")
    page = admin.get(path).content.decode()
    assert ("Suresh" in page, "67890" in page) == (False, False)
    (error,) = read_errors(admin.post(path, FIELDS | {"driver_phone": "12"}))
    assert error == "understood as +91 12, which is no valid number"
    admin.post(path, {"_forget_driver": "1"})
    assert read_driver(Vehicle.objects.get()) == NO_DRIVER


@pytest.mark.parametrize(
    ("vehicle_id", "error"),
    [
        ("TEST-1", "ids of test vehicles begin with TEST-, and those of others do not"),
        ("1.2E+10", "a number in scientific notation; its last digits are lost"),
        ("van-1", "Vehicle with this Vehicle id already exists."),
    ],
)
def test_what_the_service_refuses_stands_at_the_field_and_nothing_is_stored(
    admin, partner, van, vehicle_id, error
):
    form = FIELDS | {"vehicle_id": vehicle_id, "partner": partner.pk}
    assert read_errors(admin.post(page_of(VEHICLE, "add"), form)) == [error]
    assert (Vehicle.objects.count(), list_entries()) == (1, [])


class UnreachableStore(MemoryVehicleStore):
    """Store whose writes of registrations fail."""

    def keep_registration(self, vehicle_id, registration):
        raise TransientError("down")


def test_a_store_that_cannot_be_reached_leaves_no_row(admin, partner):
    wire(dataclasses.replace(ports(), vehicles=UnreachableStore()))
    form = FIELDS | {"vehicle_id": "van-9", "partner": partner.pk}
    errors = read_errors(admin.post(page_of(VEHICLE, "add"), form))
    assert errors == ["A store cannot be reached. Nothing was changed; try again in a minute."]
    assert (Vehicle.objects.count(), list_entries()) == (0, [])


def test_a_vehicle_is_removed_only_without_an_open_manifest(admin, world, van):
    path, pressed = page_of(VEHICLE, "change", van.pk), {"_remove": "1", "confirmed": "1"}
    start = datetime(2026, 11, 29, tzinfo=UTC)
    manifest = Manifest.objects.create(manifest_id="m1", vehicle=van, starts_at=start)
    refused = admin.post(path, pressed, follow=True)
    assert "The vehicle has an open manifest." in refused.content.decode()
    assert (Vehicle.objects.count(), list_entries()) == (1, [])
    Manifest.objects.filter(pk=manifest.pk).update(closed_at=start)
    assert admin.post(path, pressed)["Location"] == page_of(VEHICLE)
    assert (Vehicle.objects.count(), read_registered(world)) == (0, None)
    assert list_entries() == [("delete", "tracking.vehicle")]


@pytest.mark.parametrize("role", Role)
def test_no_role_removes_a_vehicle(client, van, role):
    client.force_login(make_staff(role))
    answer = client.post(page_of(VEHICLE, "change", van.pk), {"_remove": "1", "confirmed": "1"})
    assert (answer.status_code, Vehicle.objects.count()) == (403, 1)


def test_a_hub_is_stored_and_its_id_stays(admin):
    assert admin.post(page_of(HUB, "add"), NEW_HUB).status_code == 302
    row = Hub.objects.get()
    assert (
        admin.post(page_of(HUB, "change", row.pk), NEW_HUB | {"hub_id": "X", "town": "Ambattur"}).status_code
        == 302
    )
    row.refresh_from_db()
    assert (row.hub_id, row.town, row.working_days) == ("MAA-HUB", "Ambattur", "123456")


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"hub_id": "MAA HUB"}, "Only letters, digits, dots, dashes and underscores."),
        ({"pin_code": "060001"}, "Six digits, such as 560058."),
        ({"lat": "80.27", "lon": "13.08"}, "This position is not in India. Are the axes exchanged?"),
        ({"delivers_until": "07:00"}, "Later than the start, such as 21:00."),
    ],
)
def test_a_hub_that_cannot_be_is_refused(admin, wrong, error):
    assert read_errors(admin.post(page_of(HUB, "add"), NEW_HUB | wrong)) == [error]
    assert Hub.objects.count() == 0


def test_a_hub_is_deleted_only_if_no_booking_names_it(admin, hubs):
    book(None, shipment_id="SLX-1", origin="BLR-PNY", destination="BLR-PNY")
    used, unused = hubs
    answers = [
        admin.post(page_of(HUB, "delete", hub.pk), {"post": "yes"}).status_code for hub in (used, unused)
    ]
    assert (answers, list(Hub.objects.all())) == ([403, 302], [used])


def test_times_are_shown_as_india_writes_them(admin, van):
    Vehicle.objects.update(created_at=datetime(2026, 11, 29, 13, 10, 59, tzinfo=UTC))
    for path in (page_of(VEHICLE), page_of(VEHICLE, "change", van.pk)):
        assert "29 Nov 2026, 18:40 IST" in admin.get(path).content.decode()


def test_the_form_of_a_hub_says_everything_that_is_wrong_at_once(admin):
    wrong = {"hub_id": "no hub", "name": "", "pin_code": "012345", "lat": "80.27", "lon": "13.08"}
    answer = admin.post(page_of(HUB, "add"), NEW_HUB | wrong | {"working_days": [], "opens_at": "nine"})
    assert sorted(read_errors(answer)) == sorted(
        [
            "Only letters, digits, dots, dashes and underscores.",
            "This field is required.",
            "This field is required.",
            "Six digits, such as 560058.",
            "This position is not in India. Are the axes exchanged?",
            "A time of the day, such as 09:30.",
        ]
    )
    assert not Hub.objects.exists()
