"""Scenarios of alarms: a platform that is healthy, and ones that are not, minute by minute."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from django.conf import settings

from tests.laboratory.alarms.moved_platform import START, MovedPlatform
from tracking.adapters.aws import build_client
from workers.adapters.eventbridge import EventBridgeBus
from workers.adapters.memory import MemoryQueues
from workers.adapters.sqs import SqsQueues
from workers.consumers import queue_listener

pytestmark = pytest.mark.slow

NAMES = settings.AWS_NAMES["queues"] | settings.AWS_NAMES["dead_letter_queues"]
# More changes a minute than the alarms on rules need to judge a rule.
BUSY = 25
EVERY_LISTENER = ("readmodel", "notify", "webhooks")
CANARY_QUEUES = ("readmodel", "notify", "ops", "learning", "webhooks")
# An hour in which vehicles need not report.
NIGHT = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
GARBAGE = '{"detail": {"no": "change"}}'


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr(queue_listener, "LONG_POLL_S", 0)
    monkeypatch.setattr(queue_listener.connections, "close_all", lambda: None)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def in_memory(tmp_path, clock) -> MovedPlatform:
    """A platform whose queues the bus does not feed; with few changes no rule is judged."""
    return MovedPlatform(tmp_path, clock, MemoryQueues(NAMES, clock=time.time))


@pytest.fixture
def routed(tmp_path, clock, local_aws) -> MovedPlatform:
    """A platform whose bus and queues are those of the emulator, with the rules of data.yaml."""
    return make_routed(tmp_path, clock)


@pytest.fixture
def quiet(tmp_path, clock, local_aws) -> MovedPlatform:
    """A platform on the emulator at night, when no vehicle has to report; its queues are not sampled."""
    platform = make_routed(tmp_path, clock, samples=False)
    platform.start_at(NIGHT)
    return platform


def make_routed(folder: Path, clock: time_machine.Traveller, *, samples: bool = True) -> MovedPlatform:
    """Return a platform on the emulator, all of whose queues are empty."""
    sqs = build_client("sqs")
    for name in NAMES.values():
        sqs.purge_queue(QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"])
    bus = EventBridgeBus(settings.AWS_NAMES["bus"])
    return MovedPlatform(folder, clock, SqsQueues(NAMES), bus, samples=samples)


@pytest.fixture
def misspell(local_aws) -> Iterator[Callable[[str, str, str], None]]:
    """A function that replaces a word in the pattern of a rule; the rules are put back afterwards."""
    events, bus = build_client("events"), settings.AWS_NAMES["bus"]
    before: dict[str, str] = {}

    def replace(queue: str, right: str, wrong: str) -> None:
        name = settings.AWS_NAMES["queues"][queue]
        before[name] = events.describe_rule(Name=name, EventBusName=bus)["EventPattern"]
        assert right in before[name]
        pattern = before[name].replace(right, wrong)
        events.put_rule(Name=name, EventBusName=bus, EventPattern=pattern)

    yield replace
    for name, pattern in before.items():
        events.put_rule(Name=name, EventBusName=bus, EventPattern=pattern)


def test_no_alarm_is_on_while_all_is_well(routed):
    assert [routed.run_minute(BUSY, EVERY_LISTENER) for _ in range(4)] == [set()] * 4
    states = routed.look()
    assert states["misrouted-notify"].reason == (
        "share is 100 (sent 25, got 25); on if below 95 in 3 of 3 minutes"
    )
    assert states["shards-unread"].reason == "shards_unread (Maximum) is 0; on if above 0 in 2 of 3 minutes"


def test_a_misspelt_rule_is_noticed_within_five_minutes(routed, misspell):
    routed.run_minute(BUSY, EVERY_LISTENER)
    misspell("notify", "picked_up", "pickedup")
    on = [routed.run_minute(BUSY, EVERY_LISTENER) for _ in range(5)]
    assert on[-1] == {"misrouted-notify"}
    found = routed.look()["misrouted-notify"]
    assert (found.reason, found.runbook) == (
        "share is 0 (sent 25, got none), below 95 in 3 of 3 minutes",
        "deploy/runbooks/misrouted-notify.md",
    )


def test_a_misspelt_rule_without_traffic_is_noticed_by_the_canary(quiet, misspell):
    def run_quarter() -> set[str]:
        """Let a quarter of an hour pass with three canaries; return the alarms that are on at its end."""
        for minute in range(15):
            on = quiet.run_minute(listen=() if minute % 5 else CANARY_QUEUES, canary=minute % 5 == 0)
        return on

    assert run_quarter() == set()
    misspell("learning", "finished_leg", "finishedleg")
    assert run_quarter() == {"canary-missing"}
    assert quiet.look()["canary-missing"].reason == (
        "fewest is 0 (readmodel 10, notify 10, ops 6, learning none, webhooks 10), below 1 over 10 minutes"
    )


def test_shards_that_nobody_reads_are_noticed_and_customers_are_said_to_be_affected(in_memory):
    for _ in range(3):
        assert in_memory.run_minute(3) == set()
    in_memory.run_minute(reads=False)
    assert in_memory.run_minute(reads=False) == {"shards-unread", "customers-affected"}
    assert in_memory.look()["customers-affected"].reason == "on: shards-unread"
    # Somebody reads again: the minutes of before still count twice.
    assert [bool(in_memory.run_minute(3)) for _ in range(2)] == [True, False]


def test_a_message_that_no_listener_can_take_is_noticed_when_it_is_given_up(in_memory):
    in_memory.run_minute(3)
    in_memory.queues.put("notify", GARBAGE)
    # The message is hidden for 30 s after each of its ten tries.
    for _ in range(5):
        assert in_memory.run_minute(3, ["notify"]) == set()
    # Until it is given up it is also the oldest message of its queue.
    assert in_memory.run_minute(3, ["notify"]) == {"queue-age"}
    assert in_memory.run_minute(3) == {"dead-letters"}
    assert in_memory.look()["dead-letters"].reason == "depth is 1 (notify-dlq 1), above 0 over 1 minute"


def test_a_queue_whose_listener_stands_still_is_noticed_by_the_age_of_its_messages(in_memory):
    in_memory.run_minute(3)
    in_memory.queues.put("ops", json.dumps({"detail": {}}))
    on = [in_memory.run_minute(3) for _ in range(6)]
    assert on[-2:] == [set(), {"queue-age"}]
    assert in_memory.look()["queue-age"].reason == "oldest is 240 (ops 240), above 60 in 3 of 3 minutes"


def test_a_series_that_ends_is_noticed_where_missing_values_count(in_memory):
    for _ in range(3):
        in_memory.run_minute(3)
    # As long as values of before are in reach, CloudWatch counts those.
    assert [in_memory.run_minute(reads=False, audits=False) for _ in range(3)] == [set()] * 3
    assert in_memory.run_minute(reads=False, audits=False) == {"shards-unread", "customers-affected"}
    assert in_memory.look()["shards-unread"].reason == (
        "shards_unread (Maximum) had no value in 3 of 3 minutes, which counts as a failure"
    )
