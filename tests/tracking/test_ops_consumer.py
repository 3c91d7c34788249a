"""Live socket of the console: who may open it, its frames, and its end with the session."""

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.contrib.auth.models import User
from django.test import Client

from tests.tracking.pauses import Pauses, let_arrive
from tests.tracking.sockets import closing_code, open_socket, read_closing_code
from tracking import live_consumer, ops_consumer
from tracking.live import OPS_GROUP, fleet_message
from tracking.ports import ports
from tracking.services.operations.fleet import read_snapshot
from tracking.services.requests.roles import EVERYTHING

pytestmark = pytest.mark.django_db(transaction=True)
STAFF, GUEST = User(username="staff", is_staff=True, is_superuser=True), User(username="guest")
ROLELESS = User(pk=0, username="new", is_staff=True)


@pytest.fixture
def pauses(monkeypatch) -> Pauses:
    """Replace the pauses of the sockets by ones that the test ends."""
    pauses = Pauses()
    for module in (live_consumer, ops_consumer):
        monkeypatch.setattr(module, "sleep", pauses.sleep)
    return pauses


@pytest.mark.parametrize(
    "user", [None, GUEST, User(username="former", is_staff=True, is_active=False), ROLELESS]
)
async def test_the_console_is_for_active_staff_with_a_role(world, user):
    assert await closing_code("/ws/ops/", user) == 4401


@pytest.mark.parametrize(
    "origin", [None, "http://127.0.0.1:8001", "https://127.0.0.1:8000", "http://127.0.0.1:8000.evil.example"]
)
async def test_the_console_opens_only_from_pages_of_the_public_address(world, origin):
    headers = [(b"origin", origin.encode())] if origin else []
    assert await closing_code("/ws/ops/", STAFF, headers=headers) == 4403


def sign_in():
    """Return a member of staff, and a client that is signed in as this person."""
    user = User.objects.create_user("operator", password="a long password", is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(user)
    return user, client


def end_by_logout(user, client):
    client.post("/ops/logout/")


def end_by_password(user, client):
    user.set_password("another long password")
    user.save()


def end_by_right(user, client):
    user.is_staff = False
    user.save()


@pytest.mark.parametrize("end", [end_by_logout, end_by_password, end_by_right])
async def test_the_console_ends_at_the_heartbeat_after_the_session(world, pauses, end):
    user, client = await sync_to_async(sign_in)()
    socket = await open_socket("/ws/ops/", user, session=client.session)
    assert (await socket.read())["type"] == "snapshot"
    pauses.end(live_consumer.HEARTBEAT_S)
    assert (await socket.read())["type"] == "heartbeat"
    await sync_to_async(end)(user, client)
    pauses.end(live_consumer.HEARTBEAT_S)
    assert await read_closing_code(socket) == 4401


async def test_the_console_gets_the_snapshot_and_then_the_changes_once_a_second(world, pauses):
    socket = await open_socket("/ws/ops/", STAFF)
    snapshot = await socket.read()
    assert snapshot == await sync_to_async(read_snapshot)(ports(), EVERYTHING) | {"at": snapshot["at"]}
    for second in range(5):
        vehicles = [{"vehicle_id": "v1", "occurred_at": f"2026-11-22T07:00:0{second}.000Z"}]
        message = fleet_message({"vehicles": vehicles, "changes": [{"change_id": f"c{second}"}]})
        await get_channel_layer().group_send(OPS_GROUP, message)
    older = {"id": 1, "shipment_id": None, "vehicle_id": None}
    # No booking has this number: a socket that looked it up would find neither partner nor hub.
    known = {"id": 2, "shipment_id": "SLX-1", "vehicle_id": None, "partner": "prt_acme", "hubs": ["BLR-PNY"]}
    late = [{"vehicle_id": "v1", "occurred_at": "2026-11-22T06:00:00.000Z"}]
    await get_channel_layer().group_send(
        OPS_GROUP, fleet_message({"vehicles": late, "changes": [], "incidents": [older, known]})
    )
    await let_arrive()
    assert await socket.receive_nothing()
    pauses.end(ops_consumer.FLEET_EVERY_S)
    frame = await socket.read()
    assert frame == {
        "type": "fleet",
        "at": frame["at"],
        "vehicles": [
            {
                "vehicle_id": "v1",
                "occurred_at": "2026-11-22T07:00:04.000Z",
                "aboard": None,
                "worst_parcel": None,
            }
        ],
        "changes": [{"change_id": f"c{second}"} for second in range(5)],
        "incidents": [older | {"partner": None, "hubs": []}, known],
        "kpis": snapshot["kpis"],
        "stream": None,
    }
    pauses.end(ops_consumer.FLEET_EVERY_S)
    assert await socket.receive_nothing(0.1)
    await socket.leave()


async def test_a_quiet_console_gets_a_frame_every_fourth_second_so_that_silence_means_a_fault(world, pauses):
    socket = await open_socket("/ws/ops/", STAFF)
    snapshot = await socket.read()
    for _ in range(ops_consumer.QUIET_ROUNDS):
        pauses.end(ops_consumer.FLEET_EVERY_S)
        assert await socket.receive_nothing(0.1)
    pauses.end(ops_consumer.FLEET_EVERY_S)
    frame = await socket.read()
    nothing = {"vehicles": [], "changes": [], "incidents": []}
    assert frame == snapshot | nothing | {"type": "fleet", "at": frame["at"]}
    await socket.leave()
