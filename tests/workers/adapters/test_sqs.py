"""SQS adapter: few calls, and transient and permanent errors."""

import pytest

from tests.workers.canned import answering, error
from tracking.domain.errors import PermanentError, TransientError
from workers.adapters.sqs import SqsQueues
from workers.ports import QueueMessage

URL = (200, {"QueueUrl": "http://127.0.0.1:9/000000000000/in-aws"})
NOTHING = (200, {})


def test_the_url_of_a_queue_is_read_once():
    queues = SqsQueues({"work": "in-aws"})
    with (
        answering("sqs", "GetQueueUrl", lambda _sent: URL, hot=False) as asked,
        answering("sqs", "ReceiveMessage", lambda _sent: NOTHING, hot=False) as received,
    ):
        queues.receive("work", 2.9)
        queues.receive("work", 60)
    assert asked == [{"QueueName": "in-aws"}]
    assert [call["WaitTimeSeconds"] for call in received] == [2, 10]


def test_a_message_that_could_not_be_deleted_raises_unless_its_handle_is_invalid():
    messages = [QueueMessage("a", "1", 1), QueueMessage("b", "2", 1)]
    refused = [("0", "ReceiptHandleIsInvalid", True), ("1", "InternalError", False)]
    failed = (200, {"Failed": [{"Id": n, "Code": code, "SenderFault": ours} for n, code, ours in refused]})
    with (
        answering("sqs", "GetQueueUrl", lambda _sent: URL, hot=False),
        answering("sqs", "DeleteMessageBatch", lambda _sent: failed, hot=False),
        pytest.raises(TransientError, match="1 of 2"),
    ):
        SqsQueues({"work": "in-aws"}).delete("work", messages)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (error("ThrottlingException"), TransientError),
        (error("AWS.SimpleQueueService.NonExistentQueue"), PermanentError),
    ],
)
def test_a_failure_of_sqs_is_an_error_of_its_kind(answer, expected):
    with answering("sqs", "GetQueueUrl", lambda _sent: answer, hot=False), pytest.raises(expected):
        SqsQueues({"work": "in-aws"}).receive("work", 0)
