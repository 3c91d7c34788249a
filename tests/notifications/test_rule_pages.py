"""Page of the simulation: it compares a changed rule within the scope of staff."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest

import tracking.ports
from notifications import rule_pages
from notifications.models import Delivery
from tests.notifications.stories import NOON, book
from tests.staff import make_staff
from tests.workers.world import World
from tracking.domain.errors import TransientError
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
    """Return the rows of the result, without those of the rules in force."""
    result = page.partition('aria-labelledby="in-force"')[0]
    return [re.sub(r"<[^>]+>", "|", row) for row in re.findall(r"<tr>(<td>.*?)</tr>", result)]


def list_cells(page):
    return [[cell for cell in re.split(r"\|+", row) if cell.strip()] for row in list_rows(page)]


def test_without_a_day_only_the_form_is_shown(staff):
    page = read(staff)
    # The newest day with changes.
    assert ('value="2026-11-24"' in page, list_rows(page)) == (True, [])
    assert '<option value="email">E-mail</option>' in page
    rule = "to those who agreed, at most 15 min old, at any hour, 5 a day about a shipment"
    assert f"<td>SMS</td><td>Out for delivery</td><td>{rule}</td>" in page
    FeedEntry.objects.all().delete()
    assert 'value="2026-11-23"' in read(staff)


def test_a_changed_rule_is_compared_with_the_rules_in_force(staff):
    page = read(staff, **CHOSEN)
    assert "1 change of 1 shipment on this day simulated." in page
    assert list_cells(page) == [
        ["E-mail", "Delivered", "Sent", "1", "1"],
        ["SMS", "Delivered", "Sent", "0", "1"],
        ["SMS", "Delivered", "Only if the recipient chooses it", "1", "0"],
    ]
    assert Delivery.objects.count() == 0


def test_a_message_that_is_switched_off_says_so_and_one_that_waits_is_not_sent_at_once(staff):
    off = CHOSEN | {"transport": "email", "sends": "skips"}
    assert ["E-mail", "Delivered", "Not sent, by the changed rule", "0", "1"] in list_cells(
        read(staff, **off)
    )
    waiting = list_cells(read(staff, **CHOSEN, quiet_hours="00:00-23:59"))
    assert ["SMS", "Delivered", "Sent after the quiet hours", "0", "1"] in waiting
    assert "The changed rule makes no difference." in read(staff, **CHOSEN | {"sends": ""})


class FailingStore:
    """Store of timelines that fails so many times before it answers."""

    def __init__(self, store, failures):
        self.store, self.failures = store, failures

    def read_timeline(self, shipment_id):
        self.failures -= 1
        if self.failures >= 0:
            raise TransientError("no answer")
        return self.store.read_timeline(shipment_id)


@pytest.mark.parametrize(("failures", "unread"), [(1, 0), (2, 1)])
def test_a_shipment_that_cannot_be_read_twice_is_said_to_be_missing(staff, failures, unread):
    made = tracking.ports.ports()
    tracking.ports.wire(replace(made, store=FailingStore(made.store, failures)))
    page = read(staff, **CHOSEN)
    assert ("1 shipment could not be read just now" in page) == bool(unread)
    assert bool(list_rows(page)) != bool(unread)


def test_a_store_that_does_not_answer_is_named_and_what_was_chosen_is_kept(staff, monkeypatch):
    monkeypatch.setattr(rule_pages, "MOST_UNREAD", 0)
    made = tracking.ports.ports()
    tracking.ports.wire(replace(made, store=FailingStore(made.store, 2)))
    page = read(staff, 503, **CHOSEN, quiet_hours="22:00-07:00")
    assert "does not answer: 0 of 1 shipments were read." in page
    assert ('value="22:00-07:00"' in page, '<option value="delivered" selected>' in page) == (True, True)


def test_staff_see_only_the_shipments_of_their_scope(staff):
    scope = StaffScope.objects.get(user=staff.user)
    scope.partners.add(Partner.objects.create(partner_id="prt_2", name="Another"))
    page = read(staff, **CHOSEN)
    assert ("0 changes of 0 shipments" in page, list_rows(page)) == (True, [])


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
