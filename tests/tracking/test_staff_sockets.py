"""Socket of the console: what a scope shows, and its end after that of the session or the right."""

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice

from tests.staff import make_staff
from tests.tracking.pauses import Pauses, let_arrive
from tests.tracking.services.reading.staff_world import describe_vehicle, make_world
from tests.tracking.sockets import Socket
from tests.waiting import PATIENCE_S
from tracking import live_consumer, ops_consumer
from tracking.live import OPS_GROUP, fleet_message
from tracking.models import StaffScope
from tracking.services.requests.roles import Role

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("groups_in_memory")]
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def pauses(monkeypatch) -> Pauses:
    """Replace the pauses of the sockets by ones that the test ends."""
    pauses = Pauses()
    for module in (live_consumer, ops_consumer):
        monkeypatch.setattr(module, "sleep", pauses.sleep)
    return pauses


@pytest.fixture
def user(world, partner, other_partner, hubs):
    make_world(partner, other_partner, hubs)
    return make_staff(Role.VIEWER, partners=[partner])


def make_session(user, **more):
    session = SessionStore()
    values = {
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: BACKEND,
        HASH_SESSION_KEY: user.get_session_auth_hash(),
    }
    session.update(values | more)
    session.save()
    return session


async def connect(user, session) -> Socket:
    socket = Socket("/ws/ops/", user)
    socket.scope["session"] = session
    await socket.send_input({"type": "websocket.connect"})
    assert (await socket.receive_output(PATIENCE_S))["type"] == "websocket.accept"
    return socket


async def read_close(socket) -> int:
    message = await socket.receive_output(PATIENCE_S)
    assert message["type"] == "websocket.close", message
    await socket.leave()
    return message["code"]


async def test_a_limited_console_gets_only_frames_of_its_scope(user, pauses):
    socket = await connect(user, await sync_to_async(make_session)(user))
    snapshot = await socket.read()
    assert {incident["subject"] for incident in snapshot["incidents"]} == {"ours-krm", "ours-pny", "van-ours"}
    vehicles = [describe_vehicle(name, None) for name in ("van-ours", "van-theirs")]
    changes = [
        {"change_id": f"chg_{name}", "shipment_id": name} for name in ("theirs-pny", "ours-pny", "unbooked")
    ]
    message = fleet_message({"vehicles": vehicles, "changes": changes})
    await get_channel_layer().group_send(OPS_GROUP, message)
    await let_arrive()
    pauses.end(ops_consumer.FLEET_EVERY_S)
    frame = await socket.read()
    assert (frame["vehicles"], frame["changes"]) == (
        [vehicles[0] | {"aboard": None, "worst_parcel": None}],
        [{"change_id": "chg_ours-pny", "shipment_id": "ours-pny"}],
    )
    await socket.leave()


async def test_a_changed_scope_holds_from_the_next_heartbeat(user, pauses):
    socket = await connect(user, await sync_to_async(make_session)(user))
    await socket.read()
    row = await sync_to_async(StaffScope.objects.get)(user=user)
    await sync_to_async(row.partners.clear)()
    pauses.end(live_consumer.HEARTBEAT_S)
    assert (await socket.read())["type"] == "heartbeat"
    await get_channel_layer().group_send(
        OPS_GROUP,
        fleet_message({"vehicles": [], "changes": [{"change_id": "chg_1", "shipment_id": "theirs-pny"}]}),
    )
    await let_arrive()
    pauses.end(ops_consumer.FLEET_EVERY_S)
    assert (await socket.read())["changes"] == [{"change_id": "chg_1", "shipment_id": "theirs-pny"}]
    await socket.leave()


def lose_right(user, session):
    user.is_staff = False
    user.save()


def log_out(user, session):
    SessionStore(session.session_key).flush()


def change_password(user, session):
    user.set_password("another long pass phrase")
    user.save()


def enrol_elsewhere(user, session):
    TOTPDevice.objects.create(user=user, confirmed=True, name="console")


@pytest.mark.parametrize("end", [lose_right, log_out, change_password, enrol_elsewhere])
async def test_a_socket_ends_at_the_heartbeat_after_its_session_or_right(user, pauses, end):
    session = await sync_to_async(make_session)(user)
    socket = await connect(user, session)
    await socket.read()
    await sync_to_async(end)(user, session)
    pauses.end(live_consumer.HEARTBEAT_S)
    assert await read_close(socket) == ops_consumer.SIGN_IN


@pytest.mark.parametrize("verified", [True, False])
async def test_a_socket_opens_after_both_factors_only(user, settings, pauses, verified):
    settings.SECOND_FACTOR_REQUIRED = True
    device = await sync_to_async(TOTPDevice.objects.create)(user=user, confirmed=True, name="console")
    more = {DEVICE_ID_SESSION_KEY: device.persistent_id} if verified else {}
    socket = await connect(user, await sync_to_async(make_session)(user, **more))
    if verified:
        assert (await socket.read())["type"] == "snapshot"
        await socket.leave()
    else:
        assert await read_close(socket) == ops_consumer.SIGN_IN
