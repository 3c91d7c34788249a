"""Partner and hubs of incidents: looked up when an incident is pushed, once for all consoles."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.tracking.services.reading.staff_world import make_world
from tracking.models import Incident
from tracking.ports import ports
from tracking.services.operations.incident_changes import push_incidents

pytestmark = pytest.mark.django_db


def test_pushed_incidents_have_partner_and_hubs_from_two_reads(world, partner, other_partner, hubs):
    make_world(partner, other_partner, hubs)
    incidents = list(Incident.objects.order_by("pk"))
    world.live.fleet.clear()
    with CaptureQueriesContext(connection) as queries:
        push_incidents(ports().live, incidents)
    (frame,) = world.live.fleet
    found = {row["subject"]: (row["partner"], row["hubs"]) for row in frame["incidents"]}
    assert found == {
        "ours-krm": ("prt_acme", ["BLR-KRM"]),
        "ours-pny": ("prt_acme", ["BLR-PNY"]),
        "theirs-pny": ("prt_rival", ["BLR-PNY"]),
        "unbooked": (None, []),
        "van-ours": ("prt_acme", []),
        "van-theirs": ("prt_rival", []),
        "clock": (None, []),
    }
    assert len(queries) == 2
