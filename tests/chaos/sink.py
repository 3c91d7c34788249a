"""The sink: a queue of our own at the end of the bus, which counts every change that comes out of it."""

import json
import threading
from collections import Counter

from django.conf import settings

from tests.chaos.patience import insist
from tracking.adapters.aws import build_client

NAME = "chaos-sink"


class Sink(threading.Thread):
    """Counts changes by id until stopped; the bus may give one more than once."""

    def __init__(self) -> None:
        super().__init__(name="sink", daemon=True)
        self._done = threading.Event()
        self._queue = ""
        self.published: Counter[str] = Counter()

    def open(self) -> None:
        """Make the queue and the rule that feeds it."""
        sqs, events = build_client("sqs"), build_client("events")
        self._queue = sqs.create_queue(QueueName=NAME)["QueueUrl"]
        asked = sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])
        bus = settings.AWS_NAMES["bus"]
        events.put_rule(
            Name=NAME, EventBusName=bus, EventPattern=json.dumps({"source": ["swiftlogix.tracking"]})
        )
        target = {"Id": "sink", "Arn": asked["Attributes"]["QueueArn"]}
        events.put_targets(Rule=NAME, EventBusName=bus, Targets=[target])
        self.start()

    def stop(self) -> None:
        """Take what is left and end."""
        self._done.set()
        self.join()

    def run(self) -> None:
        """Receive, count, delete; at the end until nothing is left."""
        while True:
            # No answer is not the answer that nothing is left.
            if not insist(self._take) and self._done.wait(0.5):
                return

    def _take(self) -> int:
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
