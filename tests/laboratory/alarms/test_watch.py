"""Reading metric lines, sampling queues, and dating states."""

import contextlib
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from laboratory.alarms.log_files import LineFollower, MetricValues, parse_line, write_line
from laboratory.alarms.model import SeriesKey
from laboratory.alarms.sampler import AGE, VISIBLE, QueueSampler, has_local_source, mirror_lag
from laboratory.alarms.watch import SAMPLES, AlarmWatch
from tracking import metrics
from tracking.domain.errors import TransientError
from workers.adapters.memory import MemoryQueues

NAMES = settings.AWS_NAMES["queues"] | settings.AWS_NAMES["dead_letter_queues"]
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "values",
    [
        MetricValues(SeriesKey("SwiftLogix", "read_lag_s", (("shard", "1"),)), 100.5, [1.0, 2.0]),
        MetricValues(SeriesKey("AWS/SQS", VISIBLE, (("QueueName", "q"),)), 7.0, [0.0]),
    ],
)
def test_a_line_that_is_written_is_read_as_it_was(values):
    assert list(parse_line(write_line(values).encode())) == [values]


def test_lines_of_the_product_are_read_once_and_only_when_they_are_complete(tmp_path):
    log = tmp_path / "shards.log"
    follower = LineFollower(lambda: sorted(tmp_path.glob("*.log")))
    with log.open("w") as text, contextlib.redirect_stdout(text):
        text.write('{"event": "read"}\n')
        metrics.emit(metrics.READ_LAG_S, [1.5, 2], shard="1")
        text.write('{"_aws"')
    ((found,),) = [list(parse_line(line)) for line in follower.read_new()]
    assert (found.series, found.values) == (
        SeriesKey("SwiftLogix", "read_lag_s", (("shard", "1"),)),
        [1.5, 2],
    )
    assert list(follower.read_new()) == []
    log.write_text('{"_aws":"a new log"}\n')
    assert list(follower.read_new()) == [b'{"_aws":"a new log"}\n']


def test_the_lag_of_readers_is_also_there_under_the_name_of_kinesis():
    lag = MetricValues(SeriesKey("SwiftLogix", "read_lag_s", (("shard", "1"),)), 7.0, [1.5])
    mirrored = SeriesKey("AWS/Kinesis", "GetRecords.IteratorAgeMilliseconds", (("StreamName", "scans"),))
    assert list(mirror_lag(lag, "scans")) == [MetricValues(mirrored, 7.0, [1500.0])]
    assert list(mirror_lag(lag._replace(series=mirrored), "scans")) == []


def test_sources_are_our_own_metrics_and_what_is_sampled():
    known = [
        ("SwiftLogix", "any"),
        ("AWS/SQS", AGE),
        ("AWS/SQS", "NumberOfMessagesSent"),
        ("AWS/Events", AGE),
    ]
    assert [has_local_source(*each) for each in known] == [True, True, False, False]


class Sampled:
    """Samples of one queue, a sample every 15 seconds."""

    def __init__(self) -> None:
        self.queues = MemoryQueues(["notify", "notify-dlq"])
        self._sampler = QueueSampler(self.queues, {"notify": "q", "notify-dlq": "q-dlq"})
        self._now = NOON

    def read(self, done: int) -> tuple[float, float]:
        """Return depth and age of the queue; `done` messages were done in all."""
        self._now += timedelta(seconds=15)
        found = {
            (values.series.name, values.series.dimensions[0][1]): values.values[0]
            for values in self._sampler.sample(self._now, {"notify": float(done)})
        }
        return found[VISIBLE, "q"], found[AGE, "q"]

    def take(self) -> None:
        """Take the oldest message off the queue."""
        first, *others = self.queues.receive("notify", 0)
        self.queues.delete("notify", [first])
        self.queues.show_again("notify", others)


def test_the_oldest_message_is_as_old_as_the_sample_that_saw_it_first():
    sampled = Sampled()
    assert sampled.read(0) == (0, 0)
    sampled.queues.put("notify", "first")
    assert sampled.read(0) == (1, 0)
    sampled.queues.put("notify", "second")
    assert [sampled.read(0), sampled.read(0)] == [(2, 15), (2, 30)]
    # The first is done: the second was seen one sample later.
    sampled.take()
    assert sampled.read(1) == (1, 30)
    sampled.take()
    assert sampled.read(2) == (0, 0)


def test_a_message_that_was_given_up_ages_no_other():
    sampled = Sampled()
    sampled.queues.put("notify", "poison")
    assert [sampled.read(0), sampled.read(0)] == [(1, 0), (1, 15)]
    sampled.queues.put("notify", "good")
    sampled.take()
    sampled.queues.put("notify-dlq", "poison")
    assert sampled.read(0) == (1, 0)


def test_a_state_keeps_its_date_until_it_changes_and_samples_stay_in_the_folder(tmp_path):
    queues = MemoryQueues(NAMES)
    watch = AlarmWatch(tmp_path, queues, keeps_samples=True)
    minute = timedelta(minutes=1)

    def look(at: datetime) -> tuple[str, datetime]:
        (found,) = [alarm for alarm in watch.look(at).alarms if alarm.name == "dead-letters"]
        return found.state, found.since

    assert look(NOON) == ("OK", NOON)
    queues.put("ops-dlq", "change")
    assert look(NOON + minute) == ("OK", NOON)
    assert look(NOON + 2 * minute) == ("ALARM", NOON + 2 * minute)
    assert look(NOON + 3 * minute) == ("ALARM", NOON + 2 * minute)
    # Another watch without queues sees what this one has sampled.
    later = {alarm.name: alarm.state for alarm in AlarmWatch(tmp_path, None).look(NOON + 3 * minute).alarms}
    assert (later["dead-letters"], later["unrouted"]) == ("ALARM", "OK")
    assert all(json.loads(line)["_aws"] for line in (tmp_path / SAMPLES).read_text().splitlines())


class AwayQueues(MemoryQueues):
    """Queues that cannot be reached."""

    def read_depths(self):
        raise TransientError("away")


def test_queues_that_do_not_answer_do_not_keep_the_other_alarms_from_being_evaluated(tmp_path):
    report = AlarmWatch(tmp_path, AwayQueues(NAMES)).look(NOON)
    assert {alarm.state for alarm in report.alarms} == {"OK", "NO_SOURCE", "INSUFFICIENT_DATA"}
