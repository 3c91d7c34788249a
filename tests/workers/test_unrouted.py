"""Changes that match no rule of the bus become an incident, which ends when they are gone."""

import pytest

from tests.events import at
from tracking.adapters.memory_live import MemoryLivePush
from tracking.models import Incident
from workers.adapters.memory import MemoryQueues
from workers.unrouted import report_unrouted

pytestmark = pytest.mark.django_db


@pytest.fixture
def queues():
    return MemoryQueues(["notify", "unrouted"])


def list_incidents():
    return list(Incident.objects.values_list("code", "subject", "severity", "why", "resolved_at"))


def test_changes_without_a_rule_open_one_incident_and_their_end_closes_it(queues):
    live = MemoryLivePush()
    for number in (1, 2):
        queues.put("unrouted", "{}")
        assert report_unrouted(live, queues, at(number)) == number
    why = "Changes that match no rule of the bus: 1"
    assert list_incidents() == [("unrouted", "bus", "high", why, None)]
    queues.delete("unrouted", queues.receive("unrouted", 0))
    assert report_unrouted(live, queues, at(3)) == 0
    assert list_incidents() == [("unrouted", "bus", "high", why, at(3))]


def test_messages_of_other_queues_open_no_incident(queues):
    queues.put("notify", "{}")
    assert (report_unrouted(MemoryLivePush(), queues, at(1)), list_incidents()) == (0, [])
