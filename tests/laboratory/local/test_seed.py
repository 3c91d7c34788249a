"""Seeding a demo's database with the hubs of the simulated world."""

import pytest

from laboratory.local.seed import seed_hubs
from tracking.models import Hub

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("world", "count", "hub_id"), [("pilot", 17, "BLR-PNY"), ("full", 52, "DEL-HUB")])
def test_seeding_twice_creates_every_hub_once(world, count, hub_id):
    for _ in range(2):
        seed_hubs(world)
    assert (Hub.objects.count(), Hub.objects.filter(hub_id=hub_id).exists()) == (count, True)
