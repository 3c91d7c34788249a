"""Canary: its changes go to every queue, and neither lists, counts, pages nor partners contain it."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError

import tracking.ports
from tests.staff import make_staff
from tests.workers.world import World
from tracking.domain.bus_rules import BUS_RULES, find_takers
from tracking.domain.changes import split_change
from tracking.domain.status import Status
from tracking.models import IdSeries, Shipment
from tracking.services.operations.canary import JOURNEY, put_canary
from tracking.services.recording.reconciliation import Reconciled, reconcile

NOW = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)
CANARY = "canary-20261122T0630"


@pytest.fixture
def world() -> Iterator[World]:
    """A world that has read the canary of `NOW`, and stands still at that moment."""
    with time_machine.travel(NOW, tick=False):
        world = World()
        put_canary(world.tracking.stream, NOW)
        world.process(read_all(world))
        yield world


def read_all(world: World) -> list:
    shard_id = world.stream.list_shards()[0].shard_id
    return world.stream.read(shard_id, world.stream.open_shard(shard_id, at=""), limit=10).records


def test_each_rule_that_feeds_a_listener_takes_a_change_of_one_canary(world):
    singles = [single for change in world.bus.published for single in split_change(change)]
    assert [change.after.status for change in singles] == list(JOURNEY)
    taken = Counter(rule.name for change in singles for rule in find_takers(change))
    assert taken == {"readmodel": 5, "webhooks": 5, "notify": 5, "ops": 3, "learning": 2}
    assert {rule.name for rule in BUS_RULES} - set(taken) == {"changes", "unrouted"}


def test_a_canary_that_is_put_twice_is_recorded_once(world):
    put_canary(world.tracking.stream, NOW)
    world.process(read_all(world)[-len(JOURNEY) :])
    assert len(world.tracking.store.read_timeline(CANARY)) == len(JOURNEY)
    assert world.tracking.store.read_state(CANARY).status is Status.DELIVERED


def test_its_events_are_counted_apart_and_the_feed_of_the_console_leaves_it_out(world, capsys):
    put_canary(world.tracking.stream, NOW + timedelta(minutes=5))
    world.process(read_all(world)[len(JOURNEY) :])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"record_events"' in line]
    assert [(line["origin"], line["record_events"]) for line in lines] == [("canary", len(JOURNEY))]
    assert world.live.fleet == []


@pytest.mark.django_db
@pytest.mark.usefixtures("plain_static")
def test_the_search_of_the_console_does_not_find_it(world, client):
    before = tracking.ports.ports()
    tracking.ports.wire(world.tracking)
    client.force_login(make_staff())
    answer = client.get("/ops/shipments/", {"q": CANARY})
    tracking.ports.wire(before)
    assert answer.status_code == 200
    assert f"No shipment number or reference begins with “{CANARY}”" in answer.content.decode()


@pytest.mark.django_db
def test_the_read_model_is_not_rebuilt_with_it(world):
    assert reconcile(world.tracking.store, rebuild=True) == Reconciled()
    assert not Shipment.objects.exists()


@pytest.mark.django_db
def test_no_partner_may_have_a_series_of_its_ids():
    with pytest.raises(ValidationError):
        IdSeries(prefix="can").clean()
