"""Logins of the demo work by password alone, in the role supervisor; seeding twice changes nothing."""

import pytest
from django.contrib.auth.models import Group, User

from laboratory.local.seed import PILOT, seed_hubs, seed_staff
from tracking.domain.calendars import DAY_MIN
from tracking.models import Hub
from tracking.services.operations.hubs import build_calendar
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
