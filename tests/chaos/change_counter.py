"""Counts the changes that the bus delivers, with a queue of its own."""

import json
import threading
from collections import Counter

from django.conf import settings

from tests.chaos.retrying import retry_aws
from tracking.adapters.aws import build_client

NAME = "chaos-sink"


class ChangeCounter(threading.Thread):
    """Thread that counts changes by id until stopped; the bus may deliver a change more than once."""

    def __init__(self) -> None:
        super().__init__(name="sink", daemon=True)
        self._done = threading.Event()
        self._queue = ""
        self.published: Counter[str] = Counter()

    def open(self) -> None:
        """Create the queue and the rule that feeds it, and start counting."""
        sqs, events = build_client("sqs"), build_client("events")
        self._queue = sqs.create_queue(QueueName=NAME)["QueueUrl"]
        answer = sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])
        bus = settings.AWS_NAMES["bus"]
        events.put_rule(
            Name=NAME, EventBusName=bus, EventPattern=json.dumps({"source": ["swiftlogix.tracking"]})
        )
        target = {"Id": "sink", "Arn": answer["Attributes"]["QueueArn"]}
        events.put_targets(Rule=NAME, EventBusName=bus, Targets=[target])
        self.start()

    def stop(self) -> None:
        """Count what is left in the queue and end."""
        self._done.set()
        self.join()

    def run(self) -> None:
        """Receive, count and delete messages; after `stop`, until none is left."""
        while True:
            # A failed call must not be taken for an empty queue, so it is retried.
            if not retry_aws(self._count_batch) and self._done.wait(0.5):
                return

    def _count_batch(self) -> int:
        sqs = build_client("sqs")
        messages = sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get("Messages", [])
        for message in messages:
            self.published[json.loads(message["Body"])["detail"]["change_id"]] += 1
        if messages:
            entries = [
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(messages)
            ]
            sqs.delete_message_batch(QueueUrl=self._queue, Entries=entries)
        return len(messages)
