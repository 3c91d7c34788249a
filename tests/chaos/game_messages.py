"""Faults of records and messages, as a game day makes them on one machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings

from deploy.game_bus import misspelt_rule, replay
from deploy.game_records import keep_putting, make_hot, make_skewed, make_unreadable, name_run
from tests.chaos.game_scene import Act, Scene
from tests.chaos.retrying import retry_aws
from tracking.adapters.aws import build_client

GARBAGE = '{"detail": {"no": "change"}}'
POISONED = MISROUTED = "notify"
REPLAYED = ("readmodel", "notify", "ops", "learning", "webhooks")
HOUR = timedelta(hours=1)
HOT_A_SECOND = 80
# Long enough for the alarms that look at five minutes.
HOT_FOR_S = 320.0
PAUSE_S = 1.0


@contextmanager
def _poison_a_queue(_scene: Scene) -> Iterator[None]:
    """Put a message in a queue that its listener cannot read; it must become a dead letter, unchanged."""
    sqs = build_client("sqs")
    url = sqs.get_queue_url(QueueName=settings.AWS_NAMES["queues"][POISONED])["QueueUrl"]
    retry_aws(lambda: sqs.send_message(QueueUrl=url, MessageBody=GARBAGE))
    yield
    name = settings.AWS_NAMES["dead_letter_queues"][f"{POISONED}-dlq"]
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    (letter,) = sqs.receive_message(QueueUrl=url)["Messages"]
    if letter["Body"] != GARBAGE:
        raise ValueError(f"the dead letter is {letter['Body']!r}")
    sqs.delete_message(QueueUrl=url, ReceiptHandle=letter["ReceiptHandle"])


@contextmanager
def _poison_the_stream(scene: Scene) -> Iterator[None]:
    scene.stream.put([make_unreadable(name_run())])
    yield


@contextmanager
def _heat_a_key(scene: Scene) -> Iterator[None]:
    run = name_run()

    def make(number: int, now: datetime) -> list[tuple[str, bytes]]:
        return make_hot(run, number * HOT_A_SECOND, HOT_A_SECOND, now)

    with keep_putting(scene.stream.put, make, 1.0):
        yield


@contextmanager
def _skew_clocks(scene: Scene) -> Iterator[None]:
    run = name_run()
    with keep_putting(scene.stream.put, lambda number, now: make_skewed(run, number, now), 1.0):
        yield


@contextmanager
def _break_a_rule(_scene: Scene) -> Iterator[None]:
    """Misspell a rule; afterwards what it missed is replayed, as its runbook says."""
    events: Any = build_client("events")
    since = datetime.now(UTC)
    with misspelt_rule(events, settings.AWS_NAMES["bus"], settings.AWS_NAMES["queues"][MISROUTED]):
        yield
    _replay((MISROUTED,), since)


@contextmanager
def _replay_an_hour(_scene: Scene) -> Iterator[None]:
    _replay(REPLAYED, datetime.now(UTC) - HOUR)
    yield


def _replay(queues: tuple[str, ...], since: datetime) -> None:
    rules = [settings.AWS_NAMES["queues"][queue] for queue in queues]
    replay(build_client("events"), settings.AWS_NAMES["bus"], rules, since, datetime.now(UTC), PAUSE_S)


MESSAGE_ACTS = {
    "hot-shard": Act(_heat_a_key, lasts_s=HOT_FOR_S),
    "poison-record": Act(_poison_the_stream),
    "poison-message": Act(_poison_a_queue),
    "rule-broken": Act(_break_a_rule),
    "archive-replayed": Act(_replay_an_hour),
    "clocks-skewed": Act(_skew_clocks),
}
