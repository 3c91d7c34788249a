"""Contract of the port `MessageQueues`, in memory and on SQS of the local AWS."""

import itertools
import time
from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.waiting import PATIENCE_S
from tracking.adapters.aws import build_client
from tracking.domain.errors import PermanentError
from workers.adapters.memory import MemoryQueues
from workers.adapters.sqs import SqsQueues
from workers.ports import MessageQueues, QueueDepth, QueueMessage

numbers = itertools.count()


class Filled(ABC):
    """Queue `work` with its dead-letter queue, and a function to fill it."""

    queues: MessageQueues

    @abstractmethod
    def put(self, *bodies: str) -> None: ...

    @abstractmethod
    def drop_visibility(self, monkeypatch) -> None:
        """Let received messages be visible again at once."""

    @abstractmethod
    def end_visibility(self, messages: list[QueueMessage]) -> None:
        """Make these messages visible again."""


class MemoryFilled(Filled):
    def __init__(self) -> None:
        self.queues = MemoryQueues(["work", "work-dlq"])

    def put(self, *bodies: str) -> None:
        for body in bodies:
            self.queues.put("work", body)

    def drop_visibility(self, monkeypatch) -> None:
        monkeypatch.setattr("workers.adapters.memory.VISIBILITY_S", 0.0)

    def end_visibility(self, messages: list[QueueMessage]) -> None:
        self.queues.show_again("work", messages)


class SqsFilled(Filled):
    """Queues of the test, with the settings of deploy/templates/data.yaml."""

    def __init__(self) -> None:
        names = {name: f"contract-{next(numbers)}-{time.time_ns()}-{name}" for name in ("work", "work-dlq")}
        self.sqs = build_client("sqs")
        dead_letters = self.sqs.create_queue(QueueName=names["work-dlq"])["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=dead_letters, AttributeNames=["QueueArn"])["Attributes"]
        redrive = f'{{"deadLetterTargetArn": "{arn["QueueArn"]}", "maxReceiveCount": 10}}'
        attributes = {"VisibilityTimeout": "60", "RedrivePolicy": redrive}
        self.url = self.sqs.create_queue(QueueName=names["work"], Attributes=attributes)["QueueUrl"]
        self.queues = SqsQueues(names)

    def put(self, *bodies: str) -> None:
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.url, MessageBody=body)

    def drop_visibility(self, monkeypatch) -> None:
        self.sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"VisibilityTimeout": "0"})

    def end_visibility(self, messages: list[QueueMessage]) -> None:
        for message in messages:
            self.sqs.change_message_visibility(
                QueueUrl=self.url, ReceiptHandle=message.handle, VisibilityTimeout=0
            )


@pytest.fixture(params=["memory", "local aws"])
def filled(request) -> Filled:
    if request.param == "memory":
        return MemoryFilled()
    request.getfixturevalue("local_aws")
    return SqsFilled()


def bodies_of(messages: list[QueueMessage]) -> list[str]:
    return sorted(message.body for message in messages)


def test_an_empty_queue_returns_no_message(filled):
    assert filled.queues.receive("work", 0) == []


def test_a_message_is_received_as_it_was_put(filled):
    filled.put("a", "b")
    messages = filled.queues.receive("work", 0)
    assert bodies_of(messages) == ["a", "b"]
    assert [message.received for message in messages] == [1, 1]


def test_ten_messages_are_received_per_call(filled):
    filled.put(*[f"{number:02d}" for number in range(13)])
    first, second = filled.queues.receive("work", 0), filled.queues.receive("work", 0)
    assert (len(first), len(second)) == (10, 3)
    assert bodies_of(first + second) == [f"{number:02d}" for number in range(13)]


def test_a_received_message_is_invisible_until_its_time_ends(filled):
    filled.put("a")
    messages = filled.queues.receive("work", 0)
    assert filled.queues.receive("work", 0) == []
    filled.end_visibility(messages)
    (again,) = filled.queues.receive("work", 0)
    assert (again.body, again.received) == ("a", 2)


def test_a_hidden_message_comes_again_after_its_own_time_and_not_after_that_of_the_queue(filled, monkeypatch):
    filled.drop_visibility(monkeypatch)
    filled.put("later", "now")
    messages = filled.queues.receive("work", 0)
    filled.queues.hide("work", [(one, 3600 if one.body == "later" else 0) for one in messages])
    (again,) = filled.queues.receive("work", 0)
    assert (again.body, again.received) == ("now", 2)
    filled.queues.delete("work", [again])
    assert filled.queues.receive("work", 0) == []
    assert filled.queues.read_depths() == [QueueDepth("work", 0, 1), QueueDepth("work-dlq", 0, 0)]


def test_hiding_nothing_and_hiding_what_is_deleted_change_nothing(filled):
    filled.put("a")
    messages = filled.queues.receive("work", 0)
    filled.queues.delete("work", messages)
    filled.queues.hide("work", [])
    filled.queues.hide("work", [(messages[0], 0)])
    assert filled.queues.receive("work", 0) == []


def test_a_deleted_message_is_never_received_again(filled):
    filled.put("a", "b")
    messages = filled.queues.receive("work", 0)
    filled.queues.delete("work", [message for message in messages if message.body == "a"])
    filled.end_visibility([message for message in messages if message.body == "b"])
    assert bodies_of(filled.queues.receive("work", 0)) == ["b"]


def test_more_than_ten_messages_are_deleted_at_once(filled):
    filled.put(*[str(number) for number in range(14)])
    messages = filled.queues.receive("work", 0) + filled.queues.receive("work", 0)
    filled.queues.delete("work", messages)
    assert filled.queues.read_depths() == [QueueDepth("work", 0, 0), QueueDepth("work-dlq", 0, 0)]


def test_deleting_nothing_and_deleting_twice_change_nothing(filled):
    filled.put("a")
    messages = filled.queues.receive("work", 0)
    filled.queues.delete("work", [])
    filled.queues.delete("work", messages)
    filled.queues.delete("work", messages)
    assert filled.queues.receive("work", 0) == []


def test_a_message_received_ten_times_goes_to_the_dead_letter_queue(filled):
    filled.put("poison")
    for number in range(1, 11):
        messages = filled.queues.receive("work", 0)
        assert [message.received for message in messages] == [number]
        filled.end_visibility(messages)
    assert filled.queues.receive("work", 0) == []
    assert bodies_of(filled.queues.receive("work-dlq", 0)) == ["poison"]


def test_depths_count_waiting_and_received_messages(filled):
    filled.put(*[str(number) for number in range(12)])
    filled.queues.receive("work", 0)
    assert filled.queues.read_depths() == [QueueDepth("work", 2, 10), QueueDepth("work-dlq", 0, 0)]


def test_a_receive_waits_for_the_first_message(filled):
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(filled.queues.receive, "work", 10)
        with pytest.raises(TimeoutError):
            waiting.result(0.3)
        filled.put("a")
        assert bodies_of(waiting.result(PATIENCE_S)) == ["a"]


def test_a_receive_without_messages_returns_none_of_them_after_its_limit(filled):
    assert filled.queues.receive("work", 1) == []


def test_an_unknown_queue_is_a_permanent_error(filled):
    with pytest.raises(PermanentError):
        filled.queues.receive("elsewhere", 0)
