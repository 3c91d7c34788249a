"""States of alarms: those in Redis as they were kept, those of CloudWatch as it answers."""

from datetime import UTC, datetime

import boto3
import pytest
from moto import mock_aws

from tracking.adapters.aws import build_client
from tracking.domain.errors import TransientError
from workers.adapters.alarm_states import KEY, RedisAlarmStates
from workers.adapters.cloudwatch import KEPT_S, CloudWatchAlarms
from workers.alarm_states import AlarmReport, AlarmState

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PREFIX = "swiftlogix-pilot-"


def test_redis_keeps_the_newest_report(local_redis):
    states = RedisAlarmStates(f"{local_redis}/3")
    assert states.read() is None
    report = AlarmReport(
        NOON, (AlarmState("queue-age", "ALARM", NOON, "old", "deploy/runbooks/queue-age.md"),)
    )
    states.keep(report)
    found = states.read()
    assert (found.evaluated_at, tuple(found.alarms)) == (NOON, report.alarms)
    states._client.set(KEY, b"{}")
    assert states.read() is None


def test_a_redis_that_is_away_is_a_transient_error():
    with pytest.raises(TransientError):
        RedisAlarmStates("redis://127.0.0.1:1/0").read()


@pytest.fixture
def cloudwatch(settings, monkeypatch):
    """Moto's CloudWatch with two alarms of ours, one of them a scaling, and one of another stage."""
    settings.AWS_ENDPOINT_URL = None
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    build_client.cache_clear()
    with mock_aws():
        client = boto3.client("cloudwatch", region_name=settings.AWS_REGION)
        for name, description in (
            (f"{PREFIX}queue-age", "deploy/runbooks/queue-age.md"),
            (f"{PREFIX}scale-shards-out", ""),
            ("swiftlogix-production-queue-age", "deploy/runbooks/queue-age.md"),
        ):
            client.put_metric_alarm(
                AlarmName=name,
                AlarmDescription=description,
                Namespace="AWS/SQS",
                MetricName="ApproximateAgeOfOldestMessage",
                Statistic="Maximum",
                Period=60,
                EvaluationPeriods=3,
                Threshold=60,
                ComparisonOperator="GreaterThanThreshold",
            )
        yield client
    build_client.cache_clear()


def test_cloudwatch_is_asked_for_the_alarms_of_the_stage_and_seldom(cloudwatch):
    now = [100.0]
    states = CloudWatchAlarms(PREFIX, clock=lambda: now[0])

    def read() -> list[tuple[str, str, str]]:
        return [(alarm.name, alarm.state, alarm.runbook) for alarm in states.read().alarms]

    cloudwatch.set_alarm_state(
        AlarmName=f"{PREFIX}queue-age", StateValue="ALARM", StateReason="3 datapoints were above 60"
    )
    assert read() == [("queue-age", "ALARM", "deploy/runbooks/queue-age.md")]
    assert states.read().alarms[0].reason == "3 datapoints were above 60"
    cloudwatch.set_alarm_state(AlarmName=f"{PREFIX}queue-age", StateValue="OK", StateReason="well")
    assert read()[0][1] == "ALARM"
    now[0] += KEPT_S
    assert read()[0][1] == "OK"


def test_without_alarms_of_the_stage_nothing_is_evaluated(cloudwatch):
    assert CloudWatchAlarms("swiftlogix-other-").read() is None
