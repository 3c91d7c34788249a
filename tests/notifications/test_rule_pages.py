"""Page of the simulation: it compares a changed rule within the scope of staff."""

import json
import re
from datetime import timedelta

import pytest

import tracking.ports
from notifications.models import Delivery
from tests.notifications.stories import NOON, book
from tests.staff import make_staff
from tests.workers.world import World
from tracking.domain.events import format_time
from tracking.models import FeedEntry, Partner, StaffScope
from tracking.services.requests.roles import Role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "plain_static", "transports")]
CHOSEN = {"day": "2026-11-24", "transport": "sms", "trigger": "delivered", "sends": "sends"}


@pytest.fixture
def staff(client):
    """A client of an operator, and shipment 123, which was delivered at noon."""
    before = tracking.ports.ports()
    world = World()
    tracking.ports.wire(world.tracking)
    booking = book()
    report = {
        "shipment_id": "123",
        "status": "delivered",
        "timestamp": format_time(NOON - timedelta(minutes=1)),
    }
    world.stream.put([("123", json.dumps(report).encode())])
    shard_id = world.stream.list_shards()[0].shard_id
    world.process(world.stream.read(shard_id, world.stream.open_shard(shard_id, at=""), limit=10).records)
    FeedEntry.objects.create(
        partner=booking.partner,
        livemode=True,
        number=1,
        change_id="chg_1",
        type="status_changed",
        shipment_id="123",
        body="{}",
        created_at=NOON,
    )
    user = make_staff(Role.OPERATOR)
    client.force_login(user)
    client.user = user
    yield client
    tracking.ports.wire(before)


def read(client, status=200, **query):
    answer = client.get("/ops/rules/", query)
    assert answer.status_code == status
    return re.sub(r"\s+", " ", answer.content.decode())


def list_rows(page):
    return [re.sub(r"<[^>]+>", "|", row) for row in re.findall(r"<tr>(<td>.*?)</tr>", page)]


def test_without_a_day_only_the_form_is_shown(staff):
    page = read(staff)
    assert ('value="2026-11-23"' in page, list_rows(page)) == (True, [])


def test_a_changed_rule_is_compared_with_the_rules_in_force(staff):
    page = read(staff, **CHOSEN)
    assert "1 change." in page
    cells = [[cell for cell in re.split(r"\|+", row) if cell.strip()] for row in list_rows(page)]
    assert cells == [
        ["E-mail", "Delivered", "Sent", "1", "1"],
        ["SMS", "Delivered", "Sent", "0", "1"],
        ["SMS", "Delivered", "Only if the recipient chooses it", "1", "0"],
    ]
    assert Delivery.objects.count() == 0


def test_staff_see_only_the_shipments_of_their_scope(staff):
    scope = StaffScope.objects.get(user=staff.user)
    scope.partners.add(Partner.objects.create(partner_id="prt_2", name="Another"))
    page = read(staff, **CHOSEN)
    assert ("0 changes." in page, list_rows(page)) == (True, [])


@pytest.mark.parametrize(
    "wrong",
    [
        {"day": "soon"},
        {"day": "0001-01-01"},
        {"day": "9999-12-31"},
        {"budget": "-1"},
        {"late_limit": "x"},
        {"quiet_hours": "late"},
        {"quiet_hours": "22:00Z-07:00"},
        {"transport": "x"},
    ],
)
def test_a_rule_that_cannot_be_read_is_refused(staff, wrong):
    assert 'role="alert"' in read(staff, 422, **CHOSEN | wrong)
