"""Live socket of a booking whose first record has not been read yet."""

import pytest
from asgiref.sync import sync_to_async

from tests.events import make_event
from tests.tracking.sockets import open_socket
from tests.tracking.stories import record_timeline
from tests.tracking.test_consumers import push
from tracking.models import Partner, Shipment

pytestmark = pytest.mark.django_db(transaction=True)


def book(shipment_id):
    partner = Partner.objects.create(partner_id="prt_acme", name="Acme")
    Shipment.objects.create(shipment_id=shipment_id, partner=partner, status="created")


async def test_the_socket_of_a_booking_opens_before_its_first_record_is_read(world):
    await sync_to_async(book)("123")
    socket = await open_socket("/ws/track/123/")
    frames = [await socket.read()]
    _, state = await sync_to_async(record_timeline)(world.store, make_event(0, status="created"))
    await push(state)
    frames.append(await socket.read())
    await socket.leave()
    assert [(one["type"], one["v"], one["shipment"]["status"]) for one in frames] == [
        ("snapshot", 0, "created"),
        ("state", 1, "created"),
    ]
