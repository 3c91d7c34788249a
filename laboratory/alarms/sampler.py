"""Series that AWS emits by itself, made from what this machine knows: queues, and the lag of readers."""

from collections import deque
from collections.abc import Iterator, Mapping
from datetime import datetime

from laboratory.alarms.log_files import MetricValues
from laboratory.alarms.model import SeriesKey
from tracking import metrics
from workers.ports import MessageQueues

VISIBLE, AGE = "ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"
ITERATOR_AGE = "GetRecords.IteratorAgeMilliseconds"
# What is emitted under AWS's names here; of our own namespace everything is.
LOCAL_SERIES = frozenset({("AWS/SQS", VISIBLE), ("AWS/SQS", AGE), ("AWS/Kinesis", ITERATOR_AGE)})
_MS = 1000


def has_local_source(namespace: str, name: str) -> bool:
    """Return whether something on this machine emits the metric."""
    return namespace == metrics.NAMESPACE or (namespace, name) in LOCAL_SERIES


def mirror_lag(found: MetricValues, stream: str) -> Iterator[MetricValues]:
    """Yield the lag of a shard under the name and in the unit that Kinesis has for it."""
    if found.series.name == metrics.READ_LAG_S.name:
        series = SeriesKey("AWS/Kinesis", ITERATOR_AGE, (("StreamName", stream),))
        yield MetricValues(series, found.at_s, [value * _MS for value in found.values])


class QueueSampler:
    """Samples depth and age of all queues; `names` maps short names to those in AWS."""

    def __init__(self, queues: MessageQueues, names: Mapping[str, str]) -> None:
        self._queues = queues
        self._names = names
        # Of each queue: when it was sampled, and how many messages had arrived until then.
        self._arrived: dict[str, deque[tuple[float, float]]] = {queue: deque() for queue in names}

    def sample(self, at: datetime, received: Mapping[str, float]) -> Iterator[MetricValues]:
        """Yield depth and age of each queue. `received` are the messages that its listener has done so far.

        Nothing but CloudWatch tells the age of the oldest message. Here the oldest is the first one that had
        arrived at a sample and is not among those that were done or given up since; its age is right to the
        span between two samples. A message that is tried again and again counts until it is given
        up; CloudWatch leaves it out after three tries.

        Raises `TransientError` if the queues cannot be reached.
        """
        depths = {depth.name: depth for depth in self._queues.read_depths()}
        for name, depth in depths.items():
            given_up = depths.get(f"{name}-dlq")
            done = received.get(name, 0.0) + (given_up.waiting if given_up else 0)
            age = self._estimate_age(name, at.timestamp(), done, depth.waiting + depth.in_flight)
            for metric, value in ((VISIBLE, float(depth.waiting)), (AGE, age)):
                series = SeriesKey("AWS/SQS", metric, (("QueueName", self._names[name]),))
                yield MetricValues(series, at.timestamp(), [value])

    def _estimate_age(self, queue: str, at_s: float, done: float, present: int) -> float:
        arrived = self._arrived[queue]
        if not present:
            arrived.clear()
            return 0.0
        arrived.append((at_s, done + present))
        while arrived[0][1] <= done:
            arrived.popleft()
        return at_s - arrived[0][0]
