"""A growing quarantine is one incident, which closes itself when few records are refused."""

from datetime import timedelta

import pytest

from tests.events import at
from tracking.adapters.memory_live import MemoryLivePush
from tracking.models import Incident
from tracking.services.operations.quarantine_growth import check_quarantine

pytestmark = pytest.mark.django_db


def check(minute, count, ago=1.0):
    """Check with so many records that arrived `ago` minutes before."""
    return check_quarantine(MemoryLivePush(), [at(minute - ago)] * count, at(minute))


def list_incidents():
    return list(Incident.objects.values_list("code", "subject", "severity", "opened_at", "resolved_at"))


def test_it_opens_at_twenty_records_and_closes_below_five():
    assert [check(minute, count) for minute, count in enumerate((19, 20, 60, 5))] == [19, 20, 60, 5]
    opened = ("quarantine_growing", "quarantine", "low", at(1))
    assert list_incidents() == [(*opened, None)]
    assert Incident.objects.get().why == "20 records or more were refused within 15 minutes"
    check(4, 4)
    assert list_incidents() == [(*opened, at(4))]


def test_records_of_more_than_fifteen_minutes_ago_do_not_count():
    assert (check(20, 50, ago=15), check(20, 50, ago=14.9)) == (0, 50)
    assert check_quarantine(MemoryLivePush(), [at(0) + timedelta(seconds=1)] * 3, at(15)) == 3
