"""Retention of the stream: raised when records wait, lowered when all are read, otherwise left alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

import tracking.ports
import workers.ports
from tests.workers.records import NOON
from tests.workers.world import World
from tracking.lookup_ports import StreamProgress
from workers import tasks
from workers.adapters.memory_stream import MemoryStream
from workers.stream_progress import LeaseProgress
from workers.stream_retention import (
    find_raised_hours,
    longest_retention,
    lower_retention,
    raise_retention,
)

DAY, WEEK = timedelta(days=1), timedelta(days=7)


def ago(**span) -> datetime:
    return NOON - timedelta(**span)


LONG_AGO = ago(days=30)


def make_stream(retention: timedelta = DAY, created_at: datetime = LONG_AGO) -> MemoryStream:
    stream = MemoryStream(created_epoch=int(created_at.timestamp()))
    stream.retention = retention
    return stream


def make_progress(read_until: datetime | None) -> StreamProgress:
    return StreamProgress(read_until, shards=2, stopped=0)


@pytest.mark.parametrize(
    ("progress", "created_at", "kept"),
    [
        (make_progress(ago(hours=2)), LONG_AGO, WEEK),
        (make_progress(ago(hours=1, minutes=59)), LONG_AGO, DAY),
        (make_progress(None), ago(hours=2), WEEK),
        (make_progress(None), ago(hours=1), DAY),
        (None, LONG_AGO, WEEK),
        (None, ago(minutes=5), DAY),
    ],
    ids=[
        "unread for two hours",
        "unread for less",
        "a shard never read",
        "a shard never read of a new stream",
        "no shard known",
        "no shard known of a new stream",
    ],
)
def test_retention_is_raised_if_a_record_may_have_waited_for_two_hours(progress, created_at, kept):
    stream = make_stream(created_at=created_at)
    assert raise_retention(stream, progress, NOON) == (kept == WEEK)
    assert stream.retention == kept


def test_raising_is_logged_once_and_a_longer_retention_stays():
    stream, late = make_stream(), make_progress(ago(hours=3))
    with capture_logs() as logs:
        assert [raise_retention(stream, late, NOON) for _ in range(2)] == [True, False]
    assert logs == [
        {"event": "stream retention raised", "log_level": "error", "hours": 168, "unread_for_s": 10_800}
    ]
    by_hand = make_stream(timedelta(days=365))
    assert not raise_retention(by_hand, late, NOON)
    assert by_hand.retention == timedelta(days=365)


@pytest.mark.parametrize(
    ("progress", "kept"),
    [
        (make_progress(ago(seconds=60)), DAY),
        (make_progress(ago(seconds=61)), WEEK),
        (make_progress(None), WEEK),
        (None, WEEK),
    ],
    ids=["all read", "behind", "a shard never read", "no shard known"],
)
def test_retention_is_lowered_only_if_every_shard_is_read_up_to_now(progress, kept):
    stream = make_stream(WEEK)
    assert lower_retention(stream, progress, NOON) == (kept == DAY)
    assert stream.retention == kept


def test_what_is_not_longer_than_usual_is_not_lowered(settings):
    settings.STREAM_RETENTION_HOURS = 168
    stream = make_stream(WEEK)
    assert not lower_retention(stream, make_progress(NOON), NOON)
    assert (stream.retention, find_raised_hours(stream)) == (WEEK, None)


def test_a_usual_retention_above_the_raised_one_is_the_longest(settings):
    settings.STREAM_RETENTION_HOURS = 8760
    assert longest_retention() == timedelta(days=365)


def test_a_retention_above_the_usual_one_is_found():
    assert [find_raised_hours(make_stream(kept)) for kept in (WEEK, DAY)] == [168, None]


@pytest.fixture
def world():
    """World whose stream is old, and whose only shard was never read."""
    made = World(stream=make_stream(created_at=datetime.now(UTC) - timedelta(days=30)))
    progress = LeaseProgress(made.leases, made.stream)
    before = tracking.ports.ports(), workers.ports.ports()
    tracking.ports.wire(replace(made.tracking, stream_progress=progress))
    workers.ports.wire(made.workers)
    yield made
    tracking.ports.wire(before[0])
    workers.ports.wire(before[1])


def test_the_tasks_raise_and_lower_the_retention_of_the_stream_as_its_leases_say(world):
    tasks.lower_stream_retention()
    tasks.raise_stream_retention()
    assert world.stream.retention == WEEK
    taken = world.leases.take(world.lease(), "host-1:4102:9f3a01bc")
    assert taken is not None
    world.leases.renew_all([taken])
    tasks.raise_stream_retention()
    tasks.lower_stream_retention()
    assert world.stream.retention == DAY
