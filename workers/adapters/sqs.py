"""Queues of the bus on SQS: long polls, deletion in batches, and queue depths."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from tracking.adapters.aws import AWS_ERRORS, build_client, to_domain_error
from tracking.domain.errors import PermanentError, TransientError
from workers.ports import QueueDepth, QueueMessage

MESSAGES_PER_CALL = 10
# The read timeout of the client allows for this.
LONGEST_WAIT_S = 10


class SqsQueues:
    """`MessageQueues` on SQS, with short names (`notify`, `notify-dlq`). Safe to use from many threads."""

    def __init__(self, queue_names: Mapping[str, str]) -> None:
        """`queue_names` maps short names of all queues, dead-letter queues included, to names in AWS."""
        self._queue_names = dict(queue_names)
        self._urls: dict[str, str] = {}

    @cached_property
    def _sqs(self) -> Any:
        return build_client("sqs")

    def receive(self, queue: str, wait_s: float) -> list[QueueMessage]:
        """Return up to ten messages; wait at most `wait_s` (whole seconds, at most 10) for the first."""
        answer = self._call(
            "receive_message",
            queue,
            MaxNumberOfMessages=MESSAGES_PER_CALL,
            WaitTimeSeconds=min(int(wait_s), LONGEST_WAIT_S),
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
        )
        return [_to_message(message) for message in answer.get("Messages", [])]

    def delete(self, queue: str, messages: Sequence[QueueMessage]) -> None:
        """Delete messages, ten per call. Raises `TransientError` if some could not be deleted."""
        failures = 0
        for start in range(0, len(messages), MESSAGES_PER_CALL):
            failures += self._delete_batch(queue, messages[start : start + MESSAGES_PER_CALL])
        if failures:
            raise TransientError(f"{queue}: {failures} of {len(messages)} messages could not be deleted")

    def hide(self, queue: str, messages: Sequence[tuple[QueueMessage, int]]) -> None:
        """Change the visibility of messages, ten per call; SQS refuses one with an old handle."""
        for start in range(0, len(messages), MESSAGES_PER_CALL):
            entries = [
                {"Id": str(number), "ReceiptHandle": message.handle, "VisibilityTimeout": seconds}
                for number, (message, seconds) in enumerate(messages[start : start + MESSAGES_PER_CALL])
            ]
            self._call("change_message_visibility_batch", queue, Entries=entries)

    def read_depths(self) -> list[QueueDepth]:
        """Return the depth of every queue, in the order of `queue_names`; SQS counts approximately."""
        return [self._read_depth(queue) for queue in self._queue_names]

    def _delete_batch(self, queue: str, messages: Sequence[QueueMessage]) -> int:
        entries = [
            {"Id": str(number), "ReceiptHandle": message.handle} for number, message in enumerate(messages)
        ]
        failed = self._call("delete_message_batch", queue, Entries=entries).get("Failed", [])
        # A sender fault is a handle that is no longer valid: the message is deleted, or received by another.
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
        """Return the URL of the queue, read once; threads that read it at the same time get the same."""
        if queue not in self._queue_names:
            raise PermanentError(f"unknown queue: {queue!r}")
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
