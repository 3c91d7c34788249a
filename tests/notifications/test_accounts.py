"""Sent messages are counted by day, transport and mode; deliveries that sent nothing are not counted."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from notifications.accounts import count_sent
from notifications.models import Delivery, MessageCode, OutboxMessage
from notifications.webpush.subscriptions import find_browsers, subscribe
from tests.notifications.stories import MAIL, NOON, book
from tests.notifications.webpush.browsers import Browser
from workers.tasks import forget_expired

pytestmark = pytest.mark.django_db
LIVE, TEST = True, False
DAYS = (date(2026, 11, 22), date(2026, 11, 23))


def send(number: int, finished_at: datetime, transport="sms", outcome="sent", shipment_id="123") -> None:
    Delivery.objects.create(
        change_id=f"chg_{number}",
        recipient_id="rcp_1",
        transport=transport,
        shipment_id=shipment_id,
        outcome=outcome,
        finished_at=finished_at,
    )


def test_sent_messages_are_counted_by_transport_on_the_day_they_were_sent():
    book()
    rows = [
        ("sms", "sent", 22, "123"),
        ("sms", "sent", 23, "123"),
        ("sms", "sent", 23, "123"),
        ("email", "sent", 23, "123"),
        ("sms", "suppressed", 23, "123"),
        ("sms", "sent", 24, "123"),
        ("sms", "sent", 23, "other"),
    ]
    for number, (transport, outcome, day, shipment_id) in enumerate(rows):
        send(number, datetime(2026, 11, day, 23, 59, tzinfo=UTC), transport, outcome, shipment_id)
    assert count_sent("sms", "prt_1", LIVE, *DAYS) == {DAYS[0]: 1, DAYS[1]: 2}
    assert count_sent("email", "prt_1", LIVE, *DAYS) == {DAYS[1]: 1}
    assert count_sent("sms", "prt_1", TEST, *DAYS) == {}


def test_a_day_is_counted_from_its_first_to_its_last_instant():
    book()
    instant = timedelta(microseconds=1)
    first, after = datetime(2026, 11, 22, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC)
    for number, finished_at in enumerate((first - instant, first, after - instant, after)):
        send(number, finished_at)
    assert count_sent("sms", "prt_1", LIVE, *DAYS) == {DAYS[0]: 1, DAYS[1]: 1}


def test_with_a_recipient_whose_retention_is_over_goes_what_is_left_of_the_messages():
    ended = NOON - timedelta(days=31)
    for shipment_id, status_at in (("123", ended), ("124", NOON)):
        booking = book(shipment_id=shipment_id, status="delivered", status_at=status_at)
        subscribe(booking, Browser("https://push.example/one").subscription, NOON)
        delivery = Delivery.objects.create(change_id=f"chg_{shipment_id}", shipment_id=shipment_id)
        MessageCode.objects.create(code=shipment_id, delivery=delivery, masked_address="a•••@example.com")
        OutboxMessage.objects.create(shipment_id=shipment_id, address=MAIL)
    with time_machine.travel(NOON, tick=False):
        forget_expired()
    assert [(row.code, row.masked_address) for row in MessageCode.objects.order_by("code")] == [
        ("123", ""),
        ("124", "a•••@example.com"),
    ]
    assert [row.shipment_id for row in OutboxMessage.objects.all()] == ["124"]
    assert (find_browsers("123"), len(find_browsers("124").split())) == ("", 1)
