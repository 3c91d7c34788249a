"""Contract of `StepReports`: in memory, and in Redis with what only that one promises."""

from datetime import UTC, datetime, timedelta

import pytest
import redis

from tests.environment import NOWHERE
from tests.waiting import PATIENCE_S
from tracking.domain.errors import TransientError
from workers.adapters.step_reports import KEPT_FOR, KEY, RedisStepReports
from workers.steps.meter import StepFigures
from workers.steps.minutes import StepMinutes
from workers.steps.ports import MemoryStepReports, StepReport


@pytest.fixture(params=["memory", "redis"])
def reports(request, monkeypatch):
    if request.param == "memory":
        return MemoryStepReports()
    # The product gives up after a second; here the machine may be busy.
    monkeypatch.setattr("workers.adapters.step_reports.TIMEOUT_S", PATIENCE_S)
    url = request.getfixturevalue("local_redis")
    redis.Redis.from_url(url).delete(KEY)
    return RedisStepReports(url)


def make_report(count: int, ages: timedelta = timedelta()) -> StepReport:
    minutes = {"push": StepMinutes(29_000_000, [count, 2], [0, 1])}
    return StepReport(datetime.now(UTC) - ages, {"push": StepFigures(count, 1, {0: count, 31: 2})}, minutes)


def test_the_newest_report_of_each_process_is_kept(reports):
    first, second, other = make_report(1), make_report(2), make_report(3)
    for worker_id, report in (("host:1:a", first), ("host:2:b", other), ("host:1:a", second)):
        reports.keep(worker_id, report)
    assert reports.read_all() == {"host:1:a": second, "host:2:b": other}


def test_reports_of_ended_processes_and_of_other_versions_are_deleted_in_redis(local_redis, monkeypatch):
    monkeypatch.setattr("workers.adapters.step_reports.TIMEOUT_S", PATIENCE_S)
    client, reports = redis.Redis.from_url(local_redis), RedisStepReports(local_redis)
    client.delete(KEY)
    fresh = make_report(1)
    reports.keep("ended", make_report(1, KEPT_FOR + timedelta(seconds=1)))
    reports.keep("fresh", fresh)
    client.hset(KEY, "other", b'{"another": "form"}')
    assert reports.read_all() == {"fresh": fresh}
    assert client.hkeys(KEY) == [b"fresh"]


def test_a_redis_that_cannot_be_reached_is_a_transient_error():
    away = RedisStepReports(f"redis://{NOWHERE}")
    for call in (away.read_all, lambda: away.keep("host:1:a", make_report(1))):
        with pytest.raises(TransientError):
            call()
