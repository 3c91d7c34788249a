"""The queues behind the bus, on SQS: long polls, deletion in batches, and how much waits where."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from tracking.adapters.aws import AWS_ERRORS, build_client, to_domain_error
from tracking.domain.errors import PermanentError, TransientError
from workers.ports import QueueDepth, QueueMessage

MESSAGES_PER_CALL = 10
# The client's read timeout leaves room for this, and no more.
LONGEST_WAIT_S = 10


class SqsQueues:
    """`MessageQueues` by our short names (`notify`, `notify-dlq`); safe to use from many threads."""

    def __init__(self, queue_names: Mapping[str, str]) -> None:
        """Take {short name: name in AWS} of every queue, dead-letter queues among them; make no call yet."""
        self._queue_names = dict(queue_names)
        self._urls: dict[str, str] = {}

    @cached_property
    def _sqs(self) -> Any:
        return build_client("sqs")

    def receive(self, queue: str, wait_s: float) -> list[QueueMessage]:
        """Up to ten messages, waiting at most `wait_s` (whole seconds, 10 at most) for the first."""
        answer = self._call(
            "receive_message",
            queue,
            MaxNumberOfMessages=MESSAGES_PER_CALL,
            WaitTimeSeconds=min(int(wait_s), LONGEST_WAIT_S),
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
        )
        return [_to_message(message) for message in answer.get("Messages", [])]

    def delete(self, queue: str, messages: Sequence[QueueMessage]) -> None:
        """Take done messages off the queue, ten a call; raises `TransientError` when some stayed."""
        stayed = 0
        for start in range(0, len(messages), MESSAGES_PER_CALL):
            stayed += self._delete_batch(queue, messages[start : start + MESSAGES_PER_CALL])
        if stayed:
            raise TransientError(f"{queue}: {stayed} of {len(messages)} messages could not be deleted")

    def read_depths(self) -> list[QueueDepth]:
        """The depth of every queue named at the start, in that order; approximate, as SQS counts."""
        return [self._read_depth(queue) for queue in self._queue_names]

    def _delete_batch(self, queue: str, messages: Sequence[QueueMessage]) -> int:
        entries = [
            {"Id": str(number), "ReceiptHandle": message.handle} for number, message in enumerate(messages)
        ]
        failed = self._call("delete_message_batch", queue, Entries=entries).get("Failed", [])
        # Our own fault is a handle that is no longer good: the message is gone already, or somebody else's.
        return sum(1 for failure in failed if not failure["SenderFault"])

    def _read_depth(self, queue: str) -> QueueDepth:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        counts = self._call("get_queue_attributes", queue, AttributeNames=names)["Attributes"]
        waiting, in_flight = (int(counts[name]) for name in names)
        return QueueDepth(queue, waiting, in_flight)

    def _call(self, operation: str, queue: str, **arguments: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._sqs, operation)(QueueUrl=self._url_of(queue), **arguments)
        except AWS_ERRORS as error:
            raise to_domain_error(error) from error
        return answer

    def _url_of(self, queue: str) -> str:
        """The queue's address, asked once; two threads asking at the same time get the same answer."""
        if queue not in self._queue_names:
            raise PermanentError(f"no queue of ours: {queue!r}")
        if queue not in self._urls:
            answer = self._sqs.get_queue_url(QueueName=self._queue_names[queue])
            self._urls[queue] = answer["QueueUrl"]
        return self._urls[queue]


def _to_message(message: dict[str, Any]) -> QueueMessage:
    return QueueMessage(
        body=message["Body"],
        handle=message["ReceiptHandle"],
        received=int(message["Attributes"]["ApproximateReceiveCount"]),
    )
