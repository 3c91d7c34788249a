"""Reading alarms from the templates."""

import pytest
from django.conf import settings

from laboratory.alarms.model import Alarm, Composite, Formula, Query, Reading, SeriesKey
from laboratory.alarms.templates import TemplateError, parse_alarm, read_alarms
from tests.deploy.templates import TEMPLATES
from tests.deploy.test_observe_template import list_alarms

FOLDER = settings.BASE_DIR / "deploy" / "templates"
SIMPLE = {
    "AlarmName": "swiftlogix-local-lag",
    "AlarmDescription": "deploy/runbooks/lag.md",
    "Namespace": "SwiftLogix",
    "MetricName": "read_lag_s",
    "Statistic": "Maximum",
    "Period": 60,
    "EvaluationPeriods": 3,
    "Threshold": 15,
    "ComparisonOperator": "GreaterThanThreshold",
}


@pytest.fixture(scope="module")
def alarms() -> dict[str, Alarm | Composite]:
    return {alarm.name: alarm for alarm in read_alarms(FOLDER, "local")}


def test_all_alarms_with_a_runbook_are_read(alarms):
    named = {
        name for name, entry in list_alarms(TEMPLATES).items() if "AlarmDescription" in entry["Properties"]
    }
    assert set(alarms) == named - {"scale-shards-out", "scale-shards-in"}


def test_an_alarm_is_read_with_the_values_of_its_parameters(alarms):
    series = SeriesKey(
        "AWS/Kinesis", "GetRecords.IteratorAgeMilliseconds", (("StreamName", "swiftlogix-local-scans"),)
    )
    assert alarms["iterator-age-retention"] == Alarm(
        name="iterator-age-retention",
        runbook="deploy/runbooks/iterator-age-retention.md",
        parts=(Reading("age", series, "Maximum"), Formula("share", "100 * age / (24 * 3600000)")),
        watched="share",
        period_s=60,
        periods=1,
        datapoints=1,
        threshold=50.0,
        comparison="GreaterThanThreshold",
        missing="notBreaching",
    )


def test_queries_and_composites_are_read(alarms):
    (query,) = alarms["table-errors-leases"].parts
    assert query == Query(
        "errors",
        "AWS/DynamoDB",
        "SystemErrors",
        frozenset({"Operation", "TableName"}),
        (("TableName", "swiftlogix-local-leases"),),
        "Sum",
    )
    assert alarms["burn-fast"].rule == "ALARM(burn-hour) AND ALARM(burn-minutes)"


@pytest.mark.parametrize(
    ("different", "message"),
    [
        ({"TreatMissingData": "ignore"}, "lag: TreatMissingData `ignore` needs the state before"),
        (
            {
                "Metrics": [
                    {"Id": "lag", "Expression": "SELECT MAX(read_lag_s) FROM SCHEMA(SwiftLogix, shard)"}
                ]
            },
            "lag: needs one period and one part that is watched",
        ),
        (
            {"Metrics": [{"Id": "lag", "Period": 60, "Expression": "SELECT MAX(a) FROM b GROUP BY c"}]},
            "lag: unknown form of a query",
        ),
    ],
)
def test_an_alarm_of_an_unknown_form_is_refused_by_name(different, message):
    with pytest.raises(TemplateError, match=message):
        parse_alarm(SIMPLE | different, "swiftlogix-local-")
