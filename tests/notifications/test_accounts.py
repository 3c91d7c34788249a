"""Sent messages are counted by day, transport and mode; deliveries that sent nothing are not counted."""

from datetime import UTC, date, datetime, timedelta

import pytest

from notifications.accounts import count_sent
from notifications.models import Delivery
from tests.notifications.stories import book

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
