"""Faults of a game day: how each begins and ends, and which alarms have to tell of it."""

import signal
from collections.abc import Callable
from typing import NamedTuple

from django.conf import settings

from tests.chaos.environment import ChaosEnvironment
from tests.chaos.retrying import retry_aws
from tracking.adapters.aws import build_client

GARBAGE = '{"detail": {"no": "change"}}'
POISONED = "notify"
DYNAMODB = "DynamoDB_20120810"
REFUSED_SHARE = 0.9

Act = Callable[[ChaosEnvironment], None]


class Fault(NamedTuple):
    """Fault in words; any one of `alarms` has to go on, and none at all if there are none."""

    name: str
    alarms: frozenset[str]
    begin: Act
    end: Act


def _kill_one(environment: ChaosEnvironment) -> None:
    environment.workers[0].send(signal.SIGKILL)


def _kill_all(environment: ChaosEnvironment) -> None:
    for worker in environment.workers:
        worker.send(signal.SIGKILL)


def _start_workers(environment: ChaosEnvironment) -> None:
    for worker in environment.workers:
        if worker.child.exit_code is not None:
            worker.restart()


def _poison(_environment: ChaosEnvironment) -> None:
    """Put a message in a queue that its listener cannot read."""
    name = settings.AWS_NAMES["queues"][POISONED]
    sqs = build_client("sqs")
    retry_aws(
        lambda: sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"], MessageBody=GARBAGE)
    )


def _take_the_dead_letter(_environment: ChaosEnvironment) -> None:
    """Take the message out of the dead letters, where it must be, unchanged."""
    sqs = build_client("sqs")
    name = settings.AWS_NAMES["dead_letter_queues"][f"{POISONED}-dlq"]
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    (letter,) = sqs.receive_message(QueueUrl=url)["Messages"]
    if letter["Body"] != GARBAGE:
        raise ValueError(f"the dead letter is {letter['Body']!r}")
    sqs.delete_message(QueueUrl=url, ReceiptHandle=letter["ReceiptHandle"])


def _throttle(environment: ChaosEnvironment) -> None:
    environment.call_faults.throttled = (DYNAMODB,)
    environment.call_faults.throttles = REFUSED_SHARE


def _stop_throttling(environment: ChaosEnvironment) -> None:
    environment.call_faults.throttles = 0.0


READING_LATE = frozenset({"read-lag", "iterator-age", "iterator-age-early", "shards-unread"})
FAULTS = (
    Fault("one of two workers is killed", frozenset(), _kill_one, _start_workers),
    Fault("both workers are killed", frozenset({"shards-unread"}), _kill_all, _start_workers),
    Fault("a message that no listener can read", frozenset({"dead-letters"}), _poison, _take_the_dead_letter),
    Fault("DynamoDB refuses nine of ten calls", READING_LATE, _throttle, _stop_throttling),
    Fault(
        "Redis is stopped",
        frozenset({"canary-missing"}),
        lambda environment: environment.stop_service("redis"),
        lambda environment: environment.start_service("redis"),
    ),
)
