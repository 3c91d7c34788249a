"""A queue listener during an outage: no message is given up while a server is down, a poison message is."""

import json
import time

import pytest
from django.db import OperationalError

from tests.workers.leases.clocks import Clock
from tests.workers.world import World
from tracking.adapters.aws import build_client
from tracking.domain.errors import TransientError
from workers.adapters.memory import MAX_RECEIVES, MemoryQueues
from workers.adapters.sqs import SqsQueues
from workers.consumers.queue_listener import FAILED_S, HIDDEN_S, OUTLASTED_S, OfBodies, run_listener
from workers.leases.workload import StopSignal
from workers.ports import QueueDepth

OUTAGE_S = 600.0
REST_S = 5.0
BODIES = [f"{number:02d}" for number in range(25)]
DOWN = [OperationalError("the server closed the connection"), TransientError("throttled"), ConnectionError()]
POISON = ValueError("cannot be read")

# A listener closes connections to the database that are too old.
pytestmark = pytest.mark.django_db


class SimulatedStop(StopSignal):
    """Signal of a run that lasts so many seconds of the test's clock, which moves only while it waits."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._ends_at = clock() + seconds

    def is_requested(self) -> bool:
        return self._clock() >= self._ends_at

    def wait(self, seconds: float) -> bool:
        self._clock.now += seconds
        return self.is_requested()


@pytest.fixture(autouse=True)
def no_long_poll(monkeypatch):
    monkeypatch.setattr("workers.consumers.queue_listener.LONG_POLL_S", 0)


def listen(queues, take, clock: Clock, seconds: float) -> None:
    run_listener(World().hold(), queues, "work", OfBodies(take), SimulatedStop(clock, seconds), REST_S)


def fail_until(clock: Clock, until: float, error: Exception, taken: list[tuple[float, str]]):
    """Return a service that raises until that moment, and then notes what it takes and when."""

    def take(body: str) -> None:
        if clock() < until:
            raise error
        taken.append((clock(), body))

    return take


@pytest.mark.parametrize("outage_s", [OUTAGE_S, OUTLASTED_S - 1.0])
@pytest.mark.parametrize("error", DOWN, ids=lambda error: type(error).__name__)
def test_all_messages_outlast_an_outage_and_none_is_a_dead_letter(error, outage_s):
    clock, taken = Clock(), []
    queues = MemoryQueues(["work", "work-dlq"], clock)
    for body in BODIES:
        queues.put("work", body)
    began_at = clock()
    take = fail_until(clock, began_at + outage_s, error, taken)
    listen(queues, take, clock, 2 * OUTLASTED_S)
    assert sorted(body for _, body in taken) == BODIES
    assert queues.read_depths() == [QueueDepth("work", 0, 0), QueueDepth("work-dlq", 0, 0)]


def test_a_message_that_arrives_after_the_outage_does_not_wait_for_those_that_are_hidden():
    clock, taken = Clock(), []
    queues = MemoryQueues(["work", "work-dlq"], clock)
    queues.put("work", "before")
    over_at = clock() + OUTAGE_S
    listen(queues, fail_until(clock, over_at, DOWN[0], taken), clock, OUTAGE_S)
    queues.put("work", "after")
    listen(queues, fail_until(clock, over_at, DOWN[0], taken), clock, OUTAGE_S)
    (at, first), (_, second) = taken
    assert (first, second) == ("after", "before")
    assert at - over_at <= 2 * REST_S


def test_messages_that_fail_for_their_own_sake_are_given_up_after_ten_tries_and_hold_up_no_other():
    clock, taken, tried_at = Clock(), [], []
    queues = MemoryQueues(["work", "work-dlq"], clock)
    for body in BODIES:
        queues.put("work", body)

    def take(body: str) -> None:
        if body == BODIES[0]:
            tried_at.append(clock())
            raise POISON
        taken.append(body)

    listen(queues, take, clock, OUTAGE_S)
    assert taken == BODIES[1:]
    assert tried_at[-1] - tried_at[0] == (MAX_RECEIVES - 1) * FAILED_S
    # The alarm is on within five minutes: SQS gives its metrics after two, the alarm looks once a minute.
    assert (MAX_RECEIVES - 1) * FAILED_S + 120 + 60 <= 300
    assert queues.read_depths() == [QueueDepth("work", 0, 0), QueueDepth("work-dlq", 1, 0)]


@pytest.fixture
def sqs_queues(local_aws) -> SqsQueues:
    """Queue that shows a received message again at once, with its dead letters after ten tries."""
    names = {name: f"outage-{time.time_ns()}-{name}" for name in ("work", "work-dlq")}
    sqs = build_client("sqs")
    letters = sqs.create_queue(QueueName=names["work-dlq"])["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=letters, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 10})
    sqs.create_queue(QueueName=names["work"], Attributes={"VisibilityTimeout": "0", "RedrivePolicy": redrive})
    url = sqs.get_queue_url(QueueName=names["work"])["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="a change")
    return SqsQueues(names)


@pytest.mark.parametrize("error", [DOWN[0], POISON], ids=["outage", "poison"])
def test_on_sqs_a_message_that_was_not_taken_comes_again_only_after_its_time(sqs_queues, error):
    clock, tried = Clock(), []

    def take(body: str) -> None:
        tried.append(body)
        raise error

    listen(sqs_queues, take, clock, 12 * REST_S)
    assert (tried, sqs_queues.read_depths()) == (
        ["a change"],
        [QueueDepth("work", 0, 1), QueueDepth("work-dlq", 0, 0)],
    )


def test_tries_during_an_outage_last_for_more_than_twice_ten_minutes():
    assert len(HIDDEN_S) == MAX_RECEIVES - 1
    assert OUTLASTED_S > 2 * OUTAGE_S
