"""Hubs: geofences with the delivery calendar of each."""

from datetime import time

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from tracking.domain.calendars import DeliveryCalendar
from tracking.models import Hub
from tracking.services.operations.hubs import build_calendar

HUB = {
    "hub_id": "BLR-KRM",
    "name": "Koramangala",
    "town": "Bengaluru",
    "pin_code": "560034",
    "lat": 12.9,
    "lon": 77.6,
}


def test_a_hub_delivers_from_eight_to_nine_on_all_days_but_the_holidays_of_its_state():
    assert build_calendar(Hub(**HUB)) == DeliveryCalendar(
        opens_min=480, closes_min=1260, days="1234567", region="KA", holidays_kept="state"
    )


def test_the_hours_of_a_hub_are_minutes_after_midnight():
    hub = Hub(
        **HUB,
        delivers_from=time(9, 30),
        delivers_until=time(19, 15),
        working_days="12345",
        opens_at=time(5),
        closes_at=time(22),
        cut_off_at=time(14, 30),
        region="TN",
        holidays_kept="national",
    )
    assert build_calendar(hub) == DeliveryCalendar(
        opens_min=570,
        closes_min=1155,
        days="12345",
        region="TN",
        holidays_kept="national",
        hub_opens_min=300,
        hub_closes_min=1320,
        cut_off_min=870,
    )


@pytest.mark.parametrize(
    "wrong", [{"working_days": "1128"}, {"working_days": "11"}, {"region": "ZZ"}, {"holidays_kept": "some"}]
)
def test_the_admin_refuses_a_calendar_that_means_nothing(db, wrong):
    with pytest.raises(ValidationError):
        Hub(**HUB | wrong).full_clean()


def test_the_database_refuses_hours_that_end_before_they_begin(db):
    with pytest.raises(IntegrityError), transaction.atomic():
        Hub.objects.create(**HUB, delivers_from=time(20), delivers_until=time(8))
