"""Logins of the demo work by password alone, in the role supervisor; seeding twice changes nothing."""

import pytest
from django.contrib.auth.models import Group, User

from laboratory.local.seed import PILOT, seed_drivers, seed_hubs, seed_partner, seed_staff
from laboratory.simulator.drivers import make_driver
from laboratory.simulator.recipients import PHONES
from laboratory.simulator.reports import Manifest
from tracking.domain.calendars import DAY_MIN
from tracking.models import Hub, Vehicle
from tracking.services.operations.hubs import build_calendar
from tracking.services.partners.drivers import Driver, keep_driver, read_driver
from tracking.services.requests.roles import Role
from tracking.services.requests.staff_accounts import find_role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static")]


def test_a_login_of_the_demo_is_a_supervisor_and_enters_with_its_password(client):
    for role in Role:
        Group.objects.get_or_create(name=role.group)
    for _ in range(2):
        seed_staff("ops", "a-password-of-the-demo", is_superuser=False)
    user = User.objects.get()
    assert (user.username, find_role(user), user.groups.count()) == ("ops", Role.SUPERVISOR, 1)
    form = {"username": "ops", "password": "a-password-of-the-demo", "next": "/ops/shipments/"}
    assert client.post("/ops/login/", form)["Location"] == "/ops/shipments/"
    assert client.get("/ops/shipments/").status_code == 200


def test_the_hubs_of_the_demo_deliver_whenever_its_vans_do():
    seed_hubs(PILOT)
    half_hours = range(0, 7 * DAY_MIN, 30)
    closed = [
        minute
        for hub in Hub.objects.all()
        for minute in half_hours
        if not build_calendar(hub).is_open(minute)
    ]
    assert (Hub.objects.exists(), closed) == (True, [])


def test_vehicles_of_the_demo_get_drivers_whom_nobody_can_call_and_keep_their_own(settings):
    settings.PHONE_COUNTRIES = ["IN", "AU"]
    partner = seed_partner()
    vans = [Vehicle.objects.create(vehicle_id=f"VAN{n:02}", partner=partner, livemode=True) for n in range(9)]
    keep_driver(vans[0], "Asha", "")
    assert [seed_drivers(), seed_drivers()] == [8, 0]
    found = [read_driver(vehicle) for vehicle in Vehicle.objects.order_by("vehicle_id")]
    assert found[0] == Driver("Asha", "")
    invented = [make_driver(vehicle.vehicle_id) for vehicle in vans[1:]]
    assert found[1:] == [Driver(f"{each.first_name} {each.family_name}", each.phone) for each in invented]
    assert {each.phone for each in invented} <= set(PHONES)
    # Recipients see the first name of the same driver.
    shown = Manifest(0.0, "VAN01", ()).write(0.0)["driver_first_name"]
    assert shown == invented[0].first_name


def test_recipients_of_the_demo_reach_its_sender_by_phone_and_mail():
    sender = seed_partner()
    assert (sender.support_phone in PHONES, sender.support_email) == (True, "care@pilot-traders.example")
