"""`GET /ops/fleet.json` answers staff with the snapshot that the console's socket sends first."""

from django.contrib.auth.models import User
from django.utils import timezone

from tracking.ports import ports
from tracking.services.operations.fleet import read_snapshot
from tracking.services.operations.incidents import open_incident
from tracking.services.requests.roles import EVERYTHING


def test_staff_get_the_snapshot_that_the_socket_sends_first(client, world, db, time_machine):
    time_machine.move_to("2026-11-22T07:00:00Z", tick=False)
    open_incident(ports().live, "exception", "123", "why", timezone.now())
    client.force_login(User.objects.create(username="staff", is_staff=True, is_superuser=True))
    response = client.get("/ops/fleet.json")
    assert (response.status_code, response.json()) == (200, read_snapshot(ports(), EVERYTHING))
    assert response["Cache-Control"] == "private, no-store"


def test_other_users_must_sign_in(client, world, db):
    assert client.get("/ops/fleet.json").status_code == 401
    client.force_login(User.objects.create(username="guest"))
    response = client.get("/ops/fleet.json")
    assert (response.status_code, response.json()["code"]) == (401, "unauthorized")
    assert client.post("/ops/fleet.json").status_code == 405
