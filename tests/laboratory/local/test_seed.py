"""What a demo finds in its database: the hubs of the world that its fleet drives in."""

import pytest

from laboratory.local.seed import seed_hubs
from tracking.models import Hub

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("world", "count", "one"), [("pilot", 17, "BLR-PNY"), ("full", 52, "DEL-HUB")])
def test_each_world_brings_its_hubs_once(world, count, one):
    for _ in range(2):
        seed_hubs(world)
    assert (Hub.objects.count(), Hub.objects.filter(hub_id=one).exists()) == (count, True)
